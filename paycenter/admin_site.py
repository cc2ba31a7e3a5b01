"""What frames every operators' page: the sidebar, the looks, and the mark of a sandbox."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from paycenter.operators.worklists.page import has_work


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


def account_links(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the links under the user's name."""
    del request
    return [{"title": _("My security"), "link": reverse("admin:my-security")}]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar: what the user may look at, in the order of a working day."""
    today = {"title": _("Overview"), "icon": "space_dashboard", "link": reverse("admin:index")}
    groups: list[tuple[str, list[dict[str, Any] | None]]] = [
        (
            _("Today"),
            [
                today,
                _work(request),
                _bulk(request),
                _list(request, "notifications", "incident", "crisis_alert"),
                _list(request, "notifications", "alert", "notification_important"),
            ],
        ),
        (
            _("Money"),
            [
                _list(request, "transactions", "order", "receipt_long"),
                _list(request, "transactions", "payment", "credit_card"),
                _list(request, "transactions", "refund", "undo"),
                _list(request, "transactions", "refundproposal", "gavel"),
                _list(request, "transactions", "duplicatepayment", "content_copy"),
                _list(request, "transactions", "split", "call_split"),
                _list(request, "transactions", "splitshare", "pie_chart"),
                _list(request, "transactions", "splitreturn", "keyboard_return"),
                _list(request, "transactions", "splitrelease", "lock_open"),
                _list(request, "transactions", "doororder", "door_open"),
                _list(request, "transactions", "move", "timeline"),
            ],
        ),
        (
            _("Finance"),
            [
                _list(request, "transactions", "channelbill", "receipt"),
                _list(request, "transactions", "reconciliation", "rule"),
                _list(request, "transactions", "difference", "difference"),
                _books(request, "statements", _("Statements"), "description"),
                _books(request, "reports", _("Reports"), "bar_chart"),
                _list(request, "transactions", "journalentry", "menu_book"),
                _list(request, "transactions", "journalline", "format_list_numbered"),
                _list(request, "transactions", "daybalance", "balance"),
                _list(request, "transactions", "closedday", "event_available"),
            ],
        ),
        (
            _("Front desk"),
            [
                _desk(request),
                _list(request, "transactions", "collectioncode", "qr_code_2"),
                _list(request, "transactions", "checkout", "shopping_cart_checkout"),
            ],
        ),
        (
            _("Companies"),
            [
                _new_company(request),
                _list(request, "merchants", "propertygroup", "domain"),
                _list(request, "merchants", "merchant", "apartment"),
                _list(request, "merchants", "project", "holiday_village"),
                _list(request, "merchants", "channelmerchant", "store"),
                _list(request, "merchants", "paymentaccount", "wallet"),
                _list(request, "transactions", "receiver", "groups"),
                _list(request, "transactions", "splitrule", "rule"),
                _list(request, "transactions", "splitruleitem", "percent"),
            ],
        ),
        (
            _("Applications"),
            [
                _list(request, "merchants", "application", "apps"),
                _list(request, "merchants", "applicationkey", "key"),
                _list(request, "merchants", "grant", "handshake"),
                _list(request, "merchants", "easypaydoor", "door_open"),
            ],
        ),
        (
            _("Channels"),
            [
                _health(request),
                _list(request, "merchants", "channelswitch", "toggle_off"),
                _list(request, "gateway", "healthchange", "electric_bolt"),
                _list(request, "gateway", "channelcall", "north_east"),
                _list(request, "gateway", "callback", "south_west"),
                _list(request, "merchants", "storedcredential", "verified_user"),
            ],
        ),
        (
            _("Notifications"),
            [
                _list(request, "notifications", "delivery", "send"),
                _list(request, "notifications", "event", "campaign"),
                _list(request, "notifications", "endpoint", "link_off"),
            ],
        ),
        (
            _("Alerting"),
            [
                _list(request, "notifications", "robot", "smart_toy"),
                _list(request, "notifications", "post", "forum"),
                _list(request, "notifications", "telling", "record_voice_over"),
                _list(request, "notifications", "heartbeat", "ecg_heart"),
            ],
        ),
        (
            _("Security"),
            [
                _list(request, "merchants", "securityrecord", "gpp_bad"),
                _list(request, "merchants", "auditevent", "history_edu"),
                _list(request, "auth", "user", "person"),
                _list(request, "security", "signin", "login"),
                _list(request, "security", "failedsignin", "lock"),
            ],
        ),
    ]
    return [{"title": title, "items": [item for item in items if item]} for title, items in groups]


def _work(request: HttpRequest) -> dict[str, Any] | None:
    """Return the link to what waits, or None for who only reads."""
    if not has_work(request):
        return None
    return {"title": _("Work"), "icon": "inbox", "link": reverse("work")}


def _bulk(request: HttpRequest) -> dict[str, Any] | None:
    """Return the link to what was done to many rows at once, or None for who only reads."""
    if not has_work(request):
        return None
    link = reverse("admin:bulk_bulkrun_changelist")
    return {"title": _("Bulk actions"), "icon": "checklist", "link": link}


def _desk(request: HttpRequest) -> dict[str, Any] | None:
    """Return the link to a new order to collect, or None for who may not make one."""
    if not request.user.has_perm("transactions.collect_checkout"):
        return None
    link = reverse("admin:transactions_order_collect")
    return {"title": _("New order to collect"), "icon": "point_of_sale", "link": link}


def _new_company(request: HttpRequest) -> dict[str, Any] | None:
    """Return the link to where a new property company begins, or None for who may not add one."""
    if not request.user.has_perm("merchants.add_merchant"):
        return None
    link = reverse("admin:merchants_merchant_begin")
    return {"title": _("New property company"), "icon": "add_business", "link": link}


def _health(request: HttpRequest) -> dict[str, Any] | None:
    """Return the link to the page that shows how all channels do, or None."""
    if not request.user.has_perm("gateway.view_healthchange"):
        return None
    page = reverse("channel-health")
    return {"title": _("Channel health"), "icon": "monitor_heart", "link": page}


def _books(request: HttpRequest, name: str, title: str, icon: str) -> dict[str, Any] | None:
    """Return the link to a page about the books, or None for who may not see those."""
    if not request.user.has_perm("transactions.view_journalentry"):
        return None
    return {"title": title, "icon": icon, "link": reverse(name)}


def _list(request: HttpRequest, app: str, model: str, icon: str) -> dict[str, Any] | None:
    """Return the link to a model's list by its page's title, or None for who may not see it."""
    allowed = request.user.has_perm(f"{app}.view_{model}") or request.user.has_perm(
        f"{app}.change_{model}"
    )
    if not allowed:
        return None
    title = capfirst(apps.get_model(app, model)._meta.verbose_name_plural)
    return {"title": title, "icon": icon, "link": reverse(f"admin:{app}_{model}_changelist")}
