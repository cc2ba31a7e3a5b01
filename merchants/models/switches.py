"""Switching ways to pay off by hand: a channel, a company, an account, or one channel of a company.

A switch refuses new payments only; what is under way goes on. It says why, and ends by itself where
an end is known.
"""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from merchants.channels import channel_choices
from merchants.models.accounts import PaymentAccount
from merchants.models.parties import Merchant
from paycenter.kernel.clock import now


class ChannelSwitch(models.Model):
    """Refuses new payments of every account that all of its given parts match, while it is on.

    On until it is lifted, or until ``ends_at``. Never changed otherwise: the rows are the history.
    """

    channel = models.CharField(_("channel"), max_length=16, choices=channel_choices, blank=True)
    merchant = models.ForeignKey(
        Merchant,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("property company"),
    )
    payment_account = models.ForeignKey(
        PaymentAccount,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("payment account"),
    )
    reason = models.CharField(_("reason"), max_length=200)
    ends_at = models.DateTimeField(
        _("ends at"), null=True, blank=True, help_text=_("Blank: until somebody lifts it.")
    )
    created_by = models.CharField(_("switched off by"), max_length=150, editable=False)
    created_at = models.DateTimeField(_("switched off at"), auto_now_add=True)
    lifted_by = models.CharField(_("lifted by"), max_length=150, blank=True, editable=False)
    lifted_at = models.DateTimeField(_("lifted at"), null=True, editable=False)

    class Meta:
        verbose_name = _("channel switch")
        verbose_name_plural = _("channel switches")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(channel="", merchant=None, payment_account=None),
                name="channel_switch_says_what",
                violation_error_message=_("Choose a channel, a company or a payment account."),
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="channel_switch_says_why"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(lifted_at=None), name="channel_switch_on"),
        ]

    def clean(self) -> None:
        """Refuse a switch that would switch nothing off."""
        account = self.payment_account
        owner = account.channel_merchant if account else None
        if owner and self.merchant_id not in (None, owner.merchant_id):
            raise ValidationError({"payment_account": _("The account is another company's.")})
        if owner and self.channel not in ("", owner.channel):
            raise ValidationError({"payment_account": _("The account is at another channel.")})
        if self.ends_at is not None and self.ends_at <= now():
            raise ValidationError({"ends_at": _("The end is in the past.")})

    def __str__(self) -> str:
        parts = [
            self.get_channel_display() if self.channel else "",
            str(self.merchant or ""),
            str(self.payment_account or ""),
        ]
        return " · ".join(part for part in parts if part)
