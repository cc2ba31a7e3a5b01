"""Who has lost phone and codes gets a new start from a platform operator, who learns nothing."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from notifications.models import Alert
from paycenter.operators.security.models import Authenticator, RecoveryCode, SignIn
from tests.admin.security.door import Visitor, give_app, make_person
from tests.support.audit import deeds
from tests.support.clock import Clock

REASON = "came to the desk with her badge"


@pytest.fixture
def colleague(db: None) -> User:
    """Somebody with an app."""
    person = make_person("colleague")
    give_app(person)
    return person


def _reset(browser: Client, person: User, reason: str = REASON) -> int:
    url = reverse("admin:auth_user_reset_factor", args=[person.pk])
    return int(browser.post(url, {"reason": reason}).status_code)


def _clerk_with(client: Client, *permissions: str) -> Client:
    clerk = make_person("platform")
    clerk.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(clerk)
    return client


def test_app_and_codes_are_gone_and_sessions_end(
    browser: Client, colleague: User, clock: Clock
) -> None:
    visitor = Visitor().enter(Authenticator.objects.get(), name="colleague")
    assert _reset(browser, colleague) == 302
    assert not Authenticator.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert not visitor.is_inside()
    assert SignIn.objects.get(user=colleague).end == SignIn.End.FACTOR


def test_the_person_sets_up_a_new_one_next_time(browser: Client, colleague: User) -> None:
    _reset(browser, colleague)
    visitor = Visitor()
    visitor.give_password(name="colleague")
    assert "<svg" in visitor.read("admin:second-factor-set-up")


def test_who_did_it_and_why_is_kept_and_others_hear_of_it(browser: Client, colleague: User) -> None:
    _reset(browser, colleague)
    assert deeds().get().reason == REASON
    alert = Alert.objects.get()
    assert (alert.rule, alert.params["by"]) == ("second_factor_reset", "operator")


def test_a_reason_is_needed(browser: Client, colleague: User) -> None:
    assert _reset(browser, colleague, reason=" ") == 200
    assert Authenticator.objects.exists()


def test_the_page_shows_nothing_of_it(browser: Client, colleague: User) -> None:
    app = Authenticator.objects.get()
    digests = [code.digest for code in RecoveryCode.objects.all()]
    for page in ("change", "reset_factor"):
        url = reverse(f"admin:auth_user_{page}", args=[colleague.pk])
        text = browser.get(url).content.decode()
        hidden = [app.unseal("sealed_secret"), app.sealed_secret, *digests]
        assert not [one for one in hidden if one in text]


def test_it_is_for_who_may(client: Client, colleague: User) -> None:
    _clerk_with(client, "view_user", "change_user")
    assert _reset(client, colleague) == 403
    assert Authenticator.objects.exists()


def test_a_platform_operator_may(client: Client, colleague: User) -> None:
    _clerk_with(client, "view_user", "reset_authenticator")
    assert _reset(client, colleague) == 302
    assert not Authenticator.objects.exists()


def test_but_not_a_superuser_s(client: Client, db: None) -> None:
    """Else whoever knew a superuser's password could become one by two colleagues' help."""
    chief = make_person("chief", is_superuser=True)
    give_app(chief)
    _clerk_with(client, "view_user", "reset_authenticator")
    assert _reset(client, chief) == 404
    assert Authenticator.objects.exists()


def test_and_nobody_their_own(browser: Client, operator: User) -> None:
    give_app(operator)
    assert _reset(browser, operator) == 403
    assert Authenticator.objects.exists()


@pytest.mark.parametrize("open_still", [True, False])
def test_somebody_s_session_is_ended_while_it_is_open(
    browser: Client, colleague: User, clock: Clock, open_still: bool
) -> None:
    visitor = Visitor().enter(Authenticator.objects.get(), name="colleague")
    if not open_still:
        visitor.client.post(reverse("admin:logout"))
    row = SignIn.objects.get(user=colleague)
    url = reverse("admin:security_signin_end_it", args=[row.pk])
    assert browser.get(url).status_code == (200 if open_still else 403)
    assert browser.post(url).status_code == (302 if open_still else 403)
    assert not visitor.is_inside()
    assert SignIn.objects.get(pk=row.pk).end == ("person" if open_still else "left")


def test_it_is_not_ended_by_others(client: Client, colleague: User, clock: Clock) -> None:
    visitor = Visitor().enter(Authenticator.objects.get(), name="colleague")
    _clerk_with(client, "view_signin")
    row = SignIn.objects.get(user=colleague)
    assert client.post(reverse("admin:security_signin_end_it", args=[row.pk])).status_code == 403
    assert visitor.is_inside()
