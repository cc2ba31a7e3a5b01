"""A whole month with something of every kind planted in it: found exactly, neither more nor less.

What is planted, and where, is drawn anew for each seed; payments around midnight, refunds that take
days and results nobody heard of are part of every month and no difference.
"""

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from merchants.models import ChannelMerchant
from tests.support.together import together
from tests.transactions.reconciliation.ledgers import Books, noon, open_books, reconcile
from transactions.lifecycle import PaymentState
from transactions.models import ChannelBill, Difference, Move, Payment, Reconciliation, Refund
from transactions.reconciliation import running
from transactions.reconciliation.running import run

FIRST = date(2026, 10, 1)
DAYS = [FIRST + timedelta(days=number) for number in range(31)]
FEE_PPM = 6_000

Expected = set[tuple[str, str]]
Plant = Callable[[Books, random.Random, datetime], tuple[str, str] | None]


def _fee(amount: int) -> int:
    return (amount * FEE_PPM + 500_000) // 1_000_000


def _listed(books: Books, payment: Payment, at: datetime, **facts: object) -> None:
    known = {
        "number": payment.serial_no,
        "channel_number": f"42{payment.serial_no}",
        "amount": payment.amount,
        "fee": _fee(payment.amount),
    }
    books.line(at, **(known | facts))


def _paid(books: Books, draw: random.Random, at: datetime, **how: bool) -> Payment:
    return books.paid(draw.randrange(1, 1_000_000), at, listed=False, **how)


def _ordinary(books: Books, draw: random.Random, at: datetime) -> None:
    _listed(books, _paid(books, draw, at), at)


def _returned(books: Books, draw: random.Random, at: datetime) -> None:
    """Paid, and a part of it returned: listed when asked for, done a day or two later."""
    payment = _paid(books, draw, at)
    _listed(books, payment, at)
    done = at + timedelta(days=draw.randrange(3))
    refund = books.refunded(payment, draw.randrange(1, payment.amount + 1), done, listed=False)
    books.line(
        at,
        movement="refund",
        number=refund.refund_serial_no,
        serial_no=payment.serial_no,
        channel_number=f"50{refund.refund_serial_no}",
        amount=refund.amount,
        outcome="succeeded" if done == at else "pending",
    )


def _around_midnight(books: Books, draw: random.Random, at: datetime) -> None:
    """Paid in the last minute; the channel writes it on the next day."""
    late = at.replace(hour=23, minute=59, second=59)
    _listed(books, _paid(books, draw, late), late + timedelta(seconds=1))


def _unheard(books: Books, draw: random.Random, at: datetime) -> None:
    payment = _paid(books, draw, at, told=False)
    if draw.random() < 0.5:
        Payment.objects.filter(pk=payment.pk).update(state=PaymentState.CLOSED, due_at=None)
    _listed(books, payment, at)


def _channel_only(books: Books, draw: random.Random, at: datetime) -> tuple[str, str]:
    number = f"P-nobodys-{draw.randrange(10**9)}"
    books.line(at, number=number, amount=500, fee=3)
    return "channel_only", number


def _local_only(books: Books, draw: random.Random, at: datetime) -> tuple[str, str]:
    return "local_only", _paid(books, draw, at).serial_no


def _amount(books: Books, draw: random.Random, at: datetime) -> tuple[str, str]:
    payment = _paid(books, draw, at)
    other = payment.amount + draw.choice([-1, 1, 100]) or 2
    _listed(books, payment, at, amount=other, fee=_fee(other))
    return "amount", payment.serial_no


def _state(books: Books, draw: random.Random, at: datetime) -> tuple[str, str]:
    payment = _paid(books, draw, at)
    _listed(books, payment, at, outcome="failed")
    return "state", payment.serial_no


def _other_fee(books: Books, draw: random.Random, at: datetime) -> tuple[str, str]:
    payment = _paid(books, draw, at)
    _listed(books, payment, at, fee=_fee(payment.amount) + draw.choice([-2, 2, 50]))
    return "fee", payment.serial_no


def _twice(books: Books, draw: random.Random, at: datetime) -> tuple[str, str]:
    payment = _paid(books, draw, at)
    for _ in range(2):
        _listed(books, payment, at)
    return "duplicate", payment.serial_no


HARMLESS: list[Plant] = [_ordinary, _ordinary, _returned, _around_midnight, _unheard]
PLANTED: list[Plant] = [_channel_only, _local_only, _amount, _state, _other_fee, _twice]


def _fill(books: Books, draw: random.Random) -> Expected:
    """Write a month of both sides; returns the differences in it."""
    ChannelMerchant.objects.filter(pk=books.owner.pk).update(fee_ppm=FEE_PPM)
    expected: Expected = set()
    certain = dict(zip(draw.sample(DAYS[:-4], len(PLANTED)), PLANTED, strict=True))
    for day in DAYS[:-4]:
        todo = [draw.choice(HARMLESS) for _ in range(draw.randrange(1, 4))]
        todo += [plant for plant in PLANTED if draw.random() < 0.08 or plant is certain.get(day)]
        for plant in draw.sample(todo, len(todo)):
            found = plant(books, draw, noon(day, draw.randrange(-11, 11)))
            if found is not None:
                expected.add(found)
    return expected


def _found() -> Expected:
    rows = Difference.objects.exclude(state="vanished")
    return set(rows.values_list("type", "number"))


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_planted_is_found_and_nothing_else(seed: int) -> None:
    books, draw = open_books(), random.Random(seed)
    expected = _fill(books, draw)
    assert {kind for kind, _ in expected} == {
        "channel_only",
        "local_only",
        "amount",
        "state",
        "fee",
        "duplicate",
    }
    bills = [books.bill(day) for day in DAYS]
    for bill in bills:
        reconcile(bill)
    assert _found() == expected
    assert not Difference.objects.filter(state="pending").exists()
    lost = Move.objects.filter(subject="payment", cause="bill").count()
    assert lost == Payment.objects.filter(state="succeeded", pk__in=_repaired()).count() > 0

    rows = list(Difference.objects.order_by("pk").values_list("pk", "state", "version"))
    for bill in bills:
        reconcile(bill)
    assert list(Difference.objects.order_by("pk").values_list("pk", "state", "version")) == rows


def _repaired() -> list[int]:
    moves = Move.objects.filter(subject="payment", cause="bill")
    return list(moves.values_list("subject_id", flat=True))


@pytest.mark.django_db(transaction=True)
def test_two_runs_over_the_same_bill_at_once_are_one() -> None:
    books, draw = open_books(), random.Random(7)
    day = DAYS[0]
    expected = {plant(books, draw, noon(day)) for plant in PLANTED if plant is not _other_fee}
    for _ in range(5):
        _unheard(books, draw, noon(day))
    bill = books.bill(day)
    due = Reconciliation.objects.create(
        merchant=bill.merchant,
        channel_bill=bill,
        due_at=bill.created_at,
        created_at=bill.created_at,
    )
    together(4, lambda _: run(due.pk))
    assert _found() == expected
    assert Move.objects.filter(subject="payment", cause="bill").count() == 5
    assert Payment.objects.filter(state="succeeded").count() == Payment.objects.count()


@pytest.mark.django_db
def test_a_run_that_died_anywhere_is_taken_up_from_its_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever step it died in, the next run ends as one that never died."""
    books, draw = open_books(), random.Random(11)
    expected = {plant(books, draw, noon(DAYS[0])) for plant in PLANTED if plant is not _other_fee}
    bill = books.bill(DAYS[0])
    due = Reconciliation.objects.create(
        merchant=bill.merchant,
        channel_bill=bill,
        due_at=bill.created_at,
        created_at=bill.created_at,
    )
    steps = 0
    while steps < 20:
        dies_at, steps = steps, steps + 1
        if not _dies(monkeypatch, due.pk, dies_at):
            break
        assert Reconciliation.objects.get().due_at is not None
    assert 5 < steps < 20
    assert _found() == expected
    assert Refund.objects.count() == 0
    assert ChannelBill.objects.count() == 1


class _Died(Exception):
    """The worker is gone."""


def _dies(monkeypatch: pytest.MonkeyPatch, run_id: int, step: int) -> bool:
    """Run, and die before the step of this number; returns whether it got there."""
    left = [step]

    def counted(*args: Any) -> None:
        if not left[0]:
            raise _Died
        left[0] -= 1
        genuine(*args)

    genuine = running._begin
    with monkeypatch.context() as patch:
        patch.setattr(running, "_begin", counted)
        try:
            run(run_id)
        except _Died:
            return True
    return False
