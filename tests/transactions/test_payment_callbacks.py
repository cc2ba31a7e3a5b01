"""A callback counts when it is authentic and matches; it is acknowledged when it is dealt with."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from gateway.messages import Failure, Outcome, PaymentReport, SplitNews
from gateway.models import Callback
from merchants.models import SecurityRecord
from tests.support.clock import Clock
from tests.support.desk import Desk, events, history, open_desk
from tests.support.fake_channel import PAID_AT, callback_body
from transactions.models import Order, Payment

ACKNOWLEDGED = b"ok"
SEND_AGAIN = b"again"


def test_success_settles_the_order_and_tells_the_application(desk: Desk) -> None:
    payment = desk.pending_payment()
    assert desk.callback(desk.channel.paid(payment.serial_no)).content == ACKNOWLEDGED
    payment = desk.payment(payment.serial_no)
    assert (payment.state, payment.settles_order, payment.due_at) == ("succeeded", True, None)
    assert (payment.paid_at, payment.action) == (PAID_AT, None)
    assert payment.channel_serial_no == f"42{payment.serial_no}"
    order = desk.order()
    assert (order.state, order.paid_amount, order.paid_at) == ("paid", 10_000, PAID_AT)
    [event] = events()
    assert (event.type, event.data["state"]) == ("payment.succeeded", "succeeded")
    assert event.data["channel_serial_no"] == payment.channel_serial_no
    assert Callback.objects.get().result == Callback.Result.APPLIED


def test_the_same_callback_again_is_acknowledged_and_changes_nothing(desk: Desk) -> None:
    payment = desk.paid_payment()
    before = Payment.objects.values().get()
    assert desk.callback(desk.channel.payments[payment.serial_no]).content == ACKNOWLEDGED
    assert Payment.objects.values().get() == before
    assert len(events()) == 1
    assert Callback.objects.order_by("-pk")[0].result == Callback.Result.NO_CHANGE


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount": 1}, "amount 1 instead of 10000 fen"),
        ({"amount": 10_001}, "amount 10001 instead"),
        ({"amount": None}, "amount None instead"),
        ({"currency": "USD"}, "currency 'USD'"),
        ({"currency": ""}, "currency ''"),
        ({"mchid": "1900000000"}, "channel merchant '1900000000'"),
        ({"mchid": ""}, "channel merchant ''"),
        ({"appid": "wx9999999999999999"}, "app id 'wx9999999999999999'"),
        ({"channel_serial_no": ""}, "no channel serial number"),
        ({"channel_serial_no": "4" * 65}, "no channel serial number"),
        ({"channel_serial_no": "4\x002"}, "no channel serial number"),
    ],
)
def test_a_success_that_contradicts_our_record_is_kept_and_changes_nothing(
    desk: Desk, changes: dict[str, Any], reason: str
) -> None:
    payment = desk.pending_payment()
    before = (Payment.objects.values().get(), Order.objects.values().get())
    report = replace(desk.channel.paid(payment.serial_no), **changes)
    assert desk.callback(report).content == ACKNOWLEDGED
    assert (Payment.objects.values().get(), Order.objects.values().get()) == before
    assert events() == []
    row = Callback.objects.get()
    assert row.result == Callback.Result.MISMATCH
    assert row.reason.startswith(reason)


def test_news_of_a_split_is_acknowledged_and_moves_nothing(desk: Desk) -> None:
    payment = desk.paid_payment()
    before = Payment.objects.values().get()
    news = SplitNews(payment.channel_serial_no or "", "S261122080000ABCDEFGHJKM")
    assert desk.callback(news).content == ACKNOWLEDGED
    assert Payment.objects.values().get() == before
    assert len(events()) == 1
    row = Callback.objects.order_by("-pk")[0]
    assert (row.result, row.number) == (Callback.Result.NO_CHANGE, news.split_serial_no)


def test_a_second_channel_number_for_a_paid_payment_is_a_mismatch(desk: Desk) -> None:
    payment = desk.paid_payment()
    desk.callback(replace(desk.channel.payments[payment.serial_no], channel_serial_no="43"))
    assert Callback.objects.order_by("-pk")[0].result == Callback.Result.MISMATCH
    assert desk.the_payment().channel_serial_no == payment.channel_serial_no


def test_a_channel_number_that_another_payment_has_settles_nothing(desk: Desk) -> None:
    paid = desk.paid_payment("A1")
    other = desk.pending_payment("A2")
    report = desk.channel.paid(other.serial_no, channel_serial_no=paid.channel_serial_no)
    assert desk.callback(report).content == ACKNOWLEDGED
    assert Callback.objects.order_by("-pk")[0].result == Callback.Result.MISMATCH
    assert desk.payment(other.serial_no).state == "pending"


def test_another_companys_number_is_unknown_here(desk: Desk) -> None:
    """An authentic callback of one account says nothing about another's payment."""
    payment = desk.pending_payment()
    neighbour = open_desk(desk.channel, desk.other_channel)
    report = replace(
        desk.channel.paid(payment.serial_no), mchid=neighbour.account.channel_merchant.mchid
    )
    assert neighbour.callback(report).content == SEND_AGAIN
    assert desk.the_payment().state == "pending"


def test_a_callback_of_another_channel_does_not_pay(desk: Desk) -> None:
    payment = desk.pending_payment()
    report = desk.channel.paid(payment.serial_no)
    assert desk.callback(report, account=desk.other_account).content == SEND_AGAIN
    assert desk.the_payment().state == "pending"


def test_an_unknown_number_is_not_acknowledged_and_makes_no_payment(desk: Desk) -> None:
    report = PaymentReport(Outcome.SUCCEEDED, "P261122080000ABCDEFGHJKM", amount=1)
    response = desk.callback(report)
    assert (response.status_code, response.content) == (500, SEND_AGAIN)
    assert not Payment.objects.exists()
    row = Callback.objects.get()
    assert (row.result, row.number) == (Callback.Result.UNKNOWN_NUMBER, report.serial_no)


def test_a_callback_that_is_not_authentic_is_kept_and_recorded(desk: Desk) -> None:
    payment = desk.pending_payment()
    body = callback_body(desk.channel.paid(payment.serial_no))
    assert desk.raw_callback(body).content == SEND_AGAIN
    assert desk.the_payment().state == "pending"
    row = Callback.objects.get()
    assert (row.result, row.reason, bytes(row.body)) == ("rejected", "not signed", body)
    record = SecurityRecord.objects.get()
    assert (record.door, record.claimed) == ("callback", desk.account.payment_no)


@pytest.mark.parametrize("path", ["/callbacks/unionpay/P0000000001/", "/callbacks/wechat/"])
def test_there_is_no_address_for_a_channel_nobody_has(desk: Desk, path: str) -> None:
    assert desk.client.post(path).status == 404


def test_only_post_is_taken(desk: Desk) -> None:
    path = f"/callbacks/wechat/{desk.account.payment_no}/"
    assert desk.client.get(path).status == 405
    assert not Callback.objects.exists()


def test_a_huge_callback_is_not_kept(desk: Desk) -> None:
    assert desk.raw_callback(b" " * 65_537).content == SEND_AGAIN
    assert desk.raw_callback(b" " * 1_048_577).content == SEND_AGAIN
    assert not Callback.objects.exists()


def test_an_inactive_account_still_takes_callbacks(desk: Desk) -> None:
    payment = desk.pending_payment()
    desk.account.is_active = False
    desk.account.save()
    desk.callback(desk.channel.paid(payment.serial_no))
    assert desk.the_payment().state == "succeeded"


def test_a_failure_ends_the_payment_and_leaves_the_order_to_another_one(desk: Desk) -> None:
    payment = desk.pending_payment()
    failure = Failure("PAYERROR", "the bank refused")
    desk.callback(PaymentReport(Outcome.FAILED, payment.serial_no, failure=failure))
    payment = desk.the_payment()
    assert (payment.state, payment.failure_code) == ("failed", "PAYERROR")
    assert desk.order().state == "paying"
    assert [event.type for event in events()] == ["payment.failed"]


@pytest.mark.parametrize("words", ["no\x00thing", "\ud800", "字" * 300])
def test_words_no_database_keeps_do_not_stop_the_failure(desk: Desk, words: str) -> None:
    payment = desk.pending_payment()
    report = PaymentReport(Outcome.FAILED, payment.serial_no, failure=Failure(words, words))
    assert desk.callback(report).content == ACKNOWLEDGED
    assert desk.the_payment().state == "failed"


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.PENDING, Outcome.UNKNOWN])
@pytest.mark.parametrize("closed", [True, False])
def test_nothing_undoes_a_success(desk: Desk, outcome: Outcome, *, closed: bool) -> None:
    payment = desk.paid_payment()
    desk.callback(PaymentReport(outcome, payment.serial_no, closed=closed))
    assert desk.the_payment().state == "succeeded"
    assert history(payment)[-1][1] == "succeeded"
    assert len(events()) == 1


def test_whatever_the_callback_adds_is_ignored_for_the_amount(desk: Desk) -> None:
    """Coupons: the payer gave less, the order is paid in full all the same."""
    payment = desk.pending_payment()
    desk.callback(desk.channel.paid(payment.serial_no, payer_amount=9_000))
    assert desk.order().paid_amount == 10_000


@pytest.mark.parametrize(
    ("paid_at", "odd"),
    [
        ("2026-11-22T07:50:00+00:00", False),
        ("2026-11-22T07:49:59+00:00", True),
        ("2026-11-23T08:00:00+00:00", False),
        ("2026-11-23T08:00:01+00:00", True),
    ],
)
def test_an_impossible_time_of_payment_is_believed_and_remarked_on(
    desk: Desk, clock: Clock, paid_at: str, *, odd: bool
) -> None:
    payment = desk.pending_payment()
    report = desk.channel.paid(payment.serial_no, paid_at=datetime.fromisoformat(paid_at))
    assert desk.callback(report).content == ACKNOWLEDGED
    assert desk.order().state == "paid"
    assert Callback.objects.get().reason == (f"odd: paid at {paid_at}" if odd else "")


def test_what_is_authentic_and_yet_not_ours_leaves_a_security_record(desk: Desk) -> None:
    payment = desk.pending_payment()
    neighbour = open_desk(desk.channel, desk.other_channel)
    report = desk.channel.paid(payment.serial_no)
    neighbour.callback(report)
    desk.callback(replace(report, serial_no="P261122080000ABCDEFGHJKM"))
    desk.callback(replace(report, amount=1))
    reasons = SecurityRecord.objects.order_by("pk").values_list("reason", flat=True)
    assert list(reasons) == [
        "the payment is another channel merchant's",
        "there is no payment with this number",
        "amount 1 instead of 10000 fen",
    ]
