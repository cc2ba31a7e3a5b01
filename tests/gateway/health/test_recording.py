"""Every call counts when it is over, and a change it makes is a row and an alert."""

import pytest
from django.db import DatabaseError
from django.utils import translation
from pytest_django import Settings

from gateway.calls import call_channel
from gateway.contract import Channel
from gateway.health import changes
from gateway.health.breaker import Change
from gateway.health.changes import keep_change
from gateway.health.scopes import scopes_of
from gateway.health.window import Window, read_windows
from gateway.messages import ChannelAccount, Operation, Outcome, PaymentReport, Trouble
from gateway.models import HealthChange
from gateway.transport import RecordingTransport
from merchants.models import PaymentAccount
from notifications.models import Alert
from paycenter.kernel.clock import now
from paycenter.kernel.http import NoAnswer, NotSent, WireRequest
from tests.support.clock import Clock
from tests.support.fake_channel import FakeChannel
from tests.support.parties import make_account, make_channel_merchant
from tests.support.peer import answering, http, peer, unused_url
from tests.support.together import together

NUMBER = "P261122080000ABCDEFGHJKM"
WORKS = answering(http(b"{}"))
BROKEN = answering(http(b"oops", status="502 Bad Gateway"))


@pytest.fixture
def account(transactional_db: None, channel: FakeChannel) -> PaymentAccount:
    """A sandbox account of the fake channel."""
    return make_account(make_channel_merchant(is_sandbox=True))


def _call(account: PaymentAccount, operation: Operation = Operation.QUERY) -> None:
    """Let the channel send one request and say what came of it."""

    def ask(
        channel: Channel, known: ChannelAccount, transport: RecordingTransport
    ) -> PaymentReport:
        try:
            status = transport.send(WireRequest("POST", known.base_url, {}, b"")).status
        except (NotSent, NoAnswer):
            return PaymentReport(Outcome.UNKNOWN, NUMBER)
        return PaymentReport(Outcome.UNKNOWN if status == 502 else Outcome.PENDING, NUMBER)

    call_channel(account, operation, NUMBER, ask)


def _windows(account: PaymentAccount) -> list[Window]:
    return list(read_windows(scopes_of(account), now()).values())


def test_a_call_counts_for_its_channel_and_its_account(
    account: PaymentAccount, settings: Settings
) -> None:
    with peer(WORKS) as settings.SANDBOX_URL:
        _call(account, Operation.PAY)
    with peer(BROKEN) as settings.SANDBOX_URL:
        _call(account, Operation.REFUND)
    settings.SANDBOX_URL = unused_url()
    _call(account)
    for window in _windows(account):
        assert (window.calls, window.answered) == (3, 1)
        assert window.troubles == {Trouble.NOT_SENT: 1, Trouble.SERVER_ERROR: 1}


def test_a_test_of_an_account_does_not_count(account: PaymentAccount, settings: Settings) -> None:
    with peer(BROKEN) as settings.SANDBOX_URL:
        _call(account, Operation.TEST)
    assert [window.calls for window in _windows(account)] == [0, 0]


def test_an_outage_is_told_when_it_begins_and_when_it_is_over(
    account: PaymentAccount, settings: Settings, clock: Clock
) -> None:
    settings.BREAKER_MIN_SAMPLE = 3
    sister = make_account(account.channel_merchant)
    with peer(BROKEN) as settings.SANDBOX_URL:
        for _ in range(3):
            _call(sister, Operation.PAY)
            _call(account, Operation.PAY)
        clock.shift(30)
        _call(account, Operation.PAY)
    clock.shift(60)
    with peer(WORKS) as settings.SANDBOX_URL:
        _call(account, Operation.PAY)
        _call(account, Operation.PAY)
    rows = HealthChange.objects.order_by("pk")
    assert [(row.source, row.target, row.calls, row.failures, row.cool_down) for row in rows] == [
        ("closed", "open", 3, 3, 30),
        ("half_open", "open", 0, 0, 60),
        ("half_open", "closed", 0, 0, 0),
    ]
    assert {(row.scope, row.merchant, row.payment_account) for row in rows} == {
        ("channel:wechat:sandbox", None, None)
    }
    with translation.override("en"):
        told = [(alert.severity, alert.rule, alert.told) for alert in Alert.objects.order_by("pk")]
    assert told == [
        (
            "warning",
            "circuit_open",
            "Fake, sandbox: 3 of 3 calls failed. New payments are refused.",
        ),
        (
            "info",
            "circuit_open",
            "Fake, sandbox: it still fails. New payments are refused for 60 s more.",
        ),
        (
            "info",
            "circuit_closed",
            "Fake, sandbox: the channel answers again. New payments are taken.",
        ),
    ]


def test_of_many_workers_one_tells_of_an_outage(
    account: PaymentAccount, settings: Settings
) -> None:
    settings.BREAKER_MIN_SAMPLE = 8
    settings.SANDBOX_URL = unused_url()
    together(16, lambda _: _call(account))
    assert HealthChange.objects.count() == Alert.objects.count() == 1


def test_trouble_of_one_account_is_its_companys(account: PaymentAccount) -> None:
    keep_change(account, Change(f"account:{account.pk}", "closed", "open", 20, 11, 30))
    row, alert = HealthChange.objects.get(), Alert.objects.get()
    assert (row.payment_account, row.is_sandbox) == (account, True)
    assert row.merchant_id == alert.merchant_id == account.channel_merchant.merchant_id
    assert alert.params["whose"] == str(account)


def test_a_platform_of_its_own_is_its_companys(
    account: PaymentAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeChannel, "own_endpoint", True)
    owner = make_channel_merchant()
    real = make_account(owner)
    scope = scopes_of(real)[0]
    assert scope == f"channel:wechat:{owner.pk}"
    assert scopes_of(account)[0] == "channel:wechat:sandbox"
    keep_change(real, Change(scope, "closed", "open", 20, 11, 30))
    assert HealthChange.objects.get().merchant == owner.merchant
    assert Alert.objects.get().params["whose"] == owner.merchant.name


@pytest.mark.parametrize("source", ["closed", "half_open"])
def test_a_dry_run_says_so(account: PaymentAccount, settings: Settings, source: str) -> None:
    settings.BREAKER_MODE = "dry_run"
    keep_change(account, Change("channel:wechat", source, "open", 20, 11, 30))
    assert HealthChange.objects.get().dry_run
    with translation.override("en"):
        assert "Dry run: nothing is refused." in Alert.objects.get().told


def test_a_row_and_its_alert_are_one(
    account: PaymentAccount, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """And a database that fails does not harm the call: what it heard is still to be booked."""

    def fail(*args: object, **params: object) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(changes, "raise_lasting", fail)
    keep_change(account, Change("channel:wechat", "closed", "open", 20, 11, 30))
    assert not HealthChange.objects.exists()
    assert "not kept: channel:wechat closed -> open" in caplog.text
