"""A session lives no longer than what it was opened for."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from paycenter.operators.security.models import Authenticator, SignIn
from paycenter.operators.security.sign_ins import KEY
from tests.admin.security.door import PASSWORD, Visitor, code_of, make_person
from tests.support.clock import Clock

NEW_PASSWORD = "nine bridges over 1 river"
MINUTE = 60


@pytest.fixture
def inside(visitor: Visitor, app: Authenticator, clock: Clock) -> Visitor:
    """The clerk's browser, inside."""
    return visitor.enter(app)


def _why(visitor: Visitor) -> str:
    """Return what the sign-in page says of the session before."""
    return visitor.client.get(reverse("admin:index"), follow=True).content.decode()


def test_who_does_nothing_for_half_an_hour_is_signed_out(inside: Visitor, clock: Clock) -> None:
    clock.shift(30 * MINUTE)
    assert "You were signed out: nothing was done for too long." in _why(inside)
    assert not inside.is_inside()
    assert SignIn.objects.get().end == SignIn.End.IDLE


def test_who_does_something_is_not(inside: Visitor, clock: Clock) -> None:
    for _ in range(6):
        clock.shift(20 * MINUTE)
        assert inside.is_inside()


def test_after_twelve_hours_everybody_is(inside: Visitor, clock: Clock) -> None:
    for _ in range(12 * 3 - 1):
        clock.shift(20 * MINUTE)
        assert inside.is_inside()
    inside.client.session.save()  # as whatever is kept in a session does: Django's limit moves on
    clock.shift(20 * MINUTE)
    assert "You were signed out: it was open for too long." in _why(inside)
    assert SignIn.objects.get().end == SignIn.End.AGE


def test_the_session_is_forgotten_with_its_sign_in(inside: Visitor, clock: Clock) -> None:
    key = inside.client.session.session_key
    clock.shift(30 * MINUTE)
    inside.client.get(reverse("admin:login"))
    assert not Session.objects.filter(session_key=key).exists()


def test_who_leaves_has_left(inside: Visitor) -> None:
    key = inside.client.session.session_key
    inside.client.post(reverse("admin:logout"))
    thief = Client()
    thief.cookies["sessionid"] = str(key)
    assert thief.get(reverse("admin:index")).status_code == 302
    assert SignIn.objects.get().end == SignIn.End.LEFT


def test_session_without_a_sign_in_opens_nothing(inside: Visitor) -> None:
    session = inside.client.session
    del session[KEY]
    session.save()
    assert not inside.is_inside()


def test_sign_in_of_somebody_else_opens_nothing(inside: Visitor, clerk: User) -> None:
    other = make_person("other", is_superuser=True)
    SignIn.objects.update(user=other)
    assert not inside.is_inside()


def _new_password(person: User) -> None:
    person.set_password(NEW_PASSWORD)
    person.save()


def _switched_off(person: User) -> None:
    person.is_active = False
    person.save()


def _no_superuser(person: User) -> None:
    person.is_superuser = False
    person.save(update_fields=["is_superuser"])


def _permission(person: User) -> None:
    person.user_permissions.add(Permission.objects.earliest("pk"))


def _group(person: User) -> None:
    person.groups.add(Group.objects.create(name="finance"))


def _group_from_its_side(person: User) -> None:
    Group.objects.create(name="finance").user_set.add(person)


@pytest.mark.parametrize(
    ("change", "end"),
    [
        (_new_password, SignIn.End.PASSWORD),
        (_switched_off, SignIn.End.ROLES),
        (_no_superuser, SignIn.End.ROLES),
        (_permission, SignIn.End.ROLES),
        (_group, SignIn.End.ROLES),
        (_group_from_its_side, SignIn.End.ROLES),
    ],
)
def test_what_a_person_may_do_changes_and_their_sessions_end(
    inside: Visitor, clerk: User, change: Callable[[User], None], end: SignIn.End
) -> None:
    change(clerk)
    assert not inside.is_inside()
    assert SignIn.objects.get().end == end


@pytest.mark.parametrize("take", ["clear", "remove", "clear_from_its_side"])
def test_losing_a_group_ends_them_too(
    visitor: Visitor, app: Authenticator, clerk: User, take: str
) -> None:
    group = Group.objects.create(name="finance")
    clerk.groups.add(group)
    visitor.enter(app)
    if take == "clear":
        clerk.groups.clear()
    elif take == "remove":
        clerk.groups.remove(group)
    else:
        group.user_set.clear()
    assert not visitor.is_inside()


def test_what_changes_nothing_ends_nothing(inside: Visitor, clerk: User) -> None:
    clerk.first_name = "Li"
    clerk.save()
    clerk.groups.set([])
    _group(make_person("other"))
    assert inside.is_inside()


class TestOwnPassword:
    """Changing one's own password."""

    def change(self, visitor: Visitor) -> int:
        """Send the form."""
        visitor.client.get(reverse("admin:password_change"))
        answer = visitor.client.post(
            reverse("admin:password_change"),
            {
                "old_password": PASSWORD,
                "new_password1": NEW_PASSWORD,
                "new_password2": NEW_PASSWORD,
            },
        )
        return int(answer.status_code)

    def test_ends_every_other_session_and_gives_this_one_a_new_key(
        self, inside: Visitor, app: Authenticator, clock: Clock
    ) -> None:
        clock.shift(MINUTE)
        other = Visitor().enter(app)
        key = inside.client.session.session_key
        assert self.change(inside) == 302
        assert (inside.is_inside(), other.is_inside()) == (True, False)
        assert inside.client.session.session_key != key
        assert SignIn.objects.filter(ended_at=None).count() == 1

    def test_is_for_who_proved_lately_who_they_are(
        self, inside: Visitor, clerk: User, clock: Clock
    ) -> None:
        clock.shift(11 * MINUTE)
        assert self.change(inside) == 302
        clerk.refresh_from_db()
        assert clerk.check_password(PASSWORD)


class TestOwnPage:
    """A person's own sessions and codes."""

    def test_it_shows_every_open_session(
        self, inside: Visitor, app: Authenticator, clock: Clock
    ) -> None:
        clock.shift(MINUTE)
        Visitor("203.0.113.9", HTTP_USER_AGENT="Firefox on a desk").enter(app)
        page = inside.read("admin:my-security")
        assert "203.0.113.9" in page
        assert "Firefox on a desk" in page
        assert "10 recovery codes are left" in page

    def test_it_shows_none_that_is_over(
        self, inside: Visitor, app: Authenticator, clock: Clock
    ) -> None:
        clock.shift(20 * MINUTE)
        Visitor("203.0.113.9").enter(app)
        assert inside.is_inside()
        clock.shift(20 * MINUTE)
        assert inside.is_inside()
        clock.shift(10 * MINUTE)
        assert "203.0.113.9" not in inside.read("admin:my-security")

    @pytest.mark.parametrize("which", ["one", "others"])
    def test_it_ends_others(
        self, inside: Visitor, app: Authenticator, clock: Clock, which: str
    ) -> None:
        clock.shift(MINUTE)
        other = Visitor().enter(app)
        end = str(SignIn.objects.latest("pk").pk) if which == "one" else which
        inside.client.post(reverse("admin:my-security"), {"end": end})
        assert (inside.is_inside(), other.is_inside()) == (True, False)
        assert SignIn.objects.latest("pk").end == SignIn.End.PERSON

    @pytest.mark.parametrize("end", ["", "x", "-1", "99999999999999999999", "mine", "theirs"])
    def test_it_ends_nothing_else(self, inside: Visitor, end: str) -> None:
        """Neither this one, nor another person's."""
        thief = Client()
        thief.force_login(make_person("other", is_superuser=True))
        own, others = SignIn.objects.order_by("pk")
        end = {"mine": str(own.pk), "theirs": str(others.pk)}.get(end, end)
        answer = inside.client.post(reverse("admin:my-security"), {"end": end})
        assert answer.status_code == 302
        assert SignIn.objects.filter(ended_at=None).count() == 2

    def test_new_recovery_codes_replace_the_former(
        self, inside: Visitor, app: Authenticator
    ) -> None:
        before = {*app.recovery_codes.values_list("digest", flat=True)}
        url = reverse("admin:new-recovery-codes")
        assert "10 are unused" in inside.read("admin:new-recovery-codes")
        assert inside.client.post(url).status_code == 200
        after = {*app.recovery_codes.values_list("digest", flat=True)}
        assert len(after) == 10
        assert not before & after

    def test_another_phone_replaces_the_former(
        self, inside: Visitor, app: Authenticator, clock: Clock
    ) -> None:
        clock.shift(MINUTE)
        other = Visitor().enter(app)
        inside.read("admin:second-factor-set-up")
        new = Authenticator.objects.get(confirmed=False)
        url = reverse("admin:second-factor-set-up")
        assert inside.client.post(url, {"code": code_of(new)}).status_code == 200
        assert list(Authenticator.objects.all()) == [new]
        assert (inside.is_inside(), other.is_inside()) == (True, False)

    @pytest.mark.parametrize("page", ["admin:second-factor-set-up", "admin:new-recovery-codes"])
    def test_both_are_for_who_proved_lately_who_they_are(
        self, inside: Visitor, clock: Clock, page: str
    ) -> None:
        clock.shift(11 * MINUTE)
        before = list(Authenticator.objects.values())
        for answer in (inside.client.get(reverse(page)), inside.client.post(reverse(page))):
            assert answer["Location"].startswith(reverse("admin:prove"))
        assert list(Authenticator.objects.values()) == before


def test_limits_are_settings(inside: Visitor, clock: Clock, settings: Settings) -> None:
    settings.SESSION_IDLE_SECONDS = 10 * MINUTE
    clock.shift(10 * MINUTE)
    assert not inside.is_inside()
