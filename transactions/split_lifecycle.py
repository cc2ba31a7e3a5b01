"""Every state and every allowed move of what divides money: receivers, splits, returns, releases.

As in ``transactions.lifecycle``: states change through the transitions below, and
``transactions.moves.move`` is the only caller of those.
"""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition


class BindingState(models.TextChoices):
    """States of a receiver at its channel."""

    BINDING = "binding", _("being bound")
    BOUND = "bound", _("bound")
    REFUSED = "refused", _("refused by the channel")
    UNBINDING = "unbinding", _("being unbound")
    UNBOUND = "unbound", _("unbound")


class RuleState(models.TextChoices):
    """States of one version of a split rule."""

    DRAFT = "draft", _("draft")
    WAITING = "waiting", _("waits for approval")
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")
    RETIRED = "retired", _("retired")


class SplitState(models.TextChoices):
    """States of one split; one that a person asked for waits for a second person first."""

    WAITING = "pending_approval", _("waits for approval")
    PLANNED = "planned", _("planned")
    PROCESSING = "processing", _("processing")
    UNKNOWN = "unknown", _("unknown")
    FINISHED = "finished", _("finished")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("given up before it was sent")


class ReturnState(models.TextChoices):
    """States of one return of a share."""

    PLANNED = "planned", _("planned")
    PROCESSING = "processing", _("processing")
    UNKNOWN = "unknown", _("unknown")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")


class ReleaseState(models.TextChoices):
    """States of one release."""

    PLANNED = "planned", _("planned")
    UNKNOWN = "unknown", _("unknown")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")


OPEN_SPLIT = frozenset({SplitState.PLANNED, SplitState.PROCESSING, SplitState.UNKNOWN})
UNDECIDED_SPLIT = OPEN_SPLIT | {SplitState.WAITING}
"""States in which the money of a split is neither given nor free."""
SENT_SPLIT = frozenset({SplitState.PROCESSING, SplitState.UNKNOWN})
OPEN_RETURN = frozenset({ReturnState.PLANNED, ReturnState.PROCESSING, ReturnState.UNKNOWN})
OPEN_RELEASE = frozenset({ReleaseState.PLANNED, ReleaseState.UNKNOWN})


class _Asked(FSMModelMixin, models.Model):
    """What every row has that is sent to a channel and asked about until it is decided."""

    failure_code = models.CharField(_("failure code"), max_length=64, blank=True)
    failure_message = models.CharField(_("failure message"), max_length=256, blank=True)
    due_at = models.DateTimeField(_("due at"), null=True)
    asked = models.PositiveSmallIntegerField(_("times asked"), default=0)
    sent_at = models.DateTimeField(_("last sent at"), null=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True


class ReceiverLifecycle(_Asked):
    """Moves of a receiver."""

    state = FSMField(
        _("state"), default=BindingState.BINDING, choices=BindingState.choices, protected=True
    )

    class Meta:
        abstract = True

    @transition(state, source=BindingState.BINDING, target=BindingState.BOUND)
    def confirm(self) -> None:
        """The channel knows the receiver."""
        self.due_at = None

    @transition(
        state, source=[BindingState.BINDING, BindingState.UNBINDING], target=BindingState.REFUSED
    )
    def refuse(self, *, code: str, message: str) -> None:
        """The channel refused explicitly."""
        self.failure_code = code
        self.failure_message = message
        self.due_at = None

    @transition(
        state,
        source=[BindingState.REFUSED, BindingState.UNBOUND],
        target=BindingState.BINDING,
    )
    def bind_again(self, *, due_at: datetime) -> None:
        """A person tries again."""
        self._begin(due_at)

    @transition(
        state, source=[BindingState.BOUND, BindingState.REFUSED], target=BindingState.UNBINDING
    )
    def unbind(self, *, due_at: datetime) -> None:
        """A person ends the binding."""
        self._begin(due_at)

    @transition(state, source=BindingState.UNBINDING, target=BindingState.UNBOUND)
    def confirm_end(self) -> None:
        """The channel knows the receiver no more."""
        self.due_at = None

    def _begin(self, due_at: datetime) -> None:
        self.due_at = due_at
        self.asked = 0
        self.failure_code = self.failure_message = ""


class RuleLifecycle(FSMModelMixin, models.Model):
    """Moves of a version of a split rule: whoever wrote it does not approve it."""

    state = FSMField(_("state"), default=RuleState.DRAFT, choices=RuleState.choices, protected=True)
    written_by = models.CharField(_("written by"), max_length=150, editable=False)
    decided_by = models.CharField(_("decided by"), max_length=150, blank=True, editable=False)
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True

    @transition(state, source=RuleState.DRAFT, target=RuleState.WAITING)
    def submit(self) -> None:
        """Its author asks for approval; from now on it is not edited."""

    @transition(state, source=RuleState.WAITING, target=RuleState.APPROVED)
    def approve(self, *, decided_by: str, decided_at: datetime) -> None:
        """A second person approved it."""
        self.decided_by = decided_by
        self.decided_at = decided_at

    @transition(state, source=RuleState.WAITING, target=RuleState.REFUSED)
    def refuse(self, *, decided_by: str, decided_at: datetime) -> None:
        """A second person refused it."""
        self.decided_by = decided_by
        self.decided_at = decided_at

    @transition(state, source=RuleState.APPROVED, target=RuleState.RETIRED)
    def retire(self) -> None:
        """It divides no new payment any more."""


class SplitLifecycle(_Asked):
    """Moves of a split."""

    state = FSMField(
        _("state"), default=SplitState.PLANNED, choices=SplitState.choices, protected=True
    )
    channel_split_no = models.CharField(_("channel split number"), max_length=64, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    decided_by = models.CharField(_("decided by"), max_length=150, blank=True, editable=False)

    class Meta:
        abstract = True

    @transition(state, source=SplitState.WAITING, target=SplitState.PLANNED)
    def approve(self, *, decided_by: str, due_at: datetime) -> None:
        """A second person agreed: it is sent as soon as the channel divides the payment."""
        self.decided_by = decided_by
        self.due_at = due_at

    @transition(state, source=SplitState.WAITING, target=SplitState.CANCELLED)
    def refuse(self, *, decided_by: str) -> None:
        """A second person did not agree."""
        self.decided_by = decided_by

    @transition(
        state,
        source=[SplitState.PLANNED, SplitState.UNKNOWN],
        target=SplitState.PROCESSING,
    )
    def accept(self, *, due_at: datetime, channel_split_no: str) -> None:
        """The channel took the request and works on it."""
        self.channel_split_no = channel_split_no
        self.due_at = due_at
        self.asked = 0

    @transition(state, source=SplitState.PLANNED, target=SplitState.UNKNOWN)
    def lose_track(self, *, due_at: datetime) -> None:
        """It may have arrived: ask, and send again with the same number only."""
        self.due_at = due_at

    @transition(
        state,
        source=[SplitState.PLANNED, SplitState.PROCESSING, SplitState.UNKNOWN],
        target=SplitState.FINISHED,
    )
    def finish(self, *, finished_at: datetime, channel_split_no: str) -> None:
        """Every share is decided."""
        self.channel_split_no = channel_split_no or self.channel_split_no
        self.finished_at = finished_at
        self.due_at = None

    @transition(
        state,
        source=[SplitState.PLANNED, SplitState.PROCESSING, SplitState.UNKNOWN],
        target=SplitState.FAILED,
    )
    def fail(self, *, code: str, message: str) -> None:
        """The channel refused it as a whole; no share was made."""
        self.failure_code = code
        self.failure_message = message
        self.due_at = None

    @transition(
        state,
        source=[SplitState.WAITING, SplitState.PLANNED],
        target=SplitState.CANCELLED,
    )
    def cancel(self) -> None:
        """It was never sent, and the money is needed for a refund."""
        self.due_at = None


class ReturnLifecycle(_Asked):
    """Moves of a return of a share."""

    state = FSMField(
        _("state"), default=ReturnState.PLANNED, choices=ReturnState.choices, protected=True
    )
    channel_return_no = models.CharField(_("channel return number"), max_length=64, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        abstract = True

    @transition(
        state,
        source=[ReturnState.PLANNED, ReturnState.UNKNOWN],
        target=ReturnState.PROCESSING,
    )
    def accept(self, *, due_at: datetime, channel_return_no: str) -> None:
        """The channel took the request and works on it."""
        self.channel_return_no = channel_return_no
        self.due_at = due_at
        self.asked = 0

    @transition(state, source=ReturnState.PLANNED, target=ReturnState.UNKNOWN)
    def lose_track(self, *, due_at: datetime) -> None:
        """It may have arrived: ask, and send again with the same number only."""
        self.due_at = due_at

    @transition(
        state,
        source=[
            ReturnState.PLANNED,
            ReturnState.PROCESSING,
            ReturnState.UNKNOWN,
            ReturnState.FAILED,
        ],
        target=ReturnState.SUCCEEDED,
    )
    def succeed(self, *, finished_at: datetime, channel_return_no: str) -> None:
        """The channel proved that the money is back with the payee."""
        self.channel_return_no = channel_return_no or self.channel_return_no
        self.finished_at = finished_at
        self.due_at = None

    @transition(
        state,
        source=[ReturnState.PLANNED, ReturnState.PROCESSING, ReturnState.UNKNOWN],
        target=ReturnState.FAILED,
    )
    def fail(self, *, code: str, message: str) -> None:
        """The channel refused explicitly; the money stayed with the receiver."""
        self.failure_code = code
        self.failure_message = message
        self.due_at = None


class ReleaseLifecycle(_Asked):
    """Moves of a release."""

    state = FSMField(
        _("state"), default=ReleaseState.PLANNED, choices=ReleaseState.choices, protected=True
    )
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        abstract = True

    @transition(state, source=ReleaseState.PLANNED, target=ReleaseState.UNKNOWN)
    def lose_track(self, *, due_at: datetime) -> None:
        """It may have arrived: sent again with its number, it tells."""
        self.due_at = due_at

    @transition(
        state,
        source=[ReleaseState.PLANNED, ReleaseState.UNKNOWN],
        target=ReleaseState.SUCCEEDED,
    )
    def succeed(self, *, finished_at: datetime) -> None:
        """What was left is the payee's."""
        self.finished_at = finished_at
        self.due_at = None

    @transition(
        state,
        source=[ReleaseState.PLANNED, ReleaseState.UNKNOWN],
        target=ReleaseState.FAILED,
    )
    def fail(self, *, code: str, message: str) -> None:
        """The channel refused explicitly; it frees the rest by itself after its term."""
        self.failure_code = code
        self.failure_message = message
        self.due_at = None
