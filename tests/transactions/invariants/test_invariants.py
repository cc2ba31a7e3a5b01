"""Each invariant holds where all is well, and is found where it was broken by hand."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from notifications.models import Alert
from paycenter.kernel.clock import now
from tests.support.clock import Clock
from tests.support.desk import Desk
from transactions.invariants.verifying import INVARIANTS, Broken, verify, verify_and_alert
from transactions.invariants.window import window_since
from transactions.models import Payment

APPEND = "ALTER TABLE transactions_{table} DISABLE TRIGGER append_only"
ENTRY = APPEND.format(table="journalentry")
LINE = APPEND.format(table="journalline")
CLOSED = APPEND.format(table="closedday")
UNBALANCED = "ALTER TABLE transactions_journalline DISABLE TRIGGER balances"
EVENT = "ALTER TABLE notifications_event DISABLE TRIGGER USER"
UNCHECKED = "ALTER TABLE transactions_{table} DROP CONSTRAINT {name}"

FIRST = "(SELECT id FROM transactions_order WHERE order_no = 'A1')"
PAYMENT = f"UPDATE transactions_payment SET {{change}} WHERE order_id = {FIRST}"
ORDER = "UPDATE transactions_order SET {change} WHERE order_no = 'A1'"
KIND = "(SELECT id FROM transactions_journalentry WHERE kind = '{kind}')"


def _forget(kind: str) -> tuple[str, ...]:
    """Return what takes the entries of a kind out of the ledger."""
    entries = KIND.format(kind=kind)
    return (
        ENTRY,
        LINE,
        UNBALANCED,
        f"DELETE FROM transactions_journalline WHERE entry_id IN {entries}",
        f"DELETE FROM transactions_journalentry WHERE id IN {entries}",
    )


BREAKS: list[tuple[str, tuple[str, ...]]] = [
    ("paid_once", (PAYMENT.format(change="settles_order = false"),)),
    ("paid_once", (ORDER.format(change="state = 'paying'"),)),
    (
        "paid_in_full",
        (
            UNCHECKED.format(table="order", name="order_paid_in_full"),
            ORDER.format(change="paid_amount = 9999"),
        ),
    ),
    ("paid_in_full", (PAYMENT.format(change="amount = 10001"),)),
    ("refunds_add_up", (PAYMENT.format(change="refunded = 1001"),)),
    ("refunds_add_up", (PAYMENT.format(change="refund_reserved = 1"),)),
    ("refunds_add_up", ("UPDATE transactions_refund SET amount = 999",)),
    ("orders_refunded", (ORDER.format(change="refunded_amount = 999"),)),
    ("orders_refunded", (ORDER.format(change="state = 'refunded'"),)),
    (
        "channel_numbers_unique",
        (
            "DROP INDEX payment_unique_channel_serial",
            "UPDATE transactions_payment SET channel_serial_no = '42'",
        ),
    ),
    ("shares_add_up", (PAYMENT.format(change="shared = 1499"),)),
    ("shares_add_up", ("UPDATE transactions_splitshare SET amount = 2001",)),
    ("shares_add_up", ("UPDATE transactions_split SET state = 'failed'",)),
    ("returns_add_up", ("UPDATE transactions_splitshare SET returned = 501",)),
    ("returns_add_up", ("UPDATE transactions_splitshare SET return_reserved = 1",)),
    (
        "entries_balance",
        (LINE, UNBALANCED, "UPDATE transactions_journalline SET debit = debit + 1 WHERE debit > 0"),
    ),
    ("entries_balance", (LINE, "DELETE FROM transactions_journalline")),
    ("payments_booked", _forget("payment")),
    ("payments_booked", _forget("duplicate")),
    (
        "payments_booked",
        (ENTRY, "UPDATE transactions_journalentry SET kind = 'fee' WHERE kind = 'payment'"),
    ),
    ("payments_booked", (PAYMENT.format(change="amount = 10001"),)),
    ("refunds_booked", _forget("refund")),
    ("refunds_booked", ("UPDATE transactions_refund SET amount = 999",)),
    ("refunds_booked", ("UPDATE transactions_refund SET state = 'failed'",)),
    ("duplicates_booked", ("UPDATE transactions_duplicatepayment SET state = 'keep'",)),
    ("duplicates_booked", _forget("duplicate")),
    ("shares_booked", _forget("split")),
    ("shares_booked", ("UPDATE transactions_splitshare SET amount = 1999",)),
    ("returns_booked", _forget("split_return")),
    ("returns_booked", ("UPDATE transactions_splitreturn SET amount = 499",)),
    ("closed_days_frozen", (CLOSED, "UPDATE transactions_closedday SET rows = rows + 1")),
    ("closed_days_frozen", (CLOSED, "UPDATE transactions_closedday SET sha256 = 'x'")),
    ("closed_days_frozen", (PAYMENT.format(change="channel_serial_no = '42'"),)),
    ("closed_days_frozen", (ORDER.format(change="order_no = 'A9'"),)),
    ("closed_days_rolled_up", ("UPDATE transactions_daybalance SET debit = debit + 1",)),
    ("closed_days_rolled_up", ("DELETE FROM transactions_daybalance",)),
    ("closed_days_rolled_up", _forget("split")),
    ("bill_lines_settled", ("UPDATE transactions_billline SET amount = amount + 1",)),
    ("bill_lines_settled", ("UPDATE transactions_billline SET number = 'P-nobodys'",)),
    ("moves_allowed", ("UPDATE transactions_move SET source = 'failed' WHERE target = 'pending'",)),
    ("moves_lead_to_states", (ORDER.format(change="state = 'paid'"),)),
    (
        "nothing_forgotten",
        ("UPDATE transactions_payment SET due_at = %(late)s WHERE order_id > 0",),
    ),
    (
        "nothing_forgotten",
        (
            UNCHECKED.format(table="refund", name="refund_open_is_due"),
            "UPDATE transactions_refund SET state = 'unknown', due_at = NULL",
        ),
    ),
    (
        "events_recorded",
        (
            EVENT,
            "UPDATE notifications_event SET type = 'x' WHERE type = 'refund.succeeded'",
        ),
    ),
    (
        "events_recorded",
        (
            EVENT,
            "UPDATE notifications_event SET type = 'x' WHERE type = 'payment.duplicated'",
        ),
    ),
    ("events_sent", (EVENT, "UPDATE notifications_event SET position = NULL")),
    ("events_sent", ("UPDATE notifications_delivery SET due_at = %(late)s",)),
]


def _broken_by(*statements: str) -> dict[str, Broken]:
    """Return what is found after these statements, and undo them."""
    late: dict[str, Any] = {"late": now() - timedelta(minutes=16)}
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, late if "%(" in statement else None)
        found = verify(now() - timedelta(days=3))
        transaction.set_rollback(True)
    return {broken.invariant.name: broken for broken in found}


def test_where_all_is_well_nothing_is_found(healthy: Desk) -> None:
    assert _broken_by() == {}
    assert verify(None) == []


@pytest.mark.parametrize(("name", "statements"), BREAKS)
def test_what_is_broken_is_found(healthy: Desk, name: str, statements: tuple[str, ...]) -> None:
    found = _broken_by(*statements)
    assert name in found, found
    assert found[name].count >= 1
    assert found[name].examples


def test_every_invariant_was_broken_once() -> None:
    assert {name for name, _ in BREAKS} == {invariant.name for invariant in INVARIANTS}


def test_what_lies_before_the_window_is_left_to_a_check_of_everything(
    healthy: Desk, clock: Clock
) -> None:
    clock.shift(timedelta(days=3, hours=3))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PAYMENT.format(change="shared = 1499"))
        names = [
            [broken.invariant.name for broken in verify(since)]
            for since in (now() - timedelta(days=3), None)
        ]
        transaction.set_rollback(True)
    assert "shares_add_up" not in names[0]
    assert "shares_add_up" in names[1]


def test_the_window_begins_at_the_first_row_that_is_as_young(desk: Desk, clock: Clock) -> None:
    rows = []
    for number in range(9):
        rows.append(desk.pending_payment(f"A{number}"))
        clock.shift(timedelta(hours=1))
    for hours in range(10):
        window = window_since(now() - timedelta(hours=hours), now=now())
        within = [row.pk >= window.params["payment"] for row in rows]
        assert within == [number >= 8 - hours for number in range(9)]


def test_an_alert_is_raised_once_a_day(healthy: Desk, clock: Clock) -> None:
    Payment.objects.filter(order__order_no="A1").update(shared=1_499)
    verify_and_alert()
    verify_and_alert()
    [alert] = Alert.objects.filter(rule="broken_shares_add_up")
    assert alert.severity == "critical"
    assert desk_number(healthy) in str(alert)
    clock.shift(timedelta(hours=24))
    verify_and_alert()
    assert Alert.objects.filter(rule="broken_shares_add_up").count() == 2


def desk_number(desk: Desk) -> str:
    """Return the serial number of the payment that was shared."""
    return Payment.objects.get(order__order_no="A1").serial_no


def test_the_command_says_what_holds(healthy: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify_invariants")
    said = capsys.readouterr().out
    assert said.count("holds") == len(INVARIANTS)
    assert "BROKEN" not in said


@pytest.mark.parametrize("scope", [["--all"], ["--days", "3"]])
def test_the_command_fails_with_examples(
    healthy: Desk, capsys: pytest.CaptureFixture[str], scope: list[str]
) -> None:
    Payment.objects.filter(order__order_no="A1").update(shared=1_499)
    with pytest.raises(SystemExit) as ended:
        call_command("verify_invariants", *scope)
    said = capsys.readouterr().out
    assert ended.value.code == 1
    assert "BROKEN shares_add_up: not so in 1 places" in said
    assert desk_number(healthy) in said


def test_the_command_lists_what_it_looks_at(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify_invariants", "--list")
    said = capsys.readouterr().out.splitlines()
    assert len(said) == len(INVARIANTS)
    assert said[0].startswith("I2  paid_once: an order is paid exactly")


def test_rules_fit_an_alert() -> None:
    assert all(len(invariant.rule) <= 40 for invariant in INVARIANTS)
