"""Keys and certificates for tests, as people upload them."""

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def rsa_key(name: str = "", *, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return the key of this name: the same one each time, for making one is slow."""
    return _rsa_key(name, bits)


@cache
def _rsa_key(name: str, bits: int) -> rsa.RSAPrivateKey:
    del name  # tells keys of one size apart
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def private_pem(key: Key, password: bytes = b"") -> str:
    """Write a private key as PEM."""
    protection = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection).decode()


def public_pem(key: Key) -> str:
    """Write the public half of a key as PEM."""
    public = key.public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def certificate_pem(
    key: Key, *, serial: int = 0xABC, since: timedelta = timedelta(days=30), days: int = 365
) -> str:
    """Write a certificate that began ``since`` ago and is valid for so many days in all."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    first = datetime.now(UTC) - since
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(first)
        .not_valid_after(first + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()
