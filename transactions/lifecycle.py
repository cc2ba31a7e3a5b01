"""Every state and every allowed move of order, payment, refund and duplicate, on one page.

States are protected fields of ``django_fsm``: they change only through the transitions below, and
``transactions.moves.move`` is the only caller of those. A transition body sets facts of its own row
and does nothing else.

The fields that the moves set stand with them.

* Time alone ends nothing; a close is never trusted: ``closed`` and ``failed`` may still turn into
  ``succeeded`` when the channel proves that money came.
* ``unknown`` means nobody may say yet what happened; it is asked until it is known.
"""

from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition


class OrderState(models.TextChoices):
    """States of one payable claim."""

    CREATED = "created", _("created")
    PAYING = "paying", _("paying")
    PAID = "paid", _("paid")
    PARTIALLY_REFUNDED = "partially_refunded", _("partially refunded")
    REFUNDED = "refunded", _("refunded")
    CLOSED = "closed", _("closed")
    EXPIRED = "expired", _("expired")


class PaymentState(models.TextChoices):
    """States of one attempt to pay."""

    INITIATING = "initiating", _("initiating")
    PENDING = "pending", _("waiting for the payer")
    UNKNOWN = "unknown", _("unknown")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")
    CLOSED = "closed", _("closed")


class RefundState(models.TextChoices):
    """States of one return of money; some wait for a second person first."""

    WAITING = "pending_approval", _("waits for approval")
    APPROVED = "approved", _("approved")
    PROCESSING = "processing", _("processing")
    UNKNOWN = "unknown", _("unknown")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")
    REJECTED = "rejected", _("rejected")


class DuplicateState(models.TextChoices):
    """What becomes of money that was paid twice."""

    RETURN = "return", _("goes back to its source")
    HELD = "held", _("held for a person")
    KEEP = "keep", _("kept by agreement with the payer")


OPEN_PAYMENT = frozenset({PaymentState.INITIATING, PaymentState.PENDING, PaymentState.UNKNOWN})
"""A payment in one of these may still take the payer's money by itself."""

SETTLED_ORDER = frozenset({OrderState.PAID, OrderState.PARTIALLY_REFUNDED, OrderState.REFUNDED})
"""An order in one of these has the one payment that settles it."""

OPEN_REFUND = frozenset({RefundState.APPROVED, RefundState.PROCESSING, RefundState.UNKNOWN})
RESERVING_REFUND = OPEN_REFUND | {RefundState.WAITING}
"""A refund in one of these has its money reserved in its payment."""


class OrderLifecycle(FSMModelMixin, models.Model):
    """Moves of an order."""

    state = FSMField(
        _("state"), default=OrderState.CREATED, choices=OrderState.choices, protected=True
    )
    paid_amount = models.BigIntegerField(_("paid (fen)"), default=0)
    refunded_amount = models.BigIntegerField(_("refunded (fen)"), default=0)
    expires_at = models.DateTimeField(_("expires at"))
    paid_at = models.DateTimeField(_("paid at"), null=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True

    @transition(
        state,
        source=[OrderState.CREATED, OrderState.EXPIRED],
        target=OrderState.PAYING,
    )
    def start_paying(self, *, expires_at: datetime) -> None:
        """A new attempt revives the order and gives it its time again."""
        self.expires_at = expires_at

    @transition(state, source=OrderState.EXPIRED, target=OrderState.CREATED)
    def offer_again(self, *, expires_at: datetime) -> None:
        """The application asks for a page on which the order can be paid, and gives it time."""
        self.expires_at = expires_at

    @transition(
        state,
        source=[OrderState.CREATED, OrderState.PAYING, OrderState.CLOSED, OrderState.EXPIRED],
        target=OrderState.PAID,
    )
    def settle(self, *, amount: int, paid_at: datetime) -> None:
        """The payment that settles the order succeeded, perhaps late."""
        self.paid_amount = amount
        self.paid_at = paid_at

    @transition(
        state,
        source=[OrderState.PAID, OrderState.PARTIALLY_REFUNDED],
        target=OrderState.PARTIALLY_REFUNDED,
    )
    def refund_part(self, *, amount: int) -> None:
        """Some of the money went back."""
        self.refunded_amount += amount

    @transition(
        state, source=[OrderState.PAID, OrderState.PARTIALLY_REFUNDED], target=OrderState.REFUNDED
    )
    def refund_rest(self, *, amount: int) -> None:
        """The last of the money went back."""
        self.refunded_amount += amount

    @transition(
        state,
        source=[OrderState.CREATED, OrderState.PAYING, OrderState.EXPIRED],
        target=OrderState.CLOSED,
    )
    def close(self) -> None:
        """The application gave the order up and no attempt is open."""

    @transition(state, source=[OrderState.CREATED, OrderState.PAYING], target=OrderState.EXPIRED)
    def expire(self) -> None:
        """Its time is over and no attempt is open; a new attempt may revive it."""


class PaymentLifecycle(FSMModelMixin, models.Model):
    """Moves of a payment."""

    state = FSMField(
        _("state"), default=PaymentState.INITIATING, choices=PaymentState.choices, protected=True
    )
    channel_serial_no = models.CharField(
        _("channel serial number"), max_length=64, null=True, blank=True
    )
    action = models.JSONField(_("launch data"), null=True)
    failure_code = models.CharField(_("failure code"), max_length=64, blank=True)
    failure_message = models.CharField(_("failure message"), max_length=256, blank=True)
    settles_order = models.BooleanField(_("settles the order"), default=False)
    due_at = models.DateTimeField(_("due at"), null=True)
    asked = models.PositiveSmallIntegerField(_("times asked"), default=0)
    paid_at = models.DateTimeField(_("paid at"), null=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True

    @transition(
        state,
        source=[PaymentState.INITIATING, PaymentState.UNKNOWN],
        target=PaymentState.PENDING,
    )
    def accept(self, *, action: dict[str, Any] | None, due_at: datetime) -> None:
        """The channel took the request and waits for the payer."""
        self.action = action
        self.due_at = due_at
        self.asked = 0

    @transition(state, source=PaymentState.INITIATING, target=PaymentState.UNKNOWN)
    def lose_track(self, *, due_at: datetime) -> None:
        """No certain answer came: ask until there is one."""
        self.due_at = due_at

    @transition(
        state,
        source=[PaymentState.INITIATING, PaymentState.UNKNOWN, PaymentState.PENDING],
        target=PaymentState.FAILED,
    )
    def fail(self, *, code: str, message: str) -> None:
        """The channel refused explicitly."""
        self.failure_code = code
        self.failure_message = message
        self._end()

    @transition(
        state,
        source=[PaymentState.INITIATING, PaymentState.UNKNOWN, PaymentState.PENDING],
        target=PaymentState.CLOSED,
    )
    def close(self) -> None:
        """The channel says that it can no longer be paid."""
        self._end()

    @transition(
        state,
        source=[
            PaymentState.INITIATING,
            PaymentState.UNKNOWN,
            PaymentState.PENDING,
            PaymentState.FAILED,
            PaymentState.CLOSED,
        ],
        target=PaymentState.SUCCEEDED,
    )
    def succeed(self, *, channel_serial_no: str, paid_at: datetime, settles_order: bool) -> None:
        """The channel proved that the money came."""
        self.channel_serial_no = channel_serial_no
        self.paid_at = paid_at
        self.settles_order = settles_order
        self._end()

    def _end(self) -> None:
        self.action = None
        self.due_at = None


class RefundLifecycle(FSMModelMixin, models.Model):
    """Moves of a refund."""

    state = FSMField(
        _("state"), default=RefundState.APPROVED, choices=RefundState.choices, protected=True
    )
    channel_refund_no = models.CharField(_("channel refund number"), max_length=64, null=True)
    failure_code = models.CharField(_("failure code"), max_length=64, blank=True)
    failure_message = models.CharField(_("failure message"), max_length=256, blank=True)
    needs_person = models.BooleanField(_("needs a person at the channel"), default=False)
    due_at = models.DateTimeField(_("due at"), null=True)
    asked = models.PositiveSmallIntegerField(_("times asked"), default=0)
    sent_at = models.DateTimeField(_("last sent at"), null=True)
    sent_unnumbered = models.BooleanField(_("sent without a number of its own"), default=False)
    succeeded_at = models.DateTimeField(_("succeeded at"), null=True)
    decided_by = models.CharField(_("decided by"), max_length=150, blank=True, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True

    @transition(state, source=RefundState.WAITING, target=RefundState.APPROVED)
    def approve(self, *, decided_by: str, due_at: datetime) -> None:
        """A second person agreed: it is sent."""
        self.decided_by = decided_by
        self.due_at = due_at

    @transition(state, source=RefundState.WAITING, target=RefundState.SUCCEEDED)
    def approve_offline(self, *, decided_by: str, succeeded_at: datetime) -> None:
        """A second person saw the proof that the company returned the money by itself."""
        self.decided_by = decided_by
        self.succeeded_at = succeeded_at

    @transition(state, source=RefundState.WAITING, target=RefundState.REJECTED)
    def reject(self, *, decided_by: str) -> None:
        """A second person did not agree."""
        self.decided_by = decided_by

    @transition(
        state,
        source=[RefundState.APPROVED, RefundState.UNKNOWN],
        target=RefundState.UNKNOWN,
    )
    def claim(self, *, sent_at: datetime, due_at: datetime) -> None:
        """Whoever made this move, and nobody else, sends what must not arrive twice."""
        self.sent_at = sent_at
        self.sent_unnumbered = True
        self.due_at = due_at

    @transition(
        state,
        source=[RefundState.APPROVED, RefundState.UNKNOWN],
        target=RefundState.PROCESSING,
    )
    def accept(
        self, *, due_at: datetime, channel_refund_no: str, needs_person: bool = False
    ) -> None:
        """The channel took the request and works on it."""
        self.channel_refund_no = channel_refund_no or None
        self.needs_person = needs_person
        self.due_at = due_at
        self.asked = 0

    @transition(state, source=RefundState.APPROVED, target=RefundState.UNKNOWN)
    def lose_track(self, *, due_at: datetime, needs_person: bool = False) -> None:
        """No certain answer came: ask, and send again with the same number only."""
        self.needs_person = needs_person
        self.due_at = due_at

    @transition(
        state,
        source=[RefundState.PROCESSING, RefundState.UNKNOWN],
        target=RefundState.APPROVED,
    )
    def allow_again(self, *, due_at: datetime) -> None:
        """A person made sure that no money went back: it is sent as if for the first time."""
        self.needs_person = False
        self.sent_at = None
        self.sent_unnumbered = False
        self.due_at = due_at
        self.asked = 0

    @transition(
        state,
        source=[
            RefundState.APPROVED,
            RefundState.PROCESSING,
            RefundState.UNKNOWN,
            RefundState.FAILED,
        ],
        target=RefundState.SUCCEEDED,
    )
    def succeed(self, *, succeeded_at: datetime, channel_refund_no: str) -> None:
        """The channel proved that the money went back, or a person made sure of it."""
        self.channel_refund_no = channel_refund_no or self.channel_refund_no
        self.needs_person = False
        self.succeeded_at = succeeded_at
        self.due_at = None

    @transition(
        state,
        source=[RefundState.APPROVED, RefundState.PROCESSING, RefundState.UNKNOWN],
        target=RefundState.FAILED,
    )
    def fail(self, *, code: str, message: str) -> None:
        """The channel refused explicitly, or a person gave it up; the money never left."""
        self.failure_code = code
        self.failure_message = message
        self.needs_person = False
        self.due_at = None


class DuplicateLifecycle(FSMModelMixin, models.Model):
    """Moves of the decision about a duplicate payment."""

    state = FSMField(
        _("decision"), default=DuplicateState.RETURN, choices=DuplicateState.choices, protected=True
    )
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True

    @transition(
        state, source=[DuplicateState.HELD, DuplicateState.KEEP], target=DuplicateState.RETURN
    )
    def give_back(self) -> None:
        """Refunds cover all of it: a person decided so, or the application asked for them."""

    @transition(state, source=DuplicateState.RETURN, target=DuplicateState.HELD)
    def hold(self) -> None:
        """A refund failed: what it should have returned waits for a person."""

    @transition(state, source=DuplicateState.HELD, target=DuplicateState.KEEP)
    def keep(self) -> None:
        """A person agreed with the payer that the company keeps it."""
