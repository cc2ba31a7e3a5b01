"""One row per call to a channel, with secrets and personal data masked."""

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from gateway.words import OPERATIONS, OUTCOMES
from merchants.models import Merchant, PaymentAccount


class ChannelCall(models.Model):
    """What was asked, what was answered, how long it took, and how sure that made us."""

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, db_index=False)
    payment_account = models.ForeignKey(
        PaymentAccount,
        on_delete=models.PROTECT,
        db_index=False,
        verbose_name=_("payment account"),
    )
    operation = models.CharField(
        _("operation"),
        max_length=16,
        choices=[(str(code), text) for code, text in OPERATIONS.items()],
    )
    number = models.CharField(_("our number"), max_length=24, blank=True)
    method = models.CharField(_("HTTP method"), max_length=6, blank=True)
    url = models.CharField(_("URL"), max_length=500, blank=True)
    request_body = models.TextField(_("request"), blank=True)
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    response_body = models.TextField(_("answer"), blank=True)
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=[(str(code), text) for code, text in OUTCOMES.items()]
    )
    error = models.CharField(_("error"), max_length=200, blank=True)
    milliseconds = models.PositiveIntegerField(_("milliseconds"))
    request_id = models.CharField(_("channel's request id"), max_length=80, blank=True)
    created_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("channel call")
        verbose_name_plural = _("channel calls")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["number", "id"], name="channel_call_by_number"),
            models.Index(fields=["merchant", "-id"], name="channel_call_by_merchant"),
            models.Index(
                fields=["operation", "-id"],
                condition=~models.Q(operation__in=["pay", "query"]),
                name="channel_call_by_rare_operation",
            ),
            models.Index(
                fields=["outcome", "-id"],
                condition=~models.Q(outcome__in=["pending", "succeeded"]),
                name="channel_call_by_rare_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{capfirst(self.get_operation_display())} {self.number}".strip()
