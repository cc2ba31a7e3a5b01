"""The control API: open to this machine only, clear in what it wants and what it did."""

from dataclasses import replace
from typing import Any

import pytest
import requests
from cryptography import x509
from django.test import RequestFactory

from gateway.sandbox.control.views import clock
from gateway.sandbox.keys import new_private_key_pem, self_signed_certificate_pem
from tests.sandbox.merchant import Merchant
from tests.sandbox.process import Sandbox


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "2001:db8::1", "::ffff:192.0.2.1"])
def test_other_machines_are_kept_out(address: str) -> None:
    response = clock(RequestFactory().get("/control/clock", REMOTE_ADDR=address))

    assert response.status_code == 403
    assert b"loopback_only" in response.content


def test_web_pages_are_kept_out(sandbox: Sandbox) -> None:
    response = requests.post(
        f"{sandbox.url}/control/reset", headers={"Origin": "https://evil.example"}, timeout=5
    )

    assert (response.status_code, response.json()["error"]["code"]) == (403, "not_for_pages")


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
def test_forwarding_headers_change_nothing(sandbox: Sandbox, header: str) -> None:
    response = requests.get(
        f"{sandbox.url}/control/faults", headers={header: "203.0.113.9"}, timeout=5
    )

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("wechat/pay", {}, "missing_field"),
        ("wechat/pay", {"serial_no": 1}, "wrong_type"),
        ("wechat/pay", {"serial_no": "X", "amount": 1}, "unknown_field"),
        ("wechat/pay", {"serial_no": "X"}, "not_found"),
        ("wechat/refunds", {"refund_serial_no": "X", "state": "lost"}, "unknown_state"),
        ("wechat/refunds", {"refund_serial_no": "X", "state": "failed"}, "not_found"),
        ("wechat/settings", {"signing_mode": "none"}, "unknown_mode"),
        ("clock", {"advance_seconds": -1}, "invalid_advance"),
        ("clock", {"advance_seconds": True}, "wrong_type"),
    ],
)
def test_wrong_request_is_refused_with_a_reason(
    sandbox: Sandbox, path: str, body: dict[str, Any], code: str
) -> None:
    error = sandbox.try_control(path, body).json()["error"]

    assert error["code"] == code
    assert error["message"].endswith(".")


def test_body_must_be_a_json_object(sandbox: Sandbox) -> None:
    for text in ("[1]", "{"):
        response = requests.post(f"{sandbox.url}/control/clock", data=text, timeout=5)
        assert response.json()["error"]["code"] == "invalid_json"


def test_wrong_method_names_the_right_ones(sandbox: Sandbox) -> None:
    response = requests.get(f"{sandbox.url}/control/reset", timeout=5)

    assert (response.status_code, response.json()["error"]["message"]) == (405, "Use one of: POST.")


def test_books_hold_every_fen_taken_and_returned(sandbox: Sandbox, merchant: Merchant) -> None:
    unpaid, paid = merchant.place(), merchant.place()
    sandbox.control("wechat/pay", {"serial_no": paid, "coupon": 50})
    merchant.refund(paid, 850, out_refund_no="R-1")
    merchant.refund(paid, 100, out_refund_no="R-2")
    sandbox.control("wechat/refunds", {"refund_serial_no": "R-1", "state": "succeeded"})
    sandbox.control("wechat/refunds", {"refund_serial_no": "R-2", "state": "failed"})

    books = sandbox.look("wechat/books")

    first, second = books["orders"]
    assert (first["serial_no"], first["state"], first["paid_at"]) == (unpaid, "pending", None)
    assert (second["serial_no"], second["state"]) == (paid, "succeeded")
    assert (second["amount"], second["payer_amount"]) == (12850, 12800)
    assert [(one["refund_serial_no"], one["state"]) for one in second["refunds"]] == [
        ("R-1", "succeeded"),
        ("R-2", "failed"),
    ]
    assert books["totals"] == {
        "taken": 12850,
        "returned": 850,
        "shared": 0,
        "taken_back": 0,
        "released": 0,
    }


def test_reset_forgets_business_but_not_accounts(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.place()
    sandbox.fault("query", "rate_limited")
    sandbox.control("clock", {"advance_seconds": 3600})
    sandbox.settle(refund_gap=True)

    sandbox.control("reset")

    assert merchant.query(number).status_code == 404
    assert sandbox.look("clock")["ahead_seconds"] == 0
    assert sandbox.look("wechat/settings")["refund_gap"] is False
    assert merchant.get("/v3/certificates").status_code == 200


def test_registered_merchant_can_work_at_once(sandbox: Sandbox, merchant: Merchant) -> None:
    credentials = sandbox.control("wechat/merchants", {"appids": ["wxabcdefabcdefabcd"]})
    holder = replace(
        merchant.holder,
        appid="wxabcdefabcdefabcd",
        **{
            name: credentials[name]
            for name in ("mchid", "serial_no", "private_key_pem", "apiv3_key", "public_key_pem")
        },
    )
    newcomer = Merchant(sandbox.url, holder)

    number = newcomer.place()

    assert newcomer.query(number).json()["mchid"] == credentials["mchid"]
    assert merchant.query(number).status_code == 404


def test_merchant_may_bring_its_own_certificate(sandbox: Sandbox, merchant: Merchant) -> None:
    key = new_private_key_pem()
    certificate = self_signed_certificate_pem(key, owner="mine")

    credentials = sandbox.control("wechat/merchants", {"certificate_pem": certificate})

    assert credentials["private_key_pem"] is None
    serial = x509.load_pem_x509_certificate(certificate.encode()).serial_number
    assert credentials["serial_no"] == f"{serial:040X}"
    own = replace(
        merchant.holder,
        mchid=credentials["mchid"],
        serial_no=credentials["serial_no"],
        private_key_pem=key,
    )
    assert Merchant(sandbox.url, own).get("/v3/certificates").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"mchid": "1900012601"},
        {"apiv3_key": "short"},
        {"certificate_pem": "none"},
        {"appids": [1]},
        {"sub_merchants": {"1900012699": "wx1"}},
    ],
)
def test_impossible_merchant_is_refused(sandbox: Sandbox, body: dict[str, Any]) -> None:
    assert sandbox.try_control("wechat/merchants", body).status_code == 409


def test_number_used_by_two_merchants_needs_the_merchant(
    sandbox: Sandbox, merchant: Merchant
) -> None:
    number = merchant.place()
    credentials = sandbox.control("wechat/merchants", {"appids": [merchant.holder.appid]})
    fields = ("mchid", "serial_no", "private_key_pem", "apiv3_key")
    holder = replace(merchant.holder, **{name: credentials[name] for name in fields})
    Merchant(sandbox.url, holder).place(out_trade_no=number)

    response = sandbox.try_control("wechat/pay", {"serial_no": number})

    assert (response.status_code, response.json()["error"]["code"]) == (409, "ambiguous")
    paid = sandbox.control("wechat/pay", {"serial_no": number, "mchid": holder.mchid})
    assert paid["mchid"] == holder.mchid
