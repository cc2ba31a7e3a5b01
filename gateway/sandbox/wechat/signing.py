"""WeChat Pay APIv3 cryptography: SHA256-RSA2048 signatures, AEAD_AES_256_GCM envelopes, OAEP.

Five signed lines for a request, three for a response or callback; every line ends with a line
feed, the last one too.
"""

import base64
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.sandbox import keys

SCHEME = "WECHATPAY2-SHA256-RSA2048"

_private_key = lru_cache(maxsize=256)(keys.load_private_key)


def request_message(method: str, target: str, *, timestamp: str, nonce: str, body: bytes) -> bytes:
    """What a merchant signs; ``target`` is path and query exactly as on the request line."""
    head = f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode()
    return head + body + b"\n"


def answer_message(timestamp: str, nonce: str, body: bytes) -> bytes:
    """What WeChat signs in a response or callback."""
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"


def sign(private_key_pem: str, message: bytes) -> str:
    """RSASSA-PKCS1-v1_5 with SHA-256, as base64 without line breaks."""
    signature = _private_key(private_key_pem).sign(message, padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()


def verifies(certificate_pem: str, message: bytes, signature: str) -> bool:
    """Whether the key of that certificate signed the message; False for anything malformed."""
    try:
        _public_key(certificate_pem).verify(
            base64.b64decode(signature, validate=True), message, padding.PKCS1v15(), hashes.SHA256()
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def encrypt(apiv3_key: str, plaintext: bytes, *, nonce: str, associated_data: str) -> str:
    """Base64 of ciphertext and tag."""
    sealed = AESGCM(apiv3_key.encode()).encrypt(nonce.encode(), plaintext, associated_data.encode())
    return base64.b64encode(sealed).decode()


def decrypt(private_key_pem: str, ciphertext: str) -> str:
    """The text of an encrypted field (RSAES-OAEP with SHA-1); blank for anything malformed."""
    sha1 = hashes.SHA1()  # noqa: S303 - prescribed
    scheme = padding.OAEP(mgf=padding.MGF1(sha1), algorithm=sha1, label=None)
    try:
        sealed = base64.b64decode(ciphertext, validate=True)
        return _private_key(private_key_pem).decrypt(sealed, scheme).decode()
    except ValueError:
        return ""


@lru_cache(maxsize=256)
def _public_key(certificate_pem: str) -> rsa.RSAPublicKey:
    key = keys.load_certificate(certificate_pem).public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("a merchant API certificate holds an RSA key")
    return key
