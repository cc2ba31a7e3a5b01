"""Signing in, failing to and signing out are in the audit log, without what was typed."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from merchants.models import AuditEvent
from tests.admin.pages import address, read

pytestmark = pytest.mark.django_db
Action = AuditEvent.Action
PASSWORD = "correct-horse-battery"


@pytest.fixture
def clerk() -> User:
    """Somebody who signs in with a password."""
    return User.objects.create_user("clerk", password=PASSWORD, is_staff=True)


def sign_in(client: Client, name: str, password: str) -> None:
    """Send the form of the sign-in page."""
    form = {"username": name, "password": password}
    client.post(reverse("admin:login"), form, REMOTE_ADDR="203.0.113.7")


def test_signing_in_and_out(client: Client, clerk: User, settings: Settings) -> None:
    settings.SECOND_FACTOR = "off"
    sign_in(client, "clerk", PASSWORD)
    client.post(reverse("admin:logout"))
    events = AuditEvent.objects.order_by("id")
    assert [event.action for event in events] == [Action.SIGN_IN, Action.SIGN_OUT]
    assert all((event.user, event.name) == (clerk, "clerk") for event in events)
    assert events[0].address == "203.0.113.7"


def test_a_wrong_password(client: Client, clerk: User) -> None:
    sign_in(client, "clerk", "canary-wrong")
    event = AuditEvent.objects.get()
    assert (event.action, event.user, event.address) == (Action.SIGN_IN_FAILED, None, "203.0.113.7")
    assert (event.object_type, event.object_id) == ("auth.user", str(clerk.pk))
    assert "canary-wrong" not in str(AuditEvent.objects.values())


def test_a_name_that_is_nobodys_is_not_kept(client: Client, clerk: User) -> None:
    """People type their password in the field of the name."""
    sign_in(client, PASSWORD, "clerk")
    assert AuditEvent.objects.get().action == Action.SIGN_IN_FAILED
    assert PASSWORD not in str(AuditEvent.objects.values())


def test_who_failed_is_nobody_and_not_the_center(browser: Client, client: Client) -> None:
    sign_in(Client(), "operator", "wrong")
    browser.cookies["django_language"] = "en"
    page = read(browser, address(AuditEvent, "changelist"))
    row = page.split("failed to sign in")[0].split("<tr")[-1]
    assert "Payment center" not in row


def test_signing_out_without_being_signed_in(client: Client) -> None:
    client.post(reverse("admin:logout"))
    assert not AuditEvent.objects.exists()
