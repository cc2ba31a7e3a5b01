"""A test of an account says what is wrong in words, records one call, and activates what works."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import ClassVar

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils.translation import override
from pytest_django import Settings

from gateway import account_test
from gateway.account_test import AccountTest
from gateway.contract import (
    AccountRefused,
    ConfigurationError,
    NothingToVerifyWith,
    Transport,
)
from gateway.messages import (
    ChannelAccount,
    Credential,
    Failure,
    Finding,
    Outcome,
    PaymentRef,
    PaymentReport,
)
from gateway.models import ChannelCall
from gateway.registry import CHANNELS
from gateway.words import ADVICE
from merchants.credentials import store_credential
from merchants.models import PaymentAccount
from paycenter.kernel.http import NoAnswer, NotSent, WireRequest
from tests.support.fake_channel import FakeChannel
from tests.support.parties import make_account, make_channel_merchant
from tests.support.peer import answering, http, peer, unused_url

MISSING = PaymentReport(Outcome.UNKNOWN, "", missing=True)
CERTIFICATE = Credential("platform_certificate", "5F", "pem")


class SpeakingChannel(FakeChannel):
    """Asks a peer over HTTP, and then says what a test told it to."""

    findings: ClassVar = {"SIGN_ERROR": Finding.WRONG_KEY}
    report: PaymentReport = MISSING
    complaint: ConfigurationError | None = None
    needs_certificates = False
    asked: PaymentRef | None = None

    def check_account(self, account: ChannelAccount) -> None:
        """Complain, or ask for certificates, as a test wants."""
        if self.complaint:
            raise self.complaint
        if self.needs_certificates and not account.credentials_of("platform_certificate"):
            raise NothingToVerifyWith("there is no certificate")

    def query(
        self, account: ChannelAccount, payment: PaymentRef, transport: Transport
    ) -> PaymentReport:
        """Send something, whatever comes of it."""
        self.asked = payment
        try:
            transport.send(WireRequest("GET", f"{account.base_url}/query", {}))
        except (NotSent, NoAnswer) as error:
            failure = Failure("no_answer", type(error).__name__)
            return PaymentReport(Outcome.UNKNOWN, payment.serial_no, failure=failure)
        return self.report


@pytest.fixture
def speaking(monkeypatch: pytest.MonkeyPatch) -> SpeakingChannel:
    """The channel under test."""
    channel = SpeakingChannel()
    monkeypatch.setitem(CHANNELS, "wechat", channel)
    return channel


@pytest.fixture
def account(transactional_db: None, speaking: SpeakingChannel) -> PaymentAccount:
    """An account nobody tested yet."""
    return make_account(make_channel_merchant(is_sandbox=True), is_active=False)


def run(account: PaymentAccount, settings: Settings, *, headers: str = "") -> AccountTest:
    """Test the account against a peer that answers."""
    with peer(answering(http(b"{}", headers=headers))) as settings.SANDBOX_URL:
        return account_test.test_and_activate(account)


def reread(account: PaymentAccount) -> PaymentAccount:
    """Return the account as it is stored now."""
    return PaymentAccount.objects.get(pk=account.pk)


def refusal(code: str, message: str = "words") -> PaymentReport:
    """Return an answer that refuses."""
    return PaymentReport(Outcome.UNKNOWN, "", failure=Failure(code, message))


def test_an_unknown_number_proves_that_the_account_works(
    account: PaymentAccount, speaking: SpeakingChannel, settings: Settings
) -> None:
    found = run(account, settings)
    assert found.works
    assert reread(account).is_active
    assert reread(account).finding == Finding.WORKS
    call = ChannelCall.objects.get()
    assert (call.operation, call.outcome, call.status) == ("test", "succeeded", 200)
    assert speaking.asked is not None
    assert call.number == speaking.asked.serial_no


def test_each_test_asks_for_another_number(
    account: PaymentAccount, speaking: SpeakingChannel, settings: Settings
) -> None:
    run(account, settings)
    first = speaking.asked
    run(account, settings)
    assert speaking.asked != first


@pytest.mark.parametrize(
    ("report", "finding"),
    [
        (refusal("SIGN_ERROR"), Finding.WRONG_KEY),
        (refusal("unverified_answer"), Finding.UNVERIFIED),
        (refusal("unreadable_answer"), Finding.UNVERIFIED),
        (refusal("SYSTEM_ERROR"), Finding.REFUSED),
        (PaymentReport(Outcome.PENDING, ""), Finding.REFUSED),
        (PaymentReport(Outcome.SUCCEEDED, "", amount=1), Finding.REFUSED),
    ],
)
def test_any_other_answer_is_a_finding_and_activates_nothing(
    account: PaymentAccount,
    speaking: SpeakingChannel,
    settings: Settings,
    report: PaymentReport,
    finding: Finding,
) -> None:
    speaking.report = report
    found = run(account, settings)
    assert found.finding is finding
    assert not reread(account).is_active
    assert reread(account).finding == finding
    assert ChannelCall.objects.get().outcome == "failed"


def test_a_failing_test_leaves_an_active_account_active(
    account: PaymentAccount, speaking: SpeakingChannel, settings: Settings
) -> None:
    run(account, settings)
    speaking.report = refusal("SIGN_ERROR")
    run(account, settings)
    assert reread(account).is_active


def test_no_answer_is_unreachable(account: PaymentAccount, settings: Settings) -> None:
    settings.SANDBOX_URL = unused_url()
    assert account_test.test_and_activate(account).finding is Finding.UNREACHABLE
    assert ChannelCall.objects.get().error.startswith("NotSent")


@pytest.mark.parametrize(
    ("minutes", "finding"),
    [(10, Finding.CLOCK), (-10, Finding.CLOCK), (1, Finding.WRONG_KEY), (-1, Finding.WRONG_KEY)],
)
def test_a_refusal_written_at_another_time_is_about_the_clock(
    account: PaymentAccount,
    speaking: SpeakingChannel,
    settings: Settings,
    minutes: int,
    finding: Finding,
) -> None:
    speaking.report = refusal("SIGN_ERROR")
    written = datetime.now(UTC) + timedelta(minutes=minutes)
    date = format_datetime(written, usegmt=True)
    assert run(account, settings, headers=f"Date: {date}\r\n").finding is finding


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 22 Nov 2026 25:61:00 GMT"])
def test_a_strange_date_is_no_finding(
    account: PaymentAccount, speaking: SpeakingChannel, settings: Settings, date: str
) -> None:
    speaking.report = refusal("SIGN_ERROR")
    found = run(account, settings, headers=f"Date: {date}\r\n")
    assert found.finding is Finding.WRONG_KEY


def test_an_account_that_cannot_work_sends_nothing(
    account: PaymentAccount, speaking: SpeakingChannel, settings: Settings
) -> None:
    speaking.complaint = ConfigurationError("the %(what)s is missing", what="key")
    found = run(account, settings)
    assert found.finding is Finding.MISCONFIGURED
    assert "the key is missing" in found.explained()
    assert speaking.asked is None
    assert ChannelCall.objects.get().url == ""


def test_an_account_without_an_address_sends_nothing(
    account: PaymentAccount, settings: Settings
) -> None:
    settings.SANDBOX_URL = ""
    found = account_test.test_and_activate(account)
    assert found.finding is Finding.MISCONFIGURED
    assert "SANDBOX_URL" in found.explained()


def test_certificates_are_fetched_where_there_are_none(
    account: PaymentAccount, speaking: SpeakingChannel, settings: Settings
) -> None:
    speaking.needs_certificates = True
    speaking.certificates = (CERTIFICATE,)
    assert run(account, settings).works
    assert speaking.certificate_downloads == 1
    assert reread(account).is_active
    run(account, settings)
    assert speaking.certificate_downloads == 1


def test_where_there_are_none_to_fetch_it_cannot_work(
    account: PaymentAccount, speaking: SpeakingChannel, settings: Settings
) -> None:
    speaking.needs_certificates = True
    assert run(account, settings).finding is Finding.MISCONFIGURED


@pytest.mark.parametrize(
    ("error", "finding"),
    [
        (AccountRefused("no", Failure("SIGN_ERROR", "")), Finding.UNREACHABLE),
        (ConfigurationError("the APIv3 key is wrong"), Finding.MISCONFIGURED),
        (NotSent("refused"), Finding.UNREACHABLE),
        (NoAnswer("cut"), Finding.UNREACHABLE),
    ],
)
def test_a_fetch_that_fails_is_told(
    account: PaymentAccount,
    speaking: SpeakingChannel,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    finding: Finding,
) -> None:
    def fail(*_: object) -> tuple[Credential, ...]:
        raise error

    speaking.needs_certificates = True
    monkeypatch.setattr(speaking, "fetch_certificates", fail)
    assert run(account, settings).finding is finding


def test_keys_changed_during_the_test_are_tested_again(
    account: PaymentAccount, settings: Settings
) -> None:
    store_credential(account.channel_merchant, CERTIFICATE)
    found = run(account, settings)
    assert found.finding is Finding.MISCONFIGURED
    assert "重新测试" in found.explained()
    assert not reread(account).is_active


def test_every_finding_is_explained_in_chinese_and_english() -> None:
    assert set(ADVICE) == set(Finding)
    for text in ADVICE.values():
        with override("en"):
            english = str(text)
        with override("zh-hans"):
            assert str(text) != english


def test_the_command_exits_with_an_error_unless_the_account_works(
    account: PaymentAccount,
    speaking: SpeakingChannel,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings.SANDBOX_URL = unused_url()
    with pytest.raises(CommandError, match="unreachable"):
        call_command("test_account", account.payment_no)
    with peer(answering(http(b"{}"))) as settings.SANDBOX_URL:
        call_command("test_account", account.payment_no)
    assert f"{account.payment_no} works" in capsys.readouterr().out
    assert reread(account).is_active
    with pytest.raises(CommandError, match="no payment account"):
        call_command("test_account", "P0000000000")


def test_no_transaction_is_open_while_the_channel_is_asked(
    account: PaymentAccount,
    speaking: SpeakingChannel,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def look(*_: object) -> PaymentReport:
        assert not connection.in_atomic_block
        return MISSING

    monkeypatch.setattr(speaking, "query", look)
    settings.SANDBOX_URL = unused_url()
    assert account_test.test_account(account).works
