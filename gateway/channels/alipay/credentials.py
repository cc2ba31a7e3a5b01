"""What an Alipay account is configured with: each key and certificate, read and judged alone.

Rules: Alipay Open Platform, "Keys" (public-key mode) and "Certificate mode". What one credential
says of another (pairs, chains) is judged in ``config``.
"""

import hashlib
import re
from collections.abc import Callable, Mapping

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.channels.alipay.certificates import root_sn_of, rsa_roots_in, sn_of
from gateway.contract import ConfigurationError, CredentialKind
from paycenter.kernel.bare_keys import framed
from paycenter.kernel.certificates import (
    check_current,
    read_certificate,
    read_private_key,
    read_public_key,
)
from paycenter.kernel.configuration import gettext_noop as _
from paycenter.kernel.credential import Credential

APP_KEY = "app_private_key"
ALIPAY_KEY = "alipay_public_key"
APP_CERTIFICATE = "app_certificate"
ALIPAY_CERTIFICATE = "alipay_certificate"
ROOT_CERTIFICATE = "alipay_root_certificate"
AUTH_TOKEN = "app_auth_token"  # noqa: S105 (the name of a kind, not a token)

CREDENTIAL_KINDS = (
    CredentialKind(APP_KEY, _("Application private key")),
    CredentialKind(ALIPAY_KEY, _("Alipay public key"), secret=False, required=False),
    CredentialKind(APP_CERTIFICATE, _("Application certificate"), secret=False, required=False),
    CredentialKind(ALIPAY_CERTIFICATE, _("Alipay certificate"), secret=False, required=False),
    CredentialKind(ROOT_CERTIFICATE, _("Alipay root certificates"), secret=False, required=False),
    CredentialKind(AUTH_TOKEN, _("Merchant's authorisation (app_auth_token)"), required=False),
)

_TOKEN = re.compile(r"[0-9A-Za-z._-]{8,64}", re.ASCII)


def read_credential(kind: str, content: str) -> Credential:
    """Read one uploaded credential into the form it is stored in. Raises ``ConfigurationError``."""
    read = _READERS.get(kind)
    if read is None:
        raise ConfigurationError(_("Alipay has no such key or certificate"))
    return read(content.strip())


def read_roots(content: str) -> tuple[x509.Certificate, ...]:
    """Return the RSA roots of a root file. Raises ``ConfigurationError``."""
    roots = rsa_roots_in(content)
    if not roots:
        raise ConfigurationError(_("this is not Alipay's root certificate file (alipayRootCert)"))
    if any(root.subject != root.issuer for root in roots):
        raise ConfigurationError(
            _("this is a single certificate: upload the root certificate file (alipayRootCert)")
        )
    return roots


def read_leaf(content: str) -> x509.Certificate:
    """Return the first certificate of a file, which must not be a root's."""
    certificate = read_certificate(content)
    if certificate.subject == certificate.issuer:
        raise ConfigurationError(_("this is a root certificate, which belongs into another field"))
    return certificate


def read_token(content: str) -> str:
    """Return a merchant's authorisation. Raises ``ConfigurationError``."""
    if not _TOKEN.fullmatch(content):
        raise ConfigurationError(_("the app_auth_token has characters that no token has"))
    return content


def _read_app_key(content: str) -> Credential:
    pem = framed(content)
    return Credential(APP_KEY, _fingerprint(read_private_key(pem).public_key()), pem)


def _read_alipay_key(content: str) -> Credential:
    pem = framed(content)
    return Credential(ALIPAY_KEY, _fingerprint(read_public_key(pem)), pem)


def _read_app_certificate(content: str) -> Credential:
    return _certificate(APP_CERTIFICATE, content)


def _read_alipay_certificate(content: str) -> Credential:
    return _certificate(ALIPAY_CERTIFICATE, content)


def _read_root_certificate(content: str) -> Credential:
    roots = read_roots(content)
    last = min(root.not_valid_after_utc for root in roots)
    return Credential(ROOT_CERTIFICATE, root_sn_of(roots)[:80], content, not_after=last)


def _read_auth_token(content: str) -> Credential:
    return Credential(AUTH_TOKEN, "", read_token(content))


def _certificate(kind: str, content: str) -> Credential:
    certificate = read_leaf(content)
    check_current(certificate)
    return Credential(
        kind,
        sn_of(certificate),
        content,
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
    )


def _fingerprint(key: RSAPublicKey) -> str:
    """Name a key that has no serial number; a private key goes by its public half."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:32]


_READERS: Mapping[str, Callable[[str], Credential]] = {
    APP_KEY: _read_app_key,
    ALIPAY_KEY: _read_alipay_key,
    APP_CERTIFICATE: _read_app_certificate,
    ALIPAY_CERTIFICATE: _read_alipay_certificate,
    ROOT_CERTIFICATE: _read_root_certificate,
    AUTH_TOKEN: _read_auth_token,
}
