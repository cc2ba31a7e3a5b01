"""One payable claim of an application, and what it consists of."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from merchants.models import Application, Merchant
from paycenter.kernel.money import CURRENCY, MAX_AMOUNT
from transactions.lifecycle import OrderLifecycle, OrderState


class SplitMode(models.TextChoices):
    """Whether the money of an order is frozen at its channel to be divided, and who divides it."""

    NONE = "none", _("not split")
    RULE = "rule", _("by the company's rule")
    MANUAL = "manual", _("by the application")


class Order(OrderLifecycle):
    """One order per (application, merchant, order number); at most one payment settles it.

    The payment account is never part of the key: switching accounts must stay the same order, or
    the repeat rule and "one success" could be escaped.
    """

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, db_index=False, verbose_name=_("application")
    )
    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, db_index=False, verbose_name=_("property company")
    )
    order_no = models.CharField(_("order number"), max_length=64)
    order_group_no = models.CharField(_("order group number"), max_length=64, blank=True)
    amount = models.BigIntegerField(_("amount (fen)"))
    currency = models.CharField(_("currency"), max_length=3, default=CURRENCY)
    subject = models.CharField(_("subject"), max_length=127)
    split_mode = models.CharField(
        _("split"), max_length=6, choices=SplitMode.choices, default=SplitMode.NONE
    )
    content_hash = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "merchant", "order_no"], name="order_unique_number"
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=1, amount__lte=MAX_AMOUNT), name="order_amount_in_range"
            ),
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0, refunded_amount__lte=F("paid_amount")),
                name="order_refunded_within_paid",
            ),
            models.CheckConstraint(
                condition=Q(paid_amount=0) | Q(paid_amount=F("amount")), name="order_paid_in_full"
            ),
            models.CheckConstraint(
                condition=Q(state__in=OrderState.values), name="order_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="order_by_merchant"),
            models.Index(
                fields=["application", "merchant", "order_group_no"],
                condition=~Q(order_group_no=""),
                name="order_by_group",
            ),
            models.Index(fields=["order_no"], name="order_by_number"),
            models.Index(
                fields=["expires_at"],
                condition=Q(state__in=[OrderState.CREATED, OrderState.PAYING]),
                name="order_unpaid_by_expiry",
            ),
            models.Index(
                fields=["state", "-id"],
                condition=Q(
                    state__in=["created", "paying", "closed", "partially_refunded", "refunded"]
                ),
                name="order_by_rare_state",
            ),
        ]

    def __str__(self) -> str:
        return self.order_no


class OrderLine(models.Model):
    """One item of an order, as the application named it."""

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, db_index=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines", db_index=False)
    line_no = models.PositiveSmallIntegerField(_("line"))
    fee_type = models.CharField(_("fee type"), max_length=32)
    room = models.CharField(_("room"), max_length=64, blank=True)
    period = models.CharField(_("period"), max_length=32, blank=True)
    description = models.CharField(_("description"), max_length=127, blank=True)
    amount = models.BigIntegerField(_("amount (fen)"))

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ["line_no"]
        constraints = [
            models.UniqueConstraint(fields=["order", "line_no"], name="order_line_unique_number"),
            models.CheckConstraint(condition=Q(amount__gte=1), name="order_line_amount_positive"),
        ]
        indexes = [
            models.Index(
                fields=["room", "order"], condition=~Q(room=""), name="order_line_by_room"
            ),
            models.Index(fields=["merchant", "-id"], name="order_line_by_merchant"),
        ]

    def __str__(self) -> str:
        return f"{self.line_no} {self.fee_type}"
