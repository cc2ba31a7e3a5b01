"""Orders that came through an EasyPay door: the number they are known by there."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin
from transactions.models import DoorOrder


@admin.register(DoorOrder)
class DoorOrderAdmin(RecordAdmin):
    """Read-only; what became of an order is on the order's own page."""

    list_display = ("number", "the_order", "door", "version", "created")
    list_select_related = ("order", "door")
    fields = (
        *("number", "the_order", "door", "version"),
        *("notify_url", "return_url", "param", "created"),
    )
    readonly_fields = ("number", "the_order", "created")
    search_fields = ("trade_no",)

    number = columns.number_column("trade_no", _("EasyPay number"))
    the_order = columns.link_column("order", _("order"))
    created = columns.moment_column("created_at", _("created at"))

    def find(self, number: str) -> list[int]:
        """Find by the EasyPay number or the application's own."""
        found = DoorOrder.objects.filter(trade_no=number)
        own = DoorOrder.objects.filter(order__order_no=number)
        return list(found.union(own).values_list("pk", flat=True))
