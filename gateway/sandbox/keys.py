"""RSA keys and self-signed certificates for the parties the sandbox plays.

Pure: only the standard library and cryptography, so that any program may import it.
"""

import secrets
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

_VALIDITY = timedelta(days=5 * 365)


def new_private_key_pem() -> str:
    """A fresh RSA-2048 private key as PKCS#8 PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def public_key_pem(private_key_pem: str) -> str:
    """The public half of a private key as SPKI PEM."""
    return (
        load_private_key(private_key_pem)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def self_signed_certificate_pem(private_key_pem: str, *, owner: str) -> str:
    """A five-year certificate for ``owner``, signed by its own key, valid from now."""
    key = load_private_key(private_key_pem)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, owner)])
    # An hour of grace: the other party's clock may be a little behind.
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=_new_serial(),
        not_valid_before=begin,
        not_valid_after=begin + _VALIDITY,
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def certificate_public_key_pem(certificate_pem: str) -> str:
    """The key a certificate vouches for, as SPKI PEM; ``ValueError`` when it is no certificate."""
    return (
        load_certificate(certificate_pem)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def certificate_serial(certificate_pem: str) -> str:
    """The serial number as 40 upper-case hexadecimal digits."""
    return f"{load_certificate(certificate_pem).serial_number:040X}"


def load_certificate(certificate_pem: str) -> x509.Certificate:
    """Parse a PEM certificate; ``ValueError`` when it is none."""
    return x509.load_pem_x509_certificate(certificate_pem.encode())


def load_private_key(private_key_pem: str) -> rsa.RSAPrivateKey:
    """Parse an unencrypted RSA private key; ``ValueError`` when it is none."""
    key = serialization.load_pem_private_key(private_key_pem.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("not an RSA private key")
    return key


def _new_serial() -> int:
    # The leading digit is never zero: some client libraries print serials without padding.
    return secrets.randbits(156) | 1 << 158
