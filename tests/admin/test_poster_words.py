"""What a poster says of how to scan it: only apps in which the code can be paid."""

import pytest
from django.test import Client

from merchants.models import ChannelMerchant, Grant, PaymentAccount
from tests.admin.pages import address, read
from tests.admin.rows import Company, make_code
from transactions.checkout import offers
from transactions.models import CollectionCode, Order


@pytest.fixture
def english(browser: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The operator's browser, in English; both channels' logins are set up."""
    monkeypatch.setattr(offers, "can_log_in", lambda account: True)
    browser.cookies["django_language"] = "en"
    return browser


def _add_alipay(company: Company, **facts: object) -> None:
    owner = ChannelMerchant.objects.create(
        merchant=company.merchant, channel="alipay", mchid="2088000000000001", is_sandbox=True
    )
    account = PaymentAccount.objects.create(
        channel_merchant=owner,
        project=company.project,
        name="支付宝收款",
        appid="2021000000000001",
        is_active=True,
        **facts,
    )
    Grant.objects.create(application=company.application, payment_account=account)


def _how(browser: Client, code: CollectionCode) -> str:
    url = address(CollectionCode, "change", code.pk).replace("/change/", "/poster/")
    return read(browser, url).partition('<p class="how">')[2].partition("<")[0]


@pytest.mark.parametrize("amount", [None, 8_800])
def test_both_apps_are_named_where_both_can_pay(
    english: Client, company: Company, amount: int | None
) -> None:
    _add_alipay(company, min_amount=500)
    assert _how(english, make_code(company, amount=amount)) == "Scan with WeChat or Alipay"


def test_an_app_that_cannot_pay_is_not_named(english: Client, company: Company) -> None:
    assert _how(english, make_code(company)) == "Scan with WeChat"
    ChannelMerchant.objects.update(channel="alipay")
    assert _how(english, make_code(company)) == "Scan with Alipay"


def test_an_account_that_takes_no_such_amount_does_not_count(
    english: Client, company: Company
) -> None:
    _add_alipay(company, max_amount=500)
    assert _how(english, make_code(company, amount=8_800)) == "Scan with WeChat"


def test_without_a_login_only_the_phone_is_named(
    english: Client, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offers, "can_log_in", lambda account: False)
    assert _how(english, make_code(company)) == "Scan with your phone"


def test_a_code_that_leads_nowhere_names_no_app(english: Client, company: Company) -> None:
    PaymentAccount.objects.update(is_active=False)
    assert _how(english, make_code(company)) == "Scan with your phone"
    assert not Order.objects.exists()
