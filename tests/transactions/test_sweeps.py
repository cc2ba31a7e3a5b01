"""Finding what is due: each row once, by however many sweeps, and again when its worker dies."""

from datetime import timedelta

import pytest

from gateway.messages import Operation
from paycenter.kernel.clock import now
from tests.support.clock import Clock
from tests.support.desk import Desk
from tests.support.money import make_order, make_payment, make_refund
from tests.support.together import together
from tests.support.workers import Workers
from transactions import sweeps
from transactions.models import Payment, Refund
from transactions.schedule import LEASE
from transactions.services.closing import expire_orders
from transactions.sweeps import take_due_payments, take_due_refunds
from transactions.tasks import sweep_orders, sweep_payments, sweep_refunds

PAST = timedelta(seconds=1)


def _make_due_payments(count: int) -> list[int]:
    account_payment = make_payment(due_at=now() - PAST)
    order, account = account_payment.order, account_payment.payment_account
    rows = [make_payment(order, account, due_at=now() - PAST) for _ in range(count - 1)]
    return [account_payment.pk, *(row.pk for row in rows)]


@pytest.mark.django_db
def test_what_is_due_is_taken_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "BATCH", 2)
    numbers = _make_due_payments(3)
    Payment.objects.filter(pk=numbers[2]).update(due_at=now() - timedelta(hours=1))
    assert take_due_payments() == [(numbers[2], "wechat"), (numbers[0], "wechat")]


@pytest.mark.django_db
def test_what_is_not_due_is_not_touched() -> None:
    waiting = make_payment(due_at=now() + timedelta(seconds=5))
    ended = make_payment(state="closed")
    before = list(Payment.objects.values())
    assert take_due_payments() == []
    assert list(Payment.objects.values()) == before
    assert {waiting.pk, ended.pk} == {row["id"] for row in before}


@pytest.mark.django_db
def test_what_was_taken_is_not_taken_again_until_its_lease_is_over(clock: Clock) -> None:
    [pk] = _make_due_payments(1)
    assert take_due_payments() == [(pk, "wechat")]
    clock.shift(LEASE.total_seconds() - 1)
    assert take_due_payments() == []
    clock.shift(1)
    assert take_due_payments() == [(pk, "wechat")]


@pytest.mark.django_db
def test_refunds_are_taken_alike(clock: Clock) -> None:
    refund = make_refund(due_at=now())
    make_refund(refund.payment, due_at=now() + timedelta(seconds=5))
    make_refund(refund.payment, state="succeeded")
    assert take_due_refunds() == [(refund.pk, "wechat")]
    assert take_due_refunds() == []
    assert Refund.objects.get(pk=refund.pk).due_at == now() + LEASE


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_take_each_payment_once() -> None:
    numbers = _make_due_payments(40)
    taken = together(8, lambda _: take_due_payments())
    assert sorted(pk for due in taken for pk, _ in due) == sorted(numbers)


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_take_each_refund_once() -> None:
    first = make_refund(due_at=now() - PAST)
    rows = [first, *(make_refund(first.payment, due_at=now() - PAST) for _ in range(19))]
    taken = together(8, lambda _: take_due_refunds())
    assert sorted(pk for due in taken for pk, _ in due) == sorted(row.pk for row in rows)


@pytest.mark.django_db(transaction=True)
def test_orders_expired_at_once_expire_once() -> None:
    first = make_order(expires_at=now() - timedelta(hours=1))
    for number in range(9):
        make_order(
            first.application,
            merchant=first.merchant,
            order_no=f"B{number}",
            expires_at=now() - timedelta(hours=1),
        )
    assert sum(together(4, lambda _: expire_orders())) == 10


def test_a_sweep_hands_each_payment_to_its_channels_workers(desk: Desk, workers: Workers) -> None:
    workers.pause()
    desk.pay("A1")
    desk.pay("A2", account=desk.other_account)
    desk.sweep_payments()
    looks = workers.kept("look_at_payment")
    assert {message.queue for message in looks} == {"channel.wechat", "channel.alipay"}


def test_a_worker_that_dies_leaves_the_payment_due(
    desk: Desk, workers: Workers, clock: Clock
) -> None:
    workers.pause()
    desk.pay()
    clock.shift(20)
    sweep_payments()
    assert len(workers.kept("look_at_payment")) == 1
    workers.resume()
    clock.shift(LEASE.total_seconds())
    sweep_payments()
    assert desk.the_payment().state == "pending"
    assert len(desk.channel.calls_of(Operation.PAY)) == 1


def test_a_worker_that_dies_leaves_the_refund_due(
    desk: Desk, workers: Workers, clock: Clock
) -> None:
    payment = desk.paid_payment()
    workers.pause()
    desk.refund(payment)
    clock.shift(20)
    sweep_refunds()
    workers.resume()
    clock.shift(LEASE.total_seconds())
    sweep_refunds()
    assert desk.the_refund().state == "processing"


def test_a_broker_that_is_down_loses_nothing(desk: Desk, workers: Workers, clock: Clock) -> None:
    workers.lose()
    desk.pay()
    clock.shift(20)
    sweep_payments()
    workers.resume()
    clock.shift(LEASE.total_seconds())
    sweep_payments()
    assert desk.the_payment().state == "pending"


def test_the_job_expires_orders(desk: Desk, clock: Clock) -> None:
    desk.pending_payment(expires_in=60)
    clock.shift(200)
    desk.sweep_payments()
    sweep_orders()
    assert desk.order().state == "expired"
