"""Who may see a checklist, and that it names no page that is closed to its reader."""

import re

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from merchants.models import ChannelMerchant, Merchant, PaymentAccount, Role
from paycenter.operators.onboarding.checklist import checklist_url
from tests.admin.onboarding.conftest import finished, scope_of
from tests.admin.pages import address, read
from tests.admin.roles.conftest import CANARY, SignIn
from tests.admin.rows import Company

_LINK = re.compile(r'class="pc-(?:link|button)" href="(/admin/[^"]+next=[^"]+)"')
SEEING = [Role.OPERATOR, Role.FINANCE, Role.AUDITOR]


@pytest.mark.parametrize("role", [*SEEING, Role.CASHIER, Role.DEVELOPER])
def test_who_may_see_a_company_sees_its_checklist(
    role: Role, own: Company, sign_in: SignIn
) -> None:
    browser = sign_in(role, **scope_of(role, own))
    status = browser.get(checklist_url(own.merchant)).status_code
    assert status == (200 if role in SEEING else 403)


@pytest.mark.parametrize("role", [*SEEING, Role.CASHIER, Role.DEVELOPER])
def test_nobody_sees_another_groups_checklist(
    role: Role, own: Company, foreign: Company, sign_in: SignIn
) -> None:
    browser = sign_in(role, **scope_of(role, own))
    answer = browser.get(checklist_url(foreign.merchant))
    assert answer.status_code in {403, 404}
    assert CANARY not in answer.content.decode()


@pytest.mark.parametrize("role", SEEING)
def test_every_link_of_a_checklist_is_open_to_its_reader(
    role: Role, own: Company, sign_in: SignIn
) -> None:
    browser = sign_in(role, merchant=own.merchant)
    links = set(_LINK.findall(read(browser, checklist_url(own.merchant))))
    for url in links:
        assert browser.get(url.replace("&amp;", "&")).status_code == 200, url
    assert bool(links) is (role == Role.OPERATOR)


def test_who_may_not_do_what_is_next_reads_whom_to_ask(own: Company, sign_in: SignIn) -> None:
    browser = sign_in(Role.AUDITOR, merchant=own.merchant)
    browser.cookies["django_language"] = "en"
    assert "Ask a platform operator" in read(browser, checklist_url(own.merchant))


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.FINANCE, Role.AUDITOR, Role.DEVELOPER])
def test_only_who_may_add_companies_begins_with_a_new_one(
    role: Role, own: Company, sign_in: SignIn
) -> None:
    browser = sign_in(role, **scope_of(role, own))
    start = reverse("admin:merchants_merchant_begin")
    assert browser.get(start).status_code == 403
    assert start not in read(browser, reverse("admin:index"))


def test_what_is_missing_stands_on_the_pages_of_the_rows(own: Company, sign_in: SignIn) -> None:
    browser = sign_in(Role.OPERATOR, merchant=own.merchant)
    url = checklist_url(own.merchant)
    rows = [(Merchant, own.merchant), (ChannelMerchant, own.owner), (PaymentAccount, own.account)]
    for model, row in rows:
        page = read(browser, address(model, "change", row.pk))
        assert "pc-missing" in page
        assert f'href="{url}"' in page


def test_nothing_stands_there_once_nothing_is_missing(own: Company, browser: Client) -> None:
    finished(own)
    for model, row in ((ChannelMerchant, own.owner), (PaymentAccount, own.account)):
        assert "pc-missing" not in read(browser, address(model, "change", row.pk))


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.DEVELOPER])
def test_who_may_not_see_the_company_reads_nothing_of_it_beside_an_account(
    role: Role, own: Company, sign_in: SignIn
) -> None:
    """A role for one project, or one application, shows the account and no more."""
    scope: dict[str, Model] = {"project": own.project}
    if role == Role.DEVELOPER:
        scope = {"application": own.application}
    browser = sign_in(role, **scope)
    page = read(browser, address(PaymentAccount, "change", own.account.pk))
    assert "pc-missing" not in page
