"""How many payments and refunds there are per day and state, and how many fen: to prove equality.

A payment and a refund count on the Chinese day on which they were created, in the state they are in
now. So whoever knows the same rows comes to the same numbers, whatever became of them since.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from django.db.models import Count, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, TruncDate

from paycenter.kernel.clock import BUSINESS_ZONE
from paycenter.kernel.numbers import first_number
from paycenter.kernel.reporting import PRIMARY
from transactions.models import Payment, Refund

R = TypeVar("R", Payment, Refund)

MAX_ID = 2**63 - 1

SPARE = timedelta(hours=1)
"""Longer than any transaction: a row made later has a higher id than one of this long before."""


@dataclass(frozen=True, slots=True)
class StateSum:
    """How many rows are in a state, and how many fen they are."""

    state: str
    count: int
    amount: int


@dataclass(frozen=True, slots=True)
class DayDigest:
    """One day of an application at a company; states in which nothing is are left out."""

    day: date
    payments: list[StateSum] = field(default_factory=list)
    refunds: list[StateSum] = field(default_factory=list)


def digests(
    application_id: int, merchant_id: int, *, first: date, last: date, database: str = PRIMARY
) -> list[DayDigest]:
    """Return one digest for each day from ``first`` to ``last``, both included."""
    days = {
        first + timedelta(days=number): DayDigest(first + timedelta(days=number))
        for number in range((last - first).days + 1)
    }
    span = (_midnight(first), _midnight(last + timedelta(days=1)))
    payments = Payment.objects.using(database).filter(
        merchant=merchant_id, order__application=application_id
    )
    for day, found in _sums(payments, "serial_no", "P", span):
        days[day].payments.append(found)
    refunds = Refund.objects.using(database).filter(
        merchant=merchant_id, application=application_id
    )
    for day, found in _sums(refunds, "refund_serial_no", "R", span):
        days[day].refunds.append(found)
    return list(days.values())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=BUSINESS_ZONE)


def _sums(
    rows: QuerySet[R], number_field: str, prefix: str, span: tuple[datetime, datetime]
) -> list[tuple[date, StateSum]]:
    """Return the sums per day and state of the rows that were created within a span.

    A company's rows come from its index by id: from the last row that was surely made before the
    span to the first that was surely made after it, found by the moment their numbers carry.
    """
    begin, end = span
    numbered = rows.model._default_manager
    before = numbered.filter(**{f"{number_field}__lt": first_number(prefix, begin - SPARE)})
    after = numbered.filter(**{f"{number_field}__gte": first_number(prefix, end + SPARE)})
    lowest = Subquery(before.order_by(f"-{number_field}").values("pk")[:1])
    highest = Subquery(after.order_by(number_field).values("pk")[:1])
    found = (
        rows.filter(pk__gt=Coalesce(lowest, Value(0)), pk__lt=Coalesce(highest, Value(MAX_ID)))
        .filter(created_at__gte=begin, created_at__lt=end)
        .annotate(day=TruncDate("created_at", tzinfo=BUSINESS_ZONE))
        .values_list("day", "state")
        .annotate(count=Count("pk"), whole=Sum("amount"))
        .order_by("day", "state")
    )
    return [(day, StateSum(state, count, whole)) for day, state, count, whole in found]
