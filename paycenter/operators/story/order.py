"""The story of one order: who is paid for what, everything that happened, and what comes next."""

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from merchants.models import Project
from paycenter.operators.columns import Text
from paycenter.operators.story import attempts, channel, deeds, notifications, payer_page
from paycenter.operators.story.entry import Entry, Fact
from paycenter.operators.story.rows import Rows, read_order
from transactions.models import Order, OrderLine, Payment, Refund


@dataclass(frozen=True, slots=True)
class Upcoming:
    """Something that is due by itself."""

    at: datetime
    text: Text


@dataclass(frozen=True, slots=True)
class Story:
    """What the page of an order shows."""

    order: Order
    lines: list[OrderLine]
    payments: list[Payment]
    refunds: list[Refund]
    projects: list[Project]
    origin: Fact | None
    is_sandbox: bool
    entries: list[Entry]
    upcoming: list[Upcoming]
    cut: bool


def order_story(order_id: int, among: QuerySet[Order]) -> Story | None:
    """Return an order's story in the order of time, or None when it is not ``among`` these."""
    rows = read_order(order_id, among)
    if rows is None:
        return None
    told = attempts.entries(rows) + payer_page.entries(rows)
    told += channel.entries(rows) + notifications.entries(rows) + deeds.entries(rows)
    accounts = [payment.payment_account for payment in rows.payments]
    return Story(
        order=rows.order,
        lines=rows.lines,
        payments=rows.payments,
        refunds=rows.refunds,
        projects=list(dict.fromkeys(a.project for a in accounts if a.project)),
        origin=payer_page.origin(rows.order),
        is_sandbox=any(payment.channel_merchant.is_sandbox for payment in rows.payments),
        entries=sorted(told, key=attrgetter("at", "order")),
        upcoming=sorted(_upcoming(rows), key=attrgetter("at")),
        cut=rows.cut,
    )


def _upcoming(rows: Rows) -> list[Upcoming]:
    deliveries = [delivery for event in rows.events for delivery in event.deliveries.all()]
    due = [
        *((row.due_at, _("Look at payment %s") % row.serial_no) for row in rows.payments),
        *((row.due_at, _("Look at refund %s") % row.refund_serial_no) for row in rows.refunds),
        *((row.due_at, _("Notify %s") % row.url) for row in deliveries),
    ]
    return [Upcoming(at, text) for at, text in due if at is not None]
