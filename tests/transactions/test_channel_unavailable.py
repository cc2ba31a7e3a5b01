"""A way to pay that is switched off or does not work takes nothing new, whatever the door."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from gateway.health.breaker import seconds_to_wait
from gateway.health.scopes import scopes_of
from gateway.health.switching import switch_off
from gateway.messages import Operation
from merchants.models import ChannelSwitch, PaymentAccount, UsedNonce
from paycenter.kernel.clock import now
from tests.support.clock import Clock
from tests.support.desk import Desk
from tests.support.health import open_breakers
from tests.support.together import together
from transactions.models import Order, Payment

pytestmark = pytest.mark.usefixtures("clock")

ACCOUNTS = "/api/v1/payment-accounts"


def _switch_off(account: PaymentAccount, **facts: object) -> None:
    switch_off(ChannelSwitch(payment_account=account, reason="维护", **facts), by="operator")


def test_a_switch_refuses_before_anything_is_written_or_sent(desk: Desk) -> None:
    _switch_off(desk.account, ends_at=now() + timedelta(seconds=90))
    answer = desk.pay()
    assert (answer.status, answer.code) == (503, "channel_unavailable")
    assert answer.headers["Retry-After"] == "90"
    assert not Order.objects.exists()
    assert not Payment.objects.exists()
    assert desk.channel.calls == []
    assert UsedNonce.objects.count() == 1
    assert desk.pay(account=desk.other_account).status == 201


def test_a_breaker_refuses_too(desk: Desk) -> None:
    open_breakers(desk.account)
    answer = desk.pay()
    assert (answer.status, answer.code) == (503, "channel_unavailable")
    assert answer.headers["Retry-After"] == "30"
    assert not Order.objects.exists()
    assert desk.pay(account=desk.other_account).status == 201


@pytest.mark.parametrize("means", ["switch", "breaker"])
def test_a_payment_that_is_there_is_returned_again(desk: Desk, means: str) -> None:
    first = desk.pay()
    (_switch_off if means == "switch" else open_breakers)(desk.account)
    again = desk.pay()
    assert (again.status, again.body) == (200, first.body)


@pytest.mark.parametrize("means", ["switch", "breaker"])
def test_what_may_be_paid_is_not_closed_for_what_may_not(desk: Desk, means: str) -> None:
    first = desk.pay()
    (_switch_off if means == "switch" else open_breakers)(desk.other_account)
    assert desk.pay(account=desk.other_account).code == "channel_unavailable"
    assert desk.payment(first["serial_no"]).state == "pending"
    assert desk.channel.calls_of(Operation.CLOSE) == []


def test_what_is_under_way_goes_on(desk: Desk) -> None:
    payment = desk.paid_payment()
    waiting = desk.pending_payment("A2")
    open_breakers(desk.account)
    _switch_off(desk.account)
    assert desk.refund(payment).status == 201
    assert desk.sync(waiting.serial_no).status == 200
    assert desk.close(waiting.serial_no)["state"] == "closed"


def test_one_payment_is_the_probe(desk: Desk, clock: Clock) -> None:
    open_breakers(desk.account)
    clock.shift(30)
    assert desk.pay("A1").status == 201
    assert desk.pay("A2").code == "channel_unavailable"


def test_of_many_payments_at_once_one_is_the_probe(desk: Desk, clock: Clock) -> None:
    open_breakers(desk.account)
    clock.shift(30)
    answers = together(5, lambda index: desk.pay(f"A{index}").status)
    assert sorted(answers) == [201, 503, 503, 503, 503]


def test_switching_to_a_way_that_is_half_open_needs_one_probe(desk: Desk, clock: Clock) -> None:
    """The earlier attempt is asked and closed in between, and the request comes here twice."""
    open_breakers(desk.other_account)
    clock.shift(30)
    first = desk.pay()
    second = desk.pay(account=desk.other_account)
    assert second.status == 201
    assert desk.payment(first["serial_no"]).state == "closed"


def test_a_refused_repeat_takes_no_probe(desk: Desk, clock: Clock) -> None:
    desk.paid_payment()
    open_breakers(desk.account)
    clock.shift(30)
    assert desk.pay().code == "order_paid"
    assert desk.pay(amount=1).code == "order_mismatch"
    assert seconds_to_wait(scopes_of(desk.account)) == 0


def test_accounts_are_listed_with_why_they_do_not_work(desk: Desk, settings: Settings) -> None:
    def listed() -> dict[str, tuple[bool, str | None]]:
        found = desk.client.get(ACCOUNTS)["data"]
        return {row["payment_id"]: (row["available"], row["unavailable_reason"]) for row in found}

    one, other = desk.account.payment_no, desk.other_account.payment_no
    assert listed() == {one: (True, None), other: (True, None)}
    _switch_off(desk.account)
    open_breakers(desk.other_account)
    assert listed() == {one: (False, "switched_off"), other: (False, "circuit_open")}
    PaymentAccount.objects.update(is_active=False)
    assert set(listed().values()) == {(False, "payment_account_inactive")}
