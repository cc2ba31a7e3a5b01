"""Guessing is stopped: after some failures an account is locked for the address they came from.

django-axes counts wrong passwords; wrong codes are counted with them (``count_failure``). A lock
ends by itself after ``LOCK_SECONDS``; trying again meanwhile does not prolong it. Others go on
signing in to the same account from elsewhere, so nobody can lock a colleague out from outside.
"""

from datetime import datetime, timedelta
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.db.models import Max, OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from notifications.alerts import raise_alert
from notifications.models import Alert
from paycenter.kernel.addresses import client_network
from paycenter.kernel.clock import now
from paycenter.kernel.configuration import gettext_noop
from paycenter.kernel.rate_limit import over_limit
from paycenter.operators.columns import moment
from paycenter.operators.security.models import FailedSignIn

TRIES_OF_A_NETWORK = 60
"""Passwords one network may send in ten minutes, whatever the accounts: one password is else
tried on all of them."""
NETWORK_SECONDS = 600


def counted_address(request: HttpRequest) -> str | None:
    """Return what failures are counted by: the client's address; of IPv6 the network's first."""
    return client_network(request).partition("/")[0] or None


def locked_out(request: HttpRequest, user: User) -> HttpResponse | None:
    """Return the page that says when an account opens again for this address, or None."""
    credentials = {"username": user.get_username()}
    if AxesProxyHandler.is_allowed(request, credentials):
        return None
    return locked_page(request, None, credentials)


def count_failure(request: HttpRequest, user: User) -> None:
    """Count a wrong code like a wrong password."""
    user_login_failed.send(
        sender=__name__, credentials={"username": user.get_username()}, request=request
    )


def forget_failures(request: HttpRequest, user: User) -> None:
    """Begin to count anew: the person has just proved who they are."""
    AxesProxyHandler.reset_attempts(
        username=user.get_username(), ip_address=counted_address(request)
    )


def network_waits(request: HttpRequest) -> int:
    """Count one more password of the client's network; returns the seconds it has to wait, or 0."""
    name = f"sign-in:{client_network(request)}"
    return over_limit(name, most=TRIES_OF_A_NETWORK, seconds=NETWORK_SECONDS)


def failures_that_count() -> QuerySet[Any]:
    """Return the rows of failures that are not too old to matter."""
    since = now() - timedelta(seconds=settings.LOCK_SECONDS)
    attempts: QuerySet[Any] = FailedSignIn.objects.all()
    return attempts.filter(attempt_time__gte=since)


def locked_until(username: str, address: str | None) -> datetime | None:
    """Return when an account opens again for an address, or None where it is open."""
    found = failures_that_count().filter(username=username, ip_address=address)
    counted = found.aggregate(total=Sum("failures_since_start"), newest=Max("attempt_time"))
    return opens_at(counted["total"], counted["newest"])


def with_totals(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Read with each row how many failures there are of its account and address, whatever browser.

    ``total`` is their number, ``newest`` when the last one was.
    """
    alike = (
        failures_that_count()
        .filter(username=OuterRef("username"), ip_address=OuterRef("ip_address"))
        .order_by()
        .values("username")
    )
    counted: QuerySet[Any] = rows.annotate(
        total=Subquery(alike.annotate(of_all=Sum("failures_since_start")).values("of_all")),
        newest=Subquery(alike.annotate(of_all=Max("attempt_time")).values("of_all")),
    )
    return counted


def opens_at(total: int | None, newest: datetime | None) -> datetime | None:
    """Return until when so many failures lock, the last of them at ``newest``; None if not."""
    if newest is None or (total or 0) < settings.LOCK_AFTER_FAILURES:
        return None
    return newest + timedelta(seconds=settings.LOCK_SECONDS)


def lift(username: str, address: str | None) -> None:
    """Open an account again for an address."""
    FailedSignIn.objects.filter(username=username, ip_address=address).delete()


def locked_page(
    request: HttpRequest, original: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """Say that it is locked and when it opens again. django-axes calls it."""
    del original
    username = str((credentials or {}).get("username") or "")
    until = locked_until(username, counted_address(request))
    seconds = settings.LOCK_SECONDS if until is None else int((until - now()).total_seconds()) + 1
    return too_many(request, seconds).render()


def too_many(request: HttpRequest, seconds: int) -> TemplateResponse:
    """Return the page that says after how many seconds to try again."""
    context = {
        **admin.site.each_context(request),
        "title": _("Sign-in is locked"),
        "opens_at": moment(now() + timedelta(seconds=seconds)),
    }
    answer = TemplateResponse(request, "admin/sign_in_locked.html", context, status=429)
    answer["Retry-After"] = str(seconds)
    return answer


def tell_of_lock(request: HttpRequest, username: str, ip_address: str, **kwargs: Any) -> None:
    """Raise an alert when an account becomes locked, not again at each try meanwhile."""
    del kwargs
    count = getattr(request, "axes_failures_since_start", None)
    if count is None or not User.objects.filter(username=username).exists():
        return
    raise_alert(
        "account_locked",
        gettext_noop(
            "%(account)s was locked for %(address)s after %(count)s wrong passwords or codes."
        ),
        severity=Alert.Severity.WARNING,
        account=username,
        address=ip_address or "",
        count=count,
    )
