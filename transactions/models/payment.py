"""One try to pay an order through one payment account."""

from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Right
from django.utils.translation import gettext_lazy as _

from gateway.messages import InvokeMethod
from merchants.models import ChannelMerchant, Merchant, PaymentAccount
from paycenter.kernel.money import CURRENCY
from transactions.lifecycle import PaymentLifecycle, PaymentState
from transactions.models.order import Order


class Payment(PaymentLifecycle):
    """An attempt. ``serial_no`` is what the channel knows it by; it is never used twice.

    ``due_at`` is when the center must look at it again. Whoever takes it up pushes ``due_at`` ahead
    first, so a worker that dies leaves it due. Attempts form a chain (``repeat_of``): no two can
    follow the same one. ``refund_reserved`` and ``refunded`` are kept here,
    under this row's lock, because a refund returns the money of one payment.
    """

    masked_fields = ("launch", "metadata")

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, db_index=False, verbose_name=_("property company")
    )
    order = models.ForeignKey(
        Order,
        on_delete=models.PROTECT,
        related_name="payments",
        db_index=False,
        verbose_name=_("order"),
    )
    payment_account = models.ForeignKey(
        PaymentAccount,
        on_delete=models.PROTECT,
        db_index=False,
        verbose_name=_("payment account"),
    )
    channel_merchant = models.ForeignKey(
        ChannelMerchant,
        on_delete=models.PROTECT,
        db_index=False,
        verbose_name=_("channel merchant"),
    )
    serial_no = models.CharField(_("serial number"), max_length=24, unique=True)
    invoke_method = models.CharField(
        _("invoke method"), max_length=20, choices=[(m.value, m.value) for m in InvokeMethod]
    )
    amount = models.BigIntegerField(_("amount (fen)"))
    currency = models.CharField(_("currency"), max_length=3, default=CURRENCY)
    attempt_no = models.PositiveSmallIntegerField(_("attempt"))
    repeat_of = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="repeated_by",
        verbose_name=_("repeats"),
    )
    repeat_gap_ms = models.BigIntegerField(_("gap to the repeated attempt (ms)"), null=True)
    launch = models.JSONField(_("request details"), default=dict)
    request_hash = models.CharField(max_length=64, editable=False)
    metadata = models.JSONField(_("metadata"), default=dict)
    notify_url = models.CharField(_("notification URL"), max_length=500, blank=True)
    notify_dialect = models.CharField(
        _("notification dialect"), max_length=16, blank=True, editable=False
    )
    refund_reserved = models.BigIntegerField(_("reserved for refunds (fen)"), default=0)
    refunded = models.BigIntegerField(_("refunded (fen)"), default=0)
    shared = models.BigIntegerField(_("given to receivers (fen)"), default=0)
    split_rule = models.ForeignKey(
        "SplitRule",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("split rule"),
    )
    expires_at = models.DateTimeField(_("expires at"))
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["order", "attempt_no"], name="payment_unique_attempt"),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(settles_order=True),
                name="payment_one_settles_order",
            ),
            models.UniqueConstraint(
                fields=["channel_merchant", "channel_serial_no"],
                condition=Q(channel_serial_no__isnull=False),
                name="payment_unique_channel_serial",
            ),
            models.CheckConstraint(condition=Q(amount__gte=1), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(
                    refund_reserved__gte=0,
                    refunded__gte=0,
                    shared__gte=0,
                    amount__gte=F("refund_reserved") + F("refunded") + F("shared"),
                ),
                name="payment_refunds_and_shares_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(state=PaymentState.SUCCEEDED)
                | Q(settles_order=False, refund_reserved=0, refunded=0, shared=0),
                name="payment_effects_need_success",
            ),
            models.CheckConstraint(
                condition=Q(state__in=PaymentState.values), name="payment_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["initiating", "pending", "unknown"])
                | Q(due_at__isnull=False),
                name="payment_open_is_due",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="payment_due"),
            models.Index(fields=["merchant", "-id"], name="payment_by_merchant"),
            models.Index(
                fields=["channel_merchant", "paid_at"],
                condition=Q(state=PaymentState.SUCCEEDED),
                name="payment_by_day_paid",
            ),
            models.Index(
                fields=["-id"],
                condition=Q(state=PaymentState.SUCCEEDED, settles_order=False),
                name="payment_duplicate",
            ),
            models.Index(fields=["channel_serial_no"], name="payment_by_channel_serial"),
            models.Index(
                Right(KT("metadata__phone"), 4),
                condition=Q(metadata__has_key="phone"),
                name="payment_by_phone",
            ),
            models.Index(
                fields=["state", "-id"],
                condition=Q(state__in=["initiating", "pending", "unknown", "failed"]),
                name="payment_by_rare_state",
            ),
        ]

    def __str__(self) -> str:
        return self.serial_no

    @property
    def is_duplicate(self) -> bool:
        """Whether its money came although another payment settles the order."""
        return self.state == PaymentState.SUCCEEDED and not self.settles_order

    @property
    def left(self) -> int:
        """What no refund has returned or reserved, in fen."""
        return self.amount - self.refunded - self.refund_reserved

    @property
    def unshared(self) -> int:
        """What is left and not given to a receiver, in fen."""
        return self.left - self.shared
