"""The history of the circuit breakers: one append-only row per change of one."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from merchants.channels import channel_choices
from merchants.models import Merchant, PaymentAccount


class HealthChange(models.Model):
    """A breaker went from one state to another. ``scope`` is what it guards (``health.scopes``).

    An open breaker becomes half open by time alone, which is no row. ``calls`` and ``failures`` are
    what opened it, ``cool_down`` how many seconds it stays open. With ``dry_run`` nothing was
    refused: the row says what would have been.
    """

    class State(models.TextChoices):
        CLOSED = "closed", _("closed: payments go through")
        OPEN = "open", _("open: payments are refused")
        HALF_OPEN = "half_open", _("half open: one payment is let through as a probe")

    scope = models.CharField(_("what"), max_length=64)
    channel = models.CharField(_("channel"), max_length=16, choices=channel_choices)
    is_sandbox = models.BooleanField(_("sandbox"), default=False)
    merchant = models.ForeignKey(
        Merchant,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("property company"),
    )
    payment_account = models.ForeignKey(
        PaymentAccount,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("payment account"),
    )
    source = models.CharField(_("from"), max_length=12, choices=State.choices)
    target = models.CharField(_("to"), max_length=12, choices=State.choices)
    calls = models.PositiveIntegerField(_("calls in the window"), default=0)
    failures = models.PositiveIntegerField(_("of them failed"), default=0)
    cool_down = models.PositiveIntegerField(_("stays open for (seconds)"), default=0)
    dry_run = models.BooleanField(_("dry run"), default=False)
    created_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("change of a channel's health")
        verbose_name_plural = _("changes of channels' health")
        ordering = ["-id"]
        indexes = [models.Index(fields=["scope", "-id"], name="health_change_by_scope")]

    def __str__(self) -> str:
        return f"{self.scope}: {self.source} → {self.target}"
