"""The inbox: every callback as it came, written before anything is done with it."""

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from merchants.models import Merchant, PaymentAccount


class Callback(models.Model):
    """A callback of a channel. The body is kept raw: it is the evidence."""

    class Result(models.TextChoices):
        """What became of it."""

        RECEIVED = "received", _("received")
        REJECTED = "rejected", _("not authentic")
        UNKNOWN_NUMBER = "unknown_number", _("number not known here")
        MISMATCH = "mismatch", _("does not match our record")
        APPLIED = "applied", _("applied")
        NO_CHANGE = "no_change", _("nothing new")
        UNCONFIRMED = "unconfirmed", _("not confirmed by the channel")

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, db_index=False)
    payment_account = models.ForeignKey(
        PaymentAccount,
        on_delete=models.PROTECT,
        db_index=False,
        verbose_name=_("payment account"),
    )
    method = models.CharField(_("HTTP method"), max_length=6)
    query = models.TextField(_("query"), blank=True)
    headers = models.JSONField(_("headers"))
    body = models.BinaryField(_("body"))
    result = models.CharField(
        _("result"), max_length=16, choices=Result.choices, default=Result.RECEIVED
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    number = models.CharField(_("our number"), max_length=24, blank=True)
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("callback")
        verbose_name_plural = _("callbacks")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["number", "id"], name="callback_by_number"),
            models.Index(fields=["result", "-id"], name="callback_by_result"),
            models.Index(fields=["merchant", "-id"], name="callback_by_merchant"),
        ]

    def __str__(self) -> str:
        return f"{capfirst(self.get_result_display())} {self.number}".strip()
