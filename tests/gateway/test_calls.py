"""One call to a channel: never inside a transaction, always recorded, with what it may show."""

import json

import pytest
from django.db import transaction
from pytest_django import Settings

from gateway.calls import REQUEST_ID_HEADERS, call_channel
from gateway.contract import Channel, ConfigurationError
from gateway.messages import ChannelAccount, Failure, Operation, Outcome, PaymentReport
from gateway.models import ChannelCall
from gateway.transport import RecordingTransport
from merchants.models import PaymentAccount
from paycenter.kernel.http import NoAnswer, NotSent, WireRequest
from tests.support.fake_channel import FakeChannel
from tests.support.parties import make_account, make_channel_merchant
from tests.support.peer import answering, http, peer, unused_url

NUMBER = "P261122080000ABCDEFGHJKM"
BODY = json.dumps({"out_trade_no": NUMBER, "sign": "s" * 20, "openid": "o" * 20}).encode()


@pytest.fixture
def account(transactional_db: None, channel: FakeChannel) -> PaymentAccount:
    """A sandbox account of the fake channel."""
    return make_account(make_channel_merchant(is_sandbox=True))


def _call(account: PaymentAccount, *, path: str = "/pay?token=t") -> ChannelCall:
    """Let the channel send one request and say what came of it."""

    def ask(
        channel: Channel, known: ChannelAccount, transport: RecordingTransport
    ) -> PaymentReport:
        headers = {"Authorization": "secret"}
        try:
            transport.send(WireRequest("POST", known.base_url + path, headers, BODY))
        except (NotSent, NoAnswer):
            return PaymentReport(Outcome.UNKNOWN, NUMBER)
        return PaymentReport(Outcome.PENDING, NUMBER)

    return call_channel(account, Operation.QUERY, NUMBER, ask).record


def test_a_channel_is_never_called_inside_a_transaction(account: PaymentAccount) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="inside a transaction"):
        _call(account)


@pytest.mark.parametrize("header", REQUEST_ID_HEADERS)
def test_the_record_shows_what_was_said(
    account: PaymentAccount, settings: Settings, header: str
) -> None:
    answer = http(b'{"state": "open", "sign": "short"}', headers=f"{header}: id-1\r\n")
    with peer(answering(answer)) as settings.SANDBOX_URL:
        record = _call(account)
    assert (record.operation, record.number, record.outcome) == ("query", NUMBER, "pending")
    assert (record.method, record.status, record.request_id) == ("POST", 200, "id-1")
    assert record.url.endswith("/pay?token=***")
    assert (record.payment_account_id, record.error) == (account.pk, "")
    assert json.loads(record.request_body) == {
        "out_trade_no": NUMBER,
        "sign": "sss***sss",
        "openid": "o" * 20,
    }
    assert json.loads(record.response_body) == {"state": "open", "sign": "***"}


@pytest.mark.parametrize(("closed", "outcome"), [(True, "closed"), (False, "failed")])
def test_a_payment_found_closed_is_recorded_as_closed(
    account: PaymentAccount, closed: bool, outcome: str
) -> None:
    answer = PaymentReport(Outcome.FAILED, NUMBER, closed=closed)
    called = call_channel(account, Operation.CLOSE, NUMBER, lambda *_: answer)
    called.record.save(force_insert=True)
    assert ChannelCall.objects.get().outcome == outcome


def test_a_channel_declares_what_else_is_masked(
    account: PaymentAccount, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeChannel, "masked_fields", frozenset({"openid"}))
    with peer(answering(http(b"{}"))) as settings.SANDBOX_URL:
        assert json.loads(_call(account).request_body)["openid"] == "ooo***ooo"


def test_a_call_nobody_took_is_recorded_as_not_sent(
    account: PaymentAccount, settings: Settings
) -> None:
    settings.SANDBOX_URL = unused_url()
    record = _call(account)
    assert (record.outcome, record.status, record.response_body) == ("unknown", None, "")
    assert record.error.startswith("NotSent: ")
    assert "token" not in record.error


def test_a_call_cut_off_is_recorded_as_unanswered(
    account: PaymentAccount, settings: Settings
) -> None:
    with peer(answering(b"")) as settings.SANDBOX_URL:
        assert _call(account).error.startswith("NoAnswer: ")


def test_a_sandbox_account_without_a_sandbox_sends_nothing(
    account: PaymentAccount, settings: Settings
) -> None:
    settings.SANDBOX_URL = ""
    with pytest.raises(ConfigurationError, match="SANDBOX_URL is not set"):
        _call(account)


def test_a_real_account_goes_to_production(transactional_db: None, channel: FakeChannel) -> None:
    seen: list[str] = []

    def ask(
        channel: Channel, known: ChannelAccount, transport: RecordingTransport
    ) -> PaymentReport:
        seen.extend([known.base_url, known.callback_url])
        return PaymentReport(Outcome.UNKNOWN, NUMBER)

    account = make_account()
    call_channel(account, Operation.QUERY, NUMBER, ask)
    assert seen[0] == FakeChannel.production_url
    assert seen[1].endswith(f"/callbacks/wechat/{account.payment_no}/")


@pytest.mark.parametrize(("unknown_key", "downloads"), [(True, 1), (False, 0)])
def test_an_answer_by_an_unknown_key_asks_for_one_refresh(
    account: PaymentAccount, channel: FakeChannel, unknown_key: bool, downloads: int
) -> None:
    failure = Failure("unverified_answer", "words", unknown_key=unknown_key)
    report = PaymentReport(Outcome.UNKNOWN, NUMBER, failure=failure)
    for _ in range(3):
        call_channel(account, Operation.QUERY, NUMBER, lambda *_: report)
    assert channel.certificate_downloads == downloads
