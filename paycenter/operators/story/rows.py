"""Everything the database knows of one order, in eleven statements however much there is.

Each kind of row is bounded: of what a channel is asked for weeks, the newest ``AT_MOST`` are read.
"""

from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model, Prefetch, QuerySet

from gateway.models import Callback, ChannelCall
from merchants.models import AuditEvent
from notifications.models import Delivery, Event
from paycenter.operators.finding import deeds_on, events_of, moves_of
from transactions.models import Move, Order, OrderLine, Payment, Refund

AT_MOST = 200

R = TypeVar("R", bound=Model)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one order. ``cut`` when there are older ones of some kind."""

    order: Order
    lines: list[OrderLine]
    payments: list[Payment]
    refunds: list[Refund]
    moves: list[Move]
    calls: list[ChannelCall]
    callbacks: list[Callback]
    events: list[Event]
    deeds: list[AuditEvent]
    cut: bool


def read_order(order_id: int, among: QuerySet[Order]) -> Rows | None:
    """Return an order's rows, or None when there is no such order among these."""
    order = among.select_related(
        "application", "merchant__group", "checkout__collection_code__project", "door_order"
    )
    found = order.filter(pk=order_id).first()
    return None if found is None else _read_rest(found)


def _read_rest(order: Order) -> Rows:
    payments = _newest(
        Payment.objects.filter(order=order).select_related(
            "payment_account__project", "channel_merchant", "repeat_of", "duplicate"
        )
    )
    refunds = _newest(Refund.objects.filter(payment__order=order).select_related("payment"))
    numbers = [row.serial_no for row in payments] + [row.refund_serial_no for row in refunds]
    duplicates = [row.duplicate for row in payments if row.is_duplicate]
    history = moves_of(
        [order.pk],
        [row.pk for row in payments],
        [row.pk for row in refunds],
        [row.pk for row in duplicates],
    )
    kinds: tuple[list[Move], list[ChannelCall], list[Callback], list[Event], list[AuditEvent]] = (
        _newest(history),
        _newest(ChannelCall.objects.filter(number__in=numbers)),
        _newest(
            Callback.objects.filter(number__in=numbers).select_related(
                "payment_account__channel_merchant"
            )
        ),
        _newest(_with_deliveries(events_of(order))),
        _newest(deeds_on([order, *payments, *refunds, *duplicates])),
    )
    lines = list(OrderLine.objects.filter(order=order))
    cut = any(len(kind) == AT_MOST for kind in (payments, refunds, *kinds))
    return Rows(order, lines, payments, refunds, *kinds, cut=cut)


def _with_deliveries(events: QuerySet[Event]) -> QuerySet[Event]:
    deliveries = Delivery.objects.order_by("id").prefetch_related("tries")
    return events.prefetch_related(Prefetch("deliveries", queryset=deliveries))


def _newest(rows: QuerySet[R]) -> list[R]:
    """Return the newest rows, oldest first."""
    return list(rows.order_by("-id")[:AT_MOST])[::-1]
