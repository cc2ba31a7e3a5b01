"""What the two hot paths cost the database: a number that grows is a regression.

Counted without BEGIN and COMMIT, which the driver adds; commits are counted by themselves. The
channel's keys are loaded once per process, so each path is walked once before it is counted.
"""

from tests.support.desk import Desk
from tests.support.statements import counting

INITIATION = (8, 2)
CALLBACK = (10, 2)


def test_initiation(desk: Desk) -> None:
    """Authentication, nonce, account, order, payment; then in the worker: load, move, record."""
    desk.pay("A1")
    with counting() as cost:
        assert desk.pay("A2").status == 201
    assert len(cost.statements) <= INITIATION[0], cost
    assert cost.commits <= INITIATION[1], cost


def test_payment_callback(desk: Desk) -> None:
    """Account and raw row; then in one commit: lock, both moves, event, delivery, result."""
    desk.paid_payment("A1")
    payment = desk.pending_payment("A2")
    report = desk.channel.paid(payment.serial_no)
    with counting() as cost:
        assert desk.callback(report).content == b"ok"
    assert len(cost.statements) <= CALLBACK[0], cost
    assert cost.commits <= CALLBACK[1], cost


def test_a_repeated_callback_costs_no_more(desk: Desk) -> None:
    payment = desk.paid_payment("A1")
    with counting() as cost:
        desk.callback(desk.channel.payments[payment.serial_no])
    assert len(cost.statements) <= CALLBACK[0], cost
    assert cost.commits <= CALLBACK[1], cost
