"""Where money is collected: channel merchants, their credentials, and payment accounts."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from merchants.channels import channel_choices
from merchants.models.parties import Merchant, Project
from merchants.validators import validate_network
from paycenter.kernel.money import MAX_AMOUNT
from paycenter.kernel.numbers import mint_short
from paycenter.kernel.sealed_model import SealedModel


class ChannelMerchant(models.Model):
    """A company's account at a channel. Bills, splits and reconciliation belong to it.

    With a ``provider_mchid`` a service provider acts for the company: the credentials are the
    provider's, ``mchid`` stays the company's own number.
    """

    merchant = models.ForeignKey(
        Merchant,
        on_delete=models.PROTECT,
        related_name="channel_merchants",
        verbose_name=_("property company"),
    )
    channel = models.CharField(_("channel"), max_length=16, choices=channel_choices)
    mchid = models.CharField(_("number at the channel"), max_length=64)
    provider_mchid = models.CharField(
        _("service provider's number"),
        max_length=64,
        blank=True,
        help_text=_("Only when a service provider signs for this company."),
    )
    provider_appid = models.CharField(_("service provider's app id"), max_length=64, blank=True)
    endpoint = models.URLField(
        _("address of the platform"),
        max_length=200,
        blank=True,
        help_text=_("Only for channels whose platforms have addresses of their own."),
    )
    options = models.JSONField(_("options"), default=dict, blank=True)
    fee_ppm = models.PositiveIntegerField(
        _("agreed fee (parts per million)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(1_000_000)],
        help_text=_(
            "6000 is 0.6 %. What channel bills take is compared with it. Blank: it is not."
        ),
    )
    max_split_ppm = models.PositiveIntegerField(
        _("most that may be split (parts per million)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(1_000_000)],
        help_text=_("As agreed with the channel. Blank: what the channel usually allows."),
    )
    callback_networks = ArrayField(
        models.CharField(max_length=43, validators=[validate_network]),
        verbose_name=_("addresses its callbacks come from"),
        default=list,
        blank=True,
        help_text=_("Networks such as 203.0.113.0/24, separated by commas. Blank allows all."),
    )
    is_sandbox = models.BooleanField(
        _("sandbox"), default=False, help_text=_("Talks to the bundled simulator, moves no money.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    credentials_version = models.PositiveIntegerField(default=0, editable=False)
    certificates_checked_at = models.DateTimeField(
        _("certificates checked at"), null=True, editable=False
    )
    certificates_refreshed_at = models.DateTimeField(
        _("certificates refreshed at"), null=True, editable=False
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("channel merchant")
        verbose_name_plural = _("channel merchants")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "mchid", "is_sandbox"], name="channel_merchant_unique_mchid"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.mchid}"


class StoredCredential(SealedModel):
    """One key or certificate of a channel merchant, sealed. Several of a kind may be valid.

    One that a person enters for a channel merchant that takes payments already ``waits`` for a
    second person; it is not used until then.
    """

    sealed_fields = ("sealed_value",)

    channel_merchant = models.ForeignKey(
        ChannelMerchant,
        on_delete=models.PROTECT,
        related_name="credentials",
        verbose_name=_("channel merchant"),
    )
    kind = models.SlugField(_("kind"), max_length=40)
    identifier = models.CharField(_("serial number or key id"), max_length=80, blank=True)
    sealed_value = models.TextField(editable=False)
    fingerprint = models.CharField(_("fingerprint"), max_length=64, editable=False)
    not_before = models.DateTimeField(_("valid from"), null=True, blank=True)
    not_after = models.DateTimeField(_("valid until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    waits = models.BooleanField(_("waits for approval"), default=False, editable=False)
    asked_by = models.CharField(_("entered by"), max_length=150, blank=True, editable=False)
    decided_by = models.CharField(_("decided by"), max_length=150, blank=True, editable=False)
    warned_days = models.PositiveSmallIntegerField(
        _("days ahead last warned"), null=True, editable=False
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(waits=True), name="credential_waiting")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["channel_merchant", "kind", "identifier", "fingerprint"],
                condition=models.Q(revoked_at=None),
                name="credential_stored_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(sealed_value=""), name="credential_value_not_blank"
            ),
            models.CheckConstraint(
                condition=models.Q(asked_by="") | ~models.Q(asked_by=models.F("decided_by")),
                name="credential_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.identifier}".strip()


def new_payment_no() -> str:
    """Return a fresh payment account number, ``P`` and ten digits."""
    return mint_short("P")


class PaymentAccount(models.Model):
    """A channel merchant as usable by one project or app id: what an application names."""

    payment_no = models.CharField(
        _("payment id"), max_length=11, unique=True, default=new_payment_no, editable=False
    )
    channel_merchant = models.ForeignKey(
        ChannelMerchant,
        on_delete=models.PROTECT,
        related_name="payment_accounts",
        verbose_name=_("channel merchant"),
    )
    project = models.ForeignKey(
        Project,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payment_accounts",
        verbose_name=_("project"),
    )
    name = models.CharField(_("name"), max_length=100)
    appid = models.CharField(_("app id"), max_length=64, blank=True)
    mini_program_appid = models.CharField(
        _("mini program app id"),
        max_length=64,
        blank=True,
        help_text=_("Only when the mini program has an app id of its own."),
    )
    min_amount = models.BigIntegerField(
        _("smallest amount (fen)"), default=1, validators=[MinValueValidator(1)]
    )
    max_amount = models.BigIntegerField(
        _("largest amount (fen)"), default=MAX_AMOUNT, validators=[MaxValueValidator(MAX_AMOUNT)]
    )
    checkout_position = models.PositiveSmallIntegerField(
        _("place on checkout pages"),
        default=100,
        help_text=_("Accounts with a lower number are offered first."),
    )
    checkout_weight = models.PositiveSmallIntegerField(
        _("share of checkout payments"),
        default=1,
        help_text=_(
            "Payments are spread by this number among accounts of one channel in the same place. "
            "0 keeps the account off checkout pages."
        ),
    )
    is_active = models.BooleanField(_("active"), default=False)
    tested_at = models.DateTimeField(_("last tested at"), null=True, editable=False)
    finding = models.CharField(_("last test"), max_length=16, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("payment account")
        verbose_name_plural = _("payment accounts")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(min_amount__gte=1, max_amount__gte=models.F("min_amount")),
                name="payment_account_amount_limits",
            )
        ]

    def __str__(self) -> str:
        return f"{self.payment_no} {self.name}"
