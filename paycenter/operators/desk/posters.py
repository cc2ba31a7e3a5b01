"""A page with one large code, to print in any size or to show on a screen."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from paycenter.kernel.money import format_yuan
from paycenter.operators.columns import Text, moment, page_of
from paycenter.operators.desk.scanning import how_to_scan, pages_of
from paycenter.operators.story.entry import Fact
from transactions.models import Checkout, CollectionCode
from transactions.qr import drawn
from transactions.services.checkouts import checkout_url
from transactions.services.desk_orders import collect_url


@dataclass(frozen=True, slots=True)
class Poster:
    """What is printed. ``how`` says what to scan with, ``back`` leads to where it was asked for."""

    payee: str
    subject: str
    amount: str
    code: SafeString
    how: str
    back: str
    project: str = ""
    place: str = ""
    facts: tuple[Fact, ...] = ()


def code_poster(request: HttpRequest, code: CollectionCode) -> HttpResponse:
    """Show the poster of a collection code, in the language that ``in`` names or the reader's."""
    wanted = request.GET.get("in", "")
    language = wanted if wanted in dict(settings.LANGUAGES) else translation.get_language()
    with translation.override(language):
        poster = Poster(
            payee=code.merchant.display_name,
            project=code.project.name if code.project else "",
            place=code.place,
            subject=code.subject,
            amount=_yuan(code.amount) if code.amount else "",
            code=drawn(collect_url(code)),
            how=how_to_scan(pages_of(code)),
            back=page_of(code),
            facts=(Fact(_("Room"), code.room),) if code.room else (),
        )
        return _shown(request, poster, languages=settings.LANGUAGES)


def order_poster(request: HttpRequest, checkout: Checkout, *, back: str) -> HttpResponse:
    """Show the code of one order's page. Whoever scans it may pay it and see receipts."""
    order = checkout.order
    poster = Poster(
        payee=order.merchant.display_name,
        subject=order.subject,
        amount=_yuan(order.amount),
        code=drawn(checkout_url(checkout)),
        how=how_to_scan([checkout]),
        back=back,
        facts=(
            *(Fact(_("Room"), line.room) for line in order.lines.all()[:1] if line.room),
            Fact(_("Order number"), order.order_no),
            Fact(_("Pay until"), moment(order.expires_at)),
        ),
    )
    return _shown(request, poster)


def _shown(
    request: HttpRequest, poster: Poster, *, languages: Sequence[tuple[str, Text]] = ()
) -> HttpResponse:
    context = {"poster": poster, "languages": languages}
    return render(request, "admin/poster.html", context)


def _yuan(amount: int) -> str:
    return f"¥{format_yuan(amount)}"
