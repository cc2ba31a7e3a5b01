"""Serial numbers of certificates as Alipay computes them: MD5 over issuer and serial number."""

import hashlib
import re
from functools import lru_cache

from cryptography import x509
from cryptography.x509.oid import NameOID

from gateway.sandbox import keys

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_RSA_SIGNATURES = "1.2.840.113549.1.1."
_SHORT_NAMES = {NameOID.EMAIL_ADDRESS: "emailAddress"}


@lru_cache(maxsize=256)
def certificate_sn(certificate_pem: str) -> str:
    """32 lower-case hexadecimal digits, from the first certificate of the text."""
    return _sn(keys.load_certificate(certificate_pem))


@lru_cache(maxsize=8)
def root_certificate_sn(root_certificates_pem: str) -> str:
    """The serials of the roots that are signed with RSA, in their order, joined by ``_``."""
    roots = [keys.load_certificate(match[0]) for match in _PEM.finditer(root_certificates_pem)]
    counted = (
        root
        for root in roots
        if root.signature_algorithm_oid.dotted_string.startswith(_RSA_SIGNATURES)
    )
    return "_".join(_sn(root) for root in counted)


def _sn(certificate: x509.Certificate) -> str:
    issuer = ",".join(
        part.rfc4514_string(_SHORT_NAMES) for part in reversed(certificate.issuer.rdns)
    )
    text = f"{issuer}{certificate.serial_number}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
