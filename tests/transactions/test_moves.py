"""A row moves along an edge once, with its history; whoever comes too late moves nothing."""

import pytest

from paycenter.kernel.clock import now
from tests.support.desk import history
from tests.support.money import make_order, make_payment
from tests.support.together import together
from transactions.models import Move, Payment
from transactions.moves import move

SUCCESS = {"channel_serial_no": "42", "settles_order": True}


@pytest.mark.django_db
def test_a_move_stores_state_facts_and_history() -> None:
    payment = make_payment()
    assert move(payment, "succeed", cause=Move.Cause.QUERY, paid_at=now(), **SUCCESS)
    stored = Payment.objects.get()
    assert (stored.state, stored.channel_serial_no, stored.version) == ("succeeded", "42", 1)
    assert history(payment) == [("pending", "succeeded", "query")]
    assert Move.objects.get().merchant_id == payment.merchant_id


@pytest.mark.django_db
def test_a_stale_row_moves_nothing_and_leaves_no_history() -> None:
    stale = make_payment()
    fresh = Payment.objects.get()
    assert move(fresh, "close", cause=Move.Cause.CLOSE)
    assert not move(stale, "fail", cause=Move.Cause.ANSWER, code="x", message="")
    assert Payment.objects.get().state == "closed"
    assert [target for _, target, _ in history(fresh)] == ["closed"]


@pytest.mark.django_db
def test_an_edge_that_does_not_exist_moves_nothing() -> None:
    order = make_order()
    assert not move(order, "refund_part", cause=Move.Cause.ANSWER, amount=1)
    assert (order.state, order.refunded_amount, history(order)) == ("paying", 0, [])


@pytest.mark.django_db
def test_a_row_may_move_twice_in_a_row() -> None:
    payment = make_payment(state="initiating")
    assert move(payment, "lose_track", cause=Move.Cause.ANSWER, due_at=now())
    assert move(payment, "close", cause=Move.Cause.QUERY)
    assert Payment.objects.get().version == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_one_moves() -> None:
    payment = make_payment()
    rows = [Payment.objects.get() for _ in range(8)]
    moved = together(8, lambda index: move(rows[index], "close", cause=Move.Cause.QUERY))
    assert sum(moved) == 1
    assert len(history(payment)) == 1
