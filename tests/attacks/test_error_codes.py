"""Every code of the public error table, produced by a real request. The table has no dead entry."""

import json
from collections.abc import Callable
from dataclasses import replace
from unittest.mock import patch

import pytest
from django.db import OperationalError

from gateway.health.switching import switch_off
from gateway.messages import Outcome, PaymentReport
from merchants.models import Application, ChannelSwitch, Grant, PaymentAccount
from paycenter.kernel.errors import TITLES
from tests.attacks.shop import PAYMENTS, REFUNDS, Shop
from tests.support.parties import make_account, make_channel_merchant
from tests.support.signing import Answer
from tests.support.split_desk import SPLITS
from tests.support.split_rules import make_receiver
from transactions.api import payments
from transactions.models import Move, Order
from transactions.services.closing import close_order
from transactions.services.payment_truth import apply_payment_report

Ask = Callable[[Shop], Answer]


def _nonce_again(shop: Shop) -> Answer:
    shop.client.send("GET", PAYMENTS, b"", nonce="n" * 32)
    return shop.client.send("GET", PAYMENTS, b"", nonce="n" * 32)


def _disabled(shop: Shop) -> Answer:
    Application.objects.update(is_active=False)
    return shop.client.get(PAYMENTS)


def _from_elsewhere(shop: Shop) -> Answer:
    Application.objects.update(ip_allow_list=["203.0.113.0/24"])
    return shop.client.get(PAYMENTS)


def _unsupported(shop: Shop) -> Answer:
    owner = make_channel_merchant(shop.account.channel_merchant.merchant, channel="fake")
    account = make_account(owner)
    Grant.objects.create(application=shop.application, payment_account=account)
    return shop.pay(payment_id=account.payment_no)


def _inactive(shop: Shop) -> Answer:
    PaymentAccount.objects.update(is_active=False)
    return shop.pay()


def _switched_off(shop: Shop) -> Answer:
    switch_off(ChannelSwitch(payment_account=shop.account, reason="维护"), by="operator")
    return shop.pay("A2")


def _closed(shop: Shop) -> Answer:
    payment = shop.initiated()
    report = PaymentReport(Outcome.FAILED, payment.serial_no, closed=True)
    apply_payment_report(payment.channel_merchant, report, cause=Move.Cause.CLOSE)
    close_order(payment.order_id)
    return shop.pay()


def _other_method_at_once(shop: Shop) -> Answer:
    shop.initiated()
    return shop.pay(invoke_method="app")


def _other_amount(shop: Shop) -> Answer:
    shop.initiated()
    return shop.pay(amount=1)


def _refund(shop: Shop, *amounts: int) -> Answer:
    """Ask for refunds of these amounts under one number; return the last answer."""
    facts = {"serial_no": shop.paid().serial_no, "refund_no": "R1", "reason": "多收"}
    return [shop.client.post(REFUNDS, facts | {"amount": amount}) for amount in amounts][-1]


def _refund_of_unpaid(shop: Shop) -> Answer:
    facts = {"refund_no": "R1", "reason": "多收", "amount": 1}
    return shop.client.post(REFUNDS, facts | {"serial_no": shop.initiated().serial_no})


def _pay_again(shop: Shop) -> Answer:
    shop.paid()
    return shop.pay()


def _close_paid(shop: Shop) -> Answer:
    return shop.client.post(f"{PAYMENTS}/{shop.paid().serial_no}/close")


def _split(shop: Shop, *asked: tuple[str, int]) -> Answer:
    """Ask for splits with these numbers and amounts of one payment; return the last answer."""
    payment = shop.paid()
    Order.objects.update(split_mode="manual")
    receiver = make_receiver(shop.account.channel_merchant)
    return [
        shop.client.post(
            SPLITS,
            {
                "serial_no": payment.serial_no,
                "split_no": split_no,
                "shares": [
                    {"receiver_id": receiver.receiver_no, "amount": amount, "description": "费"}
                ],
            },
        )
        for split_no, amount in asked
    ][-1]


def _failing(error: Exception) -> Ask:
    """Read a payment while something below raises ``error``."""

    def ask(shop: Shop) -> Answer:
        with patch.object(payments, "own_payments", side_effect=error):
            return shop.client.get(PAYMENTS)

    return ask


ASKS: dict[str, Ask] = {
    "invalid_request": lambda shop: shop.pay(amount=0),
    "unknown_field": lambda shop: shop.pay(amonut=1),
    "invoke_method_unsupported": _unsupported,
    "notify_url_refused": lambda shop: shop.pay(notify_url="https://evil.test/"),
    "return_url_refused": lambda shop: shop.pay(return_url="https://evil.test/"),
    "signature_invalid": lambda shop: replace(shop.client, secret="sk_wrong").get(PAYMENTS),
    "timestamp_out_of_range": lambda shop: shop.client.send(
        "GET", PAYMENTS, b"", timestamp="1760000000"
    ),
    "nonce_reused": _nonce_again,
    "application_disabled": _disabled,
    "ip_not_allowed": _from_elsewhere,
    "not_found": lambda shop: shop.client.get(f"{PAYMENTS}/P{'0' * 23}"),
    "payment_account_not_found": lambda shop: shop.pay(payment_id="P9999999999"),
    "merchant_not_found": lambda shop: shop.pay(merchant_id="M9999999999"),
    "method_not_allowed": lambda shop: shop.client.send("DELETE", PAYMENTS, b""),
    "order_mismatch": _other_amount,
    "order_paid": _pay_again,
    "order_closed": _closed,
    "attempt_too_soon": _other_method_at_once,
    "refund_mismatch": lambda shop: _refund(shop, 1, 2),
    "refund_exceeds_payment": lambda shop: _refund(shop, 10_001),
    "payment_not_refundable": _refund_of_unpaid,
    "payment_not_closable": _close_paid,
    "payment_account_inactive": _inactive,
    "split_not_allowed": lambda shop: shop.pay(split={"mode": "rule"}),
    "split_exceeds_payment": lambda shop: _split(shop, ("S1", 3_001)),
    "split_mismatch": lambda shop: _split(shop, ("S1", 1), ("S1", 2)),
    "request_in_progress": lambda shop: _split(shop, ("S1", 1), ("S2", 1)),
    "request_too_large": lambda shop: shop.client.post(PAYMENTS, b" " * 10_000_000),
    "unsupported_media_type": lambda shop: shop.client.post(
        PAYMENTS, b"a=1", Content_Type="text/plain"
    ),
    "internal_error": _failing(RuntimeError("SELECT secret FROM nowhere")),
    "channel_unavailable": _switched_off,
    "service_unavailable": _failing(OperationalError("the database at 10.0.0.5 is gone")),
}

NEVER_RAISED = {"rate_limited"}
"""Codes of the contract for which the center has had no use so far."""


@pytest.mark.parametrize("code", ASKS)
def test_code_of_the_table_is_produced(code: str, shop: Shop) -> None:
    status, title = TITLES[code]
    answer = ASKS[code](shop)
    assert (answer.status, answer.code, answer["title"]) == (status, code, title)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer["type"].endswith(f"#{code}")
    assert answer["request_id"] == answer.headers["X-Request-Id"]


def test_every_code_of_the_table_has_its_request() -> None:
    assert TITLES.keys() - ASKS.keys() == NEVER_RAISED


@pytest.mark.parametrize("code", ["internal_error", "service_unavailable"])
def test_trouble_inside_is_not_described(code: str, shop: Shop) -> None:
    answer = ASKS[code](shop)
    text = json.dumps(answer.body)
    assert not any(word in text for word in ("SELECT", "secret", "10.0.0.5", "Traceback", ".py"))


def test_what_may_be_sent_again_says_when(shop: Shop) -> None:
    for code in ("service_unavailable", "attempt_too_soon", "channel_unavailable"):
        assert int(ASKS[code](shop).headers["Retry-After"]) > 0
