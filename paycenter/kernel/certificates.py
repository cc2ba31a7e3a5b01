"""RSA keys and X.509 certificates that people hand over, read and judged for any channel.

A channel's ``read_credential`` says which of its credentials is what; the functions here say
whether it can be used, and raise ``ConfigurationError`` for the person who uploaded it: what this
is, and what to upload instead. No part of a key is ever in such a text. Keys come as PEM; those of
consoles that show bare base64 go through ``kernel.bare_keys`` first.
"""

import re

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from paycenter.kernel.clock import business_date, now
from paycenter.kernel.configuration import ConfigurationError
from paycenter.kernel.configuration import gettext_noop as _

LEAST_RSA_BITS = 2048

_MARK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----", re.ASCII)
_UNREADABLE = (ValueError, UnsupportedAlgorithm)


def read_private_key(text: str) -> RSAPrivateKey:
    """Read an RSA private key from PEM, PKCS#8 or PKCS#1. Raises ``ConfigurationError``."""
    _check_mark(text, "PRIVATE KEY", _("this is a public key or certificate, not a private key"))
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except TypeError:
        raise ConfigurationError(
            _("the private key is protected by a password: upload it without one")
        ) from None
    except _UNREADABLE:
        raise ConfigurationError(_("the private key cannot be read: it must be PEM")) from None
    if not isinstance(key, RSAPrivateKey):
        raise ConfigurationError(_("the private key is not an RSA key"))
    _check_size(key.key_size)
    return key


def read_public_key(text: str) -> RSAPublicKey:
    """Read an RSA public key from PEM. Raises ``ConfigurationError``."""
    _check_mark(text, "PUBLIC KEY", _("this is a private key or certificate, not a public key"))
    try:
        key = load_pem_public_key(text.encode())
    except _UNREADABLE:
        raise ConfigurationError(_("the public key cannot be read: it must be PEM")) from None
    if not isinstance(key, RSAPublicKey):
        raise ConfigurationError(_("the public key is not an RSA key"))
    _check_size(key.key_size)
    return key


def read_certificate(text: str) -> x509.Certificate:
    """Read the first certificate of a PEM text; its key must be RSA. Raises ``ConfigurationError``.

    Whether it is valid now is another question (``check_current``).
    """
    _check_mark(text, "CERTIFICATE", _("this is a key, not a certificate"))
    try:
        certificate = x509.load_pem_x509_certificate(text.encode())
        key = certificate.public_key()
    except _UNREADABLE:
        raise ConfigurationError(_("the certificate cannot be read: it must be PEM")) from None
    if not isinstance(key, RSAPublicKey):
        raise ConfigurationError(_("the certificate holds no RSA key"))
    _check_size(key.key_size)
    return certificate


def key_of(certificate: x509.Certificate) -> RSAPublicKey:
    """Return the key of a certificate that ``read_certificate`` returned."""
    key = certificate.public_key()
    assert isinstance(key, RSAPublicKey)  # noqa: S101 (read_certificate refuses the others)
    return key


def serial_of(certificate: x509.Certificate) -> str:
    """Return the serial number as channels write it: upper-case hexadecimal."""
    return f"{certificate.serial_number:X}"


def check_current(certificate: x509.Certificate) -> None:
    """Raise ``ConfigurationError`` unless the certificate is valid at this moment."""
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now() > last:
        raise ConfigurationError(
            _("the certificate expired on %(date)s"), date=business_date(last).isoformat()
        )
    if now() < first:
        raise ConfigurationError(
            _("the certificate is valid from %(date)s only"), date=business_date(first).isoformat()
        )


def is_pair(key: RSAPrivateKey, certificate: x509.Certificate) -> bool:
    """Whether the certificate was issued for this private key."""
    return key.public_key() == certificate.public_key()


def _check_mark(text: str, expected: str, otherwise: str) -> None:
    """Tell apart what people confuse; a text without a mark is left to the reader."""
    mark = _MARK.search(text)
    if mark is not None and expected not in mark[1]:
        raise ConfigurationError(otherwise)


def _check_size(bits: int) -> None:
    if bits < LEAST_RSA_BITS:
        raise ConfigurationError(
            _("the RSA key has %(bits)s bits, and %(needed)s are needed"),
            bits=str(bits),
            needed=str(LEAST_RSA_BITS),
        )
