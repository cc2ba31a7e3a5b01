"""What frames every operators' page: the sidebar, the looks, and the mark of a sandbox."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _


def stylesheet(request: HttpRequest) -> str:
    """Return the address of our own style sheet."""
    del request
    return static("paycenter/admin.css")


def icon(request: HttpRequest) -> str:
    """Return the address of the icon in the browser's tab."""
    del request
    return static("paycenter/icon.svg")


def script(request: HttpRequest) -> str:
    """Return the address of our own script."""
    del request
    return static("paycenter/admin.js")


def environment(request: HttpRequest) -> tuple[str, str] | None:
    """Return the mark beside the page's title where sandbox accounts may exist."""
    del request
    return (_("Sandbox"), "warning") if settings.SANDBOX_URL else None


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar: what the user may look at, in the order of a working day."""
    today = {"title": _("Overview"), "icon": "space_dashboard", "link": reverse("admin:index")}
    groups: list[tuple[str, list[dict[str, Any] | None]]] = [
        (_("Today"), [today]),
        (
            _("Money"),
            [
                _list(request, "transactions", "order", _("Orders"), "receipt_long"),
                _list(request, "transactions", "payment", _("Payments"), "credit_card"),
                _list(request, "transactions", "refund", _("Refunds"), "undo"),
                _list(request, "transactions", "move", _("Moves of states"), "timeline"),
            ],
        ),
        (
            _("Companies"),
            [
                _list(request, "merchants", "propertygroup", _("Property groups"), "domain"),
                _list(request, "merchants", "merchant", _("Property companies"), "apartment"),
                _list(request, "merchants", "project", _("Projects"), "holiday_village"),
                _list(request, "merchants", "channelmerchant", _("Channel merchants"), "store"),
                _list(request, "merchants", "paymentaccount", _("Payment accounts"), "wallet"),
            ],
        ),
        (
            _("Applications"),
            [
                _list(request, "merchants", "application", _("Applications"), "apps"),
                _list(request, "merchants", "applicationkey", _("Access keys"), "key"),
                _list(request, "merchants", "grant", _("Grants"), "handshake"),
            ],
        ),
        (
            _("Channels"),
            [
                _list(request, "gateway", "channelcall", _("Calls"), "north_east"),
                _list(request, "gateway", "callback", _("Callbacks"), "south_west"),
                _list(request, "merchants", "storedcredential", _("Credentials"), "verified_user"),
            ],
        ),
        (
            _("Notifications"),
            [
                _list(request, "notifications", "delivery", _("Notifications"), "send"),
                _list(request, "notifications", "event", _("Events"), "campaign"),
                _list(request, "notifications", "endpoint", _("Addresses gone"), "link_off"),
            ],
        ),
        (
            _("Security"),
            [
                _list(request, "merchants", "securityrecord", _("Refused at the door"), "gpp_bad"),
                _list(request, "admin", "logentry", _("Operators' log"), "history_edu"),
                _list(request, "auth", "user", _("Operators"), "person"),
                _list(request, "auth", "group", _("Roles"), "group"),
            ],
        ),
    ]
    return [{"title": title, "items": [item for item in items if item]} for title, items in groups]


def _list(
    request: HttpRequest, app: str, model: str, title: str, icon: str
) -> dict[str, Any] | None:
    """Return the link to a model's list, or None for who may not see it."""
    allowed = request.user.has_perm(f"{app}.view_{model}") or request.user.has_perm(
        f"{app}.change_{model}"
    )
    if not allowed:
        return None
    return {"title": title, "icon": icon, "link": reverse(f"admin:{app}_{model}_changelist")}
