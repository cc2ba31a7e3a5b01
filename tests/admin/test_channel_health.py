"""How all channels do right now, on one page, and the history below it."""

import re

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from gateway.health.scopes import scopes_of
from gateway.messages import Trouble
from gateway.models import HealthChange
from merchants.models import ChannelSwitch
from paycenter.kernel import quick_redis
from tests.admin.pages import address, read
from tests.admin.rows import Company, make_company
from tests.support.clock import Clock
from tests.support.health import PAID, REFUSED, failed, open_breakers, record
from tests.support.parties import make_account, make_channel_merchant
from tests.support.peer import unused_url
from tests.support.statements import counting

ADD = "/admin/merchants/channelswitch/add/"
OF_THE_PAGE = 3 + 3
"""Session, user, sign-in; the switches, the accounts, and which of them are switched off."""


@pytest.fixture
def english(browser: Client) -> Client:
    """The operator's browser, in English."""
    browser.cookies["django_language"] = "en"
    return browser


def _rows(browser: Client) -> list[str]:
    """Return the texts of the page's table rows."""
    page = read(browser, reverse("channel-health"))
    bodies = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", " ", body).split()) for body in bodies]


def _row(browser: Client, beginning: str) -> str:
    (found,) = [row for row in _rows(browser) if row.startswith(beginning)]
    return found


def test_without_traffic_there_is_nothing_to_see(english: Client, company: Company) -> None:
    assert _rows(english).count("No calls.") == 2


def test_calls_are_shown_by_channel_and_by_account(english: Client, company: Company) -> None:
    pair = scopes_of(company.account)
    record(PAID, 6, pair=pair)
    record(REFUSED, 2, pair=pair)
    record(failed(), pair=pair)
    record(failed(Trouble.BUSY, milliseconds=300), pair=pair)
    figures = "taken 10 80.0% 2 ≤ 150 ms ≤ 10000 ms no answer 1, busy 1 Switch off"
    assert _row(english, "WeChat Pay") == f"WeChat Pay Sandbox {figures}"
    account = f"{company.account} · WeChat Pay Sandbox · {company.merchant}"
    assert _row(english, str(company.account)) == f"{account} {figures}"


def test_what_is_refused_comes_first_and_says_since_when(
    english: Client, company: Company, clock: Clock
) -> None:
    busy = make_account()
    record(PAID, 50, pair=scopes_of(busy))
    open_breakers(company.account)
    since = "breaker open since 2026-11-22 16:00:00"
    rows = _rows(english)
    refused = [row for row in rows if f"refused {since}" in row]
    assert len(refused) == 2, "the channel, and its account with it"
    assert rows.index(refused[0]) < rows.index(_row(english, "WeChat Pay taken"))
    clock.shift(30)
    assert "one is taken as a probe" in _row(english, "WeChat Pay Sandbox")


def test_a_breaker_stays_on_the_page_when_its_calls_are_forgotten(
    english: Client, company: Company, clock: Clock
) -> None:
    open_breakers(company.account)
    clock.shift(3_600)
    assert "breaker open since" in _row(english, "WeChat Pay")


def test_a_platform_of_its_own_is_shown_with_its_company(english: Client, company: Company) -> None:
    owner = make_channel_merchant(channel="easypay", mchid="1001")
    record(PAID, pair=scopes_of(make_account(owner)))
    name = f"EasyPay · EasyPay 1001 · {owner.merchant}"
    assert _row(english, name).startswith(f"{name} taken 1 ")


def test_what_is_switched_off_is_marked_and_listed_with_its_reason(
    english: Client, company: Company
) -> None:
    record(PAID, pair=scopes_of(company.account))
    ChannelSwitch.objects.create(
        payment_account=company.account, reason="证书更换", created_by="alice"
    )
    assert f"{company.account} 证书更换 somebody lifts it alice" in _rows(english)
    assert "switched off" in _row(english, f"{company.account} ·")
    assert "taken" in _row(english, "WeChat Pay")
    ChannelSwitch.objects.create(channel="wechat", reason="维护", created_by="alice")
    assert "switched off" in _row(english, "WeChat Pay Sandbox")


def test_buttons_lead_to_a_form_that_is_filled_in(english: Client, company: Company) -> None:
    record(PAID, pair=scopes_of(company.account))
    page = read(english, reverse("channel-health"))
    links = re.findall(rf'href="({ADD}\?[^"]+)"', page)
    assert links == [f"{ADD}?channel=wechat", f"{ADD}?payment_account={company.account.pk}"]
    assert '<option value="wechat" selected' in read(english, links[0])
    assert f'<option value="{company.account.pk}" selected' in read(english, links[1])


@pytest.mark.parametrize(
    ("mode", "words"), [("dry_run", "Dry run: the breakers"), ("off", "The breakers are off")]
)
def test_breakers_that_refuse_nothing_are_not_shown_as_refusing(
    english: Client, company: Company, settings: Settings, mode: str, words: str
) -> None:
    open_breakers(company.account)
    settings.BREAKER_MODE = mode
    assert words in read(english, reverse("channel-health"))
    assert not [row for row in _rows(english) if "refused" in row]


def test_a_lost_redis_is_told(english: Client, company: Company, settings: Settings) -> None:
    assert "Redis does not answer" not in read(english, reverse("channel-health"))
    settings.REDIS_URL = unused_url().replace("http://", "redis://")
    quick_redis._client.cache_clear()
    try:
        assert "Redis does not answer" in read(english, reverse("channel-health"))
    finally:
        quick_redis._client.cache_clear()
        quick_redis._left_alone_until = 0.0


def test_the_page_costs_the_same_however_many_accounts(browser: Client, company: Company) -> None:
    def cost() -> int:
        with counting() as spent:
            read(browser, reverse("channel-health"))
        return len(spent.statements)

    record(PAID, pair=scopes_of(company.account))
    few = cost()
    for _ in range(5):
        account = make_company().account
        record(PAID, pair=scopes_of(account))
        ChannelSwitch.objects.create(payment_account=account, reason="维护", created_by="a")
    assert (few, cost()) == (OF_THE_PAGE, OF_THE_PAGE)


def test_who_may_look_and_who_may_switch(client: Client, company: Company) -> None:
    clerk = User.objects.create(username="clerk", is_staff=True)
    client.force_login(clerk)
    assert client.get(reverse("channel-health")).status_code == 403
    assert reverse("channel-health") not in read(client, reverse("admin:index"))
    clerk.user_permissions.set(Permission.objects.filter(codename="view_healthchange"))
    client.force_login(clerk)
    record(PAID, pair=scopes_of(company.account))
    assert ADD not in read(client, reverse("channel-health"))
    assert reverse("channel-health") in read(client, reverse("admin:index"))


def test_the_history_tells_what_opened_a_breaker(english: Client, order: object) -> None:
    change = HealthChange.objects.get()
    for page in (
        read(english, address(HealthChange, "changelist")),
        read(english, address(HealthChange, "change", change.pk)),
    ):
        assert "open: payments are refused" in page
        assert "11 of 20" in page
        assert "30.0 s" in page
        assert str(change.payment_account) in page
