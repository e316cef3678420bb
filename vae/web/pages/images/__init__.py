"""The page Your images.

form       what is read, under which name, and how; starts it
under_way  what is being read or was stopped: how far, the time left, a stop; why it failed
shown      the set that is shown: its images, its report, the way on to Train, and the way out
numbers    how many images it has, its classes, why files were left out
"""
