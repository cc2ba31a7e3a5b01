"""A channel that lives in memory: keeps books, counts calls, answers as a test tells it to.

Unless told otherwise it behaves like a good channel: it takes payments and refunds, knows what it
took, closes what is open. Its callbacks are JSON of a report; a header makes them authentic. Three
more play the ways of Alipay and EasyPay.
"""

import json
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar
from urllib.parse import unquote

from gateway.contract import Channel, Transport
from gateway.messages import (
    Acknowledgement,
    Action,
    ActionType,
    CallbackRejected,
    ChannelAccount,
    ChannelEvent,
    Credential,
    Failure,
    InvokeMethod,
    Operation,
    Outcome,
    PayerIdentity,
    PaymentRef,
    PaymentReport,
    PayRequest,
    PayResult,
    RawCallback,
    RefundRef,
    RefundReport,
    RefundRequest,
    SplitNews,
)
from gateway.split_messages import BindingReport, ReleaseReport, ReturnReport, SplitReport

PAID_AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
GENUINE = {"X-Fake-Signature": "genuine"}

SplitResult = BindingReport | SplitReport | ReturnReport | ReleaseReport
Result = PayResult | PaymentReport | RefundReport | PayerIdentity | SplitResult
Script = Result | Exception | Callable[[Any], Result]
R = TypeVar("R", PayResult, PaymentReport, RefundReport)


@dataclass(frozen=True)
class Call:
    """One call of the center: what was asked, about which number, with which request."""

    operation: Operation
    number: str
    request: Any


class FakeChannel(Channel):
    """Plays WeChat Pay's place in the registry."""

    code = "wechat"
    label = "Fake"
    production_url = "https://channel.test"
    methods: ClassVar[Mapping[InvokeMethod, str]] = MappingProxyType(
        {
            InvokeMethod.QR_CODE: "native",
            InvokeMethod.MINI_PROGRAM: "jsapi",
            InvokeMethod.WAP: "h5",
        }
    )
    credential_kinds = ()

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.payments: dict[str, PaymentReport] = {}
        self.refunds: dict[str, RefundReport] = {}
        self.certificates: tuple[Credential, ...] = ()
        self.certificate_downloads = 0
        self._scripts: dict[Operation, deque[Script]] = defaultdict(deque)
        self._lock = threading.Lock()

    def answers(self, operation: Operation, *scripts: Script) -> None:
        """Answer the next calls of an operation like this: a result, an error, or a function."""
        self._scripts[operation].extend(scripts)

    def calls_of(self, *operations: Operation) -> list[Call]:
        """Return the calls of these operations, in their order."""
        return [call for call in self.calls if call.operation in operations]

    def paid(self, serial_no: str, **changes: Any) -> PaymentReport:
        """Let the payer pay; returns the channel's word of it."""
        report = replace(
            self.payments[serial_no],
            outcome=Outcome.SUCCEEDED,
            closed=False,
            channel_serial_no=f"42{serial_no}",
            paid_at=PAID_AT,
        )
        self.payments[serial_no] = replace(report, **changes)
        return self.payments[serial_no]

    def refunded(self, refund_serial_no: str, **changes: Any) -> RefundReport:
        """Return the money; returns the channel's word of it."""
        report = replace(
            self.refunds[refund_serial_no], outcome=Outcome.SUCCEEDED, succeeded_at=PAID_AT
        )
        self.refunds[refund_serial_no] = replace(report, **changes)
        return self.refunds[refund_serial_no]

    def take(self, request: PayRequest, *, mchid: str, appid: str) -> PayResult:
        """Book a payment as open and return its launch data."""
        report = PaymentReport(
            Outcome.PENDING,
            request.serial_no,
            amount=request.amount,
            currency=request.currency,
            mchid=mchid,
            appid=appid,
        )
        self.payments.setdefault(request.serial_no, report)
        content = {"content": f"fake://pay/{request.serial_no}"}
        return PayResult(Outcome.PENDING, Action(ActionType.QR_CODE, content))

    def missing_payer_field(self, method: InvokeMethod, given: frozenset[str]) -> str | None:
        """Only a mini program needs to know the payer."""
        needs = method == InvokeMethod.MINI_PROGRAM and "openid" not in given
        return "openid" if needs else None

    def check_account(self, account: ChannelAccount) -> None:
        """Every account works."""

    def read_credential(self, kind: str, content: str, identifier: str = "") -> Credential:
        """Take everything as it is."""
        return Credential(kind, identifier, content)

    def pay(self, account: ChannelAccount, request: PayRequest, transport: Transport) -> PayResult:
        """Take the payment, show a code."""
        del transport
        scripted = self._called(Operation.PAY, request.serial_no, request)
        if isinstance(scripted, PayResult):
            return scripted
        return self.take(request, mchid=account.mchid, appid=account.appid)

    def query(
        self, account: ChannelAccount, payment: PaymentRef, transport: Transport
    ) -> PaymentReport:
        """Say what the books say."""
        del account, transport
        scripted = self._called(Operation.QUERY, payment.serial_no, payment)
        if isinstance(scripted, PaymentReport):
            return scripted
        return self.payments.get(payment.serial_no) or _missing_payment(payment)

    def close(
        self, account: ChannelAccount, payment: PaymentRef, transport: Transport
    ) -> PaymentReport:
        """Close what is open."""
        del account, transport
        scripted = self._called(Operation.CLOSE, payment.serial_no, payment)
        if isinstance(scripted, PaymentReport):
            return scripted
        known = self.payments.get(payment.serial_no)
        if known is None:
            return _missing_payment(payment)
        if known.outcome != Outcome.PENDING:
            return PaymentReport(Outcome.UNKNOWN, payment.serial_no)
        self.payments[payment.serial_no] = replace(known, outcome=Outcome.FAILED, closed=True)
        return self.payments[payment.serial_no]

    def refund(
        self, account: ChannelAccount, request: RefundRequest, transport: Transport
    ) -> RefundReport:
        """Take the refund and work on it."""
        del transport
        scripted = self._called(Operation.REFUND, request.refund_serial_no, request)
        if isinstance(scripted, RefundReport):
            return scripted
        report = RefundReport(
            Outcome.PENDING,
            request.refund_serial_no,
            serial_no=request.payment.serial_no,
            channel_refund_no=f"fake-{request.refund_serial_no}",
            amount=request.amount,
            currency=request.currency,
            mchid=account.mchid,
        )
        return self.refunds.setdefault(request.refund_serial_no, report)

    def refund_query(
        self, account: ChannelAccount, refund: RefundRef, transport: Transport
    ) -> RefundReport:
        """Say what the books say."""
        del account, transport
        number = refund.refund_serial_no
        scripted = self._called(Operation.REFUND_QUERY, number, refund)
        if isinstance(scripted, RefundReport):
            return scripted
        missing = RefundReport(Outcome.UNKNOWN, number, missing=True)
        return self.refunds.get(number, missing)

    def parse_callback(self, account: ChannelAccount, callback: RawCallback) -> ChannelEvent:
        """Read the report; whether it fits the account is left to the center."""
        del account
        signature = callback.headers.get("x-fake-signature")
        if signature != "genuine":
            raise CallbackRejected("not signed", unknown_key=signature == "unknown key")
        content = json.loads(callback.body or unquote(callback.query))
        return _kind(content)(**{name: _read(name, value) for name, value in content.items()})

    def fetch_certificates(
        self, account: ChannelAccount, transport: Transport
    ) -> tuple[Credential, ...]:
        """Return the certificates a test put there."""
        del account, transport
        self.certificate_downloads += 1
        return self.certificates

    def acknowledge(self, *, accepted: bool) -> Acknowledgement:
        """Plain words."""
        return Acknowledgement(200, b"ok") if accepted else Acknowledgement(500, b"again")

    def _called(self, operation: Operation, number: str, request: Any) -> Result | None:
        with self._lock:
            self.calls.append(Call(operation, number, request))
            waiting = self._scripts[operation]
            script = waiting.popleft() if waiting else None
        if isinstance(script, Exception):
            raise script
        return script(request) if callable(script) else script


class OtherFakeChannel(FakeChannel):
    """A second channel to switch to."""

    code = "alipay"


class PageFakeChannel(FakeChannel):
    """Like Alipay: its own page is only a link, and it knows a payment once the payer has come."""

    code = "alipay"
    local_launch = frozenset({InvokeMethod.WAP})

    def __init__(self) -> None:
        super().__init__()
        self.links: dict[str, tuple[PayRequest, str, str]] = {}

    def pay(self, account: ChannelAccount, request: PayRequest, transport: Transport) -> PayResult:
        """Make a link where one is enough."""
        if request.invoke_method not in self.local_launch:
            return super().pay(account, request, transport)
        scripted = self._called(Operation.PAY, request.serial_no, request)
        if isinstance(scripted, PayResult):
            return scripted
        self.links[request.serial_no] = (request, account.mchid, account.appid)
        page = Action(ActionType.REDIRECT, {"url": f"https://fake.test/{request.serial_no}"})
        return PayResult(Outcome.PENDING, page)

    def come(self, serial_no: str) -> None:
        """Let the payer follow the link: from now on the channel knows the payment."""
        request, mchid, appid = self.links[serial_no]
        self.take(request, mchid=mchid, appid=appid)


class EasyFakeChannel(PageFakeChannel):
    """Like EasyPay V1: told no expiry, not believed what it calls, makes two refunds of two."""

    code = "easypay"
    binding_expiry = False
    confirms_callbacks = True
    callback_methods = frozenset({"GET", "POST"})

    def refund_is_idempotent(self, account: ChannelAccount) -> bool:
        """Two requests are two refunds."""
        del account
        return False


def callback_body(report: ChannelEvent) -> bytes:
    """Return a report as the fake channel's callback carries it."""
    content = {name: value for name, value in asdict(report).items() if value is not None}
    return json.dumps(content, default=datetime.isoformat).encode()


def _kind(content: Mapping[str, Any]) -> type[ChannelEvent]:
    if "split_serial_no" in content:
        return SplitNews
    return RefundReport if "refund_serial_no" in content else PaymentReport


def _missing_payment(payment: PaymentRef) -> PaymentReport:
    return PaymentReport(Outcome.UNKNOWN, payment.serial_no, missing=True)


def _read(name: str, value: Any) -> Any:
    if name in {"paid_at", "succeeded_at"}:
        return datetime.fromisoformat(value)
    if name == "outcome":
        return Outcome(value)
    return Failure(**value) if name == "failure" else value
