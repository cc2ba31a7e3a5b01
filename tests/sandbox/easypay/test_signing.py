"""The vectors, equal to the platform's own PHP classes, decide what is signed and how."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from gateway.sandbox.easypay.signing import (
    is_rsa_signature,
    md5_signature,
    rsa_signature,
    sign_content,
)

_FILE = json.loads((Path(__file__).parents[2] / "vectors" / "easypay.json").read_text())
_KEYS = _FILE["keys"]
_VECTORS: dict[str, dict[str, Any]] = {one["name"]: one for one in _FILE["vectors"]}
_V1 = sorted(name for name in _VECTORS if name.startswith("v1"))
_V2 = sorted(name for name in _VECTORS if name.startswith("v2"))


def _pem(name: str, kind: str) -> str:
    return f"-----BEGIN {kind} KEY-----\n{_KEYS[name]}\n-----END {kind} KEY-----\n"


def _party(name: str) -> str:
    """Requests are signed by the merchant, answers and notifications by the platform."""
    return "merchant" if name == "v2_create_request" else "platform"


@pytest.mark.parametrize("name", _V1 + _V2)
def test_signed_text_is_that_of_the_vector(name: str) -> None:
    assert sign_content(_VECTORS[name]["params"]) == _VECTORS[name]["sign_content"]


@pytest.mark.parametrize("name", _V1)
def test_md5_signature_is_that_of_the_vector(name: str) -> None:
    vector = _VECTORS[name]

    assert md5_signature(vector["sign_content"], _KEYS["md5_key"]) == vector["sign"]


@pytest.mark.parametrize("name", _V2)
def test_rsa_signature_is_that_of_the_vector(name: str) -> None:
    vector, party = _VECTORS[name], _party(name)
    private_key = _pem(f"{party}_private_key_pkcs8_base64", "PRIVATE")
    public_key = _pem(f"{party}_public_key_base64", "PUBLIC")

    assert rsa_signature(vector["sign_content"], private_key) == vector["sign"]
    assert is_rsa_signature(vector["sign"], vector["sign_content"], public_key)
    assert not is_rsa_signature(vector["sign"], vector["sign_content"] + "x", public_key)


@pytest.mark.parametrize("value", ["", " \t\n", None, ["a"], {"a": "b"}])
def test_empty_values_and_arrays_are_not_signed(value: object) -> None:
    assert sign_content({"a": "1", "b": value}) == "a=1"


@pytest.mark.parametrize("value", ["0", 0])
def test_zero_is_signed(value: object) -> None:
    assert sign_content({"a": value}) == "a=0"


def test_values_are_signed_as_they_are() -> None:
    assert sign_content({"b": " 中&=<b>", "B": "x", "sign": "s", "sign_type": "MD5"}) == (
        "B=x&b= 中&=<b>"
    )


def test_key_can_follow_an_ampersand() -> None:
    assert md5_signature("a=1", "k", key_suffix="ampersand") == md5_signature("a=1&key=", "k")


@pytest.mark.parametrize("signature", ["", "!", base64.b64encode(b"short").decode()])
def test_malformed_rsa_signature_is_no_signature(signature: str) -> None:
    assert not is_rsa_signature(signature, "a=1", _pem("merchant_public_key_base64", "PUBLIC"))
