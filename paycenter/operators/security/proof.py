"""Asking again who somebody is, before a secret is shown or changed and before money is decided on.

A proof (password and code; signing in is one) holds for ``PROOF_SECONDS``. It is asked for before a
form is shown. A form that was shown under a proof may be sent until its session would have ended of
idleness, so nothing that was typed is lost.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from paycenter.kernel.clock import now
from paycenter.operators.security.models import SignIn
from paycenter.operators.security.sign_ins import current_sign_in

_KEY = "shown"
"""Where a session keeps which forms it was shown under a proof, and when."""

View = TypeVar("View", bound=Callable[..., Any])


def needs_proof(view: View) -> View:
    """Let a page's method ``(self, request, ...)`` run only for who proved lately who they are."""

    @wraps(view)
    def guarded(page: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        asked = proof_first(request)
        return view(page, request, *args, **kwargs) if asked is None else asked

    return cast(View, guarded)


def proof_first(request: HttpRequest) -> HttpResponse | None:
    """Return the way to the page that asks, or None where nothing needs to be asked."""
    row = current_sign_in(request)
    if row is not None and is_fresh(row):
        if request.method != "POST":
            _note_shown(request)
        return None
    if row is not None and request.method == "POST" and _was_shown(request):
        return None
    back = request.path if request.method == "POST" else request.get_full_path()
    return HttpResponseRedirect(f"{reverse('admin:prove')}?{urlencode({'next': back})}")


def is_fresh(row: SignIn) -> bool:
    """Whether the sign-in's last proof still holds."""
    return now() - row.proved_at < timedelta(seconds=settings.PROOF_SECONDS)


def note_proof(row: SignIn) -> None:
    """Write down that the person has just proved who they are."""
    row.proved_at = now()
    row.save(update_fields=["proved_at"])


def _note_shown(request: HttpRequest) -> None:
    request.session[_KEY] = _shown(request) | {request.path: time.time()}


def _was_shown(request: HttpRequest) -> bool:
    return request.path in _shown(request)


def _shown(request: HttpRequest) -> dict[str, Any]:
    """Return what was shown and may still be sent."""
    since = time.time() - settings.SESSION_IDLE_SECONDS
    shown: dict[str, Any] = request.session.get(_KEY, {})
    return {path: at for path, at in shown.items() if at > since}
