"""Why a signature does not fit: what the center signs over, beside what a developer did.

It computes with the very functions that let requests in (``merchants.signed_requests``), and never
shows nor needs a secret.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest

from merchants.models import ApplicationKey
from merchants.signed_requests import decoded, signature, string_to_sign

LINE_FEED = "\n"


@dataclass(frozen=True, slots=True)
class Request:
    """The parts of a request as its developer says they were sent, and the signature of it."""

    method: str
    target: str
    timestamp: str
    nonce: str
    body: str
    signature: str

    @property
    def string_to_sign(self) -> str:
        """What the center signs over for these parts."""
        message = string_to_sign(
            timestamp=self.timestamp,
            nonce=self.nonce,
            method=self.method,
            target=self.target,
            body=self.body.encode(),
        )
        return message.decode()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of both strings; None where a string has no such line."""

    expected: str | None
    received: str | None
    is_first_difference: bool = False

    @property
    def column(self) -> int:
        """The character, from 1, at which the two begin to differ."""
        pairs = zip_longest(self.expected or "", self.received or "")
        return next((at for at, (one, other) in enumerate(pairs, 1) if one != other), 0)


def compare(expected: str, received: str) -> list[Line]:
    """Return both strings line by line, with the first line that differs marked.

    A line ends with its line feed, so that a missing last one is a difference too.
    """
    pairs = zip_longest(_lines(expected), _lines(received))
    lines: list[Line] = []
    found = False
    for one, other in pairs:
        lines.append(Line(one, other, is_first_difference=not found and one != other))
        found = found or one != other
    return lines


def key_that_fits(
    keys: Iterable[ApplicationKey], given: str, message: str
) -> ApplicationKey | None:
    """Return the key with which a base64 signature over a message was made, if one of these."""
    mac = decoded(given)
    for key in keys:
        expected = signature(key.unseal("sealed_secret"), message.encode())
        if hmac.compare_digest(expected, mac):
            return key
    return None


def _lines(text: str) -> list[str]:
    """Return the lines of a text, each with its line feed."""
    parts = text.split(LINE_FEED)
    complete = [part + LINE_FEED for part in parts[:-1]]
    return [*complete, parts[-1]] if parts[-1] else complete
