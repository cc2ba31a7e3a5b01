"""How the sandbox signs what it answers."""

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests.sandbox.merchant import SCHEME, Merchant, is_signed
from tests.sandbox.process import Sandbox


def _platform_key(sandbox: Sandbox) -> tuple[str, str]:
    pem = sandbox.identity.wechat.platform_certificate_pem
    certificate = x509.load_pem_x509_certificate(pem.encode())
    public_key = certificate.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return f"{certificate.serial_number:040X}", public_key.decode()


def _is_good(response: requests.Response, public_key_pem: str) -> bool:
    return is_signed(response.headers, response.content, public_key_pem)


def test_success_carries_the_standard_headers(merchant: Merchant) -> None:
    response = merchant.query(merchant.place())

    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert response.headers["Wechatpay-Signature-Type"] == SCHEME
    assert response.headers["Request-ID"].endswith("-0")
    assert len(response.headers["Wechatpay-Nonce"]) == 32
    assert _is_good(response, merchant.holder.public_key_pem)


def test_answer_is_signed_with_the_key_the_request_names(
    sandbox: Sandbox, merchant: Merchant
) -> None:
    serial, public_key = _platform_key(sandbox)

    response = merchant.get("/v3/certificates", headers={"Wechatpay-Serial": serial})

    assert response.headers["Wechatpay-Serial"] == serial
    assert _is_good(response, public_key)


def test_default_key_follows_the_signing_mode(sandbox: Sandbox, merchant: Merchant) -> None:
    serial, public_key = _platform_key(sandbox)
    sandbox.settle(signing_mode="certificate")

    response = merchant.get("/v3/certificates")

    assert response.headers["Wechatpay-Serial"] == serial
    assert _is_good(response, public_key)


def test_mixed_mode_uses_both_kinds_of_serial(sandbox: Sandbox, merchant: Merchant) -> None:
    sandbox.settle(signing_mode="mixed")

    serials = {merchant.get("/v3/certificates").headers["Wechatpay-Serial"] for _ in range(40)}

    assert serials == {_platform_key(sandbox)[0], merchant.holder.public_key_id}


def test_unknown_named_key_is_refused(merchant: Merchant) -> None:
    response = merchant.get("/v3/certificates", headers={"Wechatpay-Serial": "PUB_KEY_ID_1"})

    assert (response.status_code, response.json()["code"]) == (400, "PARAM_ERROR")


@pytest.mark.parametrize("number", ["ABCDEF", "ABC"])
def test_business_refusal_is_signed_and_traced(merchant: Merchant, number: str) -> None:
    response = merchant.query(number)

    assert response.status_code in (400, 404)
    assert _is_good(response, merchant.holder.public_key_pem)
    assert not response.headers["Request-ID"].endswith("-0")


def test_close_answers_204_with_a_signature_over_nothing(merchant: Merchant) -> None:
    response = merchant.close(merchant.place())

    assert (response.status_code, response.content) == (204, b"")
    assert _is_good(response, merchant.holder.public_key_pem)
