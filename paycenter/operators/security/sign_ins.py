"""Who is signed in: a session is let in by its ``SignIn`` row, and by nothing else.

The row begins when everything was proved and ends with the first of: leaving, doing nothing for
``SESSION_IDLE_SECONDS``, ``SESSION_COOKIE_AGE`` seconds in all, and whatever changes the person's
password, roles or second factor. A session that Django would take but that has no open row opens no
page.
"""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest

from paycenter.kernel.addresses import client_address
from paycenter.kernel.clock import now
from paycenter.operators.security.models import SignIn

KEY = "sign_in"
"""Where a session says which row is its own."""
SEEN_EVERY = timedelta(seconds=60)
"""How exactly ``seen_at`` is kept: one write per minute of work."""


def sign_in(request: HttpRequest, user: User, *, backend: str, second_factor: bool) -> SignIn:
    """Let a person in who proved who they are; the session gets a new key."""
    login(request, user, backend=backend)
    return open_sign_in(request, user, second_factor=second_factor)


def open_sign_in(request: HttpRequest, user: User, *, second_factor: bool) -> SignIn:
    """Write the row of the request's session, which Django has signed in."""
    at = now()
    row = SignIn.objects.create(
        user=user,
        address=client_address(request) or None,
        browser=request.headers.get("User-Agent", "")[:200],
        second_factor=second_factor,
        started_at=at,
        seen_at=at,
        proved_at=at,
    )
    request.session[KEY] = row.pk
    _remember(request, row)
    return row


def current_sign_in(request: HttpRequest) -> SignIn | None:
    """Return the row that lets this request in, or None. It is read once per request."""
    if not hasattr(request, "_sign_in"):
        _remember(request, _read(request))
    row: SignIn | None = request._sign_in  # type: ignore[attr-defined]
    return row


def open_sign_ins(user_id: int) -> QuerySet[SignIn]:
    """Return the sign-ins by which a person may be inside now."""
    at = now()
    return SignIn.objects.filter(
        user_id=user_id,
        ended_at=None,
        started_at__gt=at - timedelta(seconds=settings.SESSION_COOKIE_AGE),
        seen_at__gt=at - timedelta(seconds=settings.SESSION_IDLE_SECONDS),
    )


def end_sign_ins(user_id: int, end: SignIn.End, *, but: SignIn | None = None) -> int:
    """End a person's sign-ins, ``but`` one; returns how many there were."""
    rows = SignIn.objects.filter(user_id=user_id, ended_at=None)
    if but is not None:
        rows = rows.exclude(pk=but.pk)
    return rows.update(ended_at=now(), end=end)


def leave(request: HttpRequest) -> SignIn.End | None:
    """Forget the request's session with all that is in it; returns how its sign-in had ended."""
    row = SignIn.objects.filter(pk=request.session.get(KEY, 0)).first()
    logout(request)
    _remember(request, None)
    return SignIn.End(row.end) if row is not None and row.end else None


def close(row: SignIn, end: SignIn.End) -> None:
    """End one sign-in, unless it has ended."""
    SignIn.objects.filter(pk=row.pk, ended_at=None).update(ended_at=now(), end=end)


def _read(request: HttpRequest) -> SignIn | None:
    if not request.user.is_authenticated:
        return None
    row = SignIn.objects.filter(
        pk=request.session.get(KEY, 0), user=request.user.pk, ended_at=None
    ).first()
    if row is None or (settings.SECOND_FACTOR == "required" and not row.second_factor):
        return None
    over = _is_over(row)
    if over is not None:
        close(row, over)
        return None
    at = now()
    if at - row.seen_at >= SEEN_EVERY:
        SignIn.objects.filter(pk=row.pk).update(seen_at=at)
    return row


def _is_over(row: SignIn) -> SignIn.End | None:
    at = now()
    if at - row.started_at >= timedelta(seconds=settings.SESSION_COOKIE_AGE):
        return SignIn.End.AGE
    if at - row.seen_at >= timedelta(seconds=settings.SESSION_IDLE_SECONDS):
        return SignIn.End.IDLE
    return None


def _remember(request: HttpRequest, row: SignIn | None) -> None:
    request._sign_in = row  # type: ignore[attr-defined]
