"""Certificate files of Alipay: their serial numbers, and whether one leads to the root.

Rules: Alipay Open Platform, "Certificate mode". A serial number (SN) is the MD5 of the issuer's
name and the decimal serial; only root certificates with an RSA signature count, the file holds SM2
and ECDSA ones besides.
"""

import hashlib
import re
from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import NameOID

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_RSA_SIGNATURES = "1.2.840.113549.1.1."
_LONGEST_CHAIN = 4


def certificates_in(text: str) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a PEM file in its order, without those that cannot be read."""
    found = []
    for block in _BLOCK.findall(text):
        try:
            found.append(x509.load_pem_x509_certificate(block.encode()))
        except ValueError:  # an SM2 certificate may be beyond the library
            continue
    return tuple(found)


def rsa_roots_in(text: str) -> tuple[x509.Certificate, ...]:
    """Return the certificates of the root file that are signed with RSA; Alipay's holds two."""
    return tuple(
        certificate
        for certificate in certificates_in(text)
        if certificate.signature_algorithm_oid.dotted_string.startswith(_RSA_SIGNATURES)
    )


def sn_of(certificate: x509.Certificate) -> str:
    """Return the SN: hexadecimal MD5 of issuer (RDNs in reverse order) and decimal serial."""
    named = f"{certificate.issuer.rfc4514_string()}{certificate.serial_number}"
    return hashlib.md5(named.encode(), usedforsecurity=False).hexdigest()


def root_sn_of(roots: Sequence[x509.Certificate]) -> str:
    """Return ``alipay_root_cert_sn``: the SNs of the RSA roots in the order of their file."""
    return "_".join(sn_of(root) for root in roots)


def leads_to(
    roots: Sequence[x509.Certificate],
    certificate: x509.Certificate,
    intermediates: Sequence[x509.Certificate],
) -> bool:
    """Whether the certificate was issued by a root, directly or through the intermediates.

    An intermediate must be an authority: every merchant holds a certificate under these roots, and
    none of them may issue another.
    """
    authorities = [other for other in intermediates if _is_authority(other)]
    for _ in range(_LONGEST_CHAIN):
        if any(_issued(root, certificate) for root in roots):
            return True
        issuer = next((other for other in authorities if _issued(other, certificate)), None)
        if issuer is None:
            return False
        certificate = issuer
    return False


def organisations_of(certificate: x509.Certificate) -> frozenset[str]:
    """Return whom the certificate was issued to."""
    attributes = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return frozenset(str(attribute.value) for attribute in attributes)


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except (x509.ExtensionNotFound, ValueError):
        return False
    return found.value.ca
