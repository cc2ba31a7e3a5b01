"""One run over a channel bill: repair, compare, tell. Begun again from the start wherever it broke.

Each step is one transaction and can be done twice, so a run that died is simply taken up again; its
row shows how far it is.
"""

from datetime import datetime, time, timedelta
from typing import Any

from django.db import connection, transaction

from gateway.bill_messages import BillKind, Movement
from gateway.channel_bills import offered_bills
from paycenter.kernel.clock import BUSINESS_ZONE, now
from transactions.bills.wanting import any_account
from transactions.models import ChannelBill, Reconciliation
from transactions.reconciliation.matching import COUNT_EQUAL, STEPS
from transactions.reconciliation.repairing import repair_from
from transactions.reconciliation.telling import tell_applications

RUN_LEASE = timedelta(minutes=20)
"""How long a run may take over one step before somebody else takes it up."""

COUNTING = (ChannelBill.State.LOADED, ChannelBill.State.EMPTY)


@transaction.atomic
def take_due_runs() -> list[int]:
    """Take up runs that are due, and return them."""
    rows = Reconciliation.objects.select_for_update(skip_locked=True, of=("self",))
    due = list(rows.filter(due_at__lte=now()).order_by("due_at").values_list("pk", flat=True)[:20])
    Reconciliation.objects.filter(pk__in=due).update(due_at=now() + RUN_LEASE)
    return due


def run(run_id: int) -> Reconciliation:
    """Reconcile a channel bill; returns the run as it is now. One that is done stays so."""
    rows = Reconciliation.objects.select_related("channel_bill__channel_merchant")
    found = rows.get(pk=run_id)
    if found.state == Reconciliation.State.DONE:
        return found
    counts: dict[str, int] = {}
    bill = found.channel_bill
    if bill.state in COUNTING:
        _compare(found, bill, counts)
    _save(found, counts, step="", state=Reconciliation.State.DONE, due_at=None, finished_at=now())
    return rows.get(pk=run_id)


def _compare(found: Reconciliation, bill: ChannelBill, counts: dict[str, int]) -> None:
    _begin(found, counts, "repaired")
    counts["repaired"] = repair_from(bill) if bill.kind == BillKind.TRADE else 0
    facts = _facts(found, bill) | {"movements": _movements(bill)}
    for step in STEPS[BillKind(bill.kind)]:
        _begin(found, counts, step.name)
        counts[step.name] = _execute(step.sql, facts)
    if bill.kind == BillKind.TRADE:
        _begin(found, counts, "equal")
        counts["equal"] = _count(COUNT_EQUAL, facts)
    _begin(found, counts, "told")
    counts["told"] = tell_applications(bill.channel_merchant_id)


def _movements(bill: ChannelBill) -> list[str]:
    """Return what this kind of bill names: nothing else can be missing from it.

    Raises ``ConfigurationError``: the run goes on once the account is mended.
    """
    offered = offered_bills(any_account(bill.channel_merchant_id))
    terms = offered[BillKind(bill.kind)]
    unnamed = set() if terms.names_splits else {Movement.SPLIT}
    return sorted(terms.movements - unnamed)


def _facts(found: Reconciliation, bill: ChannelBill) -> dict[str, Any]:
    start = datetime.combine(bill.bill_date, time(), BUSINESS_ZONE)
    return {
        "run": found.pk,
        "bill": bill.pk,
        "owner": bill.channel_merchant_id,
        "merchant": bill.merchant_id,
        "day": bill.bill_date,
        "start": start,
        "end": start + timedelta(days=1),
    }


@transaction.atomic
def _execute(sql: str, facts: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        return int(max(cursor.rowcount, 0))


def _count(sql: str, facts: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _begin(found: Reconciliation, counts: dict[str, int], step: str) -> None:
    started = found.started_at or now()
    _save(
        found,
        counts,
        step=step,
        state=Reconciliation.State.RUNNING,
        due_at=now() + RUN_LEASE,
        started_at=started,
    )
    found.started_at = started


def _save(found: Reconciliation, counts: dict[str, int], **facts: Any) -> None:
    Reconciliation.objects.filter(pk=found.pk).update(counts=counts, **facts)
