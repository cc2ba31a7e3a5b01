"""Launch data that need no request are in the commit that opens the payment: no worker, no wait."""

import pytest

from gateway.contract import ConfigurationError, Transport
from gateway.messages import (
    ChannelAccount,
    InvokeMethod,
    Operation,
    Outcome,
    PayRequest,
    PayResult,
)
from gateway.models import ChannelCall
from gateway.registry import CHANNELS
from paycenter.kernel.clock import now
from paycenter.kernel.http import WireRequest
from tests.support.clock import Clock
from tests.support.desk import Desk, events, history
from tests.support.fake_channel import PageFakeChannel
from tests.support.money import make_payment
from tests.support.parties import make_account, make_channel_merchant
from tests.support.statements import counting
from tests.support.workers import Workers
from transactions.schedule import PENDING_PAYMENT
from transactions.services.sending import launch_locally

LOCAL_INITIATION = (6, 1)


def test_a_link_is_made_in_the_request_itself(
    page_desk: Desk, workers: Workers, clock: Clock
) -> None:
    answer = page_desk.pay(invoke_method="wap")
    assert (answer.status, answer["state"]) == (201, "pending")
    assert answer["initiation"]["status"] == "sent"
    url = f"https://fake.test/{answer['serial_no']}"
    assert answer["action"] == {"type": "redirect", "params": {"url": url}}
    assert workers.messages == []
    payment = page_desk.the_payment()
    assert history(payment) == [("initiating", "pending", "request")]
    assert payment.due_at is not None
    assert (payment.due_at - now()).total_seconds() == PENDING_PAYMENT[0]
    assert not ChannelCall.objects.exists()  # nothing was sent


def test_it_takes_one_commit_and_no_more_statements_than_it_needs(page_desk: Desk) -> None:
    """Nonce, authentication, account, order, payment, move."""
    page_desk.pay("A1", invoke_method="wap")
    with counting() as cost:
        assert page_desk.pay("A2", invoke_method="wap").status == 201
    assert len(cost.statements) <= LOCAL_INITIATION[0], cost
    assert cost.commits <= LOCAL_INITIATION[1], cost


def test_it_needs_neither_broker_nor_worker(page_desk: Desk, workers: Workers) -> None:
    workers.lose()
    assert page_desk.pay(invoke_method="wap").status == 201


def test_other_methods_of_the_channel_go_through_a_worker(
    page_desk: Desk, workers: Workers
) -> None:
    assert page_desk.pay(invoke_method="qr_code").status == 201
    assert [message.name for message in workers.messages] == ["send_payment"]
    assert history(page_desk.the_payment()) == [("initiating", "pending", "answer")]


def test_the_same_request_again_gets_the_same_link(page_desk: Desk) -> None:
    first, again = page_desk.pay(invoke_method="wap"), page_desk.pay(invoke_method="wap")
    assert (again.status, again.body) == (200, first.body)
    assert len(page_desk.channel.calls_of(Operation.PAY)) == 1


def test_an_account_that_cannot_work_fails_the_payment(page_desk: Desk) -> None:
    page_desk.channel.answers(Operation.PAY, ConfigurationError("the key is missing"))
    answer = page_desk.pay(invoke_method="wap")
    assert (answer.status, answer["state"]) == (201, "failed")
    failure = {"code": "account_misconfigured", "message": "the key is missing"}
    assert answer["failure"] == failure
    [event] = events("payment.failed")
    assert event.data["failure"] == failure


def test_a_link_that_could_not_be_made_is_asked_about(page_desk: Desk) -> None:
    page_desk.channel.answers(Operation.PAY, PayResult(Outcome.UNKNOWN))
    assert page_desk.pay(invoke_method="wap").status == 202
    page_desk.sweep_payments()
    assert page_desk.the_payment().state == "pending"


class _SendingChannel(PageFakeChannel):
    def pay(self, account: ChannelAccount, request: PayRequest, transport: Transport) -> PayResult:
        transport.send(WireRequest("POST", "https://fake.test/pay", {}, b""))
        return super().pay(account, request, transport)


@pytest.mark.django_db
def test_a_channel_that_sends_all_the_same_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction is open here, and no lock is held across a network call."""
    monkeypatch.setitem(CHANNELS, "alipay", _SendingChannel())
    account = make_account(make_channel_merchant(channel="alipay"))
    payment = make_payment(account=account, state="initiating", invoke_method=InvokeMethod.WAP)
    with pytest.raises(RuntimeError, match=r"wants to send WireRequest\(method='POST'\)"):
        launch_locally(payment)
