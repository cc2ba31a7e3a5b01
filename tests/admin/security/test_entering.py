"""Nobody is inside by a password alone, and every way around the second factor is closed."""

import base64

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.urls import reverse
from pytest_django import Settings

from paycenter.management.commands.rotate_sealed import rotate
from paycenter.operators.security.half import SECONDS
from paycenter.operators.security.models import Authenticator, RecoveryCode, SignIn
from paycenter.operators.security.second_factor import RECOVERY_CODES, confirm, new_authenticator
from tests.admin.security.door import (
    PASSWORD,
    Visitor,
    code_of,
    codes_on,
    give_app,
    make_person,
    wrong_code,
)
from tests.support.clock import Clock

LOGIN = "admin:login"
SET_UP = "admin:second-factor-set-up"
PAGES = [
    "admin:index",
    "admin:my-security",
    "admin:prove",
    "admin:new-recovery-codes",
    "admin:password_change",
    "admin:auth_user_changelist",
    "channel-health",
    "statements",
    "payee-choices",
]


@pytest.mark.parametrize("page", PAGES)
def test_password_alone_opens_no_page(visitor: Visitor, app: Authenticator, page: str) -> None:
    answer = visitor.give_password()
    assert answer["Location"] == reverse("admin:second-factor")
    answer = visitor.client.get(reverse(page))
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse(LOGIN))


@pytest.mark.parametrize("page", PAGES)
def test_password_alone_opens_no_page_to_who_has_no_app(visitor: Visitor, page: str) -> None:
    visitor.give_password()
    visitor.client.get(reverse(SET_UP))
    answer = visitor.client.get(reverse(page))
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse(LOGIN))


def test_code_of_the_app_lets_in(visitor: Visitor, app: Authenticator) -> None:
    visitor.give_password()
    assert not visitor.is_inside()
    assert visitor.give_code(code_of(app))["Location"] == reverse("admin:index")
    assert visitor.is_inside()


def test_wrong_code_does_not(visitor: Visitor, app: Authenticator) -> None:
    visitor.give_password()
    answer = visitor.give_code(wrong_code(app))
    assert "The code is wrong" in answer.content.decode()
    assert not visitor.is_inside()


@pytest.mark.parametrize(
    "code", ["", "abc", "٠٠٠٠٠٠", "-1", "0" * 33, "0000000", "None", "' OR 1=1 --"]
)
def test_what_is_no_code_does_not(visitor: Visitor, app: Authenticator, code: str) -> None:
    visitor.give_password()
    assert visitor.give_code(code).status_code == 200
    assert not visitor.is_inside()


def test_code_counts_once(visitor: Visitor, app: Authenticator, clock: Clock) -> None:
    """Whoever looked over a shoulder comes too late."""
    code = code_of(app)
    visitor.give_password()
    visitor.give_code(code)
    other = Visitor()
    other.give_password()
    other.give_code(code)
    assert (visitor.is_inside(), other.is_inside()) == (True, False)


def test_code_of_a_minute_ago_does_not_count(
    visitor: Visitor, app: Authenticator, clock: Clock
) -> None:
    old = code_of(app, later=-61)
    visitor.give_password()
    visitor.give_code(old)
    assert not visitor.is_inside()


def test_others_code_does_not_count(visitor: Visitor, app: Authenticator) -> None:
    others, _ = give_app(make_person("other"))
    visitor.give_password()
    visitor.give_code(code_of(others))
    assert not visitor.is_inside()


def test_after_wrong_codes_the_right_one_has_to_wait(
    visitor: Visitor, app: Authenticator, clock: Clock
) -> None:
    visitor.give_password()
    for _ in range(2):
        visitor.give_code(wrong_code(app))
    visitor.give_code(code_of(app))
    assert not visitor.is_inside()
    clock.shift(60)
    visitor.give_code(code_of(app))
    assert visitor.is_inside()


def test_recovery_code_lets_in_once(visitor: Visitor, clerk: User) -> None:
    _, codes = give_app(clerk)
    visitor.give_password()
    visitor.give_code(codes[3].upper().replace("-", " "))
    assert visitor.is_inside()
    other = Visitor()
    other.give_password()
    other.give_code(codes[3])
    assert not other.is_inside()


def test_few_recovery_codes_are_told_of(visitor: Visitor, clerk: User) -> None:
    _, codes = give_app(clerk)
    RecoveryCode.objects.exclude(digest=RecoveryCode.digest_of(codes[0].replace("-", ""))).delete()
    visitor.give_password()
    visitor.give_code(codes[0])
    assert "You have 0 recovery codes left" in visitor.read("admin:index")


class TestSetUp:
    """Who has no app sets one up between the password and the first page."""

    def _begin(self, visitor: Visitor) -> Authenticator:
        visitor.give_password()
        answer = visitor.client.get(reverse("admin:second-factor"))
        assert answer["Location"] == reverse(SET_UP)
        page = visitor.read(SET_UP)
        app = Authenticator.objects.get(confirmed=False)
        assert "<svg" in page
        assert app.unseal("sealed_secret") in page
        return app

    def test_app_is_set_up_right_after_the_password(self, visitor: Visitor) -> None:
        app = self._begin(visitor)
        answer = visitor.client.post(reverse(SET_UP), {"code": code_of(app)})
        codes = codes_on(answer.content.decode())
        assert len({*codes}) == RECOVERY_CODES
        assert visitor.is_inside()
        assert SignIn.objects.get().second_factor

    def test_wrong_code_sets_nothing_up(self, visitor: Visitor) -> None:
        app = self._begin(visitor)
        visitor.client.post(reverse(SET_UP), {"code": wrong_code(app)})
        assert not Authenticator.objects.filter(confirmed=True).exists()
        assert not visitor.is_inside()

    def test_the_same_picture_stays_until_it_is_done(self, visitor: Visitor) -> None:
        app = self._begin(visitor)
        assert app.unseal("sealed_secret") in visitor.read(SET_UP)

    def test_another_session_gets_another_secret(self, visitor: Visitor) -> None:
        first = self._begin(visitor)
        second = self._begin(Visitor())
        assert first.pk != second.pk
        visitor.client.post(reverse(SET_UP), {"code": code_of(second)})
        assert not visitor.is_inside()

    def test_app_that_is_there_is_not_replaced_by_a_password(
        self, visitor: Visitor, app: Authenticator
    ) -> None:
        visitor.give_password()
        for answer in (
            visitor.client.get(reverse(SET_UP)),
            visitor.client.post(reverse(SET_UP), {"code": code_of(app)}),
        ):
            assert answer["Location"] == reverse("admin:second-factor")
        assert list(Authenticator.objects.all()) == [app]

    def test_app_that_was_set_up_meanwhile_is_not_replaced(self, visitor: Visitor) -> None:
        late = self._begin(visitor)
        code = code_of(late)
        confirmed, _ = give_app(late.user)
        answer = visitor.client.post(reverse(SET_UP), {"code": code})
        assert answer["Location"] == reverse("admin:second-factor")
        assert list(Authenticator.objects.all()) == [confirmed]

    def test_confirming_one_that_is_gone_replaces_nothing(self, clerk: User) -> None:
        """Two sessions at once: the later one finds its app deleted by the earlier."""
        late = new_authenticator(clerk)
        confirmed, _ = give_app(clerk)
        with pytest.raises(Authenticator.DoesNotExist):
            confirm(late)
        assert list(Authenticator.objects.all()) == [confirmed]

    def test_strangers_see_no_picture(self, visitor: Visitor) -> None:
        assert visitor.client.get(reverse(SET_UP))["Location"] == reverse(LOGIN)
        assert not Authenticator.objects.exists()


class TestHalfWay:
    """Between the two steps."""

    def test_it_lasts_ten_minutes(self, visitor: Visitor, app: Authenticator, clock: Clock) -> None:
        visitor.give_password()
        clock.shift(SECONDS + 1)
        assert visitor.give_code(code_of(app))["Location"] == reverse(LOGIN)
        assert not visitor.is_inside()

    def test_it_ends_with_the_password(
        self, visitor: Visitor, app: Authenticator, clerk: User
    ) -> None:
        visitor.give_password()
        clerk.set_password("another one 8 words")
        clerk.save()
        visitor.give_code(code_of(app))
        assert not visitor.is_inside()

    def test_it_ends_when_the_person_is_switched_off(
        self, visitor: Visitor, app: Authenticator, clerk: User
    ) -> None:
        visitor.give_password()
        clerk.is_active = False
        clerk.save()
        visitor.give_code(code_of(app))
        assert not SignIn.objects.exists()

    def test_session_has_another_key_after_each_step(
        self, visitor: Visitor, app: Authenticator
    ) -> None:
        """A session that somebody planted before becomes nobody's."""
        visitor.client.session.save()
        keys = [visitor.client.session.session_key]
        visitor.give_password()
        keys.append(visitor.client.session.session_key)
        visitor.give_code(code_of(app))
        keys.append(visitor.client.session.session_key)
        assert len({*keys}) == 3
        assert {*Session.objects.values_list("session_key", flat=True)} == {keys[2]}

    def test_person_comes_where_they_wanted_to_go(
        self, visitor: Visitor, app: Authenticator
    ) -> None:
        visitor.give_password(next_url=reverse("statements"))
        assert visitor.give_code(code_of(app))["Location"] == reverse("statements")

    @pytest.mark.parametrize("elsewhere", ["https://evil.test/", "//evil.test/", "javascript:1"])
    def test_but_nowhere_else(self, visitor: Visitor, app: Authenticator, elsewhere: str) -> None:
        visitor.give_password(next_url=elsewhere)
        assert visitor.give_code(code_of(app))["Location"] == reverse("admin:index")

    def test_who_is_no_operator_is_refused_by_the_password(self, db: None) -> None:
        User.objects.create_user("resident", password=PASSWORD)
        visitor = Visitor()
        assert visitor.give_password(name="resident").status_code == 200
        assert visitor.client.get(reverse(SET_UP))["Location"] == reverse(LOGIN)


def test_without_a_second_factor_the_password_is_enough(
    visitor: Visitor, settings: Settings
) -> None:
    settings.SECOND_FACTOR = "off"
    visitor.give_password()
    assert visitor.is_inside()
    settings.SECOND_FACTOR = "required"
    assert not visitor.is_inside(), "what was opened without one is closed when it is required"


def test_sealing_key_is_changed_under_the_app(
    visitor: Visitor, app: Authenticator, settings: Settings
) -> None:
    new_key = base64.b64encode(b"n" * 32).decode()
    settings.SEALING_KEYS = f"new:{new_key},{settings.SEALING_KEYS}"
    assert rotate(Authenticator) == 1
    settings.SEALING_KEYS = f"new:{new_key}"
    visitor.enter(app)


def test_no_column_has_a_secret_in_clear(visitor: Visitor) -> None:
    visitor.give_password()
    visitor.client.get(reverse(SET_UP))
    app = Authenticator.objects.get()
    answer = visitor.client.post(reverse(SET_UP), {"code": code_of(app)})
    codes = codes_on(answer.content.decode())
    secret = app.unseal("sealed_secret")
    hidden = [secret, *codes, *(code.replace("-", "") for code in codes)]
    sessions = [one.get_decoded() for one in Session.objects.all()]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT t::text FROM "{table}" AS t')
            rows = " ".join(row[0] for row in cursor.fetchall())
            assert not [text for text in hidden if text in rows], table
    assert not [text for text in hidden if text in repr(sessions)]
