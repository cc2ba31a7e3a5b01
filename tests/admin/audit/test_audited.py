"""Whatever is done on the pages is in the audit log: who, from where, before and after."""

from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from merchants.models import (
    Application,
    AuditEvent,
    Grant,
    Merchant,
    PaymentAccount,
    Project,
    PropertyGroup,
)
from paycenter.operators.audit.audited import AuditedAdmin
from tests.admin.pages import address, registered
from tests.admin.rows import Company, make_company
from tests.support.audit import deeds
from transactions.models import Order

Action = AuditEvent.Action


def company_form(merchant: Merchant, **changes: Any) -> dict[str, Any]:
    """Return what the page of a company sends."""
    names = ("name", "display_name", "credit_code")
    projects = list(merchant.projects.order_by("id"))
    rows: dict[str, Any] = {
        "channel_merchants-TOTAL_FORMS": 0,
        "channel_merchants-INITIAL_FORMS": 0,
        "projects-TOTAL_FORMS": len(projects),
        "projects-INITIAL_FORMS": len(projects),
    }
    for number, project in enumerate(projects):
        rows |= {
            f"projects-{number}-id": project.pk,
            f"projects-{number}-merchant": merchant.pk,
            f"projects-{number}-code": project.code,
            f"projects-{number}-name": project.name,
        }
    return {name: getattr(merchant, name) for name in names} | {"is_active": "on"} | rows | changes


def save(browser: Client, row: Any, form: dict[str, Any]) -> None:
    """Send the form of a row's page."""
    answer = browser.post(address(type(row), "change", row.pk), form)
    assert answer.status_code == 302, answer.content.decode()[:2000]


def test_all_pages_are_audited() -> None:
    assert all(isinstance(pages, AuditedAdmin) for _, pages in registered())


def test_an_addition_tells_all_that_was_entered(browser: Client, operator: User) -> None:
    answer = browser.post(
        address(PropertyGroup, "add"),
        {"name": "阳光集团", "code": "sun"},
        REMOTE_ADDR="203.0.113.7",
        HTTP_X_REQUEST_ID="req-1",
    )
    assert answer.status_code == 302
    event = deeds().get()
    group = PropertyGroup.objects.get()
    assert (event.action, event.user, event.name) == (Action.ADD, operator, "operator")
    assert (event.address, event.request_id) == ("203.0.113.7", "req-1")
    assert (event.object_type, event.object_id) == ("merchants.propertygroup", str(group.pk))
    assert (event.object_text, event.group) == ("阳光集团", group)
    assert event.before == {}
    assert event.after.items() >= {"name": "阳光集团", "code": "sun"}.items()


def test_a_change_tells_the_fields_that_changed(browser: Client, company: Company) -> None:
    merchant = company.merchant
    save(browser, merchant, company_form(merchant, display_name="月光物业"))
    event = deeds().get()
    assert (event.action, event.merchant) == (Action.CHANGE, merchant)
    assert event.before == {"display_name": "阳光物业"}
    assert event.after == {"display_name": "月光物业"}


def test_a_form_that_changes_nothing_is_no_change(browser: Client, company: Company) -> None:
    save(browser, company.merchant, company_form(company.merchant))
    assert not deeds().exists()


def test_rows_on_anothers_page_are_deeds_of_their_own(browser: Client, company: Company) -> None:
    form = company_form(company.merchant) | {
        "projects-0-name": "月光花园",
        "projects-TOTAL_FORMS": 2,
        "projects-1-merchant": company.merchant.pk,
        "projects-1-code": "lake",
        "projects-1-name": "湖畔",
    }
    save(browser, company.merchant, form)
    added, changed = deeds().order_by("action")
    lake = Project.objects.get(code="lake")
    assert (added.action, added.object_id) == (Action.ADD, str(lake.pk))
    assert added.after["name"] == "湖畔"
    assert (changed.action, changed.object_id) == (Action.CHANGE, str(company.project.pk))
    assert (changed.before, changed.after) == ({"name": "阳光花园"}, {"name": "月光花园"})


def test_a_row_deleted_on_anothers_page_is_told_as_it_was(
    browser: Client, company: Company
) -> None:
    grant = Grant.objects.get(application=company.application)
    form = {
        "name": company.application.name,
        "is_active": "on",
        "keys-TOTAL_FORMS": 0,
        "keys-INITIAL_FORMS": 0,
        "grants-TOTAL_FORMS": 1,
        "grants-INITIAL_FORMS": 1,
        "grants-0-id": grant.pk,
        "grants-0-application": company.application.pk,
        "grants-0-payment_account": company.account.pk,
        "grants-0-DELETE": "on",
    }
    save(browser, company.application, form)
    event = deeds().get()
    assert (event.action, event.object_id) == (Action.DELETE, str(grant.pk))
    assert company.account.payment_no in event.before["payment_account"]
    assert event.merchant == company.merchant


def test_a_deletion_tells_what_was(browser: Client, company: Company) -> None:
    grant = Grant.objects.get(application=company.application)
    browser.post(address(Grant, "delete", grant.pk), {"post": "yes"})
    event = deeds().get()
    assert (event.action, event.object_id, event.after) == (Action.DELETE, str(grant.pk), {})
    assert company.application.name in event.before["application"]


def test_ticked_rows_that_are_deleted_are_deeds_each(browser: Client, company: Company) -> None:
    Grant.objects.create(application=company.application, payment_account=make_company().account)
    ticked = [str(pk) for pk in Grant.objects.values_list("pk", flat=True)]
    browser.post(
        address(Grant, "changelist"),
        {"action": "delete_selected", "_selected_action": ticked, "post": "yes"},
    )
    assert not Grant.objects.exists()
    assert sorted(deeds().values_list("object_id", flat=True)) == sorted(ticked)


def test_a_button_tells_what_its_service_changed(browser: Client, company: Company) -> None:
    url = address(PaymentAccount, "change", company.account.pk).replace("/change/", "/switch-off/")
    browser.post(url)
    event = deeds().get()
    assert (event.action, event.before, event.after) == (
        Action.ACT,
        {"is_active": True},
        {"is_active": False},
    )


def test_who_only_looks_does_nothing(browser: Client, company: Company) -> None:
    browser.get(address(Merchant, "change", company.merchant.pk))
    browser.get(address(Merchant, "history", company.merchant.pk))
    assert not deeds().exists()


def test_a_new_password_is_told_and_not_shown(browser: Client, operator: User) -> None:
    clerk = User.objects.create(username="clerk")
    password = "correct-horse-battery"
    url = reverse("admin:auth_user_password_change", args=[clerk.pk])
    browser.post(url, {"password1": password, "password2": password, "usable_password": "true"})
    event = deeds().get()
    assert event.object_text == "clerk"
    assert (set(event.before) | set(event.after)) == {"password"}
    assert event.after == {"password": "***"}


def test_rights_that_are_given_are_told(browser: Client) -> None:
    clerk = User.objects.create(username="clerk", is_staff=True)
    form = {
        "username": "clerk",
        "is_active": "on",
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "0",
        "memberships-0-role": "platform",
    }
    save(browser, clerk, form)
    event = deeds().get(object_type="merchants.membership")
    assert (event.action, event.after["role"]) == (Action.ADD, "platform")


def test_a_secret_that_is_shown_is_told_and_not_kept(browser: Client, company: Company) -> None:
    url = address(Application, "change", company.application.pk).replace(
        "/change/", "/issue_secret/"
    )
    page = browser.get(url).content.decode()
    seen = page.split('name="seen" value="')[1].split('"')[0]
    shown = browser.post(url, {"seen": seen}).content.decode()
    secret = "whsec_" + shown.split("whsec_")[1].split("<")[0].split('"')[0]
    event = deeds().get()
    assert event.action == Action.SHOW
    assert set(event.after) == {"sealed_webhook_secret", "sealed_previous_webhook_secret"}
    assert set(event.after.values()) == {"***"}
    kept = str(AuditEvent.objects.values_list())
    assert secret not in kept
    company.application.refresh_from_db()
    assert company.application.sealed_webhook_secret not in kept


def test_a_statement_that_is_taken_away_is_told(browser: Client, company: Company) -> None:
    chosen = {"company": str(company.merchant.pk), "first": "2026-11-01", "last": "2026-11-02"}
    browser.get(reverse("statements"), chosen | {"as": "csv"})
    event = deeds().get()
    assert (event.action, event.merchant) == (Action.EXPORT, company.merchant)
    days = (event.after["first"], event.after["last"])
    assert (event.after["format"], days) == ("csv", ("2026-11-01", "2026-11-02"))


def test_a_worksheet_that_is_taken_away_is_told(browser: Client, order: Order) -> None:
    browser.get(reverse("admin:transactions_difference_download_sheet"))
    event = deeds().get()
    assert (event.action, event.object_type) == (Action.EXPORT, "transactions.difference")
    assert event.after == {"state": ["assigned", "open"]}
