"""The page Train.

form      data set, recipe, settings; starts a training
costs     what the recipes cost on this machine
shown     which training is shown, how it stands, what can be done about it
picture   the map that unfolds, curves and samples
"""
