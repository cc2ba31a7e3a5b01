"""Which switches are on, and whom they cover: every combination of channel, company and account."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from merchants.models import ChannelSwitch, PaymentAccount
from merchants.selectors import granted_account
from merchants.switches import ends_of_switches, is_switched_off, switches_on
from paycenter.kernel.clock import now
from tests.support.clock import Clock
from tests.support.parties import (
    make_account,
    make_application,
    make_channel_merchant,
    make_merchant,
)
from tests.support.statements import counting

pytestmark = pytest.mark.django_db

PARTS = [parts for parts in product((False, True), repeat=3) if any(parts)]


def _accounts() -> dict[str, PaymentAccount]:
    """Return an account, and others that share some of what it has."""
    mine, other = make_merchant(), make_merchant()
    wechat = make_channel_merchant(mine)
    return {
        "it": make_account(wechat),
        "sister": make_account(wechat),
        "other channel": make_account(make_channel_merchant(mine, channel="alipay")),
        "other company": make_account(make_channel_merchant(other)),
        "stranger": make_account(make_channel_merchant(other, channel="alipay")),
    }


def _switch(**facts: Any) -> ChannelSwitch:
    given = {"reason": "维护", "created_by": "operator"} | facts
    return ChannelSwitch.objects.create(**given)


def _off(accounts: dict[str, PaymentAccount]) -> set[str]:
    """Return the names of those that are switched off, as both ways of asking say."""
    found = ends_of_switches([account.pk for account in accounts.values()])
    rows = PaymentAccount.objects.annotate(is_off=is_switched_off()).values_list("pk", "is_off")
    assert {pk for pk, is_off in rows if is_off} == set(found)
    return {name for name, account in accounts.items() if account.pk in found}


@pytest.mark.parametrize(("by_channel", "by_company", "by_account"), PARTS)
def test_a_switch_covers_what_all_of_its_parts_match(
    by_channel: bool, by_company: bool, by_account: bool
) -> None:
    accounts = _accounts()
    it = accounts["it"]
    _switch(
        channel="wechat" if by_channel else "",
        merchant=it.channel_merchant.merchant if by_company else None,
        payment_account=it if by_account else None,
    )
    expected = {"it"}
    if not by_account:
        expected |= {"sister"}
        expected |= set() if by_company else {"other company"}
        expected |= set() if by_channel else {"other channel"}
    assert _off(accounts) == expected


def test_a_switch_is_on_until_its_end_or_until_it_is_lifted(clock: Clock) -> None:
    accounts = _accounts()
    ending = _switch(channel="wechat", ends_at=now() + timedelta(minutes=5))
    assert _off(accounts) == {"it", "sister", "other company"}
    clock.shift(300)
    assert _off(accounts) == set()
    assert not switches_on().exists()
    endless = _switch(channel="alipay")
    assert _off(accounts) == {"other channel", "stranger"}
    ChannelSwitch.objects.filter(pk=endless.pk).update(lifted_at=now())
    assert _off(accounts) == set()
    assert ending.lifted_at is None


def test_of_several_switches_the_last_end_counts() -> None:
    account = make_account()
    ends = [now() + timedelta(minutes=minutes) for minutes in (10, 30, 20)]
    for end in ends:
        _switch(channel="wechat", ends_at=end)
    assert ends_of_switches([account.pk]) == {account.pk: ends[1]}
    _switch(payment_account=account)
    assert ends_of_switches([account.pk]) == {account.pk: None}


def test_asking_for_many_accounts_is_one_statement() -> None:
    accounts = _accounts()
    _switch(channel="wechat")
    with counting() as cost:
        ends_of_switches([account.pk for account in accounts.values()])
    assert len(cost.statements) == 1


@pytest.mark.parametrize("is_on", [True, False])
def test_a_usable_account_is_read_with_its_switches_in_one_statement(is_on: bool) -> None:
    account = make_account()
    application = make_application(account)
    if is_on:
        _switch(merchant=account.channel_merchant.merchant)
    merchant_no = account.channel_merchant.merchant.merchant_no
    with counting() as cost:
        found = granted_account(application, merchant_no=merchant_no, payment_no=account.payment_no)
    assert len(cost.statements) == 1
    assert vars(found)["is_switched_off"] is is_on


@pytest.mark.parametrize(
    ("other", "field"),
    [("other company", "merchant"), ("other channel", "channel")],
)
def test_a_switch_that_would_switch_nothing_off_is_refused(other: str, field: str) -> None:
    accounts = _accounts()
    owner = accounts[other].channel_merchant
    parts = {"merchant": owner.merchant, "channel": owner.channel}
    switch = ChannelSwitch(
        payment_account=accounts["it"],
        reason="维护",
        created_by="operator",
        **{field: parts[field]},
    )
    with pytest.raises(ValidationError):
        switch.full_clean()


def test_a_switch_does_not_end_in_the_past() -> None:
    switch = ChannelSwitch(channel="wechat", reason="维护", created_by="operator", ends_at=now())
    with pytest.raises(ValidationError):
        switch.full_clean()


@pytest.mark.parametrize("facts", [{"channel": ""}, {"channel": "wechat", "reason": ""}])
def test_the_database_wants_what_and_why(facts: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        _switch(**facts)
