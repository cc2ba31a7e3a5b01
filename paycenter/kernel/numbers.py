"""Minting of public numbers: 24 characters, time-ordered, unguessable.

One letter says what it is (``P`` payment, ``R`` refund), twelve digits say when (UTC, seconds),
eleven random characters (55 bits) make it unguessable. Uniqueness is held by the database; the
characters are legal in every channel's number field and none can be mistaken for another.
"""

import secrets
from datetime import UTC, datetime

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 24
_RANDOM = LENGTH - 1 - 12


def mint(prefix: str, moment: datetime) -> str:
    """Return a new number beginning with ``prefix`` (one letter) for this moment."""
    return first_number(prefix, moment) + "".join(secrets.choice(ALPHABET) for _ in range(_RANDOM))


def first_number(prefix: str, moment: datetime) -> str:
    """Return what every number made from this moment on is not less than."""
    return prefix + moment.astimezone(UTC).strftime("%y%m%d%H%M%S")


def mint_short(prefix: str) -> str:
    """Return an identifier people may type: ``prefix`` (one letter) and ten digits."""
    return f"{prefix}{secrets.randbelow(10**10):010d}"
