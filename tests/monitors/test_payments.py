"""Monitors of payments: against an account's own past, and what nobody knows for too long."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from merchants.models import PaymentAccount
from notifications.models import Alert
from notifications.monitoring import Finding, Monitor
from paycenter.kernel.clock import now
from paycenter.kernel.numbers import mint
from paycenter.monitors.payments import MONITORS
from paycenter.monitors.table import MONITORS as ALL
from tests.support.clock import Clock
from tests.support.money import make_order, make_payment, make_refund
from tests.support.parties import make_account, make_channel_merchant
from transactions.models import Order, Payment

RULES = {monitor.rule: monitor for monitor in MONITORS}


@pytest.fixture(autouse=True)
def _real_money(settings: Settings) -> None:
    settings.SANDBOX_URL = ""


@pytest.fixture
def account(db: None, clock: Clock) -> PaymentAccount:
    """An account."""
    return make_account()


def found(rule: str) -> list[Finding]:
    """Return what a monitor finds now."""
    monitor: Monitor = RULES[rule]
    return list(monitor.find(monitor, now()))


def attempts(
    account: PaymentAccount, *, succeeded: int, failed: int, at: datetime, pending: int = 0
) -> None:
    """Make attempts of one moment, each of an order of its own."""
    template: Order = make_order(account=account, order_no=mint("X", at))
    states = ["succeeded"] * succeeded + ["failed"] * failed + ["pending"] * pending
    orders = Order.objects.bulk_create(
        Order(
            application=template.application,
            merchant=template.merchant,
            order_no=mint("A", at),
            amount=1,
            subject="x",
            expires_at=at,
            created_at=at,
        )
        for _ in states
    )
    Payment.objects.bulk_create(
        Payment(
            merchant=order.merchant,
            order=order,
            payment_account=account,
            channel_merchant=account.channel_merchant,
            serial_no=mint("P", at),
            invoke_method="qr_code",
            amount=1,
            attempt_no=1,
            state=state,
            due_at=at if state == "pending" else None,
            expires_at=at,
            created_at=at,
        )
        for order, state in zip(orders, states, strict=True)
    )


def usual(account: PaymentAccount, *, succeeded: int = 90, failed: int = 10) -> None:
    """Give an account a past: yesterday at this time."""
    attempts(account, succeeded=succeeded, failed=failed, at=now() - timedelta(days=1, minutes=20))


def lately(account: PaymentAccount, *, succeeded: int, failed: int, pending: int = 0) -> None:
    """Give an account a present."""
    attempts(
        account,
        succeeded=succeeded,
        failed=failed,
        pending=pending,
        at=now() - timedelta(minutes=20),
    )


@pytest.mark.parametrize(
    ("succeeded", "failed", "pending", "is_low"),
    [
        (18, 2, 0, False),  # as usual
        (13, 7, 0, False),  # 65 % of 90 % is above 70 % of it
        (12, 8, 0, True),
        (0, 19, 0, False),  # too few to say
        (0, 20, 0, True),
        (10, 0, 90, False),  # nobody knows of the rest yet
    ],
)
def test_an_account_is_compared_with_its_own_past(
    account: PaymentAccount, succeeded: int, failed: int, pending: int, is_low: bool
) -> None:
    usual(account)
    lately(account, succeeded=succeeded, failed=failed, pending=pending)
    assert bool(found("success_rate_low")) is is_low


def test_what_was_always_low_is_not_amiss(account: PaymentAccount) -> None:
    usual(account, succeeded=30, failed=70)
    lately(account, succeeded=9, failed=21)
    assert found("success_rate_low") == []


def test_without_a_past_nothing_is_said(account: PaymentAccount) -> None:
    lately(account, succeeded=0, failed=50)
    assert found("success_rate_low") == []


def test_one_bad_account_of_a_channel_is_told_with_its_company(account: PaymentAccount) -> None:
    other = make_account(make_channel_merchant(channel=account.channel_merchant.channel))
    for one in (account, other):
        usual(one)
    lately(account, succeeded=2, failed=18)
    lately(other, succeeded=180, failed=20)
    [finding] = found("success_rate_low")
    assert finding.subject == f"account:{account.pk}"
    assert finding.merchant_id == account.channel_merchant.merchant_id
    assert finding.params["rate"] == 10
    assert finding.params["usual"] == 90


def test_a_bad_channel_is_told_once_and_not_of_every_account(account: PaymentAccount) -> None:
    other = make_account(make_channel_merchant(channel=account.channel_merchant.channel))
    for one in (account, other):
        usual(one)
        lately(one, succeeded=2, failed=28)
    [finding] = found("success_rate_low")
    assert finding.subject == f"channel:{account.channel_merchant.channel}"
    assert finding.merchant_id is None


def test_pretended_money_is_not_watched(account: PaymentAccount) -> None:
    account.channel_merchant.is_sandbox = True
    account.channel_merchant.save()
    usual(account)
    lately(account, succeeded=0, failed=50)
    assert found("success_rate_low") == []


def test_attempts_that_repeat_are_counted(account: PaymentAccount) -> None:
    lately(account, succeeded=0, failed=40)
    first, *others = Payment.objects.order_by("pk")
    for number, payment in enumerate(others[:12]):
        payment.repeat_of = first if number == 0 else others[number - 1]
        payment.save()
    assert found("attempts_repeated") == [], "30 % are not yet many"
    others[12].repeat_of = others[11]
    others[12].save()
    [finding] = found("attempts_repeated")
    assert (finding.params["repeated"], finding.params["opened"]) == (13, 40)


@pytest.mark.parametrize(
    ("state", "minutes", "is_stuck"),
    [
        ("unknown", 16, True),
        ("initiating", 16, True),
        ("unknown", 14, False),
        ("pending", 600, False),
        ("succeeded", 600, False),
    ],
)
def test_payments_unknown_for_long_are_stuck(
    account: PaymentAccount, state: str, minutes: int, is_stuck: bool
) -> None:
    at = now() - timedelta(minutes=minutes)
    payment = make_payment(account=account, state=state, created_at=at)
    expected = [Finding("", {"count": 1, "first": payment.serial_no}, payment.merchant_id)]
    assert found("payments_stuck") == (expected if is_stuck else [])


@pytest.mark.parametrize(
    ("facts", "hours", "rules"),
    [
        ({"state": "unknown"}, 0.6, {"refunds_unknown"}),
        ({"state": "unknown"}, 0.4, set()),
        ({"state": "processing"}, 71, set()),
        ({"state": "processing"}, 73, {"refunds_slow"}),
        ({"state": "processing", "needs_person": True}, 0, {"refunds_slow"}),
    ],
)
def test_refunds_that_take_too_long_are_told(
    account: PaymentAccount, facts: dict[str, Any], hours: float, rules: set[str]
) -> None:
    make_refund(**facts, created_at=now() - timedelta(hours=hours))
    assert {rule for rule in ("refunds_unknown", "refunds_slow") if found(rule)} == rules
    for finding in found("refunds_unknown"):
        assert finding.severity == Alert.Severity.CRITICAL


def test_what_is_stuck_is_found_by_what_is_due(account: PaymentAccount) -> None:
    make_payment(account=account)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    rows = Payment.objects.filter(due_at__isnull=False, state="unknown").values("merchant_id")
    # Either holds what is open only.
    plan = rows.explain()
    assert "payment_due" in plan or "payment_by_rare_state" in plan


def test_every_monitor_has_a_rule_of_its_own() -> None:
    rules = [monitor.rule for monitor in ALL]
    assert len(rules) == len(set(rules))


def test_texts_are_filled_by_what_is_found(account: PaymentAccount) -> None:
    usual(account)
    lately(account, succeeded=0, failed=30)
    make_payment(account=account, state="unknown", created_at=now() - timedelta(hours=1))
    for rule in ("success_rate_low", "payments_stuck"):
        monitor = RULES[rule]
        for finding in found(rule):
            assert monitor.text % finding.params
            assert monitor.over % finding.params
