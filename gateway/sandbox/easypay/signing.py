"""EasyPay signatures: sorted ``k=v`` pairs, closed by the MD5 key (V1) or signed with RSA (V2).

The rules are those of the platform's PHP server; for the order of bytes in sorting and for what
counts as empty PHP decides, so neither is left to Python's own notion.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from gateway.sandbox import keys

_NEVER_SIGNED = ("sign", "sign_type")
_PHP_WHITESPACE = " \t\n\r\0\x0b"
_SUFFIXES = {"plain": "", "ampersand": "&key="}


def sign_content(parameters: Mapping[str, object]) -> str:
    """The text that is signed: raw values, without signature, empty values and arrays."""
    spoken = {name: _text(value) for name, value in parameters.items() if name not in _NEVER_SIGNED}
    return "&".join(f"{name}={text}" for name, text in sorted(spoken.items()) if text)


def md5_signature(content: str, key: str, *, key_suffix: str = "plain") -> str:
    """32 lower-case hexadecimal digits; ``key_suffix`` is ``plain`` or ``ampersand``."""
    text = f"{content}{_SUFFIXES[key_suffix]}{key}"
    # The protocol's own choice, not ours.
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def is_md5_signature(signature: str, expected: str) -> bool:
    """Exactly the same letters: upper case is another signature."""
    return hmac.compare_digest(signature.encode(), expected.encode())


def rsa_signature(content: str, private_key_pem: str) -> str:
    """SHA256withRSA, PKCS#1 v1.5, base64."""
    key = keys.load_private_key(private_key_pem)
    signature = key.sign(content.encode(), padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()


def is_rsa_signature(signature: str, content: str, public_key_pem: str) -> bool:
    """Whether the holder of the other half signed that text."""
    key = load_public_key(public_key_pem)
    try:
        raw = base64.b64decode(signature, validate=True)
        key.verify(raw, content.encode(), padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, InvalidSignature):
        return False
    return True


def load_public_key(public_key_pem: str) -> rsa.RSAPublicKey:
    """Parse an RSA public key; ``ValueError`` when it is none."""
    key = serialization.load_pem_public_key(public_key_pem.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("not an RSA public key")
    return key


def _text(value: object) -> str:
    """Nothing for arrays and for what PHP finds empty after trimming; ``0`` is not empty."""
    if value is None or isinstance(value, (list, dict)):
        return ""
    text = str(value)
    return text if text.strip(_PHP_WHITESPACE) else ""
