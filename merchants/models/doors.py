"""Doors for old applications: an EasyPay platform's address, kept open by the center."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from merchants.models.accounts import PaymentAccount
from merchants.models.applications import Application
from paycenter.kernel.bare_keys import framed
from paycenter.kernel.certificates import read_public_key
from paycenter.kernel.configuration import ConfigurationError
from paycenter.kernel.sealed_model import SealedModel


class EasyPayDoor(SealedModel):
    """Lets one application speak the EasyPay protocol to the center, and pay as it does.

    V1 is signed with ``sealed_key``, V2 with the application's own RSA key and the center's. Where
    an account is missing, the door does not offer that way to pay.
    """

    sealed_fields = ("sealed_key", "sealed_private_key")

    application = models.OneToOneField(
        Application,
        on_delete=models.PROTECT,
        related_name="easypay_door",
        verbose_name=_("application"),
    )
    pid = models.PositiveBigIntegerField(_("merchant number (pid)"), unique=True, editable=False)
    sealed_key = models.TextField(editable=False)
    merchant_public_key = models.TextField(
        _("the application's public key (V2)"),
        blank=True,
        help_text=_("RSA, as PEM or bare base64. Blank keeps version 2 of the protocol closed."),
    )
    sealed_private_key = models.TextField(editable=False)
    wxpay_account = models.ForeignKey(
        PaymentAccount,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("account for WeChat Pay"),
    )
    alipay_account = models.ForeignKey(
        PaymentAccount,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("account for Alipay"),
    )
    is_active = models.BooleanField(_("open"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("EasyPay door")
        verbose_name_plural = _("EasyPay doors")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(sealed_key="") & ~models.Q(sealed_private_key=""),
                name="easypay_door_has_keys",
            )
        ]

    def __str__(self) -> str:
        return gettext("EasyPay door %(pid)s") % {"pid": self.pid}

    def clean(self) -> None:
        """Refuse accounts of other channels, of several companies, or not granted; and bad keys."""
        self._clean_account("wxpay_account", "wechat")
        self._clean_account("alipay_account", "alipay")
        both = (self.wxpay_account, self.alipay_account)
        owners = {account.channel_merchant.merchant_id for account in both if account is not None}
        if len(owners) > 1:
            raise ValidationError(_("Both accounts must belong to the same property company."))
        if self.merchant_public_key:
            self._clean_public_key()

    def _clean_account(self, field: str, channel: str) -> None:
        account = getattr(self, field)
        if account is None:
            return
        if account.channel_merchant.channel != channel:
            raise ValidationError({field: _("The account is at another channel.")})
        if not account.grants.filter(application_id=self.application_id).exists():
            raise ValidationError({field: _("The account is not granted to the application.")})

    def _clean_public_key(self) -> None:
        self.merchant_public_key = framed(self.merchant_public_key)
        try:
            read_public_key(self.merchant_public_key)
        except ConfigurationError as error:
            text = gettext(error.text) % error.params if error.params else gettext(error.text)
            raise ValidationError({"merchant_public_key": text}) from None
