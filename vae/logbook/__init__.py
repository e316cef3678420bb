"""Trainings on disk: each has a folder in the user's home, by which it is found again. Nothing heavy.

folder   what it is to do, how far it is, how it ended
turn     one trains at a time, the others wait
looks    what is kept of an epoch: codes, a map of them, the decoder, a sheet of samples
recipes  settings to start from
"""
