"""Whether this process is about to stop: it still answers, and wants nothing new.

Set by whoever serves (``paycenter.serving``), read by ``/readyz``: a load balancer looks there and
sends new requests elsewhere before the door is closed.
"""

import threading

_begun = threading.Event()


def begin_draining() -> None:
    """From now on this process is not ready any more."""
    _begun.set()


def is_draining() -> bool:
    """Whether it is about to stop."""
    return _begun.is_set()
