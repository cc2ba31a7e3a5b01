"""The certification authority of the simulated Alipay: roots, and certificates issued below them.

Like production's, the file of root certificates holds one that is signed with an elliptic curve
and does not count for ``alipay_root_cert_sn``, and one that is signed with RSA and does.
"""

import secrets
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from gateway.sandbox import keys

_VALIDITY = timedelta(days=5 * 365)
_GRACE = timedelta(hours=1)  # the other party's clock may be a little behind


def root_certificates_pem(authority_key_pem: str) -> str:
    """The root file: an elliptic-curve root nobody uses, then the RSA root of ``authority_key``."""
    curve_key = ec.generate_private_key(ec.SECP256R1())
    curve_name = _name("Sandbox Certification Authority E1", unit="Certification Authority")
    curve_root = _draft(curve_name, curve_key.public_key(), issuer=curve_name, is_authority=True)
    root_key = keys.load_private_key(authority_key_pem)
    root = _draft(_authority_name(), root_key.public_key(), is_authority=True)
    signed = (curve_root.sign(curve_key, hashes.SHA256()), root.sign(root_key, hashes.SHA256()))
    # Some clients find the end of a certificate only at an empty line.
    return "\n".join(_pem(certificate) for certificate in signed)


def issue_certificate_pem(authority_key_pem: str, public_key_pem: str, *, owner: str) -> str:
    """A certificate of five years for ``owner``, valid from now."""
    begin = datetime.now(UTC).replace(microsecond=0) - _GRACE
    return _issue(authority_key_pem, public_key_pem, owner=owner, begin=begin)


def issue_expired_certificate_pem(
    authority_key_pem: str, public_key_pem: str, *, owner: str
) -> str:
    """The same, but its five years ended yesterday."""
    begin = datetime.now(UTC).replace(microsecond=0) - _VALIDITY - timedelta(days=1)
    return _issue(authority_key_pem, public_key_pem, owner=owner, begin=begin)


def _issue(authority_key_pem: str, public_key_pem: str, *, owner: str, begin: datetime) -> str:
    public_key = serialization.load_pem_public_key(public_key_pem.encode())
    if not isinstance(public_key, rsa.RSAPublicKey):
        raise TypeError("Alipay certifies RSA keys")
    draft = _draft(_name(owner, unit="Sandbox"), public_key, begin=begin)
    return _pem(draft.sign(keys.load_private_key(authority_key_pem), hashes.SHA256()))


def _draft(
    subject: x509.Name,
    public_key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
    *,
    issuer: x509.Name | None = None,
    begin: datetime | None = None,
    is_authority: bool = False,
) -> x509.CertificateBuilder:
    begin = begin or datetime.now(UTC).replace(microsecond=0) - _GRACE
    builder = x509.CertificateBuilder(
        issuer_name=issuer or _authority_name(),
        subject_name=subject,
        public_key=public_key,
        serial_number=secrets.randbits(126) | 1 << 126,
        not_valid_before=begin,
        not_valid_after=begin + _VALIDITY,
    )
    constraint = x509.BasicConstraints(ca=is_authority, path_length=None)
    return builder.add_extension(constraint, critical=True)


def _authority_name() -> x509.Name:
    return _name("Sandbox Certification Authority R1", unit="Certification Authority")


def _name(common_name: str, *, unit: str) -> x509.Name:
    """Encoded from country to common name, the order of Alipay's own certificates."""
    parts = {
        NameOID.COUNTRY_NAME: "CN",
        NameOID.ORGANIZATION_NAME: "Payment Sandbox",
        NameOID.ORGANIZATIONAL_UNIT_NAME: unit,
        NameOID.COMMON_NAME: common_name,
    }
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts.items()])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
