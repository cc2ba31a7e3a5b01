"""Calling business systems: their keys, what they may use, and the nonces they have used."""

import secrets

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from merchants.models.accounts import PaymentAccount
from merchants.models.parties import PropertyGroup
from merchants.validators import validate_hostname, validate_network
from paycenter.kernel.outgoing_urls import RefusedURL, check_url_and_addresses
from paycenter.kernel.sealed_model import SealedModel


class Application(SealedModel):
    """A business system that takes payments through the center."""

    sealed_fields = ("sealed_webhook_secret", "sealed_previous_webhook_secret")

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)
    group = models.ForeignKey(
        PropertyGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="applications",
        verbose_name=_("property group"),
        help_text=_("Blank for an application of the platform that serves several groups."),
    )
    notify_url = models.URLField(_("notification URL"), max_length=500, blank=True)
    allowed_hosts = ArrayField(
        models.CharField(max_length=253, validators=[validate_hostname]),
        verbose_name=_("hosts of its return and notification URLs"),
        default=list,
        blank=True,
    )
    ip_allow_list = ArrayField(
        models.CharField(max_length=43, validators=[validate_network]),
        verbose_name=_("addresses it calls from"),
        default=list,
        blank=True,
        help_text=_("Networks such as 203.0.113.0/24, separated by commas. Blank allows all."),
    )
    attempt_guard_seconds = models.PositiveSmallIntegerField(
        _("seconds between attempts for one order"),
        null=True,
        blank=True,
        help_text=_("Blank uses the platform's value."),
    )
    sealed_webhook_secret = models.TextField(blank=True, editable=False)
    sealed_previous_webhook_secret = models.TextField(blank=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a notification URL that is not acceptable or leads to a private address."""
        if self.notify_url:
            try:
                check_url_and_addresses(self.notify_url)
            except RefusedURL as error:
                raise ValidationError({"notify_url": gettext(str(error))}) from None


def new_key_id() -> str:
    """Return a fresh access key id."""
    return f"ak_{secrets.token_hex(10)}"


class ApplicationKey(SealedModel):
    """An access key. Two slots per application, so that keys rotate without an outage."""

    sealed_fields = ("sealed_secret",)

    application = models.ForeignKey(
        Application,
        on_delete=models.PROTECT,
        related_name="keys",
        verbose_name=_("application"),
    )
    key_id = models.CharField(
        _("key id"), max_length=32, unique=True, default=new_key_id, editable=False
    )
    slot = models.PositiveSmallIntegerField(_("slot"), choices=[(1, "1"), (2, "2")])
    sealed_secret = models.TextField(editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("application key")
        verbose_name_plural = _("application keys")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(slot__in=[1, 2]), name="application_key_two_slots"
            ),
            models.UniqueConstraint(
                fields=["application", "slot"],
                condition=models.Q(revoked_at=None),
                name="application_key_one_active_per_slot",
            ),
            models.CheckConstraint(
                condition=~models.Q(sealed_secret=""), name="application_key_secret_not_blank"
            ),
        ]

    def __str__(self) -> str:
        return self.key_id


class Grant(models.Model):
    """Permission of an application to use a payment account."""

    application = models.ForeignKey(
        Application,
        on_delete=models.CASCADE,
        related_name="grants",
        verbose_name=_("application"),
    )
    payment_account = models.ForeignKey(
        PaymentAccount,
        on_delete=models.CASCADE,
        related_name="grants",
        verbose_name=_("payment account"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "payment_account"], name="grant_unique_pair"
            )
        ]

    def __str__(self) -> str:
        return f"{self.application} → {self.payment_account}"

    def clean(self) -> None:
        """Refuse to grant one group's account to another group's application."""
        if self.application_id is None or self.payment_account_id is None:
            return
        group_id = self.application.group_id
        owner_id = self.payment_account.channel_merchant.merchant.group_id
        if group_id is not None and group_id != owner_id:
            raise ValidationError(_("The account belongs to another property group."))


class UsedNonce(models.Model):
    """A nonce a key has used; kept while a request bearing it could still be in time."""

    key = models.ForeignKey(ApplicationKey, on_delete=models.CASCADE, db_index=False)
    nonce = models.CharField(max_length=64)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("used nonce")
        verbose_name_plural = _("used nonces")
        constraints = [models.UniqueConstraint(fields=["key", "nonce"], name="nonce_used_once")]

    def __str__(self) -> str:
        return f"{self.key_id}:{self.nonce}"
