"""Does a payment account work? Found out by one harmless request before it may take money.

The account's keys sign a query of a number that cannot exist. An authentic "I do not know this
number" proves all of it: address, keys on both sides, clock, and that the channel knows us.
"""

from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from gateway.accounts import channel_account
from gateway.calls import call_channel
from gateway.certificates import download_certificates
from gateway.contract import (
    AccountRefused,
    Channel,
    ConfigurationError,
    NothingToVerifyWith,
)
from gateway.messages import (
    ChannelAccount,
    Failure,
    Finding,
    Operation,
    Outcome,
    PaymentReport,
)
from gateway.transport import RecordingTransport
from gateway.words import ADVICE, said
from merchants import activation
from merchants.models import PaymentAccount
from paycenter.kernel.clock import now
from paycenter.kernel.configuration import gettext_noop as _
from paycenter.kernel.http import NoAnswer, NotSent, WireResponse
from paycenter.kernel.inserts import insert
from paycenter.kernel.numbers import mint

CLOCK_TOLERANCE_SECONDS = 240
"""Channels refuse at 300 or more; an answer takes its time."""

_OUR_CODES = {
    "unverified_answer": Finding.UNVERIFIED,
    "unreadable_answer": Finding.UNVERIFIED,
}
"""Failure codes that stand for no word of a channel."""


@dataclass(frozen=True, slots=True)
class AccountTest:
    """What was found, with the plugin's complaint or the channel's words where there are any."""

    finding: Finding
    failure: Failure | None = None
    error: ConfigurationError | None = None

    @property
    def works(self) -> bool:
        """Whether the account may be used."""
        return self.finding is Finding.WORKS

    @property
    def outcome(self) -> Outcome:
        """How the test shows among the recorded calls."""
        return Outcome.SUCCEEDED if self.works else Outcome.FAILED

    def explained(self) -> str:
        """Say in the reader's language what is wrong and what to do."""
        parts = [str(ADVICE[self.finding])]
        if self.error is not None:
            parts.append(said(self.error))
        elif self.failure is not None:
            parts.append(f"{self.failure.code} {self.failure.message}".strip())
        return "\n".join(parts)


def test_and_activate(account: PaymentAccount) -> AccountTest:
    """Test the account, keep what was found, and let applications use it if it works.

    ``account.channel_merchant`` must be loaded with it; no transaction may be open.
    """
    found = test_account(account)
    if found.works and not activation.activate(account, finding=found.finding):
        error = ConfigurationError(_("its keys were changed during the test: test it again"))
        found = AccountTest(Finding.MISCONFIGURED, error=error)
    if not found.works:
        activation.note_test(account, finding=found.finding)
    return found


def test_account(account: PaymentAccount) -> AccountTest:
    """Test the account and record the call; nothing else changes, but certificates it lacked."""
    number = mint("T", now())

    def ask(channel: Channel, known: ChannelAccount, transport: RecordingTransport) -> AccountTest:
        try:
            known = _able_to_verify(account, channel, known, transport)
            return _judge(channel, channel.probe(known, number, transport), transport)
        except AccountRefused as refused:
            return AccountTest(_meaning(channel, refused.failure, transport), refused.failure)
        except ConfigurationError as error:
            return AccountTest(Finding.MISCONFIGURED, error=error)
        except (NotSent, NoAnswer) as error:
            heard = Finding.UNVERIFIED if transport.response else Finding.UNREACHABLE
            return AccountTest(heard, Failure(type(error).__name__, str(error)))

    try:
        called = call_channel(account, Operation.TEST, number, ask)
    except ConfigurationError as error:
        return AccountTest(Finding.MISCONFIGURED, error=error)
    insert(called.record)
    return called.answer


def _able_to_verify(
    account: PaymentAccount,
    channel: Channel,
    known: ChannelAccount,
    transport: RecordingTransport,
) -> ChannelAccount:
    """Return the account checked, with its channel's certificates fetched if it had none."""
    try:
        channel.check_account(known)
    except NothingToVerifyWith:
        if not download_certificates(account, transport):
            raise
        account.channel_merchant.refresh_from_db()
        known = channel_account(account)
        channel.check_account(known)
    return known


def _judge(channel: Channel, report: PaymentReport, transport: RecordingTransport) -> AccountTest:
    if report.missing:
        return AccountTest(Finding.WORKS)
    failure = report.failure or Failure(report.outcome, "")
    return AccountTest(_meaning(channel, failure, transport), failure)


def _meaning(channel: Channel, failure: Failure, transport: RecordingTransport) -> Finding:
    if transport.response is None:
        return Finding.UNREACHABLE
    if _clocks_differ(transport.response):
        return Finding.CLOCK
    findings = {**_OUR_CODES, **channel.findings}
    return findings.get(failure.code, Finding.REFUSED)


def _clocks_differ(response: WireResponse) -> bool:
    """Whether the answer was written at another time than now, by its ``Date`` header."""
    try:
        written = parsedate_to_datetime(response.headers.get("date", ""))
        apart = written.timestamp() - now().timestamp()
    except (ValueError, OverflowError):
        return False
    return abs(apart) > CLOCK_TOLERANCE_SECONDS
