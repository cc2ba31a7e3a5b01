"""Test vocabulary: the addresses of all pages, and reading one."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import reverse

from merchants.models import Merchant
from paycenter.operators.base import RecordAdmin
from paycenter.operators.onboarding.checklist import checklist_url

BUTTONS = {
    "transactions.payment": ("ask_channel",),
    "transactions.checkout": ("show_link",),
    "notifications.delivery": ("resend_one",),
    "notifications.endpoint": ("switch_on",),
    "merchants.storedcredential": ("revoke",),
    "merchants.applicationkey": ("revoke",),
    "merchants.application": (
        "issue_key",
        "issue_secret",
        "issue_easypay_key",
        "check-signature",
    ),
    "merchants.channelmerchant": ("add-credential",),
    "merchants.paymentaccount": ("test", "trial", "switch-off"),
    "merchants.channelswitch": ("lift",),
    "notifications.incident": ("acknowledge", "mute"),
    "notifications.robot": ("send_test",),
    "security.signin": ("end_it",),
    "security.failedsignin": ("lift",),
    "transactions.receiver": ("unbind",),
    "transactions.splitrule": ("approve", "refuse", "write_next"),
}


def registered() -> "list[tuple[type[Model], admin.ModelAdmin[Any]]]":
    """Return every model with its pages."""
    return sorted(admin.site._registry.items(), key=lambda pair: pair[0]._meta.label_lower)


def record_models() -> list[type[Model]]:
    """Return the models that nobody may change by hand."""
    return [model for model, pages in registered() if isinstance(pages, RecordAdmin)]


def address(model: type[Model], page: str, *args: object) -> str:
    """Return the address of a model's page (``changelist``, ``add``, ``change``)."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def every_page(operator: object) -> Iterator[str]:
    """Return the address of every page there is, for rows that exist."""
    request = RequestFactory().get("/")
    request.user = operator  # type: ignore[assignment]
    yield reverse("admin:index")
    yield reverse("channel-health")
    yield reverse("statements")
    yield reverse("reports")
    yield reverse("runbook", args=["circuit_open"])
    for own in ("my-security", "prove", "password_change", "second-factor-set-up"):
        yield reverse(f"admin:{own}")
    yield reverse("admin:merchants_merchant_begin")
    for label in ("merchants", "notifications", "gateway", "transactions"):
        yield reverse("admin:app_list", args=[label])
    for model, pages in registered():
        yield address(model, "changelist")
        if pages.has_add_permission(request):
            yield address(model, "add")
        row = model._default_manager.order_by("-pk").first()
        if row is None:
            continue
        yield address(model, "change", row.pk)
        yield address(model, "history", row.pk)
        if isinstance(row, Merchant):
            yield checklist_url(row)
        for button in BUTTONS.get(model._meta.label_lower, ()):
            yield address(model, "change", row.pk).replace("/change/", f"/{button}/")


def read(browser: Client, url: str) -> str:
    """Return a page's HTML. Fails unless it answers 200."""
    answer = browser.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    return answer.content.decode()


def models_without_rows() -> list[str]:
    """Return the models a test left empty, so that "every page" stays true."""
    return [
        model._meta.label_lower for model, _ in registered() if not model._default_manager.exists()
    ]


def payees_like(browser: Client, text: str = "") -> list[str]:
    """Return the pairs of company and application that are offered to who types this."""
    answer = browser.get(reverse("payee-choices"), {"term": text})
    assert answer.status_code == 200, answer.status_code
    return [found["id"] for found in answer.json()["results"]]
