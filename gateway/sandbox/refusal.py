"""What neither a payer nor the control API can make happen."""


class NotPossible(Exception):
    """What was asked cannot happen; the text says why and what to do instead."""
