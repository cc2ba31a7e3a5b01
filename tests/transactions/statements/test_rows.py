"""The rows of a statement: everything that became final that day, in its order, and no more."""

from dataclasses import replace
from datetime import timedelta

import pytest

from merchants.models import Project
from tests.support.clock import Clock
from tests.support.statements import counting
from tests.transactions.statements.conftest import Day, bill_fee
from transactions.ledger.closing import close_day
from transactions.models import ChannelBill, JournalEntry, Payment
from transactions.statements import rows as reading
from transactions.statements.rows import Row, Scope, read_rows
from transactions.statements.totals import Sum, Totals, totals_of


def _numbers(scope: Scope) -> list[tuple[str, str, int]]:
    return [
        (row.kind, row.refund_serial_no or row.serial_no, row.amount) for row in read_rows(scope)
    ]


def _added_up(scope: Scope) -> Totals:
    totals = Totals()
    for row in read_rows(scope):
        totals.add(row)
    return totals


def test_every_payment_duplicate_and_refund_is_a_row_in_the_order_of_the_books(day: Day) -> None:
    settled = Payment.objects.get(order__order_no="A3", settles_order=True)
    assert _numbers(day.scope) == [
        ("payment", day.paid.serial_no, 10_000),
        ("refund", day.refund.refund_serial_no, -1_000),
        ("payment", day.other.serial_no, 10_000),
        ("payment", settled.serial_no, 10_000),
        ("duplicate", day.duplicate.serial_no, 10_000),
    ]


def test_a_row_has_all_numbers_and_what_it_was_for(day: Day) -> None:
    bill_fee(day.paid, 60)
    refund = list(read_rows(day.scope))[1]
    assert refund == Row(
        id=refund.id,
        kind="refund",
        business_date=day.day,
        order_no="A1",
        serial_no=day.paid.serial_no,
        channel_serial_no=day.paid.channel_serial_no,
        refund_no="R1",
        refund_serial_no=day.refund.refund_serial_no,
        channel_refund_no=day.refund.channel_refund_no,
        channel=day.desk.channel.code,
        payment_no=day.desk.account.payment_no,
        project="小区0",
        amount=-1_000,
        lines=[{"fee_type": "物业费", "amount": -700}, {"fee_type": "停车费", "amount": -300}],
        fee=None,
        final_at=day.refund.succeeded_at,
    )


def test_what_was_paid_twice_is_for_no_fee_type(day: Day) -> None:
    assert list(read_rows(day.scope))[-1].lines == []


def test_corrections_of_the_books_are_no_rows(day: Day) -> None:
    before = _numbers(day.scope)
    entry = JournalEntry.objects.earliest("id")
    JournalEntry.objects.create(
        merchant=entry.merchant,
        channel_merchant=entry.channel_merchant,
        payment=entry.payment,
        business_date=entry.business_date,
        kind="suspense",
        reference="x",
        posted_at=entry.posted_at,
    )
    assert _numbers(day.scope) == before


@pytest.mark.parametrize("page", [1, 2, 3, 5, 100])
def test_pages_lose_and_repeat_nothing(
    day: Day, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    whole = _numbers(day.scope)
    monkeypatch.setattr(reading, "PAGE", page)
    with counting() as cost:
        assert _numbers(day.scope) == whole
    assert len(cost.statements) == len(whole) // page + 1 + (len(whole) % page > 0)


def test_another_day_and_another_company_are_not_in_it(day: Day) -> None:
    eve = day.day - timedelta(days=1)
    merchant_id = day.scope.merchant_id
    assert _numbers(Scope(merchant_id=merchant_id, first=eve, last=eve)) == []
    assert _numbers(Scope(merchant_id=merchant_id + 1, first=day.day, last=day.day)) == []
    span = Scope(merchant_id=merchant_id, first=eve, last=day.day + timedelta(days=1))
    assert len(_numbers(span)) == 5


def test_days_follow_each_other(day: Day, clock: Clock) -> None:
    clock.shift(timedelta(days=1))
    day.desk.paid_payment("A4")
    later = day.desk.pending_payment("A5")
    report = day.desk.channel.paid(later.serial_no)
    clock.shift(timedelta(days=1))
    day.desk.callback(report)
    span = Scope(merchant_id=day.scope.merchant_id, first=day.day, last=day.day + timedelta(days=2))
    keys = [(row.business_date, row.id) for row in read_rows(span)]
    assert keys == sorted(keys)
    assert len(keys) == 7


def test_what_was_learnt_after_a_day_closed_is_in_the_next_open_one(day: Day, clock: Clock) -> None:
    late = day.desk.pending_payment("A4")
    report = day.desk.channel.paid(late.serial_no)
    clock.shift(timedelta(days=1))
    close_day(day.paid.merchant, day.day)
    day.desk.callback(report)
    after = day.day + timedelta(days=1)
    assert len(_numbers(day.scope)) == 5
    next_day = Scope(merchant_id=day.scope.merchant_id, first=after, last=after)
    assert _numbers(next_day) == [("payment", late.serial_no, 10_000)]


def test_one_application_sees_its_own(day: Day) -> None:
    own = replace(day.scope, application_id=day.desk.application.pk)
    assert len(_numbers(own)) == 5
    assert _numbers(replace(own, application_id=day.desk.application.pk + 1)) == []


def test_one_project(day: Day) -> None:
    project = Project.objects.get(code="p1").pk
    scope = replace(day.scope, project_id=project)
    assert day.other.serial_no in {row.serial_no for row in read_rows(scope)}
    assert {row.project for row in read_rows(scope)} == {"小区1"}


def test_of_one_fee_type_only_that_part_counts(day: Day) -> None:
    bill_fee(day.paid, 60)
    scope = Scope(merchant_id=day.scope.merchant_id, first=day.day, last=day.day, fee_type="停车费")
    rows = list(read_rows(scope))
    assert [(row.amount, row.fee) for row in rows] == [(3_000, None), (-300, None)]
    assert rows[0].lines == [{"fee_type": "停车费", "amount": 3_000}]


@pytest.mark.parametrize(
    ("changes", "state", "fee"),
    [
        ({}, "loaded", 60),
        ({"amount": 9_999}, "loaded", None),
        ({"outcome": "failed"}, "loaded", None),
        ({"movement": "refund"}, "loaded", None),
        ({}, "replaced", None),
    ],
)
def test_the_fee_is_that_of_the_matched_line(
    day: Day, changes: dict[str, object], state: str, fee: int | None
) -> None:
    bill_fee(day.paid, 60, **changes)
    ChannelBill.objects.update(state=state)
    assert next(read_rows(day.scope)).fee == fee


def test_a_fee_does_not_change_what_is_frozen(day: Day, clock: Clock) -> None:
    clock.shift(timedelta(days=1))
    closed = close_day(day.paid.merchant, day.day)
    bill_fee(day.paid, 60)
    assert closed.rows == len(_numbers(day.scope))
    assert closed.totals == {
        "payment": {"count": 3, "amount": 30_000},
        "refund": {"count": 1, "amount": -1_000},
        "duplicate": {"count": 1, "amount": 10_000},
    }


@pytest.mark.parametrize("fee_type", [None, "停车费", "", "没有"])
def test_the_database_adds_up_as_the_rows_do(day: Day, fee_type: str | None) -> None:
    bill_fee(day.paid, 60)
    scope = Scope(merchant_id=day.scope.merchant_id, first=day.day, last=day.day, fee_type=fee_type)
    assert totals_of(scope) == _added_up(scope)


def test_totals_by_everything(day: Day) -> None:
    bill_fee(day.paid, 60)
    totals = totals_of(day.scope)
    assert totals.whole == Sum(5, 39_000, 60)
    assert totals.groups["kind"] == {
        "payment": Sum(3, 30_000, 60),
        "refund": Sum(1, -1_000, 0),
        "duplicate": Sum(1, 10_000, 0),
    }
    assert totals.groups["fee_type"] == {
        "物业费": Sum(2, 6_300, 0),
        "停车费": Sum(2, 2_700, 0),
        "": Sum(2, 20_000, 0),
    }
    assert sum(each.amount for each in totals.groups["channel"].values()) == 39_000
    assert set(totals.groups["project"]) == {"小区0", "小区1"}
