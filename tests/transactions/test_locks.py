"""Who waits for whom: sweeps wait for nobody, and a callback never blocks the attempt it waits for.

A new attempt holds its order and refers to the earlier payment; a callback holds the payment and
wants the order. Were the reference to wait for the callback's lock, both would wait for ever.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from gateway.messages import ChannelEvent
from merchants.models import PaymentAccount
from paycenter.kernel.clock import now
from tests.support.desk import Desk
from tests.support.money import make_payment, make_refund
from tests.support.sessions import other_session, wait_for_waiters
from transactions.models import Payment, Refund
from transactions.sweeps import take_due_payments, take_due_refunds

PAST = timedelta(seconds=1)


@pytest.mark.django_db(transaction=True)
def test_a_sweep_passes_by_a_payment_somebody_holds() -> None:
    held = make_payment(due_at=now() - PAST)
    free = make_payment(held.order, held.payment_account, due_at=now() - PAST)
    with other_session() as cursor:
        cursor.execute(f"SELECT 1 FROM transactions_payment WHERE id = {held.pk} FOR UPDATE")
        assert take_due_payments() == [(free.pk, "wechat")]
    assert Payment.objects.get(pk=held.pk).due_at == held.due_at


@pytest.mark.django_db(transaction=True)
def test_a_sweep_passes_by_a_refund_somebody_holds() -> None:
    held = make_refund(due_at=now() - PAST)
    free = make_refund(held.payment, due_at=now() - PAST)
    with other_session() as cursor:
        cursor.execute(f"SELECT 1 FROM transactions_refund WHERE id = {held.pk} FOR UPDATE")
        assert take_due_refunds() == [(free.pk, "wechat")]
    assert Refund.objects.get(pk=held.pk).due_at == held.due_at


def _deliver(desk: Desk, report: ChannelEvent, account: PaymentAccount | None = None) -> bytes:
    try:
        return bytes(desk.callback(report, account=account).content)
    finally:
        connections.close_all()


def test_a_new_attempt_may_refer_to_a_payment_whose_callback_waits(desk: Desk) -> None:
    payment = desk.pending_payment()
    report = desk.channel.paid(payment.serial_no)
    with ThreadPoolExecutor(1) as pool:
        with other_session() as attempt:
            attempt.execute("SELECT 1 FROM transactions_order FOR UPDATE")
            callback = pool.submit(_deliver, desk, report)
            wait_for_waiters()
            attempt.execute("SELECT 1 FROM transactions_payment FOR KEY SHARE")
        assert callback.result(timeout=20) == b"ok"
    assert desk.order().state == "paid"


def test_a_new_attempt_may_refer_to_a_payment_whose_refund_callback_waits(desk: Desk) -> None:
    payment = desk.paid_payment()
    desk.refund(payment)
    report = desk.channel.refunded(desk.the_refund().refund_serial_no)
    with ThreadPoolExecutor(1) as pool:
        with other_session() as attempt:
            attempt.execute("SELECT 1 FROM transactions_order FOR UPDATE")
            callback = pool.submit(_deliver, desk, report)
            wait_for_waiters()
            attempt.execute("SELECT 1 FROM transactions_payment FOR KEY SHARE")
        assert callback.result(timeout=20) == b"ok"


def test_two_successes_decide_one_after_the_other_which_one_settles(desk: Desk) -> None:
    """Both are held where they need the order, then let go at once."""
    first = desk.pending_payment()
    second = desk.pending_payment(account=desk.other_account)
    reports = [desk.channel.paid(first.serial_no), desk.other_channel.paid(second.serial_no)]
    accounts = [desk.account, desk.other_account]
    with ThreadPoolExecutor(2) as pool:
        with other_session() as holder:
            holder.execute("SELECT 1 FROM transactions_order FOR UPDATE")
            callbacks = [
                pool.submit(_deliver, desk, *pair) for pair in zip(reports, accounts, strict=True)
            ]
            wait_for_waiters(2)
        assert [callback.result(timeout=20) for callback in callbacks] == [b"ok", b"ok"]
    settled = Payment.objects.values_list("settles_order", flat=True)
    assert sorted(settled) == [False, True]
    assert Refund.objects.get().amount == first.amount
