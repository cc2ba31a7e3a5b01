"""Waiting for what must come true by itself."""

import time
from collections.abc import Callable

import requests

RECOVERY_SECONDS = 90
"""Longest way back: a lease of 30 s, a sweep, a call of 10 s, a notification's lease of 30 s."""


def eventually(check: Callable[[], None], *, within: float = RECOVERY_SECONDS) -> None:
    """Repeat ``check`` until it raises nothing; after ``within`` seconds let its error out."""
    deadline = time.monotonic() + within
    while True:
        try:
            return check()
        except (AssertionError, KeyError, requests.RequestException):
            if time.monotonic() > deadline:
                raise
        time.sleep(0.25)
