"""A page that was reached from the checklist leads there again, and never to another host."""

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse

from merchants.models import Grant, Merchant, PaymentAccount, Project, PropertyGroup
from paycenter.operators.onboarding.checklist import checklist_url
from paycenter.operators.returning import back_of, returning
from tests.admin.pages import address, read
from tests.admin.rows import Company

ELSEWHERE = [
    "https://evil.example/admin/",
    "//evil.example/admin/",
    "/\\evil.example/admin/",
    "\\/evil.example/admin/",
    "///evil.example/",
    "javascript:alert(1)",
    "/checkout/",
    "admin/",
    "",
    " /admin/",
    "\n//evil.example",
    "/admin",
    "http:///evil.example",
]


@pytest.mark.parametrize("url", ELSEWHERE, ids=repr)
def test_only_pages_of_operators_are_returned_to(url: str) -> None:
    assert back_of(RequestFactory().get("/", {"next": url})) == ""


def test_a_page_of_operators_is_returned_to() -> None:
    url = reverse("admin:merchants_merchant_changelist") + "?q=1&p=2"
    assert back_of(RequestFactory().get(returning("/x/", url))) == url


def test_a_form_is_filled_with_what_is_known_and_saving_it_leads_back(
    browser: Client, company: Company
) -> None:
    back = checklist_url(company.merchant)
    url = returning(address(Project, "add"), back, merchant=company.merchant.pk)
    assert f'<option value="{company.merchant.pk}" selected>' in read(browser, url)
    fields = {"merchant": company.merchant.pk, "code": "second", "name": "第二期"}
    assert browser.post(url, fields)["Location"] == back
    edit, names = address(Project, "change", company.project.pk), {"code": "first", "name": "一期"}
    assert browser.post(f"{edit}?next={back}", names)["Location"] == back
    assert browser.post(edit, names)["Location"] == address(Project, "changelist")


@pytest.mark.parametrize("url", ELSEWHERE[:4], ids=repr)
def test_saving_leads_nobody_to_another_host(browser: Client, company: Company, url: str) -> None:
    fields = {"merchant": company.merchant.pk, "code": "second", "name": "第二期"}
    edit = address(Project, "change", company.project.pk)
    answer = browser.post(returning(edit, url), fields)
    assert answer["Location"] == address(Project, "changelist")
    button = address(PaymentAccount, "change", company.account.pk)
    off = button.replace("/change/", "/switch-off/")
    assert "evil" not in read(browser, returning(off, url))
    assert browser.post(returning(off, url))["Location"] == button


def test_a_button_leads_back_too(browser: Client, company: Company) -> None:
    back = checklist_url(company.merchant)
    button = address(PaymentAccount, "change", company.account.pk)
    url = returning(button.replace("/change/", "/switch-off/"), back)
    assert f'href="{back}"' in read(browser, url), "cancelling leads back"
    assert browser.post(url)["Location"] == back


def test_a_new_company_begins_with_its_checklist(browser: Client, db: None) -> None:
    start = reverse("admin:merchants_merchant_begin")
    add_group = returning(address(PropertyGroup, "add"), start)
    assert add_group.replace("&", "&amp;") in read(browser, start)
    answer = browser.post(add_group, {"code": "sun", "name": "阳光集团"})
    assert answer["Location"] == start
    group = PropertyGroup.objects.get()
    add = returning(address(Merchant, "add"), "", group=group.pk)
    assert add in read(browser, start)
    fields = {
        "group": group.pk,
        "name": "阳光物业",
        "display_name": "阳光物业",
        "credit_code": "91310000MA1K00001X",
        "is_active": "on",
        "channel_merchants-TOTAL_FORMS": "0",
        "channel_merchants-INITIAL_FORMS": "0",
        "projects-TOTAL_FORMS": "0",
        "projects-INITIAL_FORMS": "0",
    }
    answer = browser.post(add, fields)
    assert answer["Location"] == checklist_url(Merchant.objects.get())


def test_a_new_person_is_given_a_role_and_leads_back(browser: Client, company: Company) -> None:
    back = checklist_url(company.merchant)
    url = returning(reverse("admin:auth_user_add"), back)
    person = {
        "username": "clerk",
        "password1": "a long phrase 93",
        "password2": "a long phrase 93",
        "usable_password": "true",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    }
    answer = browser.post(url, person)
    own = address(User, "change", User.objects.get(username="clerk").pk)
    assert answer["Location"] == returning(own, back)


def test_a_grant_leads_back(browser: Client, company: Company) -> None:
    Grant.objects.all().delete()
    back = checklist_url(company.merchant)
    url = returning(address(Grant, "add"), back, payment_account=company.account.pk)
    fields = {"payment_account": company.account.pk, "application": company.application.pk}
    assert browser.post(url, fields)["Location"] == back
