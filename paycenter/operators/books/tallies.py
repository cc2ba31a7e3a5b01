"""What each hour brought to each payment account, as the first page adds it up."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin
from paycenter.operators.filters import ACCOUNT, COMPANY
from transactions.models import HourTally, TallyProgress


@admin.register(HourTally)
class HourTallyAdmin(RecordAdmin):
    """The figures of an hour; where they come from is in ``transactions.tallies``."""

    list_display = (
        "hour_begun",
        "company",
        "account",
        "opened",
        "sent",
        "succeeded",
        "at_payer",
        "on_way",
        "taken_yuan",
        "refunded_yuan",
    )
    list_select_related = ("merchant", "payment_account")
    list_filter = (COMPANY, ACCOUNT)
    fields = (*list_display, "repeated", "paid", "refunds")
    readonly_fields = ("hour_begun", "company", "account", "taken_yuan", "refunded_yuan")

    hour_begun = columns.moment_column("hour", _("hour"))
    company = columns.link_column("merchant", _("property company"))
    account = columns.link_column("payment_account", _("payment account"))
    taken_yuan = columns.yuan_column("taken", _("taken (yuan)"))
    refunded_yuan = columns.yuan_column("refunded", _("refunded (yuan)"))


@admin.register(TallyProgress)
class TallyProgressAdmin(RecordAdmin):
    """How far the hours are counted."""

    list_display = ("counted_until", "moves", "moves_marked", "marked_by")
    fields = list_display
    readonly_fields = ("counted_until",)

    counted_until = columns.moment_column("until", _("hours counted before"))
