"""A channel that is not believed what it calls: its callback is a reason to ask, and no more.

EasyPay's V1 key is shared by both sides and given away by several platforms, so whoever has it can
sign a callback that looks genuine in every way.
"""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from django.http import HttpResponse
from django.test import Client

from gateway.messages import Operation, Outcome, PaymentReport
from gateway.models import Callback
from merchants.models import SecurityRecord
from paycenter.kernel.clock import now
from tests.support.clock import Clock
from tests.support.desk import Desk, events, history, open_desk
from tests.support.fake_channel import GENUINE, EasyFakeChannel, callback_body
from tests.support.together import together
from tests.support.workers import Workers
from transactions import waiting
from transactions.models import Payment

ACKNOWLEDGED = b"ok"
SEND_AGAIN = b"again"


def _claim(desk: Desk, payment: Payment, **changes: Any) -> PaymentReport:
    """Return a success that nobody paid for, as whoever has the key would sign it."""
    report = PaymentReport(
        Outcome.SUCCEEDED,
        payment.serial_no,
        channel_serial_no=f"42{payment.serial_no}",
        amount=payment.amount,
        currency="CNY",
        mchid=desk.account.channel_merchant.mchid,
    )
    return replace(report, **changes)


def _result() -> Callback:
    return Callback.objects.latest("pk")


def test_a_success_the_channel_confirms_is_booked_then_acknowledged(easy_desk: Desk) -> None:
    payment = easy_desk.pending_payment()
    report = easy_desk.channel.paid(payment.serial_no)
    assert easy_desk.callback(report).content == ACKNOWLEDGED
    assert history(payment)[-1] == ("pending", "succeeded", "query")
    assert (easy_desk.order().state, len(events("payment.succeeded"))) == ("paid", 1)
    assert (_result().result, _result().number) == (Callback.Result.APPLIED, payment.serial_no)
    assert not SecurityRecord.objects.exists()


@pytest.mark.parametrize("known", [True, False])
def test_a_success_the_channel_does_not_confirm_books_nothing(
    easy_desk: Desk, *, known: bool
) -> None:
    """The leaked key: signature, number, amount, all right, and nobody paid."""
    payment = easy_desk.pending_payment(invoke_method="qr_code" if known else "wap")
    assert easy_desk.callback(_claim(easy_desk, payment)).content == SEND_AGAIN
    assert (easy_desk.the_payment().state, easy_desk.order().state) == ("pending", "paying")
    assert events() == []
    assert _result().result == Callback.Result.UNCONFIRMED
    assert SecurityRecord.objects.get().claimed == easy_desk.account.payment_no


def test_a_success_nobody_could_ask_about_comes_again_and_is_due_at_once(
    easy_desk: Desk, workers: Workers, clock: Clock
) -> None:
    payment = easy_desk.pending_payment()
    report = easy_desk.channel.paid(payment.serial_no)
    workers.pause()
    assert easy_desk.callback(report).content == SEND_AGAIN
    assert easy_desk.the_payment().due_at == now()
    assert _result().result == Callback.Result.UNCONFIRMED
    assert not SecurityRecord.objects.exists()
    workers.resume()
    assert easy_desk.callback(report).content == ACKNOWLEDGED
    assert easy_desk.order().state == "paid"


def test_a_channel_that_is_silent_confirms_nothing(easy_desk: Desk) -> None:
    payment = easy_desk.pending_payment()
    report = easy_desk.channel.paid(payment.serial_no)
    silence = PaymentReport(Outcome.UNKNOWN, payment.serial_no)
    easy_desk.channel.answers(Operation.QUERY, silence)
    assert easy_desk.callback(report).content == SEND_AGAIN
    assert easy_desk.the_payment().state == "pending"


def test_a_success_booked_while_nobody_answered_is_acknowledged(
    easy_desk: Desk, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reply was lost, not the commit: what counts is in the database."""
    payment = easy_desk.pending_payment()
    monkeypatch.setattr(waiting, "wait_for_reply", lambda key, seconds: None)
    assert easy_desk.callback(easy_desk.channel.paid(payment.serial_no)).content == ACKNOWLEDGED


def test_the_caller_is_not_kept_waiting_longer_than_it_waits(
    easy_desk: Desk, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = easy_desk.pending_payment()
    waits: list[float] = []
    monkeypatch.setattr(waiting, "wait_for_reply", lambda key, seconds: waits.append(seconds))
    settings.INITIATE_WAIT_SECONDS = 30
    easy_desk.callback(_claim(easy_desk, payment))
    assert sum(waits) == 4


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount": 1}, "amount 1 instead of 10000 fen"),
        ({"currency": "USD"}, "currency 'USD'"),
        ({"mchid": "1002"}, "channel merchant '1002'"),
        ({"channel_serial_no": ""}, "no channel serial number"),
    ],
)
def test_a_claim_that_contradicts_our_record_is_kept_and_not_even_asked_about(
    easy_desk: Desk, changes: dict[str, Any], reason: str
) -> None:
    payment = easy_desk.pending_payment()
    claim = _claim(easy_desk, payment, **changes)
    assert easy_desk.callback(claim).content == ACKNOWLEDGED
    assert (_result().result, easy_desk.the_payment().state) == ("mismatch", "pending")
    assert _result().reason.startswith(reason)
    assert easy_desk.channel.calls_of(Operation.QUERY) == []


def test_a_claim_with_another_number_than_the_channel_names_is_a_mismatch(easy_desk: Desk) -> None:
    payment = easy_desk.pending_payment()
    easy_desk.channel.paid(payment.serial_no)
    easy_desk.callback(_claim(easy_desk, payment, channel_serial_no="4711"))
    assert easy_desk.the_payment().channel_serial_no == f"42{payment.serial_no}"
    assert _result().result == Callback.Result.MISMATCH


def test_another_companys_number_is_not_even_asked_about(easy_desk: Desk) -> None:
    payment = easy_desk.pending_payment()
    easy_desk.channel.paid(payment.serial_no)
    neighbour = open_desk(easy_desk.channel, easy_desk.other_channel)
    assert neighbour.callback(_claim(neighbour, payment)).content == SEND_AGAIN
    assert easy_desk.the_payment().state == "pending"
    assert easy_desk.channel.calls_of(Operation.QUERY) == []
    assert "another channel merchant" in SecurityRecord.objects.get().reason


def test_the_same_callback_again_asks_nobody(easy_desk: Desk) -> None:
    payment = easy_desk.pending_payment()
    report = easy_desk.channel.paid(payment.serial_no)
    easy_desk.callback(report)
    asked = len(easy_desk.channel.calls)
    assert easy_desk.callback(report).content == ACKNOWLEDGED
    assert len(easy_desk.channel.calls) == asked
    assert (_result().result, len(events())) == (Callback.Result.NO_CHANGE, 1)


def test_equal_callbacks_at_once_are_acknowledged_and_count_once(
    easy_desk: Desk, settings: Any
) -> None:
    settings.INITIATE_WAIT_SECONDS = 4
    payment = easy_desk.pending_payment()
    report = easy_desk.channel.paid(payment.serial_no)
    answers = together(10, lambda _: easy_desk.callback(report).content)
    assert answers == [ACKNOWLEDGED] * 10
    assert len(events("payment.succeeded")) == 1


def test_a_late_success_of_a_closed_payment_is_confirmed_too(
    easy_desk: Desk, easy: EasyFakeChannel
) -> None:
    payment = easy_desk.pending_payment()
    easy_desk.close(payment.serial_no)
    assert easy_desk.callback(easy.paid(payment.serial_no)).content == ACKNOWLEDGED
    assert (easy_desk.the_payment().state, easy_desk.order().state) == ("succeeded", "paid")


def test_a_claimed_end_ends_nothing_and_is_asked_about_soon(easy_desk: Desk, clock: Clock) -> None:
    payment = easy_desk.pending_payment()
    gone = PaymentReport(Outcome.FAILED, payment.serial_no, closed=True)
    assert easy_desk.callback(gone).content == ACKNOWLEDGED
    payment = easy_desk.the_payment()
    assert (payment.state, payment.due_at) == ("pending", now())


def _deliver(desk: Desk, report: PaymentReport, method: str) -> HttpResponse:
    channel = desk.account.channel_merchant.channel
    path = f"/callbacks/{channel}/{desk.account.payment_no}/"
    query = quote(callback_body(report).decode())
    response: Any = Client().generic(method, path, QUERY_STRING=query, headers=GENUINE)
    return response  # type: ignore[no-any-return]


def test_a_callback_by_get_is_taken_and_kept_whole(easy_desk: Desk) -> None:
    payment = easy_desk.pending_payment(subject="物" * 100)
    report = replace(easy_desk.channel.paid(payment.serial_no), payer_id="x" * 3_000)
    assert _deliver(easy_desk, report, "GET").content == ACKNOWLEDGED
    assert (_result().method, _result().query) == ("GET", quote(callback_body(report).decode()))
    assert easy_desk.order().state == "paid"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
def test_other_methods_are_refused(easy_desk: Desk, method: str) -> None:
    payment = easy_desk.pending_payment()
    answer = _deliver(easy_desk, easy_desk.channel.paid(payment.serial_no), method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")
    assert not Callback.objects.exists()
