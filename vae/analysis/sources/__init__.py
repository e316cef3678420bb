"""What the source articles state and show: the ledger of their numbers, and where each of their figures is.

row       one line of the ledger, and when it holds
ledger    all lines, from what ships or measured again
passed    the digits that straight paths pass
figures   the figures of the sources, with the place in the app or the reason why not
"""
