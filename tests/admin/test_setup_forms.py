"""What people enter is judged where they enter it, in words that say what to do."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from merchants.models import (
    Application,
    ChannelMerchant,
    Grant,
    Merchant,
    PaymentAccount,
    Project,
    PropertyGroup,
)
from paycenter.operators.fields import YuanField
from tests.admin.pages import address, read
from tests.admin.rows import Company, make_company, make_story

NO_KEYS = {"keys-TOTAL_FORMS": 0, "keys-INITIAL_FORMS": 0}
NO_GRANTS = {"grants-TOTAL_FORMS": 0, "grants-INITIAL_FORMS": 0}


def save(browser: Client, row: object, **changes: object) -> str:
    """Send the form of a row's page with changes; returns the page that answers."""
    url = address(type(row), "change", row.pk)  # type: ignore[attr-defined, arg-type]
    return browser.post(url, changes, follow=True).content.decode()


def account_form(**changes: object) -> dict[str, object]:
    """Return what a payment account's form sends."""
    fields = {
        "project": "",
        "name": "收款",
        "appid": "wx1",
        "mini_program_appid": "",
        "min_amount": "0.01",
        "max_amount": "500.00",
        "checkout_position": "100",
        "checkout_weight": "1",
        "is_active": "on",
    }
    return fields | changes


def application_form(**changes: object) -> dict[str, object]:
    """Return what an application's form sends."""
    fields = {
        "name": "收费系统",
        "is_active": "on",
        "notify_url": "",
        "allowed_hosts": "",
        "ip_allow_list": "",
        "attempt_guard_seconds": "",
    }
    return fields | NO_KEYS | NO_GRANTS | changes


def test_amounts_are_entered_in_yuan_and_kept_in_fen(browser: Client, company: Company) -> None:
    assert 'value="0.01"' in read(browser, address(PaymentAccount, "change", company.account.pk))
    save(browser, company.account, **account_form(min_amount="1.5", max_amount="20000"))
    company.account.refresh_from_db()
    assert (company.account.min_amount, company.account.max_amount) == (150, 2_000_000)


@pytest.mark.parametrize("text", ["0", "-1", "1.005", "1e3", "１", "abc", "100000000.01", ""])
def test_what_is_no_amount_is_refused(browser: Client, company: Company, text: str) -> None:
    page = save(browser, company.account, **account_form(max_amount=text))
    assert "errorlist" in page or "text-red" in page
    company.account.refresh_from_db()
    assert company.account.max_amount == 10_000_000_000


def test_an_unchanged_amount_is_no_change() -> None:
    field = YuanField()
    assert not field.has_changed(150, "1.50")
    assert field.has_changed(150, "1.51")


def test_limits_leave_something_between_them(browser: Client, company: Company) -> None:
    page = save(browser, company.account, **account_form(min_amount="9.00", max_amount="8.00"))
    assert "最大金额小于最小金额" in page


def test_a_project_of_another_company_is_refused(browser: Client, company: Company) -> None:
    stranger = make_company().project
    page = save(browser, company.account, **account_form(project=stranger.pk))
    assert "该项目属于另一家公司" in page
    own = save(browser, company.account, **account_form(project=company.project.pk))
    assert "该项目属于另一家公司" not in own


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://169.254.169.254/latest", "地址必须以 https:// 开头"),
        ("https://10.0.0.1/notify", "不允许使用内网或特殊地址"),
        ("https://app.example.com:22/", "端口必须是"),
    ],
)
def test_a_notification_url_that_is_not_called_is_refused(
    browser: Client, company: Company, settings: Settings, url: str, words: str
) -> None:
    settings.ALLOW_PRIVATE_URLS = False
    page = save(browser, company.application, **application_form(notify_url=url))
    assert words in page
    company.application.refresh_from_db()
    assert company.application.notify_url == ""


def test_networks_and_hosts_are_checked_one_by_one(browser: Client, company: Company) -> None:
    wrong = application_form(
        ip_allow_list="203.0.113.0/24, 300.1.1.1", allowed_hosts="https://app.example.com"
    )
    page = save(browser, company.application, **wrong)
    assert "第 2 项： “300.1.1.1”不是网段" in page
    assert "“https://app.example.com”不是域名" in page
    right = application_form(
        ip_allow_list="203.0.113.0/24, 2001:db8::/32", allowed_hosts="a.cn,b.cn"
    )
    save(browser, company.application, **right)
    company.application.refresh_from_db()
    assert company.application.ip_allow_list == ["203.0.113.0/24", "2001:db8::/32"]
    assert company.application.allowed_hosts == ["a.cn", "b.cn"]


def grant_form(company: Company, account: PaymentAccount) -> dict[str, object]:
    """Return what the application's form sends to grant one more account."""
    return {
        "grants-TOTAL_FORMS": 1,
        "grants-INITIAL_FORMS": 0,
        "grants-0-application": company.application.pk,
        "grants-0-payment_account": account.pk,
    }


def test_an_account_of_another_group_is_not_granted(browser: Client, company: Company) -> None:
    stranger = make_company().account
    page = save(
        browser, company.application, **(application_form() | grant_form(company, stranger))
    )
    assert "该账户属于另一个物业集团" in page
    assert not Grant.objects.filter(
        application=company.application, payment_account=stranger
    ).exists()


def test_an_account_of_the_group_is_granted_and_taken_back(
    browser: Client, company: Company
) -> None:
    second = PaymentAccount.objects.create(channel_merchant=company.owner, name="二号")
    save(browser, company.application, **(application_form() | grant_form(company, second)))
    grant = Grant.objects.get(application=company.application, payment_account=second)
    taken = {
        "grants-TOTAL_FORMS": 1,
        "grants-INITIAL_FORMS": 1,
        "grants-0-id": grant.pk,
        "grants-0-application": company.application.pk,
        "grants-0-payment_account": second.pk,
        "grants-0-DELETE": "on",
    }
    save(browser, company.application, **(application_form() | taken))
    assert not Grant.objects.filter(pk=grant.pk).exists()


def test_what_money_rows_rely_on_cannot_be_changed(browser: Client, company: Company) -> None:
    other = make_company()
    inlines = {
        f"{name}-{count}": 0
        for name in ("credentials", "payment_accounts")
        for count in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    save(
        browser,
        company.owner,
        merchant=other.merchant.pk,
        channel="alipay",
        mchid="1",
        provider_mchid="77",
        is_active="on",
        **inlines,
    )
    owner = ChannelMerchant.objects.get(pk=company.owner.pk)
    assert (owner.merchant, owner.channel, owner.mchid) == (
        company.merchant,
        "wechat",
        company.owner.mchid,
    )
    assert owner.is_sandbox
    assert owner.provider_mchid == "77"  # the form was taken, the fixed fields were not
    save(
        browser,
        company.application,
        **application_form(code="taken", group=other.merchant.group.pk),
    )
    application = Application.objects.get(pk=company.application.pk)
    assert (application.code, application.group) == (
        company.application.code,
        company.application.group,
    )


def test_app_ids_are_fixed_once_somebody_paid_with_them(browser: Client, company: Company) -> None:
    save(browser, company.account, **account_form(appid="wx2"))
    company.account.refresh_from_db()
    assert company.account.appid == "wx2"
    make_story(company)
    save(browser, company.account, **account_form(appid="wx3", name="新名"))
    company.account.refresh_from_db()
    assert (company.account.appid, company.account.name) == ("wx2", "新名")


def test_a_new_account_shows_no_number_before_it_has_one(browser: Client) -> None:
    assert "pc-number" not in read(browser, address(PaymentAccount, "add"))


def test_a_company_is_entered_from_nothing(browser: Client, operator: User) -> None:
    """Group, company, channel merchant, account: each form takes its first row."""
    browser.post(address(PropertyGroup, "add"), {"name": "集团", "code": "new"})
    group = PropertyGroup.objects.get(code="new")
    company = {
        "group": group.pk,
        "name": "新物业有限公司",
        "display_name": "新物业",
        "credit_code": "91310000MA1K00001X",
        "is_active": "on",
        "channel_merchants-TOTAL_FORMS": 0,
        "channel_merchants-INITIAL_FORMS": 0,
        "projects-TOTAL_FORMS": 1,
        "projects-INITIAL_FORMS": 0,
        "projects-0-code": "p1",
        "projects-0-name": "一号院",
    }
    browser.post(address(Merchant, "add"), company)
    merchant = Merchant.objects.get(group=group)
    owner = {"merchant": merchant.pk, "channel": "wechat", "mchid": "1900099999", "is_active": "on"}
    browser.post(address(ChannelMerchant, "add"), owner)
    account = account_form(
        channel_merchant=ChannelMerchant.objects.get(mchid="1900099999").pk,
        project=merchant.projects.get().pk,
    )
    browser.post(address(PaymentAccount, "add"), account)
    page = read(browser, address(Merchant, "change", merchant.pk))
    made = PaymentAccount.objects.get(channel_merchant__merchant=merchant)
    assert f'data-copy="{made.payment_no}"' in page
    assert f'data-copy="{merchant.merchant_no}"' in page


def test_a_code_that_the_company_has_already_is_said(browser: Client, company: Company) -> None:
    other = Project.objects.create(merchant=company.merchant, code="other", name="别的")
    form = {"name": other.name, "code": company.project.code}
    answer = browser.post(address(Project, "change", other.pk), form)
    assert answer.status_code == 200
    assert answer.context["errors"]
    assert Project.objects.get(pk=other.pk).code == "other"
