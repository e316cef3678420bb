"""Measure how fast the app answers and how soon a model is trained, on this machine; see `__main__`."""
