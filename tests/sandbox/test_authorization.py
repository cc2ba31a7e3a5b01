"""Nobody gets in without a signature production would accept."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from django.test import RequestFactory

from gateway.sandbox.keys import load_private_key
from gateway.sandbox.wechat.pipeline import raw_target
from tests.sandbox.merchant import Merchant, new_number
from tests.sandbox.process import Sandbox

NATIVE = "/v3/pay/transactions/native"
REFUNDS = "/v3/refund/domestic/refunds/R1"
CERTIFICATES = "/v3/certificates"


def _with(merchant: Merchant, target: str, authorization: str | None) -> tuple[int, str, bool]:
    response = merchant.send("GET", target, b"", headers={"Authorization": authorization})
    answer = response.json()
    assert answer["code"] == "SIGN_ERROR"
    assert "Wechatpay-Signature" not in response.headers
    return response.status_code, answer["message"], "Request-ID" in response.headers


@pytest.mark.parametrize("authorization", [None, "", "Basic eDp5", "WECHATPAY2-SHA256-RSA2048 x"])
def test_order_calls_refuse_a_missing_or_foreign_authorization(
    merchant: Merchant, authorization: str | None
) -> None:
    target = "/v3/pay/transactions/out-trade-no/ABCDEF?mchid=1"

    assert _with(merchant, target, authorization) == (401, "签名信息错误，验签失败", False)


@pytest.mark.parametrize("target", [REFUNDS, CERTIFICATES])
@pytest.mark.parametrize("authorization", [None, "WECHATPAY2-SHA256-RSA2048 mchid=1"])
def test_refund_and_certificate_calls_name_a_malformed_header(
    merchant: Merchant, target: str, authorization: str | None
) -> None:
    status, message, is_traced = _with(merchant, target, authorization)

    assert (status, is_traced) == (401, True)
    assert message.startswith("Http头Authorization值格式错误")


def test_other_scheme_is_named(merchant: Merchant) -> None:
    _, message, _ = _with(merchant, CERTIFICATES, "WECHATPAY2-SM2-WITH-SM3 mchid=1")

    assert message == "HTTP头Authorization认证类型不正确"


@pytest.mark.parametrize("header", ["User-Agent", "Accept"])
def test_missing_manners_are_refused_before_authentication(merchant: Merchant, header: str) -> None:
    response = merchant.send(
        "GET",
        CERTIFICATES,
        b"",
        headers={header: None if header == "Accept" else "", "Authorization": "x"},
    )

    assert (response.status_code, response.json()["code"]) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize("seconds", [-310, 310])
def test_clock_more_than_five_minutes_off_is_refused(merchant: Merchant, seconds: int) -> None:
    stale = str(int(time.time()) + seconds)
    authorization = merchant.authorization("GET", CERTIFICATES, signed_timestamp=stale)

    assert "不得超过5分钟" in _with(merchant, CERTIFICATES, authorization)[1]


def test_clock_is_checked_before_the_signature(merchant: Merchant) -> None:
    authorization = merchant.authorization("GET", CERTIFICATES, timestamp="1", signature="AAAA")

    assert "不得超过5分钟" in _with(merchant, CERTIFICATES, authorization)[1]


@pytest.mark.parametrize("changes", [{"serial_no": "4" * 40}, {"mchid": "1900000000"}])
def test_serial_of_another_merchant_is_refused(merchant: Merchant, changes: dict[str, str]) -> None:
    authorization = merchant.authorization("GET", CERTIFICATES, **changes)

    assert "商户证书序列号有误" in _with(merchant, CERTIFICATES, authorization)[1]


def test_bad_signature_is_explained_by_what_the_server_would_have_signed(
    merchant: Merchant,
) -> None:
    body = json.dumps(merchant.order()).encode()

    response = merchant.send("POST", NATIVE, body, signed_body=body + b" ")

    information = response.json()["detail"]["sign_information"]
    assert response.status_code == 401
    assert response.json()["message"] == "签名错误，请检查后再试"
    assert (information["method"], information["url"]) == ("POST", NATIVE)
    head = information["truncated_sign_message"]
    assert head.startswith(f"POST\n{NATIVE}\n")
    assert body.decode() not in head
    assert information["sign_message_length"] == len(head.encode()) - 16 + len(body) + 1


def test_raw_pipe_signed_but_encoded_pipe_sent_is_refused(merchant: Merchant) -> None:
    number = merchant.place(out_trade_no=new_number() + "|1")
    path = "/v3/pay/transactions/out-trade-no/{}?mchid=" + merchant.holder.mchid
    sent, raw = path.format(number.replace("|", "%7C")), path.format(number)

    assert merchant.send("GET", sent, b"", signed_target=raw).status_code == 401
    assert merchant.send("GET", sent, b"").status_code == 200


def test_query_string_is_part_of_the_signature(merchant: Merchant) -> None:
    path = f"/v3/pay/transactions/out-trade-no/{merchant.place()}"

    response = merchant.send(
        "GET", f"{path}?mchid={merchant.holder.mchid}", b"", signed_target=path
    )

    assert response.status_code == 401


def test_expired_merchant_certificate_is_refused(sandbox: Sandbox, merchant: Merchant) -> None:
    certificate = _expired_certificate(merchant)
    credentials = sandbox.control("wechat/merchants", {"certificate_pem": certificate})
    holder = replace(
        merchant.holder, mchid=credentials["mchid"], serial_no=credentials["serial_no"]
    )
    late = Merchant(sandbox.url, holder)

    authorization = late.authorization("GET", CERTIFICATES)

    assert _with(late, CERTIFICATES, authorization)[1] == "商户证书已过期"


def _expired_certificate(merchant: Merchant) -> str:
    old = x509.load_pem_x509_certificate(merchant.holder.certificate_pem.encode())
    key = load_private_key(merchant.holder.private_key_pem)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    certificate = x509.CertificateBuilder(
        issuer_name=old.issuer,
        subject_name=old.subject,
        public_key=key.public_key(),
        serial_number=old.serial_number + 1,
        not_valid_before=yesterday - timedelta(days=1),
        not_valid_after=yesterday,
    ).sign(key, hashes.SHA256())
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize("target", ["/v3/x/A%7CB?y=1%2B", "/v3/x/A@B"])
def test_request_target_is_rebuilt_where_the_server_does_not_hand_it_over(target: str) -> None:
    request = RequestFactory().get(target)

    assert raw_target(request) == target.replace("@", "%40")


def test_virtual_time_does_not_make_signatures_stale(sandbox: Sandbox, merchant: Merchant) -> None:
    sandbox.control("clock", {"advance_seconds": 86400})

    assert merchant.get(CERTIFICATES).status_code == 200


@pytest.mark.parametrize("target", ["/v3/nothing", "/v3/pay/transactions/quickpass"])
def test_unknown_path_is_404_empty_and_unsigned(merchant: Merchant, target: str) -> None:
    response = merchant.get(target)

    assert (response.status_code, response.content) == (404, b"")
    assert "Wechatpay-Signature" not in response.headers


def test_wrong_method_is_405_empty_and_unsigned(merchant: Merchant) -> None:
    response = merchant.get(NATIVE)

    assert (response.status_code, response.content) == (405, b"")
    assert "Wechatpay-Signature" not in response.headers
