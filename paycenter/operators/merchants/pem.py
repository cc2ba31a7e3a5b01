"""Reading what a pasted key or certificate says of itself, whatever the channel."""

import re
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

_MARK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----", re.ASCII)


class UnreadablePem(Exception):
    """A PEM text that holds no usable key or certificate."""


@dataclass(frozen=True, slots=True)
class Described:
    """What is known without asking: a certificate's serial and validity, nothing of a key."""

    identifier: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None


def describe(text: str) -> Described:
    """Describe a text; one that is no PEM is a plain secret. Raises ``UnreadablePem``."""
    marks = _MARK.findall(text)
    try:
        if not marks:
            return Described()
        if "CERTIFICATE" in marks[0]:
            return _describe_certificate(x509.load_pem_x509_certificate(text.encode()))
        if "PRIVATE KEY" in marks[0]:
            load_pem_private_key(text.encode(), password=None)
        else:
            load_pem_public_key(text.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # TypeError: the key is protected by a password. The cause could quote the key.
        raise UnreadablePem from None
    return Described()


def _describe_certificate(certificate: x509.Certificate) -> Described:
    return Described(
        identifier=f"{certificate.serial_number:X}",
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )
