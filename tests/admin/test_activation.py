"""A payment account is switched on by the button that tests it, and off by another, at once."""

import pytest
from django.test import Client
from pytest_django import Settings

from gateway.messages import Failure, Operation, Outcome, PaymentReport
from merchants.models import PaymentAccount
from tests.admin.pages import address, read
from tests.admin.rows import Company, make_company
from tests.support.audit import deeds
from tests.support.fake_channel import FakeChannel


def button(account: PaymentAccount, name: str) -> str:
    """Return the address of an account's button."""
    return address(PaymentAccount, "change", account.pk).replace("/change/", f"/{name}/")


@pytest.fixture
def company(transactional_db: None, channel: FakeChannel, settings: Settings) -> Company:
    """A company whose account was never tested, on a database that really commits."""
    settings.SANDBOX_URL = "http://127.0.0.1:1"
    company = make_company()
    PaymentAccount.objects.update(is_active=False)
    company.account.refresh_from_db()
    return company


def test_an_account_that_works_is_switched_on(browser: Client, company: Company) -> None:
    page = browser.post(button(company.account, "test"), follow=True).content.decode()
    assert "账户可用" in page
    company.account.refresh_from_db()
    assert company.account.is_active
    assert "works" in deeds().get().detail
    shown = read(browser, address(PaymentAccount, "change", company.account.pk))
    assert '<span class="pc-label pc-good">可用</span>' in shown


def test_what_is_wrong_is_said_in_words(
    browser: Client, company: Company, channel: FakeChannel
) -> None:
    channel.answers(
        Operation.QUERY,
        PaymentReport(Outcome.UNKNOWN, "", failure=Failure("no_answer", "<b>silence</b>")),
    )
    page = browser.post(button(company.account, "test"), follow=True).content.decode()
    assert "渠道没有应答" in page
    assert "&lt;b&gt;silence" in page
    company.account.refresh_from_db()
    assert not company.account.is_active
    assert company.account.finding == "unreachable"


def test_no_form_switches_an_account_on(browser: Client, company: Company) -> None:
    url = address(PaymentAccount, "change", company.account.pk)
    fields = {"name": "收款", "appid": "wx1", "min_amount": "0.01", "max_amount": "5"}
    fields |= {"checkout_position": "100", "checkout_weight": "1"}
    browser.post(url, {**fields, "is_active": "on", "finding": "works"})
    company.account.refresh_from_db()
    assert (company.account.name, company.account.is_active) == ("收款", False)
    new = {**fields, "channel_merchant": company.owner.pk, "appid": "wx2", "is_active": "on"}
    browser.post(address(PaymentAccount, "add"), new)
    assert not PaymentAccount.objects.get(appid="wx2").is_active


def test_an_account_is_switched_off_without_a_test(
    browser: Client, company: Company, channel: FakeChannel
) -> None:
    PaymentAccount.objects.update(is_active=True)
    browser.post(button(company.account, "switch-off"))
    company.account.refresh_from_db()
    assert not company.account.is_active
    assert channel.calls == []
    assert deeds().count() == 1


def test_a_channel_that_is_not_spoken_yet_is_not_asked(browser: Client, company: Company) -> None:
    company.owner.channel = "unionpay"
    company.owner.save()
    page = browser.post(button(company.account, "test"), follow=True).content.decode()
    assert "尚未支持该渠道" in page


def test_the_page_lists_what_the_parser_chooses(browser: Client, company: Company) -> None:
    for row in (company.account, company.owner):
        page = read(browser, address(type(row), "change", row.pk))
        for execution in ("jsapi", "h5", "native", "refund_query"):
            assert f"<code>{execution}</code>" in page
