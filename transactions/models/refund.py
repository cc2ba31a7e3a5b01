"""One return of money against one payment."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from merchants.models import Application, Merchant
from paycenter.kernel.money import CURRENCY
from transactions.lifecycle import RefundLifecycle, RefundState
from transactions.models.payment import Payment


class Refund(RefundLifecycle):
    """``refund_serial_no`` goes to the channel and stays the same on every resend.

    ``refund_no`` is the application's number, null for a refund that a person asked for
    (``asked_by``) and for one the center made by itself (the surplus of a duplicate payment). One
    that is offline the company paid out by itself: nothing is sent for it.
    """

    masked_fields = ("metadata",)

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, db_index=False, verbose_name=_("property company")
    )
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, db_index=False, verbose_name=_("application")
    )
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("payment")
    )
    refund_serial_no = models.CharField(_("refund serial number"), max_length=24, unique=True)
    refund_no = models.CharField(_("refund number"), max_length=64, null=True)
    amount = models.BigIntegerField(_("amount (fen)"))
    currency = models.CharField(_("currency"), max_length=3, default=CURRENCY)
    reason = models.CharField(_("reason"), max_length=80)
    content_hash = models.CharField(max_length=64, editable=False)
    lines = models.JSONField(_("lines"), default=list)
    metadata = models.JSONField(_("metadata"), default=dict)
    notify_url = models.CharField(_("notification URL"), max_length=500, blank=True)
    asked_by = models.CharField(_("asked for by"), max_length=150, blank=True, editable=False)
    is_offline = models.BooleanField(_("returned outside of the channel"), default=False)
    proof = models.FileField(
        _("proof"), upload_to="refund-proofs/%Y/%m/", blank=True, editable=False
    )
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "refund_no"],
                condition=Q(refund_no__isnull=False),
                name="refund_unique_number",
            ),
            models.CheckConstraint(condition=Q(amount__gte=1), name="refund_amount_positive"),
            models.CheckConstraint(
                condition=Q(state__in=RefundState.values), name="refund_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "processing", "unknown"])
                | Q(due_at__isnull=False),
                name="refund_open_is_due",
            ),
            models.CheckConstraint(
                condition=Q(asked_by="") | ~Q(asked_by=F("decided_by")),
                name="refund_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(is_offline=False)
                | ~Q(proof="") & Q(state__in=["pending_approval", "rejected", "succeeded"]),
                name="refund_offline_is_proved",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="refund_due"),
            models.Index(
                fields=["id"], condition=Q(state=RefundState.WAITING), name="refund_waiting"
            ),
            models.Index(fields=["merchant", "-id"], name="refund_by_merchant"),
            models.Index(
                fields=["refund_no"], condition=Q(refund_no__isnull=False), name="refund_by_number"
            ),
            models.Index(
                fields=["channel_refund_no"],
                condition=Q(channel_refund_no__isnull=False),
                name="refund_by_channel_number",
            ),
            models.Index(
                fields=["merchant", "succeeded_at"],
                condition=Q(state=RefundState.SUCCEEDED),
                name="refund_by_day_done",
            ),
            models.Index(
                fields=["state", "-id"],
                condition=~Q(state="succeeded"),
                name="refund_by_rare_state",
            ),
            models.Index(
                fields=["-id"], condition=Q(needs_person=True), name="refund_needs_person"
            ),
        ]

    def __str__(self) -> str:
        return self.refund_serial_no
