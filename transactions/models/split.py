"""Dividing a paid payment among parties at the channel: receivers, rules, splits, what comes back.

The money never leaves the channel. A receiver is bound per channel merchant, because that is where
its channel knows it. What a rule or a split says is kept as it was: receivers and rules may change
afterwards.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gateway.split_messages import ReceiverKind, Relation
from merchants.models import Application, ChannelMerchant, Merchant
from paycenter.kernel.numbers import mint_short
from paycenter.kernel.sealed_model import SealedModel
from transactions.models.payment import Payment
from transactions.models.refund import Refund
from transactions.split_lifecycle import (
    BindingState,
    ReceiverLifecycle,
    ReleaseLifecycle,
    ReturnLifecycle,
    RuleLifecycle,
    RuleState,
    SplitLifecycle,
    SplitState,
)

PPM = 1_000_000


def new_receiver_no() -> str:
    """Return a fresh receiver number, ``V`` and ten digits."""
    return mint_short("V")


class Receiver(ReceiverLifecycle, SealedModel):
    """A party that may get shares of one channel merchant's payments, once it is bound there."""

    sealed_fields = ("sealed_account", "sealed_name")
    masked_fields = ("account_hash",)

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, related_name="+", verbose_name=_("property company")
    )
    channel_merchant = models.ForeignKey(
        ChannelMerchant,
        on_delete=models.PROTECT,
        related_name="receivers",
        verbose_name=_("channel merchant"),
    )
    receiver_no = models.CharField(
        _("receiver id"), max_length=11, unique=True, default=new_receiver_no, editable=False
    )
    label = models.CharField(_("name here"), max_length=50)
    kind = models.CharField(
        _("kind of account"),
        max_length=12,
        choices=[(one.value, one.value) for one in ReceiverKind],
    )
    sealed_account = models.TextField(editable=False)
    account_hash = models.CharField(max_length=64, editable=False)
    account_hint = models.CharField(_("account"), max_length=16, editable=False)
    sealed_name = models.TextField(blank=True, editable=False)
    relation = models.CharField(
        _("relation"), max_length=20, choices=[(one.value, one.value) for one in Relation]
    )
    relation_text = models.CharField(_("relation in words"), max_length=10, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("split receiver")
        verbose_name_plural = _("split receivers")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel_merchant", "account_hash"], name="receiver_unique_account"
            ),
            models.CheckConstraint(
                condition=Q(state__in=BindingState.values), name="receiver_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="receiver_due")
        ]

    def __str__(self) -> str:
        return f"{self.receiver_no} {self.label}"


class SplitRule(RuleLifecycle):
    """One version of how a channel merchant's payments are divided.

    Active from ``active_from`` on, once somebody other than its author approved it, until a later
    version is. What the shares leave stays with the company.
    """

    class Base(models.TextChoices):
        GROSS = "gross", _("of what was paid")
        NET = "net", _("of what was paid less the channel's fee")

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, related_name="+", verbose_name=_("property company")
    )
    channel_merchant = models.ForeignKey(
        ChannelMerchant,
        on_delete=models.PROTECT,
        related_name="split_rules",
        verbose_name=_("channel merchant"),
    )
    edition = models.PositiveIntegerField(_("version"), editable=False)
    base = models.CharField(_("base"), max_length=5, choices=Base.choices, default=Base.GROSS)
    fee_ppm = models.PositiveIntegerField(
        _("the channel's fee (parts per million)"),
        default=6000,
        help_text=_("What is taken off first when the base is net."),
    )
    active_from = models.DateTimeField(_("active from"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("split rule")
        verbose_name_plural = _("split rules")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel_merchant", "edition"], name="split_rule_unique_edition"
            ),
            models.CheckConstraint(
                condition=Q(decided_by="") | ~Q(decided_by=F("written_by")),
                name="split_rule_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "refused"]) | ~Q(decided_by=""),
                name="split_rule_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state__in=RuleState.values), name="split_rule_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel_merchant} v{self.edition}"


class SplitRuleItem(models.Model):
    """What one receiver gets by a rule: parts per million of the base, or fixed fen."""

    class Kind(models.TextChoices):
        PPM = "ppm", _("parts per million")
        FIXED = "fixed", _("fixed amount (fen)")

    rule = models.ForeignKey(
        SplitRule, on_delete=models.CASCADE, related_name="items", verbose_name=_("split rule")
    )
    receiver = models.ForeignKey(
        Receiver, on_delete=models.PROTECT, related_name="+", verbose_name=_("receiver")
    )
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices)
    value = models.BigIntegerField(_("value"))
    description = models.CharField(_("description"), max_length=80)

    class Meta:
        verbose_name = _("share of a split rule")
        verbose_name_plural = _("shares of a split rule")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "receiver"], name="split_item_once"),
            models.CheckConstraint(condition=Q(value__gte=1), name="split_item_positive"),
            models.CheckConstraint(
                condition=~Q(kind="ppm") | Q(value__lte=PPM), name="split_item_within_whole"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.receiver} {self.kind} {self.value}"


class Split(SplitLifecycle):
    """Shares of one payment sent to its channel under one number, the same on every resend.

    ``split_no`` is the application's number, null for a split the center made by rule or a person
    asked for (``asked_by``). The money of its shares is in ``Payment.shared`` from the moment it is
    written.
    """

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, db_index=False, verbose_name=_("property company")
    )
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, db_index=False, verbose_name=_("application")
    )
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="splits", verbose_name=_("payment")
    )
    split_serial_no = models.CharField(_("split serial number"), max_length=24, unique=True)
    split_no = models.CharField(_("split number"), max_length=64, null=True)
    rule = models.ForeignKey(
        SplitRule, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("rule")
    )
    asked_by = models.CharField(_("asked for by"), max_length=150, blank=True, editable=False)
    reason = models.CharField(_("reason"), max_length=200, blank=True, editable=False)
    amount = models.BigIntegerField(_("amount (fen)"))
    release_rest = models.BooleanField(_("frees the rest"), default=False)
    content_hash = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("split")
        verbose_name_plural = _("splits")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "split_no"],
                condition=Q(split_no__isnull=False),
                name="split_unique_number",
            ),
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(state__in=["pending_approval", "planned", "processing", "unknown"]),
                name="split_one_open_per_payment",
            ),
            models.CheckConstraint(condition=Q(amount__gte=1), name="split_amount_positive"),
            models.CheckConstraint(
                condition=Q(state__in=SplitState.values), name="split_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["planned", "processing", "unknown"])
                | Q(due_at__isnull=False),
                name="split_open_is_due",
            ),
            models.CheckConstraint(
                condition=Q(asked_by="") | ~Q(asked_by=F("decided_by")),
                name="split_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(asked_by="")
                | Q(state__in=["pending_approval", "cancelled"])
                | ~Q(decided_by=""),
                name="split_by_hand_is_decided",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="split_due"),
            models.Index(
                fields=["id"], condition=Q(state=SplitState.WAITING), name="split_waiting"
            ),
            models.Index(fields=["merchant", "-id"], name="split_by_merchant"),
            models.Index(
                fields=["split_no"], condition=Q(split_no__isnull=False), name="split_by_number"
            ),
            models.Index(
                fields=["channel_split_no"],
                condition=~Q(channel_split_no=""),
                name="split_by_channel_number",
            ),
        ]

    def __str__(self) -> str:
        return self.split_serial_no


class SplitShare(SealedModel):
    """What one receiver gets by one split. The account is as it was when the split was made."""

    sealed_fields = ("sealed_account",)

    class Result(models.TextChoices):
        PENDING = "pending", _("pending")
        SUCCEEDED = "succeeded", _("succeeded")
        FAILED = "failed", _("failed")

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, db_index=False, verbose_name=_("property company")
    )
    split = models.ForeignKey(
        Split, on_delete=models.PROTECT, related_name="shares", verbose_name=_("split")
    )
    receiver = models.ForeignKey(
        Receiver, on_delete=models.PROTECT, related_name="shares", verbose_name=_("receiver")
    )
    sealed_account = models.TextField(editable=False)
    kind = models.CharField(_("kind of account"), max_length=12)
    amount = models.BigIntegerField(_("amount (fen)"))
    returned = models.BigIntegerField(_("returned (fen)"), default=0)
    return_reserved = models.BigIntegerField(_("being returned (fen)"), default=0)
    description = models.CharField(_("description"), max_length=80)
    result = models.CharField(
        _("result"), max_length=9, choices=Result.choices, default=Result.PENDING
    )
    failure_code = models.CharField(_("failure code"), max_length=64, blank=True)
    failure_message = models.CharField(_("failure message"), max_length=256, blank=True)
    channel_share_no = models.CharField(_("channel's number"), max_length=64, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("share")
        verbose_name_plural = _("shares")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["split", "receiver"], name="split_share_once"),
            models.CheckConstraint(condition=Q(amount__gte=1), name="split_share_positive"),
            models.CheckConstraint(
                condition=Q(
                    returned__gte=0,
                    return_reserved__gte=0,
                    amount__gte=F("returned") + F("return_reserved"),
                ),
                name="split_share_returns_within",
            ),
            models.CheckConstraint(
                condition=Q(result="succeeded") | Q(returned=0, return_reserved=0),
                name="split_share_returns_need_success",
            ),
        ]
        indexes = [
            models.Index(
                fields=["channel_share_no"],
                condition=~Q(channel_share_no=""),
                name="split_share_by_channel_number",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.receiver} {self.amount}"

    @property
    def kept(self) -> int:
        """What its receiver has and is not giving back, in fen."""
        return self.amount - self.returned - self.return_reserved


class SplitReturn(ReturnLifecycle):
    """A share, or a part of one, on its way back to the payee.

    ``refund`` waits for it if set; where the channel takes shares back with the refund itself
    (``with_refund``), nothing is sent for the return and it ends as the refund does.
    """

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, db_index=False, verbose_name=_("property company")
    )
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, db_index=False, verbose_name=_("application")
    )
    share = models.ForeignKey(
        SplitShare, on_delete=models.PROTECT, related_name="returns", verbose_name=_("share")
    )
    refund = models.ForeignKey(
        Refund,
        on_delete=models.PROTECT,
        null=True,
        related_name="split_returns",
        verbose_name=_("refund"),
    )
    with_refund = models.BooleanField(_("carried by the refund"), default=False)
    return_serial_no = models.CharField(_("return serial number"), max_length=24, unique=True)
    return_no = models.CharField(_("return number"), max_length=64, null=True)
    amount = models.BigIntegerField(_("amount (fen)"))
    content_hash = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("split return")
        verbose_name_plural = _("split returns")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "return_no"],
                condition=Q(return_no__isnull=False),
                name="split_return_unique_number",
            ),
            models.CheckConstraint(condition=Q(amount__gte=1), name="split_return_positive"),
            models.CheckConstraint(
                condition=Q(with_refund=False) | Q(refund__isnull=False),
                name="split_return_carried_by_refund",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["planned", "processing", "unknown"])
                | Q(due_at__isnull=False)
                | Q(refund__isnull=False),
                name="split_return_open_is_due",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="split_return_due"
            ),
            models.Index(fields=["merchant", "-id"], name="split_return_by_merchant"),
            models.Index(
                fields=["return_no"],
                condition=Q(return_no__isnull=False),
                name="split_return_by_number",
            ),
            models.Index(
                fields=["channel_return_no"],
                condition=~Q(channel_return_no=""),
                name="split_return_by_channel_no",
            ),
        ]

    def __str__(self) -> str:
        return self.return_serial_no


class SplitRelease(ReleaseLifecycle):
    """Freeing what is left frozen of one payment; its number is never that of a split."""

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, db_index=False, verbose_name=_("property company")
    )
    payment = models.OneToOneField(
        Payment, on_delete=models.PROTECT, related_name="release", verbose_name=_("payment")
    )
    release_serial_no = models.CharField(_("release serial number"), max_length=24, unique=True)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["planned", "unknown"]) | Q(due_at__isnull=False),
                name="split_release_open_is_due",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="split_release_due"
            )
        ]

    def __str__(self) -> str:
        return self.release_serial_no
