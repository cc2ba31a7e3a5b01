"""Money for one order from two sides at the same moment: one side settles it, the other goes back.

The sides are two tabs that are paid, or one that is paid late while another attempt is opened. They
are held where they meet, the order's row or the lock of its group, and let go one after the other.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import connections

from gateway.messages import Outcome, PaymentReport
from tests.support.desk import Desk, events
from tests.support.duplicates import alerts, the_duplicate
from tests.support.sessions import other_session, wait_for_waiters
from tests.support.together import together
from transactions.models import DuplicatePayment, Order, Payment, Refund

GROUP = {"order_group_no": "G1"}
LOCK_GROUP = """
SELECT pg_advisory_xact_lock(
  hashtextextended(concat(application_id, ':', merchant_id, ':', order_group_no), 0)
) FROM transactions_order
"""
LOCK_ORDERS = "SELECT 1 FROM transactions_order FOR UPDATE"

SCOPES = [
    pytest.param({}, "A1", LOCK_ORDERS, id="one order"),
    pytest.param(GROUP, "A2", LOCK_GROUP, id="one group"),
]
"""What the two sides share, the other side's order number, and where they meet."""


def _run(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connections.close_all()


@contextmanager
def _in_turn(lock: str, *works: Callable[[], Any]) -> Iterator[list[Future[Any]]]:
    """Let each work come as far as ``lock``, in this order, then let go; all have ended inside."""
    with ThreadPoolExecutor(len(works)) as pool:
        with other_session() as holder:
            holder.execute(lock)
            done = []
            for number, work in enumerate(works, start=1):
                done.append(pool.submit(_run, work))
                wait_for_waiters(number)
        yield done


def _assert_settled_once_and_returned_once(settling: Payment, surplus: Payment) -> None:
    """Everything there is to say about money that came twice, said once."""
    assert Payment.objects.get(settles_order=True) == settling
    assert Order.objects.get(state="paid") == settling.order
    assert (the_duplicate().payment, the_duplicate().state) == (surplus, "return")
    assert (Refund.objects.get().payment, Refund.objects.get().amount) == (surplus, surplus.amount)
    assert [event.data["serial_no"] for event in events("payment.succeeded")] == [
        settling.serial_no
    ]
    assert [event.data["serial_no"] for event in events("payment.duplicated")] == [
        surplus.serial_no
    ]
    assert len(alerts("duplicate_payment")) == 1


def _two_tabs(desk: Desk, scope: dict[str, str], other_no: str) -> list[Callable[[], Any]]:
    """Return the callbacks of two payments, each paid at its own channel."""
    first = desk.pending_payment("A1", **scope)
    second = desk.pending_payment(other_no, account=desk.other_account, **scope)
    return [
        partial(desk.callback, desk.channel.paid(first.serial_no)),
        partial(
            desk.callback, desk.other_channel.paid(second.serial_no), account=desk.other_account
        ),
    ]


@pytest.mark.parametrize(("scope", "other_no", "lock"), SCOPES)
@pytest.mark.parametrize("later_first", [False, True])
def test_two_tabs_paid_in_two_channels(
    desk: Desk, scope: dict[str, str], other_no: str, lock: str, later_first: bool
) -> None:
    callbacks = _two_tabs(desk, scope, other_no)
    tabs = list(Payment.objects.order_by("pk"))
    if later_first:
        callbacks.reverse()
        tabs.reverse()
    with _in_turn(lock, *callbacks) as done:
        assert [future.result().content for future in done] == [b"ok", b"ok"]
    _assert_settled_once_and_returned_once(*tabs)


@pytest.mark.parametrize(("scope", "other_no", "lock"), SCOPES)
def test_two_tabs_paid_at_the_very_same_moment(
    desk: Desk, scope: dict[str, str], other_no: str, lock: str
) -> None:
    callbacks = _two_tabs(desk, scope, other_no)
    together(8, lambda index: callbacks[index % 2]())
    settling = Payment.objects.get(settles_order=True)
    surplus = Payment.objects.exclude(pk=settling.pk).get()
    _assert_settled_once_and_returned_once(settling, surplus)


def _closed(desk: Desk, scope: dict[str, str]) -> PaymentReport:
    """Return the late word that a payment was paid which its channel had called closed."""
    payment = desk.pending_payment("A1", **scope)
    desk.callback(PaymentReport(Outcome.FAILED, payment.serial_no, closed=True))
    assert desk.the_payment().state == "closed"
    return desk.channel.paid(payment.serial_no)


@pytest.mark.parametrize(("scope", "other_no", "lock"), SCOPES)
def test_a_late_success_before_a_new_attempt_leaves_nothing_to_pay(
    desk: Desk, scope: dict[str, str], other_no: str, lock: str
) -> None:
    late = _closed(desk, scope)
    pay = partial(desk.pay, other_no, account=desk.other_account, **scope)
    with _in_turn(lock, partial(desk.callback, late), pay) as done:
        assert (done[0].result().content, done[1].result().code) == (b"ok", "order_paid")
    assert desk.the_payment().settles_order
    assert desk.other_channel.calls == []
    assert not DuplicatePayment.objects.exists()


@pytest.mark.parametrize(("scope", "other_no", "lock"), SCOPES)
def test_a_late_success_behind_a_new_attempt_makes_its_payment_a_duplicate(
    desk: Desk, scope: dict[str, str], other_no: str, lock: str
) -> None:
    late = _closed(desk, scope)
    pay = partial(desk.pay, other_no, account=desk.other_account, **scope)
    with _in_turn(lock, pay, partial(desk.callback, late)) as done:
        assert (done[0].result().status, done[1].result().content) == (201, b"ok")
    serial_no = done[0].result()["serial_no"]
    desk.callback(desk.other_channel.paid(serial_no), account=desk.other_account)
    _assert_settled_once_and_returned_once(desk.payment(late.serial_no), desk.payment(serial_no))
