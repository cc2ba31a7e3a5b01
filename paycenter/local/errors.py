"""The one error of the local installation: a reason to stop, for the person who started it."""


class LocalError(Exception):
    """The local installation cannot go on; the text says why and what to do."""
