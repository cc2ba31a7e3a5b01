"""Money that was paid twice for one order, and what becomes of it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from merchants.models import Merchant
from transactions.lifecycle import DuplicateLifecycle, DuplicateState
from transactions.models.payment import Payment


class DuplicatePayment(DuplicateLifecycle):
    """One row per payment that succeeded although another one settles its order.

    ``return`` means that refunds, done or on their way, cover all of it. ``held`` waits for a
    person: because the company wishes it so, or because a refund failed. Who decided what, and why,
    is in its moves.
    """

    payment = models.OneToOneField(
        Payment, on_delete=models.PROTECT, related_name="duplicate", verbose_name=_("payment")
    )
    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, db_index=False, verbose_name=_("property company")
    )
    created_at = models.DateTimeField(_("found at"))

    class Meta:
        verbose_name = _("duplicate payment")
        verbose_name_plural = _("duplicate payments")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=DuplicateState.values), name="duplicate_payment_state_known"
            )
        ]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="duplicate_by_merchant"),
            models.Index(
                fields=["-id"], condition=Q(state=DuplicateState.HELD), name="duplicate_held"
            ),
        ]

    def __str__(self) -> str:
        return str(self.payment)
