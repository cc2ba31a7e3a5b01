"""Orders: the list, and one page per order that tells its whole story."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from paycenter.operators import columns
from paycenter.operators.confirm import page_context, row_or_404
from paycenter.operators.desk.ordering import COLLECT, new_order, payment_code
from paycenter.operators.exporting.exported import ExportedAdmin
from paycenter.operators.filters import (
    APPLICATION,
    COMPANY,
    CREATED,
    STATE,
    channel_at,
    project_at,
)
from paycenter.operators.finding import as_number, orders_about
from paycenter.operators.roles.scoping import may
from paycenter.operators.story.order import order_story
from paycenter.operators.theme import action
from paycenter.operators.words import ORDER_STATES
from transactions.models import Order
from transactions.services.payment_codes import may_be_offered


@admin.register(Order)
class OrderAdmin(ExportedAdmin):
    """Read-only. A search that finds one order goes straight to its story."""

    list_display = (
        "order_no",
        "merchant",
        "application",
        "subject",
        "amount_yuan",
        "refunded_yuan",
        "state_label",
        "created",
    )
    list_select_related = ("merchant", "application")
    list_filter = (
        STATE,
        channel_at("payments__channel_merchant"),
        COMPANY,
        project_at("payments__payment_account"),
        APPLICATION,
        CREATED,
    )
    search_fields = ("order_no",)
    search_help_text = _("Any number, a room, or the last four digits of a phone")
    actions_list = ("collect",)
    actions_detail = ("payment_code",)

    amount_yuan = columns.yuan_column("amount", _("amount (yuan)"))
    refunded_yuan = columns.yuan_column("refunded_amount", _("refunded (yuan)"))
    state_label = columns.label_column("state", _("state"), ORDER_STATES)
    created = columns.moment_column("created_at", _("created at"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """Find orders by any number of theirs and of what belongs to them, by room or by phone."""
        if not search_term.strip():
            return queryset, False
        text = as_number(search_term)
        found = orders_about(text, self.get_queryset(request)) if text else []
        return queryset.filter(pk__in=found), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, or the one order that a number stands for."""
        number = as_number(request.GET.get("q", ""))
        if number and set(request.GET) == {"q"} and self.has_view_permission(request):
            found = orders_about(number, self.get_queryset(request))
            if len(found) == 1:
                return redirect("admin:transactions_order_change", found[0])
        return super().changelist_view(request, extra_context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Tell the order's story."""
        del form_url, extra_context
        if request.method not in {"GET", "HEAD"} or not self.has_view_permission(request):
            raise PermissionDenied
        own = self.get_queryset(request)
        story = order_story(int(object_id), own) if object_id.isdecimal() else None
        if story is None:
            raise Http404
        title = _("Order %(order_no)s") % {"order_no": story.order.order_no}
        has_code = may(request.user, COLLECT, story.order) and may_be_offered(story.order)
        context = page_context(self, request, story.order, title)
        context |= {"story": story, "has_payment_code": has_code}
        return TemplateResponse(request, "transactions/order_story.html", context)

    def has_collect_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may make payment codes; the rows stay read-only for them too."""
        return self.holds(request, COLLECT, object_id)

    @action(description=_("New order to collect"), icon="point_of_sale", permissions=["collect"])
    def collect(self, request: HttpRequest) -> HttpResponse:
        """Make an order at the front desk and show its code."""
        return new_order(self, request)

    @action(description=_("Payment code"), icon="qr_code_2", permissions=["collect"])
    def payment_code(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show an unpaid order's page as a code to scan."""
        return payment_code(self, request, row_or_404(self, request, object_id))
