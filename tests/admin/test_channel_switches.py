"""Switching off by hand: a form that says why, a button that lifts, and nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from merchants.models import ChannelSwitch, Merchant, PaymentAccount
from notifications.models import Alert
from tests.admin.pages import address, read
from tests.admin.rows import Company, make_company
from tests.support.audit import deeds
from tests.support.parties import make_account, make_channel_merchant

LIST = address(ChannelSwitch, "changelist")


@pytest.fixture
def english(browser: Client) -> Client:
    """The operator's browser, in English."""
    browser.cookies["django_language"] = "en"
    return browser


def _add(browser: Client, **changes: Any) -> Any:
    form = {"channel": "wechat", "reason": "证书更换", "ends_at_0": "", "ends_at_1": ""} | changes
    return browser.post(address(ChannelSwitch, "add"), form)


def _button(switch: ChannelSwitch) -> str:
    return address(ChannelSwitch, "change", switch.pk).replace("/change/", "/lift/")


def _switch(**facts: Any) -> ChannelSwitch:
    given = {"channel": "wechat", "reason": "证书更换", "created_by": "alice"} | facts
    return ChannelSwitch.objects.create(**given)


def test_a_switch_is_made_and_told(browser: Client) -> None:
    assert _add(browser, ends_at_0="2099-01-31", ends_at_1="08:00:00").headers["Location"] == LIST
    switch = ChannelSwitch.objects.get()
    assert (switch.channel, switch.reason, switch.created_by) == ("wechat", "证书更换", "operator")
    assert switch.ends_at == datetime(2099, 1, 31, tzinfo=UTC)
    assert Alert.objects.get().rule == "switched_off"
    assert deeds().get().object_id == str(switch.pk)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"channel": ""}, "Choose a channel, a company or a payment account."),
        ({"reason": ""}, "This field is required."),
        ({"ends_at_0": "2020-01-31", "ends_at_1": "08:00:00"}, "The end is in the past."),
    ],
)
def test_a_switch_that_makes_no_sense_is_refused(
    english: Client, changes: dict[str, str], complaint: str
) -> None:
    answer = _add(english, **changes)
    assert answer.status_code == 200
    assert complaint in answer.content.decode()
    assert not ChannelSwitch.objects.exists()
    assert not Alert.objects.exists()


def test_an_account_of_another_company_is_refused(english: Client, company: Company) -> None:
    other = make_company()
    answer = _add(english, merchant=other.merchant.pk, payment_account=company.account.pk)
    assert "company&#x27;s" in answer.content.decode()
    answer = _add(english, channel="alipay", payment_account=company.account.pk)
    assert "at another channel" in answer.content.decode()
    assert not ChannelSwitch.objects.exists()


def test_a_switch_is_lifted_by_a_button(browser: Client) -> None:
    switch = _switch()
    assert 'method="post"' in read(browser, _button(switch))
    assert browser.post(_button(switch)).status_code == 302
    switch.refresh_from_db()
    assert (switch.lifted_by, switch.lifted_at is not None) == ("operator", True)
    assert Alert.objects.get().rule == "switch_lifted"
    assert _button(switch) not in read(browser, address(ChannelSwitch, "change", switch.pk))
    assert browser.post(_button(switch)).status_code == 403


def test_a_switch_that_ended_cannot_be_lifted(browser: Client) -> None:
    switch = _switch(ends_at=datetime.now(UTC) - timedelta(seconds=1))
    assert browser.post(_button(switch)).status_code == 403


@pytest.mark.parametrize("number", ["999999999", "abc"])
def test_a_switch_that_is_not_there_is_not_found(browser: Client, number: str) -> None:
    switch = _switch()
    url = _button(switch).replace(f"/{switch.pk}/", f"/{number}/")
    assert browser.post(url).status_code == 404


@pytest.mark.parametrize("page", ["change", "delete"])
def test_nothing_else_changes_a_switch(browser: Client, page: str) -> None:
    switch = _switch()
    url = address(ChannelSwitch, page, switch.pk)
    assert browser.post(url, {"channel": "alipay", "post": "yes"}).status_code == 403
    switch.refresh_from_db()
    assert (switch.channel, switch.lifted_at) == ("wechat", None)


@pytest.mark.parametrize(
    ("codename", "adds", "lifts"),
    [
        ("view_channelswitch", 403, 403),
        ("add_channelswitch", 302, 403),
        ("change_channelswitch", 403, 302),
    ],
)
def test_who_may_add_and_who_may_lift(
    client: Client, db: None, codename: str, adds: int, lifts: int
) -> None:
    clerk = User.objects.create(username="clerk", is_staff=True)
    allowed = Permission.objects.filter(codename__in=[codename, "view_channelswitch"])
    clerk.user_permissions.set(allowed)
    client.force_login(clerk)
    assert _add(client).status_code == adds
    assert client.post(_button(_switch())).status_code == lifts


def test_those_that_are_on_come_first(english: Client, company: Company) -> None:
    moment = datetime.now(UTC)
    on = [_switch(reason="one"), _switch(reason="two", ends_at=moment + timedelta(hours=1))]
    ended = _switch(reason="three", ends_at=moment - timedelta(seconds=1))
    lifted = _switch(reason="four", lifted_at=moment)
    page = read(english, LIST)
    places = [page.index(f">{row.reason}<") for row in (on[1], on[0], lifted, ended)]
    assert places == sorted(places)
    for chosen, shown in (("on", on), ("over", [lifted, ended])):
        filtered = read(english, f"{LIST}?state={chosen}")
        found = {row.reason for row in ChannelSwitch.objects.all() if f">{row.reason}<" in filtered}
        assert found == {row.reason for row in shown}


def test_an_account_shows_the_switches_over_it(english: Client, company: Company) -> None:
    url = address(PaymentAccount, "change", company.account.pk)
    assert "证书更换" not in read(english, url)
    _switch(channel="alipay", reason="another channel")
    _switch(merchant=company.merchant, channel="")
    page = read(english, url)
    assert "证书更换 · until somebody lifts it · alice" in page
    assert "another channel" not in page


def test_a_company_shows_the_switches_of_its_own(english: Client, company: Company) -> None:
    url = address(Merchant, "change", company.merchant.pk)
    _switch(payment_account=company.account, channel="", reason="of its account")
    _switch(merchant=company.merchant, channel="", reason="of all it has")
    _switch(merchant=make_company().merchant, channel="", reason="of others")
    _switch(payment_account=make_account(make_channel_merchant()), channel="", reason="of others")
    page = read(english, url)
    assert "of its account" in page
    assert "of all it has" in page
    assert "of others" not in page
