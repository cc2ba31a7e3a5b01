"""Switching off, lifting, ending: each told once, in the transaction that does it."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from gateway.health import switching
from gateway.health.switching import end_switches, lift, switch_off
from merchants.models import ChannelSwitch
from notifications.models import Alert
from paycenter.kernel.clock import now
from tests.support.clock import Clock
from tests.support.parties import make_account, make_channel_merchant, make_merchant
from tests.support.sessions import other_session
from tests.support.together import together

pytestmark = pytest.mark.django_db


def _switched(**facts: Any) -> ChannelSwitch:
    switch = ChannelSwitch(**({"channel": "wechat", "reason": "证书更换"} | facts))
    switch_off(switch, by="alice")
    return switch


def _told() -> list[tuple[str, str, str]]:
    with translation.override("en"):
        return [(a.rule, a.severity, a.told) for a in Alert.objects.order_by("pk")]


def test_switching_off_is_told_with_its_reason() -> None:
    switch = _switched()
    assert ChannelSwitch.objects.get() == switch
    assert switch.created_by == "alice"
    assert _told() == [
        (
            "switched_off",
            "warning",
            "WeChat Pay, all companies: switched off by alice. 证书更换",
        )
    ]


def test_an_alert_names_what_was_switched_off_and_belongs_to_its_company() -> None:
    company = make_merchant(name="阳光物业")
    account = make_account(make_channel_merchant(company, channel="alipay"), name="停车费")
    _switched(channel="", merchant=company)
    _switched(channel="", payment_account=account)
    with translation.override("en"):
        texts = [alert.told.partition(":")[0] for alert in Alert.objects.order_by("pk")]
    assert texts == ["every channel, 阳光物业", f"Alipay, {account.payment_no} 停车费"]
    assert {alert.merchant for alert in Alert.objects.all()} == {company}


@pytest.mark.parametrize(
    "facts", [{"channel": ""}, {"reason": ""}, {"ends_at": now() - timedelta(days=1)}]
)
def test_nonsense_is_neither_kept_nor_told(facts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _switched(**facts)
    assert not ChannelSwitch.objects.exists()
    assert not Alert.objects.exists()


def test_a_switch_is_lifted_once(clock: Clock) -> None:
    switch = _switched()
    assert lift(switch, by="bob")
    assert not lift(switch, by="carol")
    switch.refresh_from_db()
    assert (switch.lifted_by, switch.lifted_at) == ("bob", now())
    assert _told()[1:] == [
        ("switch_lifted", "info", "WeChat Pay, all companies: switched on again by bob.")
    ]


def test_an_end_is_told_once(clock: Clock) -> None:
    switch = _switched(ends_at=now() + timedelta(minutes=10))
    assert end_switches() == 0
    clock.shift(600)
    assert not lift(switch, by="bob"), "it is over, and its end is what people are told of"
    assert (end_switches(), end_switches()) == (1, 0)
    assert not lift(switch, by="bob")
    switch.refresh_from_db()
    assert (switch.lifted_by, switch.lifted_at) == ("", switch.ends_at)
    assert _told()[1:] == [
        ("switch_ended", "info", "WeChat Pay, all companies: the switch has come to its end.")
    ]


def test_what_was_lifted_or_has_no_end_does_not_end(clock: Clock) -> None:
    lift(_switched(ends_at=now() + timedelta(minutes=10)), by="bob")
    _switched()
    clock.shift(600)
    assert end_switches() == 0


@pytest.mark.django_db(transaction=True)
def test_of_many_sweeps_one_tells() -> None:
    switch = _switched()
    ChannelSwitch.objects.update(ends_at=now())
    assert sorted(together(4, lambda _: end_switches())) == [0, 0, 0, 1]
    assert Alert.objects.filter(rule="switch_ended").count() == 1
    assert not lift(switch, by="bob")


@pytest.mark.django_db(transaction=True)
def test_a_sweep_waits_for_nobody() -> None:
    switch = _switched()
    ChannelSwitch.objects.update(ends_at=now())
    with other_session() as session:
        session.execute(
            "SELECT 1 FROM merchants_channelswitch WHERE id = %s FOR UPDATE", [switch.pk]
        )
        assert end_switches() == 0
    assert end_switches() == 1


def test_a_switch_that_nobody_hears_of_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **params: object) -> None:
        raise RuntimeError("gone")

    monkeypatch.setattr(switching, "raise_lasting", fail)
    with pytest.raises(RuntimeError):
        _switched()
    assert not ChannelSwitch.objects.exists()
