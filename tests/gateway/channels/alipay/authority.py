"""A certificate authority for tests, shaped like Alipay's: roots, one intermediate, its leaves."""

from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

FIRST_DAY = datetime(2025, 1, 1, tzinfo=UTC)
LAST_DAY = datetime(2030, 1, 1, tzinfo=UTC)


SigningKey = RSAPrivateKey | EllipticCurvePrivateKey
Days = tuple[datetime, datetime]
ALWAYS: Days = (FIRST_DAY, LAST_DAY)


@dataclass(frozen=True)
class Authority:
    """Somebody who issues certificates under its own name."""

    name: x509.Name
    key: SigningKey
    certificate: x509.Certificate

    def issue(
        self, name: x509.Name, key: RSAPublicKey, *, authority: bool = False, days: Days = ALWAYS
    ) -> x509.Certificate:
        """Return a certificate for somebody's key."""
        draft = _draft(name, self.name, days, authority=authority)
        return draft.public_key(key).sign(self.key, SHA256())

    def below(self, common_name: str) -> "Authority":
        """Return an authority that this one vouches for."""
        key, name = new_key(), named(common_name)
        return Authority(name, key, self.issue(name, key.public_key(), authority=True))


def root(common_name: str, *, elliptic: bool = False) -> Authority:
    """Return an authority that vouches for itself."""
    key: SigningKey = generate_ec(SECP256R1()) if elliptic else new_key()
    name = named(common_name)
    draft = _draft(name, name, ALWAYS, authority=True)
    return Authority(name, key, draft.public_key(key.public_key()).sign(key, SHA256()))


def new_key() -> RSAPrivateKey:
    """Return a new RSA key."""
    return generate_rsa(public_exponent=65537, key_size=2048)


def named(common_name: str, organisation: str = "Ant Test") -> x509.Name:
    """Return a subject in the order in which Alipay's are written."""
    parts = [
        (NameOID.COUNTRY_NAME, "CN"),
        (NameOID.ORGANIZATION_NAME, organisation),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "Certification Authority"),
        (NameOID.COMMON_NAME, common_name),
    ]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def pem(*certificates: x509.Certificate) -> str:
    """Return a certificate file."""
    return "".join(item.public_bytes(Encoding.PEM).decode() for item in certificates)


def _draft(
    subject: x509.Name, issuer: x509.Name, days: Days, *, authority: bool
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(days[0])
        .not_valid_after(days[1])
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
