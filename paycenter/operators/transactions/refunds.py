"""Refunds: every return of money with its numbers."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin
from paycenter.operators.confirm import row_or_404
from paycenter.operators.filters import APPLICATION, COMPANY, CREATED, STATE, OverdueFilter
from paycenter.operators.finding import refunds_by
from paycenter.operators.theme import action
from paycenter.operators.words import REFUND_STATES
from transactions.models import Refund


@admin.register(Refund)
class RefundAdmin(RecordAdmin):
    """Read-only."""

    list_display = (
        "refund_serial_no",
        "order_link",
        "merchant",
        "channel",
        "amount_yuan",
        "state_label",
        "needs_person",
        "reason",
        "created",
    )
    list_select_related = (
        "merchant",
        "payment__order",
        "payment__channel_merchant",
    )
    list_filter = (STATE, OverdueFilter, "needs_person", COMPANY, APPLICATION, CREATED)
    search_fields = ("refund_serial_no",)
    search_help_text = _("Any number of an order, payment or refund")
    fieldsets = (
        (
            _("Numbers"),
            {
                "fields": (
                    "order_link",
                    "payment_link",
                    "refund",
                    "refund_serial",
                    "channel_refund",
                )
            },
        ),
        (
            _("Money"),
            {"fields": ("amount_yuan", "currency", "state_label", "reason", "needs_person")},
        ),
        (_("Way"), {"fields": ("merchant", "application", "channel", "notify_url")}),
        (_("Failure"), {"fields": ("failure_code", "failure_message")}),
        (_("Times"), {"fields": ("created", "succeeded", "due", "asked")}),
    )
    readonly_fields = (
        "order_link",
        "payment_link",
        "refund",
        "refund_serial",
        "channel_refund",
        "amount_yuan",
        "state_label",
        "channel",
        "created",
        "succeeded",
        "due",
    )
    actions_detail = ("story",)

    order_link = columns.link_column("payment.order", _("order"))
    payment_link = columns.link_column("payment", _("payment"))
    refund = columns.number_column("refund_no", _("refund number"))
    refund_serial = columns.number_column("refund_serial_no", _("refund serial number"))
    channel_refund = columns.number_column("channel_refund_no", _("channel refund number"))
    channel = columns.channel_column("payment.channel_merchant")
    amount_yuan = columns.yuan_column("amount", _("amount (yuan)"))
    state_label = columns.label_column("state", _("state"), REFUND_STATES)
    created = columns.moment_column("created_at", _("created at"))
    succeeded = columns.moment_column("succeeded_at", _("succeeded at"))
    due = columns.moment_column("due_at", _("looked at again"))

    def find(self, number: str) -> list[int]:
        """Find refunds by any number of theirs, their payment's or their order's."""
        return refunds_by(number)

    @action(description=_("Story of the order"), icon="history")
    def story(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go to the story of the refund's order."""
        return columns.to_page(row_or_404(self, request, object_id).payment.order)
