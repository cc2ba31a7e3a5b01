"""The hand-over sheet: what developers need, with a request that the API accepts as it stands."""

import html
import json
import re
import shlex

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from merchants.models import ApplicationKey, Grant, Role
from paycenter.operators.onboarding.checklist import checklist_url
from paycenter.operators.onboarding.hand_over import HandOverSheet, hand_over_sheet
from paycenter.operators.returning import returning
from tests.admin.pages import every_page, read
from tests.admin.roles.conftest import SignIn
from tests.admin.rows import Company
from tests.admin.test_application_secrets import button, press, secret_on
from tests.support.clock import Clock
from tests.support.signing import Answer
from transactions.models import Order


def send(sheet: HandOverSheet) -> Answer:
    """Send the sample as it stands."""
    sample = sheet.sample
    headers = {name: value for name, value in sample.headers.items() if name != "Content-Type"}
    response = Client().generic(
        sample.method, sample.target, sample.body, "application/json", headers=headers
    )
    return Answer(response.status_code, json.loads(response.content), dict(response.items()))


def issue(company: Company) -> HandOverSheet:
    """Return the sheet for the key that the company's application has."""
    key = company.application.keys.get()
    return hand_over_sheet(company.application, key_id=key.key_id, secret=company.secrets[0])


def curl_on(page: str) -> list[str]:
    """Return the words of the command that a page shows."""
    found = re.search(r'data-copy="(curl [^"]+)"', page)
    assert found is not None
    return shlex.split(html.unescape(found[1]))


def test_the_sample_on_the_page_is_accepted_once(browser: Client, company: Company) -> None:
    words = curl_on(press(browser, company.application, "issue_key"))
    headers = dict(word.split(": ", 1) for at, word in enumerate(words) if words[at - 1] == "-H")
    body = words[words.index("--data-raw") + 1]
    method, url = words[2], words[3]
    assert url.startswith(settings.PUBLIC_BASE_URL)
    path = url.removeprefix(settings.PUBLIC_BASE_URL)
    content = headers.pop("Content-Type")
    client = Client()
    answer = client.generic(method, path, body, content, headers=headers)
    assert answer.status_code == 201, answer.content
    assert answer.json()["checkout_url"]
    assert Order.objects.get().application == company.application
    again = client.generic(method, path, body, content, headers=headers)
    assert again.json()["code"] == "nonce_reused"


def test_an_application_without_accounts_gets_a_sample_too(company: Company) -> None:
    Grant.objects.all().delete()
    sheet = issue(company)
    assert (sheet.sample.method, sheet.sample.body) == ("GET", "")
    answer = send(sheet)
    assert (answer.status, answer.body) == (200, {"data": []})


@pytest.mark.parametrize(("seconds", "code"), [(290, ""), (310, "timestamp_out_of_range")])
def test_the_sample_counts_for_its_time(
    company: Company, clock: Clock, seconds: int, code: str
) -> None:
    sheet = issue(company)
    clock.shift(seconds)
    assert send(sheet).code == code


def test_the_sheet_names_all_that_is_needed(browser: Client, company: Company) -> None:
    page = press(browser, company.application, "issue_key")
    base = settings.PUBLIC_BASE_URL
    wanted = [base, f"{base}/api/docs/", f"{base}/api/schema/"]
    wanted += [company.merchant.merchant_no, company.account.payment_no, "mini_program"]
    wanted += [ApplicationKey.objects.latest("pk").key_id, "PC1-HMAC-SHA256"]
    for text in wanted:
        assert text in page, text


def test_the_secret_is_not_on_the_sheet(browser: Client, company: Company) -> None:
    page = press(browser, company.application, "issue_key")
    sheet = page[page.index('class="pc-card pc-sheet"') :]
    assert "sk_" not in sheet
    assert secret_on(page, "sk_") in page


def test_the_sheet_is_shown_once_and_kept_nowhere(browser: Client, company: Company) -> None:
    url = button(company.application, "issue_key")
    seen = re.search(r'name="seen" value="([^"]*)"', read(browser, url))
    assert seen is not None
    answer = browser.post(url, {"seen": seen[1]})
    assert "no-store" in answer.headers["Cache-Control"]
    page = answer.content.decode()
    signed = re.search(r"X-Pc-Signature: ([^\n&]+)", html.unescape(page))
    assert signed is not None
    assert "pc-sheet" not in browser.post(url, {"seen": seen[1]}, follow=True).content.decode()
    for other in every_page(User.objects.get(username="operator")):
        assert signed[1] not in html.unescape(read(browser, other)), other


def test_other_secrets_come_without_a_sheet(browser: Client, company: Company) -> None:
    for name in ("issue_secret", "issue_easypay_key"):
        assert "pc-sheet" not in press(browser, company.application, name)


def test_a_key_asked_for_on_the_checklist_leads_back_there(
    browser: Client, company: Company
) -> None:
    back = checklist_url(company.merchant)
    url = returning(button(company.application, "issue_key"), back)
    seen = re.search(r'name="seen" value="([^"]*)"', read(browser, url))
    assert seen is not None
    assert f'href="{back}"' in browser.post(url, {"seen": seen[1]}).content.decode()


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.FINANCE, Role.AUDITOR, Role.CASHIER])
def test_only_who_may_issue_keys_gets_a_sheet(role: Role, own: Company, sign_in: SignIn) -> None:
    browser = sign_in(role, merchant=own.merchant)
    keys = ApplicationKey.objects.count()
    assert browser.post(button(own.application, "issue_key"), {"seen": "x"}).status_code == 403
    assert ApplicationKey.objects.count() == keys
