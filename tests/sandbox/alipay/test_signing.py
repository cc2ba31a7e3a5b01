"""Signatures and serial numbers against published results of three client libraries."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.sandbox.alipay import serials, signing
from gateway.sandbox.alipay.request import read_request
from tests.sandbox.alipay.merchant import raw_node, read_form

_VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "alipay.json").read_text())
_BY_NAME: dict[str, Any] = {vector["name"]: vector for vector in _VECTORS["vectors"]}
_APP_KEY = _VECTORS["keys"]["app_private_key_pkcs8_pem"]
_ALIPAY_KEY = _VECTORS["keys"]["alipay_private_key_pkcs8_pem"]


def _public_pem(base64_text: str) -> str:
    return f"-----BEGIN PUBLIC KEY-----\n{base64_text}\n-----END PUBLIC KEY-----\n"


@pytest.mark.parametrize("name", ["page_pay_get", "wap_pay_get", "app_pay_order_string"])
def test_request_as_sent_is_verified_as_published(name: str) -> None:
    vector = _BY_NAME[name]
    request = read_request(vector["output"].rpartition("?")[2].encode())

    content = signing.request_content(request.raw)

    assert content.decode() == vector["sign_content"]
    assert request.get("sign") == vector["sign"]
    public_key = _public_pem(_VECTORS["keys"]["app_public_key_base64"])
    assert signing.verifies(public_key, content, vector["sign"])


def test_query_and_body_are_one_request() -> None:
    vector = _BY_NAME["trade_query_request"]
    body = "biz_content=%7B%22out_trade_no%22%3A%2220260901000001%22%7D"

    request = read_request(vector["url_query"].encode(), body.encode())

    assert signing.request_content(request.raw).decode() == vector["sign_content"]
    assert signing.sign(_APP_KEY, vector["sign_content"].encode()) == vector["sign"]


@pytest.mark.parametrize(
    "name", ["trade_query_response", "query_trade_not_exist", "response_nested_object"]
)
def test_answer_is_signed_over_its_raw_node(name: str) -> None:
    vector = _BY_NAME[name]

    node = raw_node(vector["raw_body"].encode())

    assert node.decode() == vector["sign_content"]
    assert signing.sign(_ALIPAY_KEY, node) == vector["sign"]


@pytest.mark.parametrize(
    "name", ["notify_trade_success", "notify_partial_refund", "notify_unpaid_closed"]
)
def test_notification_is_signed_as_published(name: str) -> None:
    vector = _BY_NAME[name]
    parameters = read_form(vector["form_body"].encode())

    content = signing.notification_content(parameters, "utf-8")

    assert content.decode() == vector["sign_content"]
    assert signing.sign(_ALIPAY_KEY, content) == vector["sign"]


def test_return_address_is_signed_as_published() -> None:
    vector = _BY_NAME["return_url_params"]

    content = signing.notification_content(vector["params"], "utf-8")

    assert content.decode() == vector["sign_content"]
    assert signing.sign(_ALIPAY_KEY, content) == vector["sign"]


def test_serial_numbers_of_certificates() -> None:
    vector = _BY_NAME["cert_sn"]

    assert serials.certificate_sn(vector["app_cert_pem"]) == vector["app_cert"]["sn"]
    assert serials.certificate_sn(vector["alipay_cert_pem"]) == vector["alipay_cert"]["sn"]


def test_only_roots_signed_with_rsa_count() -> None:
    vector = _BY_NAME["cert_sn"]

    assert serials.root_certificate_sn(vector["root_cert_file"]) == vector["root_cert_sn"]


@pytest.mark.parametrize("signature", ["", "!", "AAAA", "签名"])
def test_malformed_signature_is_a_no(signature: str) -> None:
    public_key = _public_pem(_VECTORS["keys"]["app_public_key_base64"])

    assert not signing.verifies(public_key, b"x", signature)
