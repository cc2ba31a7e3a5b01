"""Shares that come back, and the rest of payments that is freed."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin
from paycenter.operators.filters import APPLICATION, COMPANY, CREATED, STATE, OverdueFilter
from paycenter.operators.finding import releases_by, returns_by
from paycenter.operators.transactions.splits import ANY_NUMBER
from paycenter.operators.words import RELEASE_STATES, RETURN_STATES, Word
from transactions.models import SplitRelease, SplitReturn


@admin.register(SplitReturn)
class SplitReturnAdmin(RecordAdmin):
    """Shares that come back, by themselves or for a refund."""

    list_display = (
        "return_serial_no",
        "split_link",
        "party",
        "merchant",
        "amount_yuan",
        "state_label",
        "refund_link",
        "created",
    )
    list_select_related = ("merchant", "share__split", "share__receiver", "refund")
    list_filter = (STATE, OverdueFilter, COMPANY, APPLICATION, CREATED)
    search_fields = ("return_serial_no",)
    search_help_text = ANY_NUMBER
    fieldsets = (
        (
            _("Numbers"),
            {"fields": ("split_link", "refund_link", "serial", "number", "channel_number")},
        ),
        (_("Money"), {"fields": ("party", "amount_yuan", "state_label", "carried")}),
        (_("Way"), {"fields": ("merchant", "application")}),
        (_("Failure"), {"fields": ("failure_code", "failure_message")}),
        (_("Times"), {"fields": ("created", "sent", "finished", "due", "asked")}),
    )
    readonly_fields = (
        "split_link",
        "refund_link",
        "serial",
        "number",
        "channel_number",
        "party",
        "amount_yuan",
        "state_label",
        "carried",
        "created",
        "sent",
        "finished",
        "due",
    )

    split_link = columns.link_column("share.split", _("split"))
    refund_link = columns.link_column("refund", _("refund"))
    party = columns.text_column("share.receiver", _("receiver"))
    serial = columns.number_column("return_serial_no", _("return serial number"))
    number = columns.number_column("return_no", _("return number"))
    channel_number = columns.number_column("channel_return_no", _("channel return number"))
    amount_yuan = columns.yuan_column("amount", _("amount (yuan)"))
    state_label = columns.label_column("state", _("state"), RETURN_STATES)
    carried = columns.flag_column("with_refund", _("carried by the refund"), Word(_("yes")))
    created = columns.moment_column("created_at", _("created at"))
    sent = columns.moment_column("sent_at", _("last sent at"))
    finished = columns.moment_column("finished_at", _("finished at"))
    due = columns.moment_column("due_at", _("looked at again"))

    def find(self, number: str) -> list[int]:
        """Find returns by their numbers, or by any of their split's."""
        return returns_by(number)


@admin.register(SplitRelease)
class SplitReleaseAdmin(RecordAdmin):
    """Freeing the rest of payments."""

    list_display = (
        "release_serial_no",
        "payment_link",
        "merchant",
        "channel",
        "state_label",
        "created",
    )
    list_select_related = ("merchant", "payment__channel_merchant")
    list_filter = (STATE, OverdueFilter, COMPANY, CREATED)
    search_fields = ("release_serial_no",)
    search_help_text = ANY_NUMBER
    fieldsets = (
        (_("Numbers"), {"fields": ("payment_link", "serial")}),
        (_("State"), {"fields": ("state_label",)}),
        (_("Way"), {"fields": ("merchant", "channel")}),
        (_("Failure"), {"fields": ("failure_code", "failure_message")}),
        (_("Times"), {"fields": ("created", "sent", "finished", "due", "asked")}),
    )
    readonly_fields = (
        "payment_link",
        "serial",
        "state_label",
        "channel",
        "created",
        "sent",
        "finished",
        "due",
    )

    payment_link = columns.link_column("payment", _("payment"))
    serial = columns.number_column("release_serial_no", _("release serial number"))
    channel = columns.channel_column("payment.channel_merchant")
    state_label = columns.label_column("state", _("state"), RELEASE_STATES)
    created = columns.moment_column("created_at", _("created at"))
    sent = columns.moment_column("sent_at", _("last sent at"))
    finished = columns.moment_column("finished_at", _("finished at"))
    due = columns.moment_column("due_at", _("looked at again"))

    def find(self, number: str) -> list[int]:
        """Find the release with this number, or that of the payment a number stands for."""
        return releases_by(number)
