"""What holds for every page behind a token: nobody may frame, keep or leak it."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from paycenter.kernel.addresses import client_network
from paycenter.kernel.rate_limit import over_limit
from transactions.services.checkouts import checkout_path, token_hash

View = Callable[..., HttpResponse]

WRONG_TOKENS_PER_MINUTE = 30
TRIES_PER_MINUTE = 20
TOO_MANY = 429


def guarded(view: View) -> View:
    """Keep the page out of caches, search engines and referrers; tell whoever guesses to stop.

    Nobody guesses 192 bits: the limit spares the database, not the page.
    """

    @wraps(view)
    def answered(request: HttpRequest, **named: str) -> HttpResponse:
        try:
            response = view(request, **named)
        except Http404:
            response = _unknown(request)
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return answered


def patient(view: View) -> View:
    """Let nobody begin attempts of one order faster than a person does."""

    @wraps(view)
    def answered(request: HttpRequest, token: str, **rest: str) -> HttpResponse:
        wait = over_limit(f"checkout:{token_hash(token)[:32]}", most=TRIES_PER_MINUTE, seconds=60)
        if wait:
            return too_many(request, wait, page=checkout_path(token))
        return view(request, token, **rest)

    return answered


def too_many(request: HttpRequest, wait: int, *, page: str = "") -> HttpResponse:
    """Answer that somebody must wait ``wait`` seconds, and where to go on afterwards."""
    context = {"wait": wait, "page": page}
    response = render(request, "checkout/too_many.html", context, status=TOO_MANY)
    response["Retry-After"] = str(wait)
    return response


def _unknown(request: HttpRequest) -> HttpResponse:
    """Answer a token nobody has; an address that tries many is asked to wait."""
    name = f"checkout-guess:{client_network(request)}"
    wait = over_limit(name, most=WRONG_TOKENS_PER_MINUTE, seconds=60)
    return too_many(request, wait) if wait else render(request, "checkout/unknown.html", status=404)
