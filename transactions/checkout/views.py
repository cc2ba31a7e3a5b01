"""The checkout page: shown, asked for changes, and paid from.

Nothing here needs JavaScript but the payment inside an app, which its channel wants so. There is no
session to abuse: whoever posts knows the token, and the token is all it takes. A POST
ends in a redirect, so that a reload repeats nothing.
"""

import time
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from gateway.messages import ActionType, Browser
from paycenter.kernel.addresses import client_address
from paycenter.kernel.errors import Problem
from transactions.checkout.beginning import begin_attempt
from transactions.checkout.browsers import browser_of
from transactions.checkout.guarding import guarded, patient
from transactions.checkout.offers import Offer, offer_named
from transactions.checkout.pages import Page, find_checkout, find_page
from transactions.checkout.stamp import stamp_of
from transactions.checkout.words import HELD, NOTICES, notice_of
from transactions.models import Checkout
from transactions.qr import drawn
from transactions.services.checkouts import checkout_path

LONGEST_WINDOW = 3600
"""Seconds: ``ATTEMPT_GUARD_SECONDS`` is never longer."""
LANGUAGE_SECONDS = 365 * 24 * 3600


@guarded
@require_http_methods(["GET", "HEAD"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show where the order stands."""
    if "lang" in request.GET:
        return in_language(request, checkout_path(token))
    shown = known_page(request, token)
    return render(request, "checkout/page.html", _context(request, shown))


@guarded
@require_http_methods(["GET", "HEAD"])
def status(request: HttpRequest, token: str) -> HttpResponse:
    """Tell an open page whether anything changed."""
    del request
    stamp = stamp_of(token)
    if stamp is None:
        raise Http404
    return JsonResponse({"stamp": stamp})


@csrf_exempt
@guarded
@patient
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, token: str) -> HttpResponse:
    """Begin an attempt by the way the payer chose; a reloaded tab goes back to the page."""
    if request.method != "POST":
        return back(token)
    checkout = known_checkout(token)
    offer = offer_named(checkout, browser_of_request(request), request.POST.get("way", ""))
    if offer is None or offer.needs_login:
        return back(token, "way")
    payer = {"client_ip": client_address(request) or "127.0.0.1"}
    return begin_and_show(checkout, token, offer, payer)


@guarded
@require_http_methods(["GET", "HEAD"])
def go(request: HttpRequest, token: str) -> HttpResponse:
    """Hand the payer over to the channel's page, by a page of our own.

    A form that redirects to another site is stopped by browsers that hold its page to
    ``form-action``; and WeChat Pay asks from which site a payer comes (``Referer``).
    """
    shown = known_page(request, token)
    if shown.action is None or shown.action["type"] != ActionType.REDIRECT:
        return HttpResponseRedirect(checkout_path(token))
    response = render(request, "checkout/go.html", {"url": shown.action["params"]["url"]})
    response["Referrer-Policy"] = "origin"
    return response


def begin_and_show(
    checkout: Checkout, token: str, offer: Offer, payer: dict[str, str]
) -> HttpResponse:
    """Begin an attempt and go where it is continued; a refusal is told on the page."""
    try:
        started = begin_attempt(checkout, offer, payer)
    except Problem as problem:
        return back(token, notice_of(problem), wait=problem.retry_after or 0)
    action = started.resource["action"]
    if action is not None and action["type"] == ActionType.REDIRECT:
        return _see(reverse("checkout-go", args=[token]))
    return _see(f"{checkout_path(token)}?{urlencode({'begun': 1})}")


def back(token: str, notice: str = "", *, wait: int = 0) -> HttpResponse:
    """Go back to the page, and say what happened by a word of ``NOTICES``.

    ``wait``: for how many seconds it holds; the address says until when, so that a reload does not
    begin anew.
    """
    said = {"said": notice, "until": int(time.time()) + wait} if wait else {"said": notice}
    query = f"?{urlencode(said)}" if notice else ""
    return _see(checkout_path(token) + query)


def known_checkout(token: str) -> Checkout:
    """Return the checkout with this token. Raises ``Http404``."""
    checkout = find_checkout(token)
    if checkout is None:
        raise Http404
    return checkout


def known_page(request: HttpRequest, token: str) -> Page:
    """Return what the page with this token shows in this browser. Raises ``Http404``."""
    shown = find_page(token, browser_of_request(request))
    if shown is None:
        raise Http404
    return shown


def browser_of_request(request: HttpRequest) -> Browser:
    """Return where the page of this request is shown."""
    return browser_of(request.headers.get("User-Agent", ""))


def _context(request: HttpRequest, shown: Page) -> dict[str, object]:
    action = shown.action
    is_code = action is not None and action["type"] == ActionType.QR_CODE
    said, wait = request.GET.get("said", ""), _seconds_until(request.GET.get("until", ""))
    is_true = shown.seconds_left > 0 and (said != HELD or wait > 0)
    return {
        "page": shown,
        "order": shown.checkout.order,
        "notice": NOTICES.get(said) if is_true else None,
        "wait_seconds": wait,
        "is_begun": "begun" in request.GET,
        "code": drawn(action["params"]["content"]) if action and is_code else "",
        "languages": settings.LANGUAGES,
    }


def _seconds_until(text: str) -> int:
    """Return how long a moment that ``back`` wrote lies ahead, 0 for any other text."""
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        return 0
    left = int(text) - int(time.time())
    return left if 0 < left <= LONGEST_WINDOW else 0


def _see(path: str) -> HttpResponse:
    return HttpResponseRedirect(path, status=303)


def in_language(request: HttpRequest, path: str) -> HttpResponse:
    """Remember the payer's language and show ``path``; by a link, so that it works everywhere."""
    response = _see(path)
    if request.GET["lang"] in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            request.GET["lang"],
            max_age=LANGUAGE_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response
