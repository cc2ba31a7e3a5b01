"""Guessing is stopped, and only guessing."""

import ipaddress

import pytest
from django.contrib.auth.models import Permission, User
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from notifications.models import Alert
from paycenter.operators.security import locks
from paycenter.operators.security.models import Authenticator, FailedSignIn
from tests.admin.security.door import WRONG, Visitor, code_of, make_person, wrong_code
from tests.support.clock import Clock

LIMIT = 5
LOCKED_FOR = 900
OPENS = "2026-11-22 16:15:01"


@pytest.fixture(autouse=True)
def _limits(settings: Settings) -> None:
    assert (settings.LOCK_AFTER_FAILURES, settings.LOCK_SECONDS) == (LIMIT, LOCKED_FOR)


def _fail(visitor: Visitor, times: int = LIMIT, **person: str) -> int:
    """Give a wrong password so many times; returns the last status."""
    statuses = [visitor.give_password(WRONG, **person).status_code for _ in range(times)]
    return int(statuses[-1])


def test_five_wrong_passwords_lock_the_account_for_the_address(
    visitor: Visitor, app: Authenticator, clock: Clock
) -> None:
    assert _fail(visitor, LIMIT - 1) == 200
    answer = visitor.give_password(WRONG)
    assert (answer.status_code, answer["Retry-After"]) == (429, str(LOCKED_FOR + 1))
    assert OPENS in answer.content.decode()


def test_right_password_does_not_open_a_lock(
    visitor: Visitor, app: Authenticator, clock: Clock
) -> None:
    _fail(visitor)
    assert visitor.give_password().status_code == 429
    visitor.give_code(code_of(app))
    assert not visitor.is_inside()


def test_it_opens_by_itself_and_trying_meanwhile_does_not_prolong_it(
    visitor: Visitor, app: Authenticator, clock: Clock
) -> None:
    _fail(visitor)
    clock.shift(LOCKED_FOR - 60)
    answer = visitor.give_password(WRONG)
    assert answer.status_code == 429
    assert OPENS in answer.content.decode()
    clock.shift(61)
    visitor.enter(app)


def test_account_stays_open_for_other_addresses(
    visitor: Visitor, app: Authenticator, clock: Clock
) -> None:
    """Nobody locks a colleague out from outside."""
    _fail(visitor)
    Visitor().enter(app)


def test_address_stays_open_for_other_accounts(clerk: User, clock: Clock) -> None:
    make_person("other")
    visitor = Visitor("203.0.113.77")
    _fail(visitor)
    assert Visitor("203.0.113.77").give_password(name="other").status_code == 302


def test_another_browser_at_the_address_is_locked_too(
    clerk: User, app: Authenticator, clock: Clock
) -> None:
    for number in range(LIMIT):
        Visitor("203.0.113.78", HTTP_USER_AGENT=f"Browser {number}").give_password(WRONG)
    assert Visitor("203.0.113.78").give_password().status_code == 429


def test_wrong_codes_count_with_wrong_passwords(
    visitor: Visitor, app: Authenticator, clock: Clock
) -> None:
    _fail(visitor, 3)
    visitor.give_password()
    assert visitor.give_code(wrong_code(app)).status_code == 200
    clock.shift(60)
    assert visitor.give_code(wrong_code(app)).status_code == 429
    clock.shift(60)
    assert visitor.give_code(code_of(app)).status_code == 429
    assert not visitor.is_inside()


def test_a_right_password_alone_does_not_begin_the_count_anew(
    visitor: Visitor, app: Authenticator, clock: Clock
) -> None:
    _fail(visitor, LIMIT - 1)
    visitor.give_password()
    assert visitor.give_password(WRONG).status_code == 429


def test_signing_in_does(visitor: Visitor, app: Authenticator, clock: Clock) -> None:
    _fail(visitor, LIMIT - 1)
    visitor.enter(app)
    visitor.client.post(reverse("admin:logout"))
    assert _fail(visitor, LIMIT - 1) == 200


def test_ipv6_neighbours_are_one_address(clerk: User, clock: Clock) -> None:
    for number in range(LIMIT):
        Visitor(f"2001:db8:7:7::{number + 1}").give_password(WRONG)
    assert Visitor("2001:db8:7:7:ffff::1").give_password().status_code == 429
    assert Visitor("2001:db8:7:8::1").give_password().status_code == 302


def test_behind_our_proxy_the_client_is_counted(
    clerk: User, settings: Settings, clock: Clock
) -> None:
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.250.0.0/16")]
    client = {"HTTP_X_FORWARDED_FOR": "198.51.100.1, 203.0.113.80"}
    for _ in range(LIMIT):
        Visitor("10.250.0.1", **client).give_password(WRONG)
    assert Visitor("10.250.0.1", **client).give_password().status_code == 429
    other = {"HTTP_X_FORWARDED_FOR": "203.0.113.80, 203.0.113.81"}
    assert Visitor("10.250.0.1", **other).give_password().status_code == 302


def test_a_header_of_the_client_s_own_changes_nothing(clerk: User, clock: Clock) -> None:
    for number in range(LIMIT):
        header = {"HTTP_X_FORWARDED_FOR": f"203.0.113.{number}"}
        Visitor("198.51.100.9", **header).give_password(WRONG)
    assert Visitor("198.51.100.9").give_password().status_code == 429


def test_one_network_sends_so_many_passwords_whatever_the_accounts(
    clerk: User, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(locks, "TRIES_OF_A_NETWORK", 3)
    visitor = Visitor()
    statuses = [
        visitor.give_password(WRONG, name=f"somebody{number}").status_code for number in range(4)
    ]
    assert statuses == [200, 200, 200, 429]


class TestAlert:
    """Others hear of a lock."""

    def test_it_is_raised_once(self, visitor: Visitor, clock: Clock) -> None:
        _fail(visitor, LIMIT + 3)
        alert = Alert.objects.get()
        assert (alert.rule, alert.severity) == ("account_locked", Alert.Severity.WARNING)
        assert alert.params["account"] == "clerk"
        assert alert.params["count"] == LIMIT

    def test_it_is_not_raised_for_a_name_that_is_nobody_s(
        self, visitor: Visitor, clock: Clock
    ) -> None:
        """Else strangers would write what they like into alerts."""
        assert _fail(visitor, name="<b>nobody</b>") == 429
        assert not Alert.objects.exists()


class TestPage:
    """Locks are seen and lifted by platform operators."""

    def test_a_lock_is_shown_and_lifted(self, visitor: Visitor, browser: Client) -> None:
        _fail(visitor)
        browser.cookies["django_language"] = "en"
        page = browser.get(reverse("admin:security_failedsignin_changelist")).content.decode()
        assert "clerk" in page
        assert "pc-bad" in page
        url = reverse("admin:security_failedsignin_lift", args=[FailedSignIn.objects.get().pk])
        assert browser.get(url).status_code == 200
        assert browser.post(url).status_code == 302
        assert visitor.give_password().status_code == 302

    def test_it_is_not_lifted_by_others(self, visitor: Visitor, client: Client) -> None:
        _fail(visitor)
        auditor = make_person("auditor")
        auditor.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
        client.force_login(auditor)
        url = reverse("admin:security_failedsignin_lift", args=[FailedSignIn.objects.get().pk])
        assert client.post(url).status_code == 403
        assert visitor.give_password().status_code == 429

    def test_what_is_over_is_not_shown(
        self, visitor: Visitor, app: Authenticator, clock: Clock
    ) -> None:
        _fail(Visitor())
        clock.shift(LOCKED_FOR + 1)
        visitor.enter(app)
        url = reverse("admin:security_failedsignin_changelist")
        assert "pc-bad" not in visitor.client.get(url).content.decode()


def test_nothing_that_was_typed_is_kept_with_a_failure(
    visitor: Visitor, app: Authenticator, clock: Clock
) -> None:
    code = wrong_code(app)
    visitor.give_password(WRONG)
    visitor.give_password()
    visitor.give_code(code)
    kept = repr(list(FailedSignIn.objects.values()))
    assert not [text for text in (WRONG, code, "csrf") if text in kept]


def test_counted_address_of_a_socket_without_one_is_none() -> None:
    assert locks.counted_address(HttpRequest()) is None
