"""Nobody sees or touches another group's rows: every address there is, by every role."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from merchants.models import Application, ChannelSwitch, Grant, Membership, Project, Role
from paycenter.operators.roles.powers import POWERS
from paycenter.operators.roles.scoping import REACHES
from tests.admin.bulk.choosing import chosen, confirmed
from tests.admin.pages import address, registered
from tests.admin.roles.conftest import CANARY, SCOPED_ROLES, SignIn
from tests.admin.rows import Company
from transactions.models import Difference, Order, Refund

PLATFORM_ONLY = {
    "auth.user",
    "bulk.bulkitem",
    "bulk.bulkrun",
    "merchants.auditcheckpoint",
    "merchants.audithead",
    "merchants.membership",
    "merchants.securityrecord",
    "merchants.usednonce",
    "notifications.feedcounter",
    "notifications.heartbeat",
    "transactions.tallyprogress",
    "notifications.post",
    "notifications.robot",
    "notifications.telling",
    "security.authenticator",
    "security.failedsignin",
    "security.recoverycode",
    "security.signin",
}
REFUSED = {403, 404}
ROLES = [*SCOPED_ROLES, Role.DEVELOPER]


def _scope(role: Role, own: Company) -> dict[str, Model]:
    if role == Role.DEVELOPER:
        return {"application": own.application}
    return {"merchant": own.merchant}


def _is_hidden(answer: Any) -> bool:
    """Whether an address showed nothing: Django leads from a row that is not there to the start."""
    led_away = answer.status_code == 302 and answer.url == reverse("admin:index")
    return led_away or answer.status_code in REFUSED


def _rows_of(model: type[Model], company: Company) -> list[Any]:
    """Return the rows of a model that a group's finance person reaches, by the table itself."""
    reach = REACHES.get(model._meta.label_lower)
    if reach is None:
        return list(model._default_manager.all())
    group = Membership(role=Role.FINANCE, group=company.merchant.group)
    return list(model._default_manager.filter(reach.of(group)).distinct())


def _addresses(pages: Any, model: type[Model], row: Model) -> Iterator[str]:
    change = address(model, "change", row.pk)
    yield change
    yield address(model, "history", row.pk)
    yield address(model, "delete", row.pk)
    for button in pages.actions_detail:
        path = getattr(getattr(pages, button), "url_path", button)
        yield change.replace("/change/", f"/{path}/")


def test_every_model_has_its_reach_or_is_the_platforms() -> None:
    known = {model._meta.label_lower for model, _ in registered()} | {"merchants.membership"}
    assert known <= set(REACHES) | PLATFORM_ONLY
    assert not set(REACHES) & PLATFORM_ONLY


def test_every_power_is_over_a_model_that_has_a_reach() -> None:
    for role, permissions in POWERS.items():
        for permission in permissions:
            app, _, codename = permission.partition(".")
            assert f"{app}.{codename.partition('_')[2]}" in REACHES, (role, permission)


@pytest.mark.parametrize("role", ROLES)
def test_no_list_shows_another_groups_rows(
    role: Role, own: Company, foreign: Company, sign_in: SignIn
) -> None:
    browser = sign_in(role, **_scope(role, own))
    opened = 0
    for model, _pages in registered():
        answer = browser.get(address(model, "changelist"))
        assert answer.status_code in {200, 403}, model
        page = answer.content.decode()
        opened += answer.status_code == 200
        assert CANARY not in page, model
        for row in _rows_of(model, foreign) if model._meta.label_lower in REACHES else ():
            assert f'"{address(model, "change", row.pk)}' not in page, (model, row)
    assert opened >= 6


@pytest.mark.parametrize("role", ROLES)
def test_no_address_opens_another_groups_row(
    role: Role, own: Company, foreign: Company, sign_in: SignIn
) -> None:
    browser = sign_in(role, **_scope(role, own))
    tried = 0
    for model, pages in registered():
        for row in _rows_of(model, foreign)[:3]:
            for url in _addresses(pages, model, row):
                for answer in (browser.get(url), browser.post(url, {"note": "x", "version": 0})):
                    assert _is_hidden(answer), (url, answer.status_code)
                    assert CANARY not in answer.content.decode(), url
                    tried += 1
    assert tried > 150


@pytest.mark.parametrize("role", SCOPED_ROLES)
def test_own_rows_open(role: Role, own: Company, foreign: Company, sign_in: SignIn) -> None:
    browser = sign_in(role, merchant=own.merchant)
    opened = 0
    for model, _pages in registered():
        app, name = model._meta.app_label, model._meta.model_name
        for row in _rows_of(model, own)[:2]:
            answer = browser.get(address(model, "change", row.pk))
            allowed = f"{app}.view_{name}" in POWERS[role]
            if model._meta.label_lower == "merchants.propertygroup" or allowed:
                opened += answer.status_code == 200
            if not allowed:
                assert _is_hidden(answer), (role, model)
    assert opened >= 5


@pytest.mark.parametrize("role", ROLES)
def test_the_first_page_and_channel_health_show_no_other_group(
    role: Role, own: Company, foreign: Company, sign_in: SignIn
) -> None:
    browser = sign_in(role, **_scope(role, own))
    for url in (reverse("admin:index"), reverse("channel-health")):
        answer = browser.get(url)
        assert answer.status_code in {200, 403}
        assert CANARY not in answer.content.decode()


@pytest.mark.parametrize("role", ROLES)
def test_typing_finds_no_other_groups_rows(
    role: Role, own: Company, foreign: Company, sign_in: SignIn
) -> None:
    browser = sign_in(role, **_scope(role, own))
    asked = 0
    for model, pages in registered():
        for name in getattr(pages, "autocomplete_fields", ()):
            term = {"app_label": model._meta.app_label, "model_name": model._meta.model_name}
            answer = browser.get(
                reverse("admin:autocomplete"), {**term, "field_name": name, "term": ""}
            )
            asked += answer.status_code == 200
            assert CANARY not in answer.content.decode(), (model, name)
    answer = browser.get(reverse("payee-choices"), {"term": ""})
    assert CANARY not in answer.content.decode()
    assert CANARY.encode("unicode_escape") not in answer.content
    assert asked or role in {Role.CASHIER, Role.AUDITOR, Role.FINANCE, Role.DEVELOPER}


@pytest.mark.parametrize("role", ROLES)
def test_no_form_offers_another_groups_rows(
    role: Role, own: Company, foreign: Company, sign_in: SignIn
) -> None:
    browser = sign_in(role, **_scope(role, own))
    for model, _pages in registered():
        answer = browser.get(address(model, "add"))
        assert answer.status_code in {200, 403}
        assert CANARY not in answer.content.decode(), model


def test_a_number_of_another_group_is_not_found(
    own: Company, foreign: Company, sign_in: SignIn
) -> None:
    browser = sign_in(Role.FINANCE, merchant=own.merchant)
    for company, found in ((own, True), (foreign, False)):
        order = Order.objects.filter(application=company.application).latest("pk")
        answer = browser.get(address(Order, "changelist"), {"q": order.order_no})
        assert (answer.status_code == 302) is found


def test_somebody_without_a_role_sees_nothing(own: Company) -> None:
    browser = Client()
    browser.force_login(User.objects.create(username="new", is_staff=True))
    for model, _pages in registered():
        assert browser.get(address(model, "changelist")).status_code == 403


def test_a_role_ends_where_another_one_begins(
    own: Company, foreign: Company, sign_in: SignIn
) -> None:
    """Finance here and auditor there: what may be changed is here only."""
    browser = sign_in(Role.FINANCE, merchant=own.merchant)
    user = User.objects.get()
    Membership.objects.create(user=user, role=Role.AUDITOR, merchant=foreign.merchant)
    browser.force_login(user, "django.contrib.auth.backends.ModelBackend")
    for company, status in ((own, 200), (foreign, 403)):
        refund = Refund.objects.filter(application=company.application).earliest("pk")
        Refund.objects.filter(pk=refund.pk).update(
            state="unknown", needs_person=True, due_at=refund.created_at
        )
        url = address(Refund, "change", refund.pk)
        assert browser.get(url).status_code == 200
        assert browser.get(url.replace("/change/", "/propose/")).status_code == status


def test_an_account_is_granted_to_any_application_of_ones_group(
    own: Company, foreign: Company, sign_in: SignIn
) -> None:
    """One that may use no account of the company yet must be there to choose."""
    group = own.merchant.group
    new = Application.objects.create(code="new", name="新来的系统", group=group)
    browser = sign_in(Role.OPERATOR, merchant=own.merchant)
    page = browser.get(address(Grant, "add")).content.decode()
    assert new.name in page
    assert foreign.application.name not in page
    grant = {"application": new.pk, "payment_account": own.account.pk}
    assert browser.post(address(Grant, "add"), grant).status_code == 302
    assert Grant.objects.filter(**grant).exists()


def test_a_form_takes_no_other_groups_row(own: Company, foreign: Company, sign_in: SignIn) -> None:
    """What a form does not offer, a request cannot choose either; the form says so."""
    browser = sign_in(Role.OPERATOR, merchant=own.merchant)
    grant = {"application": own.application.pk, "payment_account": foreign.account.pk}
    assert browser.post(address(Grant, "add"), grant).status_code == 200
    assert not Grant.objects.filter(**grant).exists()
    project = {"merchant": foreign.merchant.pk, "code": "new", "name": "新项目"}
    assert browser.post(address(Project, "add"), project).status_code == 200
    project["merchant"] = own.merchant.pk
    assert browser.post(address(Project, "add"), project).status_code == 302
    assert Project.objects.get(code="new").merchant == own.merchant


def test_a_company_operator_cannot_switch_a_whole_channel_off(
    own: Company, sign_in: SignIn
) -> None:
    """It would stop everybody's payments: what lies outside of a role is undone."""
    browser = sign_in(Role.OPERATOR, merchant=own.merchant)
    before = ChannelSwitch.objects.count()
    body = {"channel": "wechat", "reason": "维护", "ends_at_0": "", "ends_at_1": ""}
    assert browser.post(address(ChannelSwitch, "add"), body).status_code == 403
    assert ChannelSwitch.objects.count() == before
    answer = browser.post(address(ChannelSwitch, "add"), {**body, "merchant": own.merchant.pk})
    assert answer.status_code == 302
    assert ChannelSwitch.objects.count() == before + 1


BOOKS = {"first": "2026-11-01", "last": "2026-11-30"}


@pytest.mark.parametrize("page", ["statements", "reports"])
@pytest.mark.parametrize("role", ROLES)
def test_books_are_those_of_ones_own_companies(
    page: str, role: Role, own: Company, foreign: Company, sign_in: SignIn
) -> None:
    browser = sign_in(role, **_scope(role, own))
    opens = "transactions.view_journalentry" in POWERS[role]
    for file in ("", "csv", "xlsx"):
        query = BOOKS | {"company": foreign.merchant.pk, "as": file}
        answer = browser.get(reverse(page), query)
        assert answer.status_code == (200 if opens else 403)
        assert answer["Content-Type"].startswith("text/html")
        assert CANARY not in answer.content.decode()
    mine = browser.get(reverse(page), BOOKS | {"company": own.merchant.pk})
    assert ("pc-card" in mine.content.decode()) is opens


def test_a_role_for_a_project_sees_the_books_of_the_project_alone(
    own: Company, sign_in: SignIn
) -> None:
    browser = sign_in(Role.FINANCE, project=own.project)
    query = BOOKS | {"company": own.merchant.pk}
    whole = browser.get(reverse("statements"), query | {"as": "csv"})
    assert whole["Content-Type"].startswith("text/html")
    part = browser.get(reverse("statements"), query | {"as": "csv", "project": own.project.pk})
    assert part["Content-Type"].startswith("text/csv")
    other = Project.objects.create(merchant=own.merchant, code="other", name="别的项目")
    outside = browser.get(reverse("statements"), query | {"as": "csv", "project": other.pk})
    assert outside["Content-Type"].startswith("text/html")


def test_a_second_person_of_another_company_cannot_agree(
    own: Company, foreign: Company, sign_in: SignIn
) -> None:
    """Agreeing with several proposals at once takes those one may change only."""
    browser = sign_in(Role.FINANCE, merchant=own.merchant)
    user = User.objects.get()
    Membership.objects.create(user=user, role=Role.AUDITOR, merchant=foreign.merchant)
    browser.force_login(user, "django.contrib.auth.backends.ModelBackend")
    rows = list(Difference.objects.order_by("pk"))
    assert {row.merchant_id for row in rows} == {own.merchant.pk, foreign.merchant.pk}
    Difference.objects.update(
        state="proposed", solution="explained", explanation="x", proposed_by="somebody"
    )
    confirmed(browser, chosen(browser, Difference, "agree", *rows))
    done = set(Difference.objects.filter(state="resolved").values_list("merchant", flat=True))
    assert done == {own.merchant.pk}


def test_a_session_ends_when_the_roles_of_its_person_change(own: Company, sign_in: SignIn) -> None:
    browser = sign_in(Role.AUDITOR, merchant=own.merchant)
    assert browser.get(address(Order, "changelist")).status_code == 200
    held = Membership.objects.get()
    held.role = Role.FINANCE
    held.save()
    assert browser.get(address(Order, "changelist")).status_code == 302
