"""Double entry per company: one journal entry per money event, append-only, always balanced.

A mirror for bookkeeping, never a wallet. Nothing here is updated: PostgreSQL refuses to alter or
delete what is posted, and to commit an entry whose debits and credits differ. Balances are sums,
rolled up per day.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from merchants.models import ChannelMerchant, Merchant
from transactions.models.payment import Payment
from transactions.models.refund import Refund


class Account(models.TextChoices):
    """The accounts there are. Debits raise the first four, credits the others."""

    CHANNEL = "channel", _("money at the channel")
    BANK = "bank", _("bank")
    FEE = "fee", _("channel fees")
    SHARED = "shared", _("shares given to receivers")
    INCOME = "income", _("income")
    DUPLICATE = "duplicate", _("paid twice, to be returned")
    SUSPENSE = "suspense", _("suspense")


class JournalEntry(models.Model):
    """One money event as it was booked. ``reference`` is the number of what it books.

    ``business_date`` is the day of the event in China, or the first day still open when that one is
    closed already: PostgreSQL sets it.
    """

    class Kind(models.TextChoices):
        PAYMENT = "payment", _("payment")
        DUPLICATE = "duplicate", _("duplicate payment")
        DUPLICATE_KEPT = "duplicate_kept", _("duplicate payment kept")
        REFUND = "refund", _("refund")
        FEE = "fee", _("channel fee")
        SPLIT = "split", _("split")
        SPLIT_RETURN = "split_return", _("split return")
        SETTLEMENT = "settlement", _("settlement to the bank")
        SUSPENSE = "suspense", _("suspense")
        REVERSAL = "reversal", _("reversal")

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, db_index=False, verbose_name=_("property company")
    )
    channel_merchant = models.ForeignKey(
        ChannelMerchant,
        on_delete=models.PROTECT,
        db_index=False,
        verbose_name=_("channel merchant"),
    )
    business_date = models.DateField(_("business date"))
    kind = models.CharField(_("kind"), max_length=14, choices=Kind.choices)
    reference = models.CharField(_("reference"), max_length=64)
    payment = models.ForeignKey(
        Payment,
        on_delete=models.PROTECT,
        null=True,
        related_name="journal_entries",
        verbose_name=_("payment"),
    )
    refund = models.ForeignKey(
        Refund,
        on_delete=models.PROTECT,
        null=True,
        related_name="journal_entries",
        db_index=False,
        verbose_name=_("refund"),
    )
    reverses = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="reversed_by",
        db_index=False,
        verbose_name=_("reverses"),
    )
    posted_by = models.CharField(_("posted by"), max_length=150, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    posted_at = models.DateTimeField(_("posted at"))

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal entries")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "kind", "reference"], name="journal_entry_posted_once"
            ),
            models.UniqueConstraint(
                fields=["reverses"],
                condition=Q(reverses__isnull=False),
                name="journal_entry_reversed_once",
            ),
            models.CheckConstraint(condition=~Q(reference=""), name="journal_entry_refers"),
        ]
        indexes = [
            models.Index(fields=["merchant", "business_date", "id"], name="journal_by_day"),
            models.Index(fields=["business_date", "id"], name="journal_by_date"),
            models.Index(
                fields=["kind", "business_date", "id"],
                condition=~Q(kind="payment"),
                name="journal_by_rare_kind_and_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"


class JournalLine(models.Model):
    """One side of an entry, in fen: a debit or a credit of one account."""

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, db_index=False)
    entry = models.ForeignKey(
        JournalEntry, on_delete=models.PROTECT, related_name="lines", verbose_name=_("entry")
    )
    account = models.CharField(_("account"), max_length=9, choices=Account.choices)
    fee_type = models.CharField(_("fee type"), max_length=32, blank=True)
    debit = models.BigIntegerField(_("debit (fen)"), default=0)
    credit = models.BigIntegerField(_("credit (fen)"), default=0)

    class Meta:
        verbose_name = _("journal line")
        verbose_name_plural = _("journal lines")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(debit__gte=1, credit=0) | Q(debit=0, credit__gte=1),
                name="journal_line_one_side",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="journal_line_by_merchant"),
            models.Index(
                fields=["account", "-id"],
                condition=~Q(account__in=["channel", "income"]),
                name="journal_line_by_rare_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.debit or -self.credit}"


class DayBalance(models.Model):
    """What a day moved on one account of a channel merchant: the sum of its lines, recomputed."""

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, db_index=False)
    business_date = models.DateField(_("business date"))
    account = models.CharField(_("account"), max_length=9, choices=Account.choices)
    channel_merchant = models.ForeignKey(
        ChannelMerchant,
        on_delete=models.PROTECT,
        db_index=False,
        verbose_name=_("channel merchant"),
    )
    fee_type = models.CharField(_("fee type"), max_length=32, blank=True)
    debit = models.BigIntegerField(_("debit (fen)"))
    credit = models.BigIntegerField(_("credit (fen)"))

    class Meta:
        verbose_name = _("day balance")
        verbose_name_plural = _("day balances")
        ordering = ["-business_date", "account"]
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "business_date", "account", "channel_merchant", "fee_type"],
                name="day_balance_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.business_date} {self.account}"


class ClosedDay(models.Model):
    """A finished day of a company: nothing more is posted on it, its statement is frozen."""

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, db_index=False)
    business_date = models.DateField(_("business date"))
    rows = models.PositiveIntegerField(_("rows"))
    totals = models.JSONField(_("totals"))
    sha256 = models.CharField(_("digest"), max_length=64)
    closed_at = models.DateTimeField(_("closed at"))

    class Meta:
        verbose_name = _("closed day")
        verbose_name_plural = _("closed days")
        ordering = ["-business_date"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "business_date"], name="closed_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.merchant} {self.business_date}"
