"""Authentic callbacks whose content is wrong, odd or hostile.

What contradicts our record changes nothing, is acknowledged (sending it again would not mend it),
kept as an exception and reported as an error. What cannot be read is refused.
"""

import logging
from typing import Any

import pytest

from gateway.models import Callback
from tests.attacks.facts import nothing_changes, refused_callback
from tests.attacks.forge import encoded
from tests.attacks.shop import AMOUNT, Shop


def _amount(**changes: Any) -> dict[str, Any]:
    amount = {"total": AMOUNT, "payer_total": AMOUNT, "currency": "CNY", "payer_currency": "CNY"}
    return {"amount": {k: v for k, v in (amount | changes).items() if v is not None}}


CONTRADICTIONS: dict[str, dict[str, Any]] = {
    "one fen": _amount(total=1),
    "one fen too much": _amount(total=AMOUNT + 1),
    "nothing": _amount(total=0),
    "negative": _amount(total=-AMOUNT),
    "larger than any number": _amount(total=10**30),
    "no total": _amount(total=None),
    "no amount": {"amount": None},
    "US dollars": _amount(currency="USD"),
    "Hong Kong dollars": _amount(currency="HKD"),
    "currency in lower case": _amount(currency="cny"),
    "no currency": _amount(currency=None),
    "another app id": {"appid": "wx9999999999999999"},
}


@pytest.mark.parametrize("contradiction", CONTRADICTIONS)
def test_success_that_contradicts_our_record_is_kept_and_not_believed(
    contradiction: str, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    document = shop.wechat.paid(shop.initiated(), **CONTRADICTIONS[contradiction])
    with nothing_changes():
        answer = shop.deliver(shop.wechat.message(document))
    assert answer.status_code == 204
    assert Callback.objects.get().result == Callback.Result.MISMATCH
    levels = [record.levelno for record in caplog.records]
    assert [level for level in levels if level > logging.INFO] == [logging.ERROR]


UNREADABLE: dict[str, dict[str, Any]] = {
    "total as text": _amount(total=str(AMOUNT)),
    "total as a float": _amount(total=float(AMOUNT)),
    "total as true": _amount(total=True),
    "total in a list": _amount(total=[AMOUNT]),
    "amount as a number": {"amount": AMOUNT},
    "amount as a list": {"amount": [{"total": AMOUNT}]},
    "no number": {"out_trade_no": None},
    "number as a number": {"out_trade_no": 1},
    "no transaction id": {"transaction_id": None},
    "no state": {"trade_state": None},
    "state as true": {"trade_state": True},
    "time without offset": {"success_time": "2026-11-22T16:00:00"},
    "time that is none": {"success_time": "yesterday"},
    "time as a number": {"success_time": 1_760_000_000},
    "month 13": {"success_time": "2026-13-01T00:00:00+08:00"},
    **{
        f"number {text!r}": {"out_trade_no": text}
        for text in (
            "' OR 1=1 --",
            "../../etc/passwd",
            "P1\r\nSet-Cookie: a=b",
            "P1%0d%0a",
            "P\u0000",
            "💰",
            "Ｐ１",
            "P" * 65,
            "P" * 30_000,
        )
    },
}


@pytest.mark.parametrize("nonsense", UNREADABLE)
def test_success_that_cannot_be_read_is_refused(nonsense: str, shop: Shop) -> None:
    document = shop.wechat.paid(shop.initiated(), **UNREADABLE[nonsense])
    with refused_callback() as answers:
        answers.append(shop.deliver(shop.wechat.message(document)))


@pytest.mark.parametrize("state", ["NOTPAY", "USERPAYING", "PAYERROR", "ACCEPT", "PAID", "success"])
def test_word_that_is_no_success_is_kept_and_asked_about(state: str, shop: Shop) -> None:
    payment = shop.initiated()
    document = shop.wechat.paid(payment, trade_state=state)
    assert shop.deliver(shop.wechat.message(document)).status_code == 204
    after = shop.payment(payment.serial_no)
    assert (after.state, after.order.state) == ("unknown", "paying")
    assert after.due_at is not None


@pytest.mark.parametrize("state", ["CLOSED", "REVOKED"])
def test_closed_is_no_success(state: str, shop: Shop) -> None:
    payment = shop.initiated()
    document = shop.wechat.paid(payment, trade_state=state, transaction_id=None)
    assert shop.deliver(shop.wechat.message(document)).status_code == 204
    after = shop.payment(payment.serial_no)
    assert (after.state, after.order.state) == ("closed", "paying")


@pytest.mark.parametrize("kind", ["refund", "profitsharing", "TRANSACTION", "", "transaction "])
def test_kind_is_told_by_original_type_alone(kind: str, shop: Shop) -> None:
    document = shop.wechat.paid(shop.initiated())
    with refused_callback() as answers:
        answers.append(shop.deliver(shop.wechat.message(document, kind=kind)))


def test_event_type_of_a_refund_does_not_make_a_payment_anything_else(shop: Shop) -> None:
    payment = shop.initiated()
    envelope = shop.wechat.envelope(shop.wechat.paid(payment)) | {"event_type": "REFUND.SUCCESS"}
    assert shop.deliver(shop.wechat.pen.signed(encoded(envelope))).status_code == 204
    assert shop.payment(payment.serial_no).state == "succeeded"


ODD_BUT_TRUE: dict[str, dict[str, Any]] = {
    "paid with a coupon": _amount(payer_total=AMOUNT - 500),
    "paid with a coupon alone": _amount(payer_total=0),
    "unknown members": {"new_in_2027": {"a": [1, 2]}, "sandbox": True, "amount_override": 1},
    "no payer": {"payer": None},
    "no bank": {"bank_type": None},
    "no app id": {"appid": None},
    "no time": {"success_time": None},
    "time of nothing": {"success_time": "0001-01-01T00:00:00Z"},
    "paid before it was asked for": {"success_time": "2020-01-01T00:00:00+08:00"},
    "paid tomorrow": {"success_time": "2099-01-01T00:00:00+08:00"},
    "HTML attached": {"attach": "<script>alert(1)</script>"},
    "10 kB attached": {"attach": "x" * 10_240},
    "the mini program's app id": {"appid": "wxm1900000101"},
}


@pytest.mark.parametrize("oddity", ODD_BUT_TRUE)
def test_success_with_odd_extras_is_a_success(oddity: str, shop: Shop) -> None:
    payment = shop.initiated()
    document = shop.wechat.paid(payment, **ODD_BUT_TRUE[oddity])
    assert shop.deliver(shop.wechat.message(document)).status_code == 204
    after = shop.payment(payment.serial_no)
    assert (after.state, after.order.state, after.order.paid_amount) == (
        "succeeded",
        "paid",
        AMOUNT,
    )


REFUND_CONTRADICTIONS: dict[str, dict[str, Any]] = {
    "one fen": {"amount": {"total": AMOUNT, "refund": 1}},
    "all of it": {"amount": {"total": AMOUNT, "refund": AMOUNT}},
    "no amount": {"amount": None},
    "US dollars": {"amount": {"total": AMOUNT, "refund": 1_000, "currency": "USD"}},
    "of another payment": {"out_trade_no": "P" + "0" * 23},
    "of no payment": {"out_trade_no": None},
}


@pytest.mark.parametrize("contradiction", REFUND_CONTRADICTIONS)
def test_refund_that_contradicts_our_record_is_kept_and_not_believed(
    contradiction: str, shop: Shop
) -> None:
    refund = shop.refunding(shop.paid())
    document = shop.wechat.refunded(refund, **REFUND_CONTRADICTIONS[contradiction])
    with nothing_changes():
        answer = shop.deliver(shop.wechat.message(document, kind="refund"))
    assert answer.status_code == 204
    assert Callback.objects.latest("pk").result == Callback.Result.MISMATCH


@pytest.mark.parametrize("state", ["PROCESSING", "ABNORMAL", "success", "DONE"])
def test_refund_that_is_not_done_returns_nothing(state: str, shop: Shop) -> None:
    refund = shop.refunding(shop.paid())
    document = shop.wechat.refunded(refund, refund_status=state)
    shop.deliver(shop.wechat.message(document, kind="refund"))
    after = shop.refund(refund.refund_serial_no)
    assert after.succeeded_at is None
    assert (after.payment.refunded, after.payment.refund_reserved) == (0, 1_000)
