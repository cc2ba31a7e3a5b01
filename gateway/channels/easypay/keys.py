"""Reads the keys of EasyPay accounts in the forms in which platforms hand them out.

Rules: EasyPay protocol V1 (one shared key) and V2 (RSA pairs, shown by the console as base64
without PEM lines).
"""

import hashlib
import re
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.contract import ConfigurationError, CredentialKind
from paycenter.kernel.bare_keys import framed
from paycenter.kernel.certificates import read_private_key, read_public_key
from paycenter.kernel.configuration import gettext_noop as _
from paycenter.kernel.credential import Credential

SHARED_KEY = "easypay_key"
PRIVATE_KEY = "merchant_private_key"
PUBLIC_KEY = "platform_public_key"

# None is required by itself: V1 needs the first, V2 the other two (``config.check``).
CREDENTIAL_KINDS = (
    CredentialKind(SHARED_KEY, _("EasyPay key (V1)"), required=False),
    CredentialKind(PRIVATE_KEY, _("Merchant private key (V2)"), required=False),
    CredentialKind(PUBLIC_KEY, _("Platform public key (V2)"), secret=False, required=False),
)

_SHARED_KEY_FORM = re.compile(r"[!-~]{24,128}", re.ASCII)
_FINGERPRINT_CHARACTERS = 16


def read_credential(kind: str, content: str) -> Credential:
    """Read one uploaded key; RSA keys become PEM and are identified by a fingerprint.

    Raises ``ConfigurationError``.
    """
    if kind == SHARED_KEY:
        return Credential(kind, "", shared_key(content.strip()))
    if kind == PRIVATE_KEY:
        public = private_key(content).public_key()
    elif kind == PUBLIC_KEY:
        public = public_key(content)
    else:
        raise ConfigurationError(_("EasyPay has no such key"))
    return Credential(kind, _fingerprint(public), framed(content))


def check_pairs(credentials: Sequence[Credential]) -> None:
    """Raise ``ConfigurationError`` when the merchant's own public key stands for the platform's.

    Consoles show both side by side; with the wrong one no answer could ever be verified.
    """
    own = [private_key(item.value).public_key() for item in credentials if item.kind == PRIVATE_KEY]
    platform = [public_key(item.value) for item in credentials if item.kind == PUBLIC_KEY]
    if any(key in own for key in platform):
        raise ConfigurationError(
            _("this is the merchant's own public key; upload the platform's from its console")
        )


def shared_key(value: str) -> str:
    """Return the V1 key. With an empty or guessable one anybody could sign callbacks."""
    if not _SHARED_KEY_FORM.fullmatch(value):
        raise ConfigurationError(
            _("the EasyPay key is not 24 to 128 letters, digits and signs without blanks")
        )
    return value


def private_key(value: str) -> RSAPrivateKey:
    """Return the merchant's RSA key. Raises ``ConfigurationError``."""
    return read_private_key(framed(value))


def public_key(value: str) -> RSAPublicKey:
    """Return the platform's RSA key. Raises ``ConfigurationError``."""
    return read_public_key(framed(value))


def _fingerprint(key: RSAPublicKey) -> str:
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:_FINGERPRINT_CHARACTERS]
