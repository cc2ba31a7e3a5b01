"""Payment codes at a front desk: of an order that there is, and of one that is made there.

A code is the key to its order's page. It stands in the answer to a POST and nowhere else, and who
had it shown is in the log.
"""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from merchants.models import AuditEvent
from paycenter.kernel.errors import Problem
from paycenter.operators.audit.audited import AuditedAdmin
from paycenter.operators.columns import page_of
from paycenter.operators.confirm import Question, ask, refused
from paycenter.operators.desk.order_form import DeskOrderForm
from paycenter.operators.desk.posters import order_poster
from transactions.checkout.amounts import NOTHING_TAKES_MONEY, refusal_of
from transactions.models import Order
from transactions.services.desk_orders import new_once, open_desk_order
from transactions.services.payment_codes import may_be_offered, offer_order

COLLECT = "transactions.collect_checkout"
"""The permission to make payment codes."""

SHOW = Question(
    title=_("Payment code"),
    text=_(
        "Whoever scans it may pay the order and see its receipt. From now on there is half an hour "
        "to pay it, or longer where the order says so."
    ),
    button=_("Show the code"),
)
SHOWN = AuditEvent.Action.SHOW


def payment_code(admin: AuditedAdmin, request: HttpRequest, order: Order) -> HttpResponse:
    """Ask first; then show an unpaid order's code, making its page if it has none."""
    if not may_be_offered(order):
        return refused(request, order, _("It cannot be paid any more, or not on a page."))
    refusal = refusal_of(order)
    if refusal:
        return refused(request, order, refusal)
    if request.method != "POST":
        return ask(admin, request, order, SHOW)
    try:
        checkout = offer_order(order)
    except Problem:
        return refused(request, order, _("Something changed meanwhile. Look at it again."))
    admin.log_change(request, order, _("Showed the payment code."), action=SHOWN)
    return order_poster(request, checkout, back=page_of(order))


def new_order(admin: AuditedAdmin, request: HttpRequest) -> HttpResponse:
    """Take what is to be paid, make the order and show its code."""
    form = DeskOrderForm(request.POST or None, initial={"once": new_once()}, reader=request.user)
    if not form.is_valid():
        return _form(admin, request, form)
    payee = form.cleaned_data["payee"]
    try:
        checkout = open_desk_order(
            payee.application,
            payee.merchant,
            form.wish,
            once=form.cleaned_data["once"],
            made_by=request.user.get_username(),
        )
    except Problem:  # the last grant was taken back in this moment
        form.add_error("payee", str(NOTHING_TAKES_MONEY))
        return _form(admin, request, form)
    order = checkout.order
    if not may_be_offered(order):  # an old form, sent again
        return refused(request, order, _("This order cannot be paid any more. Make a new one."))
    made = _("Made it at the front desk, and showed its code.")
    admin.log_change(request, order, made, action=SHOWN)
    return order_poster(request, checkout, back=request.path)


def _form(admin: AuditedAdmin, request: HttpRequest, form: DeskOrderForm) -> HttpResponse:
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": _("New order to collect"),
        "media": admin.media + form.media,
        "form": form,
    }
    return TemplateResponse(request, "admin/desk_order.html", context)
