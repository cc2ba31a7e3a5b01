"""The page on which a resident pays an order, and the code on a desk that makes such orders."""

import secrets

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT
from django.db.models.functions import Right
from django.utils.translation import gettext_lazy as _

from merchants.models import Application, Merchant, Project
from paycenter.kernel.money import MAX_AMOUNT
from paycenter.kernel.sealed_model import SealedModel
from transactions.models.order import Order


def new_code_token() -> str:
    """Return a fresh token of a collection code: 128 bits, as text 22 characters."""
    return secrets.token_urlsafe(16)


class CollectionCode(models.Model):
    """A static QR code of a desk or a room: whoever scans it makes an order and pays it.

    ``token`` is public, it hangs on a wall; what it makes is paid to the company and nobody else.
    """

    merchant = models.ForeignKey(
        Merchant,
        on_delete=models.PROTECT,
        related_name="collection_codes",
        verbose_name=_("property company"),
    )
    application = models.ForeignKey(
        Application,
        on_delete=models.PROTECT,
        related_name="collection_codes",
        verbose_name=_("application"),
        help_text=_("It is told of the payments, and its payment accounts take them."),
    )
    project = models.ForeignKey(
        Project,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("project"),
    )
    token = models.CharField(
        _("token"), max_length=22, unique=True, editable=False, default=new_code_token
    )
    place = models.CharField(
        _("desk or room"), max_length=64, help_text=_("Printed on the code, shown to the payer.")
    )
    subject = models.CharField(_("what is paid for"), max_length=127)
    fee_type = models.CharField(_("fee type"), max_length=32, blank=True)
    room = models.CharField(_("room"), max_length=64, blank=True)
    amount = models.BigIntegerField(
        _("amount (fen)"), null=True, blank=True, help_text=_("Blank: the payer enters it.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("collection code")
        verbose_name_plural = _("collection codes")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gte=1, amount__lte=MAX_AMOUNT),
                name="collection_code_amount_in_range",
            )
        ]

    def __str__(self) -> str:
        return self.place


class Checkout(SealedModel):
    """The hosted page of one order. Whoever knows its token may pay the order and see receipts.

    The token is found by its hash, and kept sealed because the same order must get the same page
    again. ``payment_nos`` are the only accounts offered; blank offers all that are granted.
    """

    sealed_fields = ("sealed_token",)
    masked_fields = ("token_hash", "metadata")

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, db_index=False, verbose_name=_("property company")
    )
    order = models.OneToOneField(
        Order, on_delete=models.PROTECT, related_name="checkout", verbose_name=_("order")
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    sealed_token = models.TextField(editable=False)
    payment_nos = ArrayField(
        models.CharField(max_length=11), verbose_name=_("payment accounts"), default=list
    )
    return_url = models.CharField(_("return URL"), max_length=500, blank=True)
    notify_url = models.CharField(_("notification URL"), max_length=500, blank=True)
    metadata = models.JSONField(_("metadata"), default=dict)
    collection_code = models.ForeignKey(
        CollectionCode,
        on_delete=models.PROTECT,
        null=True,
        related_name="checkouts",
        verbose_name=_("collection code"),
    )
    made_by = models.CharField(_("made at the front desk by"), max_length=150, blank=True)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("checkout page")
        verbose_name_plural = _("checkout pages")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="checkout_by_merchant"),
            models.Index(
                Right(KT("metadata__phone"), 4),
                condition=Q(metadata__has_key="phone"),
                name="checkout_by_phone",
            ),
        ]
        permissions = [("collect_checkout", "Can make payment codes")]

    def __str__(self) -> str:
        return str(self.order)
