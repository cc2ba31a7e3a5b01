"""The page behind a collection code: who scans it says what is still open, and goes on to pay.

It needs no JavaScript, and no cookie. Looking makes nothing; sending makes one order, however often
the same form is sent.
"""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from paycenter.kernel.addresses import client_network
from paycenter.kernel.errors import Problem
from paycenter.kernel.rate_limit import over_limit
from paycenter.kernel.rows import find
from transactions.checkout.amounts import NOTHING_TAKES_MONEY, Limits, limits_of
from transactions.checkout.collect_form import CollectForm
from transactions.checkout.guarding import guarded, too_many
from transactions.checkout.views import back, in_language
from transactions.models import CollectionCode
from transactions.services.desk_orders import has_code_order, new_once, open_code_order

FORMS_PER_ADDRESS = 30
ORDERS_PER_CODE = 120
"""In a minute. Many people may stand at one desk, and come from one address.

A code hangs on a wall and is everybody's, so nothing counts against it but a new order: whoever
sends nonsense, or the same form again, holds up nobody else.
"""


@csrf_exempt
@guarded
@require_http_methods(["GET", "HEAD", "POST"])
def collect(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a code collects; make the order that a form asks for, and go to its page."""
    if "lang" in request.GET:
        return in_language(request, request.path)
    code = _known_code(token)
    if not (code.is_active and code.merchant.is_active and code.application.is_active):
        return render(request, "checkout/code_closed.html", {"code": code}, status=410)
    limits = limits_of(code.application, code.merchant)
    if request.method != "POST":
        form = CollectForm(code, limits, initial={"once": new_once()})
        return _shown(request, code, limits, form)
    wait = over_limit(f"collect:{client_network(request)}", most=FORMS_PER_ADDRESS, seconds=60)
    return too_many(request, wait) if wait else _made(request, code, limits)


def _made(request: HttpRequest, code: CollectionCode, limits: Limits) -> HttpResponse:
    form = CollectForm(code, limits, request.POST)
    if not form.is_valid():
        return _shown(request, code, limits, form)
    given = {"room": "", **form.cleaned_data}
    wait = 0 if has_code_order(code, **given) else _count_order(code)
    if wait:
        return too_many(request, wait)
    try:
        checkout = open_code_order(code, **given)
    except Problem:  # the last grant was taken back in this moment
        return _shown(request, code, Limits(()), form)
    return back(checkout.unseal("sealed_token"))


def _shown(
    request: HttpRequest, code: CollectionCode, limits: Limits, form: CollectForm
) -> HttpResponse:
    context = {
        "code": code,
        "form": form,
        "refusal": _refusal(code, limits),
        "once": form["once"].value() if "once" not in form.errors else new_once(),
        "languages": settings.LANGUAGES,
    }
    return render(request, "checkout/collect.html", context, status=400 if form.is_bound else 200)


def _refusal(code: CollectionCode, limits: Limits) -> str:
    """Say why nothing can be paid, whatever the payer enters; blank where something can."""
    if code.amount is not None:
        return limits.refusal(code.amount)
    return "" if limits.spans else str(NOTHING_TAKES_MONEY)


def _known_code(token: str) -> CollectionCode:
    codes = CollectionCode.objects.select_related("merchant", "application", "project")
    code = find(codes.filter(token=token))
    if code is None:
        raise Http404
    return code


def _count_order(code: CollectionCode) -> int:
    """Count an order that is to be made; returns the seconds to wait when it is one too many."""
    return over_limit(f"collect-code:{code.pk}", most=ORDERS_PER_CODE, seconds=60)
