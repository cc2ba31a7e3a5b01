"""Before secrets and decisions about money people prove again who they are, and lose nothing."""

from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Permission, User
from django.db.models import Model
from django.urls import reverse
from pytest_django import Settings

from merchants.doors import open_door
from merchants.keys import issue_webhook_secret
from merchants.models import (
    Application,
    ApplicationKey,
    ChannelMerchant,
    EasyPayDoor,
    StoredCredential,
)
from paycenter.kernel.clock import now
from paycenter.operators.bulk.models import BulkRun
from paycenter.operators.security.models import Authenticator, SignIn
from tests.admin.bill_rows import make_bill
from tests.admin.bulk.choosing import chosen
from tests.admin.pages import address, read
from tests.admin.rows import Company, make_duplicate
from tests.admin.security.door import (
    PASSWORD,
    WRONG,
    Visitor,
    code_of,
    give_app,
    make_person,
    wrong_code,
)
from tests.support.audit import deeds
from tests.support.clock import Clock
from tests.support.split_rules import make_rule
from transactions.models import Difference, DuplicatePayment, Order, Refund, SplitRule

PROVE = "admin:prove"
HOLDS = 600
IDLE = 1800


@dataclass(frozen=True)
class Guarded:
    """A page that asks first: a button of a row, or ``change`` or ``add``."""

    model: type[Model]
    button: str

    def url(self) -> str:
        """Return its address for the newest row."""
        if self.button == "add":
            return address(self.model, "add")
        row = self.model._default_manager.order_by("pk").last()
        assert row is not None
        return address(self.model, "change", row.pk).replace("/change/", f"/{self.button}/")


GUARDED = [
    Guarded(Application, "issue_key"),
    Guarded(Application, "issue_secret"),
    Guarded(Application, "issue_easypay_key"),
    Guarded(Application, "retire_secret"),
    Guarded(ApplicationKey, "revoke"),
    Guarded(ChannelMerchant, "add-credential"),
    Guarded(StoredCredential, "revoke"),
    Guarded(EasyPayDoor, "change"),
    Guarded(Refund, "propose"),
    Guarded(DuplicatePayment, "return_it"),
    Guarded(DuplicatePayment, "keep_it"),
    Guarded(Difference, "agree"),
    Guarded(SplitRule, "approve"),
    Guarded(SplitRule, "refuse"),
    Guarded(User, "add"),
    Guarded(User, "change"),
    Guarded(User, "password"),
    Guarded(User, "reset_factor"),
]


@pytest.fixture
def inside(visitor: Visitor, app: Authenticator, clock: Clock) -> Visitor:
    """The clerk's browser, inside."""
    return visitor.enter(app)


@pytest.fixture
def rows(company: Company, order: Order, inside: Visitor) -> None:
    """A row for every page that asks, in a state in which its button is there."""
    issue_webhook_secret(company.application)
    open_door(company.application)
    make_duplicate(order)
    make_bill(order)
    stuck = {"state": "unknown", "needs_person": True, "due_at": now(), "succeeded_at": None}
    Refund.objects.update(**stuck)
    Difference.objects.update(state="proposed", proposed_by="other", solution="explained")
    waiting = {"state": "waiting", "decided_by": "", "decided_at": None}
    make_rule(company.owner, ("ppm", 100_000), **waiting)
    give_app(make_person("other"))


@pytest.mark.parametrize("page", GUARDED, ids=lambda page: f"{page.model.__name__}-{page.button}")
def test_page_is_shown_to_who_proved_it_lately_and_else_asks(
    inside: Visitor, rows: None, clock: Clock, page: Guarded
) -> None:
    assert read(inside.client, page.url())
    session = inside.client.session
    del session["shown"]
    session.save()
    clock.shift(HOLDS)
    before = list(deeds())
    for answer in (inside.client.get(page.url()), inside.client.post(page.url(), {"seen": "x"})):
        assert answer.status_code == 302
        assert answer["Location"] == f"{reverse(PROVE)}?next={page.url().replace('/', '%2F')}"
    assert list(deeds()) == before


def test_several_at_once_ask_too_and_stay_chosen(inside: Visitor, rows: None, clock: Clock) -> None:
    clock.shift(HOLDS)
    page = chosen(inside.client, Difference, "agree", Difference.objects.get())
    for answer in (inside.client.get(page), inside.client.post(page)):
        assert answer["Location"] == f"{reverse(PROVE)}?next={page.replace('/', '%2F')}"
    assert Difference.objects.get().state == "proposed"
    assert BulkRun.objects.get(state="draft").items.count() == 1


def test_form_that_was_shown_in_time_may_be_sent_later(
    inside: Visitor, company: Company, clock: Clock
) -> None:
    """What was typed for longer than the proof holds is not lost."""
    url = Guarded(EasyPayDoor, "change")
    open_door(company.application)
    read(inside.client, url.url())
    clock.shift(IDLE - 60)
    answer = inside.client.post(url.url(), {"is_active": ""})
    assert answer["Location"] == address(EasyPayDoor, "changelist")
    assert not EasyPayDoor.objects.get().is_active


def test_a_form_that_was_shown_opens_no_other(
    inside: Visitor, company: Company, clock: Clock
) -> None:
    read(inside.client, Guarded(Application, "issue_key").url())
    clock.shift(HOLDS)
    answer = inside.client.post(Guarded(ApplicationKey, "revoke").url())
    assert answer["Location"].startswith(reverse(PROVE))
    assert ApplicationKey.objects.get().revoked_at is None


def test_a_form_that_was_shown_too_long_ago_is_not_taken(
    inside: Visitor, company: Company, clock: Clock
) -> None:
    url = Guarded(ApplicationKey, "revoke").url()
    read(inside.client, url)
    clock.shift(IDLE - 60)
    assert inside.is_inside()
    clock.shift(60)
    assert inside.client.post(url)["Location"].startswith(reverse(PROVE))
    assert ApplicationKey.objects.get().revoked_at is None


def test_who_may_only_look_is_not_asked(inside: Visitor, rows: None, clock: Clock) -> None:
    auditor = make_person("auditor")
    auditor.user_permissions.set(Permission.objects.filter(codename="view_easypaydoor"))
    visitor = Visitor().enter(give_app(auditor)[0], name="auditor")
    clock.shift(HOLDS)
    assert read(visitor.client, Guarded(EasyPayDoor, "change").url())


class TestAsking:
    """The page that asks."""

    def prove(self, visitor: Visitor, next_url: str = "", **given: str) -> str:
        """Send the form; returns where it leads, blank where it is shown again."""
        url = reverse(PROVE) + (f"?next={next_url}" if next_url else "")
        answer = visitor.client.post(url, given)
        return answer.headers.get("Location", "")

    def test_password_and_code_lead_on(
        self, inside: Visitor, app: Authenticator, company: Company, clock: Clock
    ) -> None:
        clock.shift(HOLDS)
        url = Guarded(Application, "issue_key").url()
        assert self.prove(inside, url, password=PASSWORD, code=code_of(app)) == url
        assert read(inside.client, url)

    def test_a_recovery_code_does_too(self, visitor: Visitor, clerk: User, clock: Clock) -> None:
        app, codes = give_app(clerk)
        visitor.enter(app)
        clock.shift(HOLDS)
        assert self.prove(visitor, password=PASSWORD, code=codes[0]) == reverse("admin:index")
        assert self.prove(visitor, password=PASSWORD, code=codes[0]) == ""

    @pytest.mark.parametrize(
        ("password", "code"),
        [(WRONG, "right"), (PASSWORD, "wrong"), (PASSWORD, ""), ("", "right"), (PASSWORD, "used")],
    )
    def test_one_of_them_does_not(
        self, inside: Visitor, app: Authenticator, clock: Clock, password: str, code: str
    ) -> None:
        used = code_of(app)
        clock.shift(HOLDS)
        before = SignIn.objects.get().proved_at
        codes = {"right": code_of(app), "wrong": wrong_code(app), "used": used, "": ""}
        assert self.prove(inside, password=password, code=codes[code]) == ""
        assert SignIn.objects.get().proved_at == before

    def test_a_wrong_password_does_not_spend_the_code(
        self, inside: Visitor, app: Authenticator, clock: Clock
    ) -> None:
        clock.shift(HOLDS)
        code = code_of(app)
        self.prove(inside, password=WRONG, code=code)
        assert self.prove(inside, password=PASSWORD, code=code)

    def test_guessing_is_stopped_as_at_the_door(
        self, inside: Visitor, app: Authenticator, clock: Clock
    ) -> None:
        for _ in range(5):
            clock.shift(60)
            self.prove(inside, password=WRONG, code=wrong_code(app))
        url = reverse(PROVE)
        answer = inside.client.post(url, {"password": PASSWORD, "code": code_of(app)})
        assert answer.status_code == 429

    def test_others_password_is_not_taken(
        self, inside: Visitor, app: Authenticator, clock: Clock
    ) -> None:
        other = make_person("other")
        other.set_password("somebody else's 9 words")
        other.save()
        clock.shift(HOLDS)
        given = {"username": "other", "password": "somebody else's 9 words"}
        assert self.prove(inside, **given, code=code_of(app)) == ""

    @pytest.mark.parametrize("elsewhere", ["https://evil.test/", "//evil.test", "javascript:x"])
    def test_it_leads_nowhere_else(
        self, inside: Visitor, app: Authenticator, clock: Clock, elsewhere: str
    ) -> None:
        clock.shift(HOLDS)
        led = self.prove(inside, elsewhere, password=PASSWORD, code=code_of(app))
        assert led == reverse("admin:index")

    def test_without_a_second_factor_it_asks_for_the_password(
        self, visitor: Visitor, settings: Settings, clock: Clock
    ) -> None:
        settings.SECOND_FACTOR = "off"
        visitor.give_password()
        clock.shift(HOLDS)
        assert 'name="code"' not in visitor.read(PROVE)
        assert self.prove(visitor, password=PASSWORD) == reverse("admin:index")
