"""Learning who the payer is from the app in which the page is shown (the channel's OAuth redirect).

The way back is bound to this browser: the state that the channel returns names a signed cookie that
says for which page and which way the payer left. A code that comes without it starts nothing.
"""

import secrets
from dataclasses import asdict

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from gateway.contract import ConfigurationError
from gateway.messages import Payer
from gateway.payer_login import identify_payer, login_url
from gateway.registry import channel_of
from paycenter.kernel.addresses import client_address
from transactions.checkout.guarding import TOO_MANY, guarded, patient
from transactions.checkout.offers import Offer, offer_named
from transactions.checkout.views import back, begin_and_show, browser_of_request, known_checkout

LIFETIME_SECONDS = 600
_SALT = "checkout.login"


@guarded
@patient
@require_http_methods(["GET"])
def start(request: HttpRequest, token: str, way: str) -> HttpResponse:
    """Send the payer to the channel's login, and remember for what."""
    offer = offer_named(known_checkout(token), browser_of_request(request), way)
    if offer is None or not offer.needs_login:
        return back(token, "way")
    state = secrets.token_hex(16)
    try:
        url = login_url(offer.account, redirect_uri=_return_address(), state=state)
    except ConfigurationError:
        return back(token, "unavailable")
    response = HttpResponseRedirect(url)
    response.set_signed_cookie(
        _cookie_of(state),
        f"{token}:{way}",
        salt=_SALT + state,
        max_age=LIFETIME_SECONDS,
        path=reverse("checkout-login-done"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@guarded
@require_http_methods(["GET"])
def done(request: HttpRequest) -> HttpResponse:
    """Take the payer who comes back from the channel's login, and begin the payment."""
    state = request.GET.get("state", "")
    left = _left_from(request, state)
    if left is None:
        raise Http404
    token, way = left
    response = _continued(request, token, way=way)
    if response.status_code != TOO_MANY:
        response.delete_cookie(_cookie_of(state), path=reverse("checkout-login-done"))
    return response


@patient
def _continued(request: HttpRequest, token: str, way: str) -> HttpResponse:
    checkout = known_checkout(token)
    offer = offer_named(checkout, browser_of_request(request), way)
    if offer is None:
        return back(token, "way")
    code = request.GET.get(channel_of(offer.account.channel_merchant.channel).login_code, "")
    payer = _identified(offer, code) if code else None
    if payer is None:
        return back(token, "login")
    known = {name: value for name, value in asdict(payer).items() if value}
    address = client_address(request) or "127.0.0.1"
    return begin_and_show(checkout, token, offer, {**known, "client_ip": address})


def _identified(offer: Offer, code: str) -> Payer | None:
    try:
        return identify_payer(offer.account, code).payer
    except ConfigurationError:
        return None


def _left_from(request: HttpRequest, state: str) -> tuple[str, str] | None:
    """Return the token and way a browser left for the login with, by what only it can know."""
    if not (state.isascii() and state.isalnum() and len(state) == 32):
        return None
    value = request.get_signed_cookie(
        _cookie_of(state), default="", salt=_SALT + state, max_age=LIFETIME_SECONDS
    )
    token, _, way = str(value).partition(":")
    return (token, way) if token else None


def _cookie_of(state: str) -> str:
    """Name the cookie by the state, so that two tabs do not take each other's."""
    return f"checkout_login_{state[:12]}"


def _return_address() -> str:
    return settings.PUBLIC_BASE_URL + reverse("checkout-login-done")
