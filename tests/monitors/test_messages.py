"""Monitors of callbacks and notifications."""

from datetime import timedelta

import pytest

from gateway.models import Callback
from merchants.models import PaymentAccount
from notifications.models import Delivery, Event
from notifications.monitoring import Finding
from paycenter.kernel.clock import now
from paycenter.monitors.messages import MONITORS
from tests.support.clock import Clock
from tests.support.money import make_order, make_payment
from tests.support.parties import make_account, make_application

RULES = {monitor.rule: monitor for monitor in MONITORS}


@pytest.fixture
def account(db: None, clock: Clock) -> PaymentAccount:
    """An account."""
    return make_account()


def found(rule: str) -> list[Finding]:
    """Return what a monitor finds now."""
    return list(RULES[rule].find(RULES[rule], now()))


def callback(account: PaymentAccount, result: str, *, minutes: float = 1, number: str = "") -> None:
    """A callback that came so many minutes ago."""
    Callback.objects.create(
        merchant=account.channel_merchant.merchant,
        payment_account=account,
        method="POST",
        headers={},
        body=b"",
        result=result,
        number=number,
        received_at=now() - timedelta(minutes=minutes),
    )


@pytest.mark.parametrize(
    ("count", "result", "minutes", "is_told"),
    [
        (5, "rejected", 9, True),
        (4, "rejected", 9, False),
        (50, "rejected", 11, False),
        (50, "applied", 1, False),
    ],
)
def test_many_callbacks_that_are_not_authentic_are_told(
    account: PaymentAccount, count: int, result: str, minutes: int, is_told: bool
) -> None:
    for _ in range(count):
        callback(account, result, minutes=minutes)
    told = found("callbacks_rejected")
    assert bool(told) is is_told
    for finding in told:
        assert finding.severity == "warning", "anybody can send one: nobody is woken"
        assert finding.params["count"] == count


@pytest.mark.parametrize(
    ("count", "lag", "is_told"), [(5, 130, True), (4, 130, False), (5, 110, False)]
)
def test_callbacks_that_come_late_are_told(
    account: PaymentAccount, count: int, lag: int, is_told: bool
) -> None:
    for number in range(count):
        order = make_order(account=account, order_no=f"A{number}")
        paid_at = now() - timedelta(seconds=60 + lag)
        payment = make_payment(order, account, state="succeeded", paid_at=paid_at)
        callback(account, "applied", number=payment.serial_no)
    told = found("callbacks_late")
    assert [finding.params["seconds"] for finding in told] == ([lag] if is_told else [])


@pytest.mark.parametrize(
    ("count", "minutes", "is_told"), [(10, 6, True), (9, 6, False), (50, 4, False)]
)
def test_a_backlog_of_notifications_is_told(
    account: PaymentAccount, count: int, minutes: int, is_told: bool
) -> None:
    application = make_application(account)
    merchant = account.channel_merchant.merchant
    for _ in range(count):
        event = Event.objects.create(
            application=application, merchant=merchant, type="x", data={}, occurred_at=now()
        )
        Delivery.objects.create(
            event=event,
            application=application,
            merchant=merchant,
            url="https://app.test/notify",
            due_at=now() - timedelta(minutes=minutes),
        )
    told = found("notifications_late")
    assert [finding.subject for finding in told] == (
        [f"application:{application.pk}"] if is_told else []
    )
    for finding in told:
        assert finding.params == {"whose": application.name, "count": count, "minutes": minutes}


def test_texts_are_filled_by_what_is_found(account: PaymentAccount) -> None:
    for _ in range(5):
        callback(account, "rejected")
    monitor = RULES["callbacks_rejected"]
    [finding] = found("callbacks_rejected")
    assert monitor.text % finding.params
    assert monitor.over % finding.params
