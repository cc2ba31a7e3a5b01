"""The ledger as it was posted, read-only: entries with both their sides, and single lines."""

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin, RecordInline
from paycenter.operators.filters import COMPANY, DAY
from paycenter.operators.finding import AT_MOST, payments_by
from paycenter.operators.theme import ChoicesCheckboxFilter
from transactions.models import JournalEntry, JournalLine

_SIDES = (
    JournalLine.objects.filter(entry=OuterRef("pk"))
    .order_by()
    .values("entry")
    .annotate(whole=Sum("debit"))
    .values("whole")
)


def entries_by(number: str) -> list[int]:
    """Return the entries of the payments a number stands for, refunds and splits included."""
    found = JournalEntry.objects.filter(payment__in=payments_by(number)).order_by("-pk")
    return list(found.values_list("pk", flat=True)[:AT_MOST])


class LineInline(RecordInline):
    """Both sides of an entry."""

    model = JournalLine
    fields = ("account", "fee_type", "debit_yuan", "credit_yuan")
    readonly_fields = fields

    debit_yuan = columns.yuan_column("debit", _("debit (yuan)"))
    credit_yuan = columns.yuan_column("credit", _("credit (yuan)"))


@admin.register(JournalEntry)
class JournalEntryAdmin(RecordAdmin):
    """One money event as it was booked; a ledger is in the order of its days."""

    ordering = ("-business_date", "-id")  # type: ignore[assignment]

    list_display = (
        "posted",
        "business_date",
        "kind",
        "own_reference",
        "amount_yuan",
        "payment_link",
        "company",
        "channel",
    )
    list_select_related = ("merchant", "channel_merchant", "payment")
    list_filter = (("kind", ChoicesCheckboxFilter), DAY, COMPANY)
    search_fields = ("reference",)
    search_help_text = _("Any number of an order, payment or refund")
    fieldsets = (
        (_("Numbers"), {"fields": ("kind", "number", "payment_link", "refund_link")}),
        (_("Correction"), {"fields": ("reverses_link", "reversed_link")}),
        (_("Way"), {"fields": ("company", "channel")}),
        (_("Decision"), {"fields": ("posted_by", "note")}),
        (_("Times"), {"fields": ("business_date", "posted")}),
    )
    readonly_fields = (
        *("number", "payment_link", "refund_link", "reverses_link", "reversed_link"),
        *("company", "channel", "posted"),
    )
    inlines = (LineInline,)

    posted = columns.moment_column("posted_at", _("posted at"))
    own_reference = columns.text_column("reference", _("reference"))
    number = columns.number_column("reference", _("reference"))
    amount_yuan = columns.yuan_column("whole", _("amount (yuan)"))
    payment_link = columns.link_column("payment", _("payment"))
    refund_link = columns.link_column("refund", _("refund"))
    reverses_link = columns.link_column("reverses", _("reverses"))
    company = columns.link_column("merchant", _("property company"))
    channel = columns.channel_column("channel_merchant")

    @admin.display(description=_("reversed by"))
    def reversed_link(self, entry: JournalEntry) -> str:
        """Lead to the entry that took this one back."""
        reversal = entry.reversed_by.first()
        return columns.link(reversal) if reversal else columns.EMPTY

    def get_queryset(self, request: HttpRequest) -> QuerySet[JournalEntry]:
        """Read with each entry what it moved."""
        entries: QuerySet[JournalEntry] = super().get_queryset(request)
        return entries.annotate(whole=Subquery(_SIDES))

    def find(self, number: str) -> list[int]:
        """Find the entries of the payments a number stands for."""
        return entries_by(number)


@admin.register(JournalLine)
class JournalLineAdmin(RecordAdmin):
    """Single sides of entries: what one account moved."""

    list_display = (
        "day",
        "account",
        "fee_type",
        "debit_yuan",
        "credit_yuan",
        "entry_link",
        "company",
    )
    list_select_related = ("merchant", "entry")
    list_filter = (("account", ChoicesCheckboxFilter), COMPANY)
    search_fields = ("entry__reference",)
    search_help_text = _("Any number of an order, payment or refund")
    fields = ("entry_link", "account", "fee_type", "debit_yuan", "credit_yuan", "company")
    readonly_fields = ("entry_link", "debit_yuan", "credit_yuan", "company")

    day = columns.text_column("entry.business_date", _("business date"))
    debit_yuan = columns.yuan_column("debit", _("debit (yuan)"))
    credit_yuan = columns.yuan_column("credit", _("credit (yuan)"))
    entry_link = columns.link_column("entry", _("entry"))
    company = columns.link_column("merchant", _("property company"))

    def find(self, number: str) -> list[int]:
        """Find the lines of the entries a number stands for."""
        found = JournalLine.objects.filter(entry__in=entries_by(number))
        return list(found.values_list("pk", flat=True))
