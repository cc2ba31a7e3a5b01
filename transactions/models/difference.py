"""One bill line or row of ours without an equal partner."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from merchants.models import ChannelMerchant, Merchant
from transactions.difference_lifecycle import UNRESOLVED, DifferenceLifecycle, DifferenceState
from transactions.models.channel_bill import BillLine, ChannelBill, Reconciliation
from transactions.models.ledger import JournalEntry
from transactions.models.payment import Payment
from transactions.models.refund import Refund


class Difference(DifferenceLifecycle):
    """Worked on until it is resolved. ``number`` is ours where there is one, else the channel's.

    ``local_only`` waits for the next days' channel bills first (``waits_until``): what was paid
    around midnight is in one of them. Amounts in fen; null where one side says nothing. ``run`` is
    the one that found it last; ``is_told``: its application heard of it.
    """

    class Type(models.TextChoices):
        CHANNEL_ONLY = "channel_only", _("only in the channel bill")
        LOCAL_ONLY = "local_only", _("only here")
        AMOUNT = "amount", _("amounts differ")
        STATE = "state", _("states differ")
        FEE = "fee", _("fees differ")
        DUPLICATE = "duplicate", _("twice in the channel bill")

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, db_index=False, verbose_name=_("property company")
    )
    channel_merchant = models.ForeignKey(
        ChannelMerchant,
        on_delete=models.PROTECT,
        db_index=False,
        verbose_name=_("channel merchant"),
    )
    channel_bill = models.ForeignKey(
        ChannelBill,
        on_delete=models.PROTECT,
        related_name="differences",
        verbose_name=_("channel bill"),
    )
    run = models.ForeignKey(
        Reconciliation, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    bill_date = models.DateField(_("date"))
    type = models.CharField(_("type"), max_length=12, choices=Type.choices)
    movement = models.CharField(_("movement"), max_length=15)
    number = models.CharField(_("number"), max_length=64)
    payment = models.ForeignKey(
        Payment,
        on_delete=models.PROTECT,
        null=True,
        related_name="differences",
        verbose_name=_("payment"),
    )
    refund = models.ForeignKey(
        Refund,
        on_delete=models.PROTECT,
        null=True,
        related_name="differences",
        verbose_name=_("refund"),
    )
    bill_line = models.ForeignKey(
        BillLine,
        on_delete=models.PROTECT,
        null=True,
        related_name="differences",
        verbose_name=_("bill line"),
    )
    ours = models.BigIntegerField(_("ours (fen)"), null=True)
    theirs = models.BigIntegerField(_("the channel's (fen)"), null=True)
    detail = models.CharField(_("detail"), max_length=200, blank=True)
    waits_until = models.DateField(_("waits until"), null=True)
    is_told = models.BooleanField(default=False, editable=False)
    journal_entry = models.ForeignKey(
        JournalEntry,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("journal entry"),
    )
    created_at = models.DateTimeField(_("found at"))

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel_merchant", "bill_date", "type", "movement", "number"],
                condition=~Q(state=DifferenceState.VANISHED),
                name="difference_found_once",
            ),
            models.CheckConstraint(
                condition=Q(resolved_by="") | ~Q(resolved_by=F("proposed_by")),
                name="difference_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state__in=DifferenceState.values), name="difference_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="pending") | Q(waits_until__isnull=False),
                name="difference_pending_ends",
            ),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "-id"],
                condition=Q(state__in=sorted(UNRESOLVED)),
                name="difference_unresolved",
            ),
            models.Index(fields=["number"], name="difference_by_number"),
        ]

    def __str__(self) -> str:
        return f"{self.get_type_display()} {self.number}"
