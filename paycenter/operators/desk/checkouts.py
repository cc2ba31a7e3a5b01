"""Checkout pages: which orders have one. Its address is a key, shown to who asks for it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from merchants.models import AuditEvent, PaymentAccount
from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin
from paycenter.operators.confirm import Question, ask, page_context, row_or_404
from paycenter.operators.desk.ordering import COLLECT
from paycenter.operators.filters import COMPANY, CREATED
from paycenter.operators.finding import orders_by
from paycenter.operators.theme import AutocompleteSelectFilter, action
from transactions.models import Checkout
from transactions.services.checkouts import checkout_url


@admin.register(Checkout)
class CheckoutAdmin(RecordAdmin):
    """Read-only; what became of an order is on the order's own page."""

    list_display = ("order_no", "company", "the_code", "created")
    list_select_related = ("order", "merchant", "collection_code")
    list_filter = (COMPANY, ("collection_code", AutocompleteSelectFilter), CREATED)
    list_defer = ("sealed_token", "metadata")
    search_fields = ("order__order_no",)
    search_help_text = _("Any number of an order, payment or refund")
    fields = ("the_order", "company", "the_code", "made_by", "accounts", "created")
    readonly_fields = fields
    actions_detail = ("show_link",)

    order_no = columns.text_column("order.order_no", _("order"))
    the_order = columns.link_column("order", _("order"))
    company = columns.link_column("merchant", _("property company"))
    the_code = columns.link_column("collection_code", _("collection code"))
    created = columns.moment_column("created_at", _("created at"))

    @admin.display(description=_("payment accounts offered"))
    def accounts(self, checkout: Checkout) -> str:
        """List the only accounts that are offered, where the application named some."""
        if not checkout.payment_nos:
            return str(_("every one that is granted"))
        found = PaymentAccount.objects.filter(payment_no__in=checkout.payment_nos)
        links = ((columns.link(account),) for account in found.order_by("pk"))
        return format_html_join("", '<p class="pc-line">{}</p>', links)

    def find(self, number: str) -> list[int]:
        """Find the pages of the orders a number stands for."""
        found = Checkout.objects.filter(order__in=orders_by(number))
        return list(found.values_list("pk", flat=True))

    def has_collect_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may make payment codes may see where they lead."""
        return self.holds(request, COLLECT, object_id)

    @action(description=_("Show the payer's link"), icon="link", permissions=["collect"])
    def show_link(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask first; then show the address of the page, in this answer only."""
        checkout = row_or_404(self, request, object_id)
        if request.method != "POST":
            return ask(self, request, checkout, SHOW_LINK)
        self.log_change(
            request, checkout, _("Showed the payer's link."), action=AuditEvent.Action.SHOW
        )
        context = page_context(self, request, checkout, SHOW_LINK.title)
        context |= {"url": checkout_url(checkout), "advice": SHOW_LINK.text}
        return TemplateResponse(request, "admin/payer_link.html", context)


SHOW_LINK = Question(
    title=_("Show the payer's link"),
    text=_("Whoever has it may pay the order and see its receipt. Give it to the payer alone."),
    button=_("Show it"),
)
