"""The history of every state: one append-only row per move."""

from django.db import models
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from merchants.models import Merchant
from transactions.difference_lifecycle import DifferenceState
from transactions.lifecycle import DuplicateState, OrderState, PaymentState, RefundState
from transactions.split_lifecycle import (
    BindingState,
    ReleaseState,
    ReturnState,
    RuleState,
    SplitState,
)


class Move(models.Model):
    """A row of ``subject`` went from one state to another, once, because of ``cause``."""

    class Subject(models.TextChoices):
        ORDER = "order", _("order")
        PAYMENT = "payment", _("payment")
        REFUND = "refund", _("refund")
        DUPLICATE = "duplicatepayment", _("duplicate payment")
        RECEIVER = "receiver", _("split receiver")
        RULE = "splitrule", _("split rule")
        SPLIT = "split", _("split")
        RETURN = "splitreturn", _("split return")
        RELEASE = "splitrelease", _("release")
        DIFFERENCE = "difference", _("difference")

    class Cause(models.TextChoices):
        """What made it move."""

        REQUEST = "request", _("request of the application")
        ANSWER = "answer", _("answer of the channel")
        CALLBACK = "callback", _("callback of the channel")
        QUERY = "query", _("query at the channel")
        CLOSE = "close", _("close at the channel")
        CLOCK = "clock", _("time")
        SEND = "send", _("about to be sent to the channel")
        PERSON = "person", _("decision of a person")
        BILL = "bill", _("channel bill")
        REFUND = "refund", _("refund of the payment")

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, db_index=False)
    subject = models.CharField(_("what"), max_length=16, choices=Subject.choices)
    subject_id = models.BigIntegerField()
    source = models.CharField(_("from"), max_length=20)
    target = models.CharField(_("to"), max_length=20)
    cause = models.CharField(_("because of"), max_length=12, choices=Cause.choices)
    actor = models.CharField(_("decided by"), max_length=150, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("move")
        verbose_name_plural = _("moves")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["subject", "subject_id", "id"], name="move_by_subject"),
            models.Index(fields=["merchant", "-id"], name="move_by_merchant"),
            models.Index(
                fields=["cause", "-id"],
                condition=Q(cause__in=["close", "clock", "send", "person", "bill", "refund"]),
                name="move_by_rare_cause",
            ),
        ]

    def __str__(self) -> str:
        states = _STATES[self.Subject(self.subject)]
        names = [states.get(state, state) for state in (self.source, self.target)]
        return f"{capfirst(self.get_subject_display())}: {' → '.join(map(str, names))}"


_STATES = {
    Move.Subject.ORDER: dict(OrderState.choices),
    Move.Subject.PAYMENT: dict(PaymentState.choices),
    Move.Subject.REFUND: dict(RefundState.choices),
    Move.Subject.DUPLICATE: dict(DuplicateState.choices),
    Move.Subject.RECEIVER: dict(BindingState.choices),
    Move.Subject.RULE: dict(RuleState.choices),
    Move.Subject.SPLIT: dict(SplitState.choices),
    Move.Subject.RETURN: dict(ReturnState.choices),
    Move.Subject.RELEASE: dict(ReleaseState.choices),
    Move.Subject.DIFFERENCE: dict(DifferenceState.choices),
}
