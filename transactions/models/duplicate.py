"""What becomes of money that was paid twice for one order."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from merchants.models import Merchant
from transactions.models.payment import Payment


class DuplicatePayment(models.Model):
    """One row per payment that succeeded although another one settles its order.

    ``held`` waits for a person: because the company wishes it so, or because the refund that the
    center made by itself failed.
    """

    class Decision(models.TextChoices):
        RETURN = "return", _("goes back to its source")
        HELD = "held", _("held for a person")
        KEEP = "keep", _("kept by agreement with the payer")

    payment = models.OneToOneField(
        Payment, on_delete=models.PROTECT, related_name="duplicate", verbose_name=_("payment")
    )
    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, db_index=False, verbose_name=_("property company")
    )
    decision = models.CharField(_("decision"), max_length=8, choices=Decision.choices)
    decided_by = models.CharField(_("decided by"), max_length=150, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("found at"))
    decided_at = models.DateTimeField(_("decided at"), null=True)

    class Meta:
        verbose_name = _("duplicate payment")
        verbose_name_plural = _("duplicate payments")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decision__in=["return", "held", "keep"]),
                name="duplicate_payment_decision_known",
            )
        ]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="duplicate_by_merchant"),
            models.Index(fields=["-id"], condition=Q(decision="held"), name="duplicate_held"),
        ]

    def __str__(self) -> str:
        return str(self.payment)
