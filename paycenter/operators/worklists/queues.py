"""What waits for people: one table says which rows, whose they are, and what is done with them.

A queue is one bounded statement, answered by an index that holds what is open only. Whoever asked
for something does not find it among what waits for a decision.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from merchants.expiry import expiring_credentials
from merchants.models import StoredCredential
from notifications.models import Delivery
from paycenter.kernel.clock import now
from paycenter.kernel.money import format_yuan
from paycenter.kernel.numbers import first_number
from paycenter.operators.columns import EMPTY, Text, page_of
from paycenter.operators.filters import OVERDUE
from paycenter.operators.roles.held import Person
from paycenter.operators.roles.scoping import reached
from transactions.difference_lifecycle import DifferenceState
from transactions.lifecycle import DuplicateState, PaymentState, RefundState
from transactions.models import (
    Difference,
    DuplicatePayment,
    Payment,
    Refund,
    RefundProposal,
    Split,
    SplitRule,
)
from transactions.split_lifecycle import RuleState, SplitState

SHOWN = 20
"""Rows of one queue on the page; its list has all."""
FAILED_WITHIN = timedelta(days=14)
"""What failed longer ago is in the lists only."""


@dataclass(frozen=True, slots=True)
class Item:
    """One row that waits: ``since`` when, how many fen, and who asked for it."""

    text: str
    url: str
    company: str
    amount: str
    since: datetime | None
    by: str


@dataclass(frozen=True, slots=True)
class Queue:
    """Rows that somebody who holds ``permission`` should look at, oldest first.

    ``asker`` names the column with who asked; that person does not see the row. ``query`` leads to
    all of them in the model's list, where it may leave others too.
    """

    key: str
    title: Text
    todo: Text
    permission: str
    rows: Callable[[], QuerySet[Any]]
    show: Callable[[Any], Item]
    query: str
    asker: str = ""

    def items(self, reader: Person) -> list[Item] | None:
        """Return what waits for the reader, one more than is shown; None where it is not theirs."""
        if not reader.has_perm(self.permission):
            return None
        rows = reached(reader, self.permission, self.rows())
        if self.asker:
            rows = rows.filter(~Q(**{self.asker: reader.get_username()}))
        return [self.show(row) for row in rows[: SHOWN + 1]]

    @property
    def url(self) -> str:
        """The list with the same rows."""
        meta = self.rows().model._meta
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist") + self.query


def _item(row: Any, **facts: Any) -> Item:
    merchant = facts.pop("merchant", None) or row.merchant
    own: dict[str, Any] = {
        "text": str(row),
        "url": page_of(row),
        "company": merchant.display_name,
        "amount": EMPTY,
        "since": None,
        "by": "",
    }
    return Item(**(own | facts))


def _button(row: Model, name: str) -> str:
    return page_of(row).replace("/change/", f"/{name}/")


def _money(row: Any) -> Item:
    return _item(row, amount=format_yuan(row.amount), since=row.created_at)


def _asked(row: Any) -> Item:
    facts = {"amount": format_yuan(row.amount), "since": row.created_at}
    by = row.asked_by or str(row.application)
    return _item(row, by=by, url=_button(row, "approve"), **facts)


def _rule(row: SplitRule) -> Item:
    return _item(row, by=row.written_by, url=_button(row, "approve"))


def _difference(row: Difference) -> Item:
    amount = row.theirs if row.ours is None else row.ours
    shown = EMPTY if amount is None else format_yuan(amount)
    return _item(row, amount=shown, since=row.created_at, by=row.proposed_by)


def _duplicate(row: DuplicatePayment) -> Item:
    return _item(row, amount=format_yuan(row.payment.amount), since=row.created_at)


def _credential(row: StoredCredential) -> Item:
    merchant = row.channel_merchant.merchant
    return _item(row, merchant=merchant, since=row.not_after)


def _entered(row: StoredCredential) -> Item:
    merchant = row.channel_merchant.merchant
    url = _button(row, "approve")
    return _item(row, merchant=merchant, by=row.asked_by, url=url, since=row.created_at)


def _delivery(row: Delivery) -> Item:
    return _item(row, since=row.event.occurred_at)


def _recent(model: type[Model], letter: str, field: str) -> QuerySet[Any]:
    since = first_number(letter, now() - FAILED_WITHIN)
    return model._default_manager.filter(**{f"{field}__gte": since}).order_by(field)


def _proposal(row: RefundProposal) -> Item:
    amount, by = format_yuan(row.refund.amount), row.proposed_by
    return _item(row, amount=amount, since=row.created_at, by=by, url=_button(row, "approve"))


def _current_proposals() -> QuerySet[RefundProposal]:
    """Return proposals that wait, about refunds that are as they were looked at."""
    waiting = RefundProposal.objects.filter(state=RefundProposal.State.WAITING)
    return waiting.filter(refund__needs_person=True, refund__version=F("refund_version"))


DECISIONS = (
    Queue(
        "refunds",
        _("Refunds"),
        _("Approve or refuse: the money is reserved until then."),
        "transactions.change_refund",
        lambda: (
            Refund.objects.filter(state=RefundState.WAITING)
            .select_related("merchant", "application")
            .order_by("pk")
        ),
        _asked,
        "?state__exact=pending_approval",
        asker="asked_by",
    ),
    Queue(
        "refund_proposals",
        _("Decisions about stuck refunds"),
        _("Agree with what somebody found out at the channel, or refuse it."),
        "transactions.change_refundproposal",
        lambda: _current_proposals().select_related("merchant", "refund__payment").order_by("pk"),
        _proposal,
        "?state__exact=waiting",
        asker="proposed_by",
    ),
    Queue(
        "splits",
        _("Splits by hand"),
        _("Approve or refuse: the money is set aside until then."),
        "transactions.change_split",
        lambda: (
            Split.objects.filter(state=SplitState.WAITING)
            .select_related("merchant", "application")
            .order_by("pk")
        ),
        _asked,
        "?state__exact=pending_approval",
        asker="asked_by",
    ),
    Queue(
        "rules",
        _("Split rules"),
        _("Approve or refuse: the version before it is in effect until then."),
        "transactions.change_splitrule",
        lambda: (
            SplitRule.objects.filter(state=RuleState.WAITING)
            .select_related("merchant", "channel_merchant")
            .order_by("pk")
        ),
        _rule,
        "?state__exact=waiting",
        asker="written_by",
    ),
    Queue(
        "credentials_entered",
        _("Keys and certificates entered"),
        _("Approve or refuse: they are not used until then."),
        "merchants.change_storedcredential",
        lambda: (
            StoredCredential.objects.filter(waits=True, revoked_at=None)
            .select_related("channel_merchant__merchant")
            .order_by("pk")
        ),
        _entered,
        "",
        asker="asked_by",
    ),
    Queue(
        "solutions",
        _("Solutions of differences"),
        _("Agree, or give it back."),
        "transactions.change_difference",
        lambda: (
            Difference.objects.filter(state=DifferenceState.PROPOSED)
            .select_related("merchant")
            .order_by("pk")
        ),
        _difference,
        "?state__exact=proposed",
        asker="proposed_by",
    ),
)
"""What waits for a second person."""

WORK = (
    Queue(
        "unknown",
        _("Payments nobody may say yet what became of"),
        _("Ask the channel; look into its console if it does not answer."),
        "transactions.change_payment",
        lambda: (
            Payment.objects.filter(state=PaymentState.UNKNOWN, due_at__isnull=False)
            .select_related("merchant")
            .order_by("due_at")
        ),
        _money,
        "?state__exact=unknown",
    ),
    Queue(
        "duplicates",
        _("Duplicate payments held"),
        _("Return them, or keep them by agreement with the payer."),
        "transactions.change_duplicatepayment",
        lambda: (
            DuplicatePayment.objects.filter(state=DuplicateState.HELD)
            .select_related("merchant", "payment")
            .order_by("-pk")
        ),
        _duplicate,
        "?state__exact=held",
    ),
    Queue(
        "stuck_refunds",
        _("Refunds that need a person at the channel"),
        _("Find out at the channel whether the money went back, and say so."),
        "transactions.change_refund",
        lambda: (
            Refund.objects.filter(needs_person=True, due_at__isnull=False)
            .filter(~Exists(_current_proposals().filter(refund=OuterRef("pk"))))
            .select_related("merchant")
            .order_by("due_at")
        ),
        _money,
        "?needs_person__exact=1",
    ),
    Queue(
        "failed_refunds",
        _("Failed refunds"),
        _("The money is still the company's: ask for another refund, or pay it out."),
        "transactions.change_refund",
        lambda: (
            _recent(Refund, "R", "refund_serial_no")
            .filter(state=RefundState.FAILED)
            .select_related("merchant")
        ),
        _money,
        "?state__exact=failed",
    ),
    Queue(
        "failed_splits",
        _("Failed splits"),
        _("Look at the reason, then split what is left or free it."),
        "transactions.change_split",
        lambda: (
            _recent(Split, "S", "split_serial_no")
            .filter(state=SplitState.FAILED)
            .select_related("merchant")
        ),
        _money,
        "?state__exact=failed",
    ),
    Queue(
        "differences",
        _("Differences"),
        _("Look after one and propose how it is resolved."),
        "transactions.change_difference",
        lambda: (
            Difference.objects.filter(state__in=[DifferenceState.OPEN, DifferenceState.ASSIGNED])
            .select_related("merchant")
            .order_by("pk")
        ),
        _difference,
        "?state__exact=open&state__exact=assigned",
    ),
    Queue(
        "dead_notifications",
        _("Notifications that were given up"),
        _("Have the application mended, then send them again."),
        "notifications.change_delivery",
        lambda: (
            Delivery.objects.filter(state=Delivery.State.DEAD)
            .select_related("merchant", "event")
            .order_by("-pk")
        ),
        _delivery,
        "?state__exact=dead",
    ),
    Queue(
        "late_notifications",
        _("Notifications nobody looks after"),
        _("Due for more than two minutes: are the workers running?"),
        "notifications.change_delivery",
        lambda: (
            Delivery.objects.filter(due_at__lt=now() - OVERDUE)
            .select_related("merchant", "event")
            .order_by("due_at")
        ),
        _delivery,
        "?overdue=yes",
    ),
    Queue(
        "credentials",
        _("Keys and certificates that expire"),
        _("Upload the next one before the day."),
        "merchants.add_storedcredential",
        expiring_credentials,
        _credential,
        "",
    ),
)
"""What somebody should look at."""
