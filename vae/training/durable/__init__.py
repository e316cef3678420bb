"""A training in a folder of the user's home, see `vae.logbook`: watched, resumed, packed at its end.

session  from the settings to the model in the pickers
watch    what is written down of each epoch
rate     how fast this machine trains a model
"""
