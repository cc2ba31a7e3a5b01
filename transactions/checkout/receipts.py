"""The payer's receipt: a page to print and a PDF to keep; a proof of payment, no tax document."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from paycenter.kernel.money import format_yuan
from transactions.checkout.guarding import guarded
from transactions.checkout.offers import name_of_way
from transactions.checkout.pages import Page
from transactions.checkout.receipt_pdf import Receipt, drawn_pdf
from transactions.checkout.views import back, known_page
from transactions.models import Payment
from transactions.templatetags.payer import moment, payer_refund_state


@guarded
@require_http_methods(["GET", "HEAD"])
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """Show the receipt of a paid order."""
    shown = known_page(request, token)
    if shown.settling is None:
        return back(token)
    context = {"page": shown, "order": shown.checkout.order}
    return render(request, "checkout/receipt.html", context)


@guarded
@require_http_methods(["GET", "HEAD"])
def receipt_pdf(request: HttpRequest, token: str) -> HttpResponse:
    """Hand out the same as a PDF."""
    shown = known_page(request, token)
    payment = shown.settling
    if payment is None:
        return back(token)
    response = HttpResponse(drawn_pdf(_content(shown, payment)), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="receipt-{payment.serial_no}.pdf"'
    return response


def _content(shown: Page, payment: Payment) -> Receipt:
    order = shown.checkout.order
    facts = [
        (_("Payee"), order.merchant.name),
        (_("Community"), shown.project.name if shown.project else ""),
        (_("For"), order.subject),
        (_("Paid at"), moment(order.paid_at)),
        (_("Paid by"), _(name_of_way(payment.channel_merchant))),
        (_("Order number"), order.order_no),
        (_("Serial number"), payment.serial_no),
        (_("Channel serial number"), payment.channel_serial_no or ""),
    ]
    lines = [
        (
            " ".join(filter(None, (one.description or one.fee_type, one.room, one.period))),
            one.amount,
        )
        for one in shown.lines
    ]
    refunds = [
        (f"{payer_refund_state(one)} {moment(one.succeeded_at)}".strip(), one.amount)
        for one in shown.order_refunds
    ]
    return Receipt(
        title=_("Receipt"),
        amount=f"¥{format_yuan(order.amount)}",
        facts=[(name, text) for name, text in facts if text],
        tables=[(_("What it is made of"), lines), (_("Refunds"), refunds)],
        note=_("This receipt proves the payment. It is not a tax invoice."),
    )
