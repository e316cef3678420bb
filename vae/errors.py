"""What pages and commands catch: something that cannot be used, said to the user in one sentence."""


class Unusable(Exception):  # noqa: N818  # what is caught is named by what it is
    """A file, a data set or an upload that cannot be used; the message says why, and what to do about it."""
