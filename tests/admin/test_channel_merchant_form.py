"""Entering a channel merchant: the options its channel declares, and addresses that are safe."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from pytest_django import Settings

from gateway.contract import AccountOption
from merchants.models import ChannelMerchant
from tests.admin.pages import address, read
from tests.admin.rows import Company
from tests.support.fake_channel import FakeChannel

VERSION = AccountOption("version", "Protocol version", (("v1", "V1 (MD5)"), ("v2", "V2 (RSA)")))
INLINES = {
    f"{name}-{count}": 0
    for name in ("credentials", "payment_accounts")
    for count in ("TOTAL_FORMS", "INITIAL_FORMS")
}


@pytest.fixture(autouse=True)
def _platform(channel: FakeChannel, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """The company's channel has options, and an address of its own per merchant."""
    monkeypatch.setattr(FakeChannel, "options", (VERSION,))
    monkeypatch.setattr(FakeChannel, "own_endpoint", True)
    settings.ALLOW_PRIVATE_URLS = False


def page_of(company: Company) -> str:
    """Return the address of the channel merchant's page."""
    return address(ChannelMerchant, "change", company.owner.pk)


def save(browser: Client, company: Company, **changes: object) -> str:
    """Send the form; returns the page that answers."""
    fields = {"option_version": "v1", "endpoint": "", "is_active": "on"}
    return browser.post(
        page_of(company), {**fields, **INLINES, **changes}, follow=True
    ).content.decode()


def stored(company: Company) -> ChannelMerchant:
    """Return the channel merchant as it is now."""
    return ChannelMerchant.objects.get(pk=company.owner.pk)


@pytest.fixture
def clerk(db: None) -> Client:
    """Somebody who may change accounts, and is no platform administrator."""
    user = User.objects.create(username="clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="merchants"))
    client = Client()
    client.force_login(user)
    return client


def test_the_options_of_the_channel_are_offered_and_kept(browser: Client, company: Company) -> None:
    assert 'name="option_version"' in read(browser, page_of(company))
    save(browser, company, option_version="v2")
    assert stored(company).options == {"version": "v2"}
    assert '<option value="v2" selected>' in read(browser, page_of(company))


def test_a_choice_that_is_not_offered_is_refused(browser: Client, company: Company) -> None:
    save(browser, company, option_version="v9")
    assert stored(company).options == {}


def test_a_change_of_how_a_peer_speaks_loads_the_keys_anew(
    browser: Client, company: Company
) -> None:
    before = stored(company).credentials_version
    save(browser, company, is_active="on")
    assert stored(company).credentials_version == before
    save(browser, company, option_version="v2")
    assert stored(company).credentials_version == before + 1
    save(browser, company, option_version="v2", endpoint="https://pay.example.com")
    assert stored(company).credentials_version == before + 2


@pytest.mark.parametrize(
    "entered", ["https://pay.example.com", "https://pay.example.com/", " https://pay.example.com "]
)
def test_a_platforms_address_ends_with_a_slash(
    browser: Client, company: Company, entered: str
) -> None:
    save(browser, company, endpoint=entered)
    assert stored(company).endpoint == "https://pay.example.com/"


@pytest.mark.parametrize(
    ("entered", "words"),
    [
        ("http://pay.example.com/", "https://"),
        ("https://127.0.0.1/", "不允许使用内网或特殊地址"),
        ("https://169.254.169.254/", "不允许使用内网或特殊地址"),
        ("https://localhost/", "完整域名"),
        ("https://user@pay.example.com/", "不含用户名"),
        ("https://pay.example.com:22/", "端口必须是"),
        ("https://pay.example.com/?a=1", "不要带"),
        ("https://pay.example.com/#x", "不要带"),
    ],
)
def test_an_address_that_is_not_called_is_refused(
    browser: Client, company: Company, entered: str, words: str
) -> None:
    assert words in save(browser, company, endpoint=entered)
    assert stored(company).endpoint == ""


def test_only_platform_administrators_enter_the_address(clerk: Client, company: Company) -> None:
    ChannelMerchant.objects.update(endpoint="https://pay.example.com/")
    page = read(clerk, page_of(company))
    assert "https://pay.example.com/" in page
    assert 'name="endpoint"' not in page
    save(clerk, company, endpoint="https://evil.example.com/", option_version="v2")
    assert stored(company).endpoint == "https://pay.example.com/"
    assert stored(company).options == {"version": "v2"}


def test_channels_with_one_address_show_no_such_field(
    browser: Client, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeChannel, "own_endpoint", False)
    assert 'name="endpoint"' not in read(browser, page_of(company))
    save(browser, company, endpoint="https://pay.example.com/")
    assert stored(company).endpoint == ""


def test_who_may_only_look_sees_the_choices_in_words(client: Client, company: Company) -> None:
    auditor = User.objects.create(username="auditor", is_staff=True)
    auditor.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(auditor)
    page = read(client, page_of(company))
    assert "协议版本: V1（MD5）" in page
    assert "option_version" not in page


def test_addresses_of_callbacks_are_judged_one_by_one(browser: Client, company: Company) -> None:
    page = save(browser, company, callback_networks="203.0.113.0/24, 300.1.1.1")
    assert "第 2 项： “300.1.1.1”不是网段" in page
    save(browser, company, callback_networks="203.0.113.0/24,2001:db8::/32")
    assert stored(company).callback_networks == ["203.0.113.0/24", "2001:db8::/32"]
