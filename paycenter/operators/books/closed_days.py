"""Days that are over: what they moved on each account, and the digest of their statement."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin
from paycenter.operators.filters import COMPANY, DAY
from paycenter.operators.theme import ChoicesCheckboxFilter
from transactions.models import ClosedDay, DayBalance


@admin.register(DayBalance)
class DayBalanceAdmin(RecordAdmin):
    """What a closed day moved on one account."""

    list_display = (
        "business_date",
        "company",
        "channel",
        "account",
        "fee_type",
        "debit_yuan",
        "credit_yuan",
    )
    list_select_related = ("merchant", "channel_merchant")
    list_filter = (("account", ChoicesCheckboxFilter), DAY, COMPANY)
    fields = list_display
    readonly_fields = ("company", "channel", "debit_yuan", "credit_yuan")

    company = columns.link_column("merchant", _("property company"))
    channel = columns.channel_column("channel_merchant")
    debit_yuan = columns.yuan_column("debit", _("debit (yuan)"))
    credit_yuan = columns.yuan_column("credit", _("credit (yuan)"))


@admin.register(ClosedDay)
class ClosedDayAdmin(RecordAdmin):
    """A day of a company whose statement is frozen."""

    list_display = ("business_date", "company", "rows", "closed")
    list_select_related = ("merchant",)
    list_filter = (DAY, COMPANY)
    fields = ("business_date", "company", "rows", "digest", "closed")
    readonly_fields = ("company", "digest", "closed")

    company = columns.link_column("merchant", _("property company"))
    digest = columns.number_column("sha256", _("digest"))
    closed = columns.moment_column("closed_at", _("closed at"))
