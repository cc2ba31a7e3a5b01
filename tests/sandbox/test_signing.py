"""The sandbox's cryptography against published and independently generated vectors."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from gateway.sandbox.wechat import signing
from tests.sandbox.merchant import decrypt

_VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "wechat_pay.json").read_text(encoding="utf-8")
)
_KEYS = _VECTORS["generated"]["keys"]
_REQUESTS = _VECTORS["generated"]["requests"]
_ANSWERS = [
    vector
    for vector in _VECTORS["generated"]["responses"] + _VECTORS["generated"]["notifications"]
    if vector.get("expect", "accept") == "accept"
]
_PUBLISHED = [
    vector
    for vector in _VECTORS["official_published"]
    if vector["message"].startswith(("GET", "POST"))
]


def _by_name(vector: dict[str, Any]) -> str:
    return str(vector["name"])


@pytest.mark.parametrize("vector", _PUBLISHED, ids=_by_name)
def test_signature_equals_the_one_in_the_official_documents(vector: dict[str, Any]) -> None:
    key = _VECTORS["official_test_private_key_pem"]

    assert signing.sign(key, vector["message"].encode()) == vector["signature"]


@pytest.mark.parametrize("vector", _REQUESTS, ids=_by_name)
def test_request_message_and_signature_equal_the_vector(vector: dict[str, Any]) -> None:
    message = signing.request_message(
        vector["method"],
        vector["url_line"],
        timestamp=vector["timestamp"],
        nonce=vector["nonce_str"],
        body=vector["body"].encode(),
    )

    assert message.decode() == vector["message"]
    assert signing.sign(_KEYS["merchant"]["private_key_pem"], message) == vector["signature"]
    certificate = _KEYS["merchant"]["certificate_pem"]
    assert signing.verifies(certificate, message, vector["signature"])
    assert not signing.verifies(certificate, message + b" ", vector["signature"])


@pytest.mark.parametrize("vector", _ANSWERS, ids=_by_name)
def test_answer_signature_equals_the_vector(vector: dict[str, Any]) -> None:
    headers = vector["headers"]
    keys = {
        part["serial_no" if "serial_no" in part else "public_key_id"]: part["private_key_pem"]
        for part in (_KEYS["platform_certificate_mode"], _KEYS["public_key_mode"])
    }
    message = signing.answer_message(
        headers["Wechatpay-Timestamp"], headers["Wechatpay-Nonce"], vector["body"].encode()
    )

    signature = signing.sign(keys[headers["Wechatpay-Serial"]], message)

    assert signature == headers["Wechatpay-Signature"]


@pytest.mark.parametrize("signature", ["", "?", "AAAA", "é", "WECHATPAY/SIGNTEST/AAAA"])
def test_malformed_signature_is_merely_wrong(signature: str) -> None:
    assert not signing.verifies(_KEYS["merchant"]["certificate_pem"], b"message", signature)


def test_encryption_equals_the_published_vector() -> None:
    vector = next(one for one in _VECTORS["sdk_published"] if one["name"] == "aead_java")

    sealed = signing.encrypt(
        vector["apiv3_key"],
        vector["plaintext"].encode(),
        nonce=vector["nonce"],
        associated_data=vector["associated_data"],
    )

    assert sealed == vector["ciphertext"]


def test_vector_certificate_decrypts_as_the_sandbox_encrypts() -> None:
    body = json.loads(_VECTORS["generated"]["certificates_response"]["body"])
    resource = body["data"][0]["encrypt_certificate"]
    plain = decrypt(resource, _KEYS["apiv3_key"])

    again = signing.encrypt(
        _KEYS["apiv3_key"],
        plain,
        nonce=resource["nonce"],
        associated_data=resource["associated_data"],
    )

    assert again == resource["ciphertext"]
    x509.load_pem_x509_certificate(plain)
