"""What every channel must do alike. A channel's suite subclasses ``ChannelContract``, says who its
account is and what its channel would answer, and inherits every test below.

The tests hold the promises of ``gateway/contract.py``: how sure the center may be after each kind
of answer, that only authentic callbacks are read, that repeats are identical, that no secret leaks.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import quote

import pytest
import time_machine

from gateway.contract import Channel, ConfigurationError, Transport
from gateway.masking import masked_body, masked_url
from gateway.messages import (
    Acknowledgement,
    ActionType,
    Browser,
    CallbackRejected,
    ChannelAccount,
    InvokeMethod,
    Operation,
    Outcome,
    Payer,
    PayerIdentity,
    PaymentRef,
    PaymentReport,
    PayRequest,
    PayResult,
    RawCallback,
    RefundRef,
    RefundReport,
    RefundRequest,
)
from paycenter.kernel.credential import Credential
from paycenter.kernel.http import NoAnswer, NotSent, WireRequest, WireResponse
from tests.contract.transport import FakeTransport, Reply

Result = PayResult | PaymentReport | RefundReport

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PAYMENT = PaymentRef("P260101080000ABCDEFGHJKM")
REFUND = RefundRef("R260101080000ABCDEFGHJKM", PAYMENT)
LOGIN_CODE = "canary0code0of0a0login0000000001"
BACK = "https://center.test/checkout/C1/"
OPERATIONS = (
    Operation.PAY,
    Operation.QUERY,
    Operation.CLOSE,
    Operation.REFUND,
    Operation.REFUND_QUERY,
)
UNCERTAIN = (
    "connection refused",
    "cut after sending",
    "status 500",
    "status 502 of a proxy",
    "garbage",
    "nothing in the body",
    "not signed",
    "badly signed",
)


def pay_request(method: InvokeMethod) -> PayRequest:
    """Return a request with everything any method may need."""
    return PayRequest(
        serial_no=PAYMENT.serial_no,
        amount=1990,
        currency="CNY",
        subject="物业费 2026-01",
        invoke_method=method,
        expires_at=datetime(2026, 1, 1, 0, 30, tzinfo=UTC),
        payer=Payer(
            openid="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
            buyer_id="2088102146225135",
            client_ip="203.0.113.9",
        ),
        return_url="https://app.test/paid?order=A1",
    )


def refund_request() -> RefundRequest:
    """Return a refund of a part of the payment."""
    return RefundRequest(
        refund_serial_no=REFUND.refund_serial_no,
        payment=PAYMENT,
        amount=990,
        payment_amount=1990,
        currency="CNY",
        reason="重复缴费",
    )


def uncertain_replies(accepted: WireResponse) -> dict[str, Reply]:
    """Return what may happen instead of an answer of success, by its name in ``UNCERTAIN``."""
    return {
        "connection refused": NotSent("NewConnectionError"),
        "cut after sending": NoAnswer("ReadTimeout"),
        "status 500": replace(accepted, status=500),
        "status 502 of a proxy": WireResponse(502, {}, b"<html>Bad Gateway</html>"),
        "garbage": WireResponse(200, {}, b"\x00\xff{not even text"),
        "nothing in the body": WireResponse(200, {}, b""),
    }


class ChannelContract(ABC):
    """Subclass as ``TestXContract``; everything abstract is what the channel's peer would do."""

    channel: ClassVar[Channel]
    accepted_callback: ClassVar[Acknowledgement]
    refused_callback: ClassVar[Acknowledgement]
    network_method: ClassVar[InvokeMethod]
    """A method whose payment is made by a request; others may be computed without one."""
    signs_answers: ClassVar[bool] = True
    silent: ClassVar[frozenset[Operation]] = frozenset()
    """Operations for which the channel has no request."""
    inconclusive: ClassVar[frozenset[Operation]] = frozenset()
    """Operations whose success, authentic as it is, proves nothing."""
    signs_logins: ClassVar[bool] = True
    """Whether the answer to a login's code is signed, where answers are."""
    shows_its_key: ClassVar[bool] = False
    """Whether the protocol sends a key as it is: over TLS, but never into a record."""

    @abstractmethod
    def account(self) -> ChannelAccount:
        """Return an account that works."""

    @abstractmethod
    def accepted(self, operation: Operation) -> WireResponse:
        """Return an authentic answer of success; for ``PAY`` to ``network_method``."""

    @abstractmethod
    def accepted_payment(self, method: InvokeMethod) -> WireResponse | None:
        """Return an authentic answer to a payment, None where no request is made."""

    @abstractmethod
    def refused(self, operation: Operation) -> WireResponse:
        """Return an authentic answer that refuses for a reason of the request's own."""

    def login_account(self) -> ChannelAccount:
        """Return an account that has all its channel's login needs."""
        return self.account()

    def identified(self) -> WireResponse | None:
        """Return an authentic answer to a login's code, None for a channel without a login."""
        return None

    def unidentified(self) -> WireResponse:
        """Return an authentic answer that refuses a login's code."""
        raise NotImplementedError

    @abstractmethod
    def unsigned(self, response: WireResponse) -> WireResponse:
        """Return the answer without its signature."""

    @abstractmethod
    def badly_signed(self, response: WireResponse) -> WireResponse:
        """Return the answer with a signature by another key."""

    @abstractmethod
    def callback(self) -> RawCallback:
        """Return an authentic callback of a payment that succeeded."""

    @abstractmethod
    def forged_callbacks(self) -> dict[str, RawCallback]:
        """Return callbacks to refuse, by what is wrong with them.

        At least: no signature, another key, a key of the account that is not the channel's, a
        message that is authentic for another account.
        """

    def tampered_callbacks(self) -> list[RawCallback]:
        """Return the authentic callback with one byte changed, at places all over it."""
        genuine = self.callback()
        size = len(genuine.body)
        places = range(0, size, max(1, size // 16))
        return [replace(genuine, body=_changed(genuine.body, place)) for place in places]

    @pytest.fixture(autouse=True)
    def _frozen_clock(self) -> Iterator[None]:
        with time_machine.travel(NOW, tick=False):
            yield

    def perform(self, operation: Operation, transport: Transport) -> Result:
        """Do one operation with the suite's numbers."""
        account = self.account()
        if operation is Operation.PAY:
            return self.channel.pay(account, pay_request(self.network_method), transport)
        if operation is Operation.QUERY:
            return self.channel.query(account, PAYMENT, transport)
        if operation is Operation.CLOSE:
            return self.channel.close(account, PAYMENT, transport)
        if operation is Operation.REFUND:
            return self.channel.refund(account, refund_request(), transport)
        return self.channel.refund_query(account, REFUND, transport)

    def identify(self, transport: Transport) -> PayerIdentity:
        """Exchange a login's code."""
        return self.channel.identify(self.login_account(), LOGIN_CODE, transport)

    def uncertain(self, case: str, accepted: WireResponse, *, signed: bool) -> Reply:
        """Return what happens in one of the ``UNCERTAIN`` cases instead of a success."""
        replies = uncertain_replies(accepted)
        if case in replies:
            return replies[case]
        if not signed:
            pytest.skip("this channel's answers carry no signature")
        return self.unsigned(accepted) if case == "not signed" else self.badly_signed(accepted)

    @pytest.mark.parametrize("case", UNCERTAIN)
    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_uncertain_answer_is_unknown_and_never_failed(
        self, operation: Operation, case: str
    ) -> None:
        reply = self.uncertain(case, self.accepted(operation), signed=self.signs_answers)
        transport = FakeTransport(reply)
        result = self.perform(operation, transport)
        assert result.outcome is Outcome.UNKNOWN
        assert not getattr(result, "closed", False)
        assert not getattr(result, "missing", False)
        assert result.failure is not None
        assert result.failure.code
        assert len(transport.sent) == (0 if operation in self.silent else 1)

    @pytest.mark.parametrize("operation", [Operation.PAY, Operation.REFUND])
    def test_explicit_refusal_is_failed_with_the_words_of_the_channel(
        self, operation: Operation
    ) -> None:
        result = self.perform(operation, FakeTransport(self.refused(operation)))
        assert result.outcome is Outcome.FAILED
        assert result.failure is not None
        assert result.failure.code
        assert result.failure.message

    @pytest.mark.parametrize(
        "operation", [Operation.QUERY, Operation.CLOSE, Operation.REFUND_QUERY]
    )
    def test_refused_question_or_close_says_nothing_about_the_money(
        self, operation: Operation
    ) -> None:
        result = self.perform(operation, FakeTransport(self.refused(operation)))
        assert result.outcome is Outcome.UNKNOWN
        assert not getattr(result, "closed", False)
        assert result.failure is not None
        assert result.failure.code

    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_authentic_success_is_believed(self, operation: Operation) -> None:
        result = self.perform(operation, FakeTransport(self.accepted(operation)))
        conclusive = operation not in self.inconclusive
        assert (result.outcome is not Outcome.UNKNOWN) is conclusive
        closes = conclusive and operation is Operation.CLOSE
        assert getattr(result, "closed", False) is closes

    @pytest.fixture
    def login_answer(self) -> WireResponse:
        """Return an authentic answer to a login's code; channels without a login skip the test."""
        accepted = self.identified()
        if accepted is None:
            pytest.skip("this channel has no login")
        return accepted

    def test_login_tells_who_the_payer_is(self, login_answer: WireResponse) -> None:
        url = self.channel.login_url(self.login_account(), redirect_uri=BACK, state="s1")
        assert quote(BACK, safe="") in url
        assert self.channel.login_code
        result = self.identify(FakeTransport(login_answer))
        assert result.outcome is Outcome.SUCCEEDED
        assert result.payer not in (None, Payer())

    def test_refused_login_is_failed_with_the_words_of_the_channel(
        self, login_answer: WireResponse
    ) -> None:
        result = self.identify(FakeTransport(self.unidentified()))
        assert (result.outcome, result.payer) == (Outcome.FAILED, None)
        assert result.failure is not None
        assert result.failure.code

    @pytest.mark.parametrize("case", UNCERTAIN)
    def test_uncertain_answer_to_a_login_names_nobody(
        self, login_answer: WireResponse, case: str
    ) -> None:
        signed = self.signs_answers and self.signs_logins
        reply = self.uncertain(case, login_answer, signed=signed)
        result = self.identify(FakeTransport(reply))
        assert (result.outcome, result.payer) == (Outcome.UNKNOWN, None)
        assert result.failure is not None

    def test_no_secret_of_a_login_is_shown(self, login_answer: WireResponse) -> None:
        account = self.login_account()
        for reply in (login_answer, self.unidentified(), NoAnswer("cut")):
            transport = FakeTransport(reply)
            result = self.identify(transport)
            (request,) = transport.sent
            shown = [*self._recorded(request), repr(result), repr(account)]
            self._assert_no_secret(account, *shown)
            assert all(LOGIN_CODE not in text for text in shown)

    def test_channel_without_a_login_says_so_and_sends_nothing(self) -> None:
        if self.identified() is not None:
            pytest.skip("this channel has a login")
        assert self.channel.login_code == ""
        with pytest.raises(ConfigurationError):
            self.channel.login_url(self.account(), redirect_uri=BACK, state="s1")
        with pytest.raises(ConfigurationError):
            self.identify(FakeTransport())

    @pytest.mark.parametrize("method", InvokeMethod)
    def test_supported_method_gives_an_action_and_an_unsupported_one_sends_nothing(
        self, method: InvokeMethod
    ) -> None:
        supported = method in self.channel.methods
        reply = self.accepted_payment(method) if supported else None
        local = self.channel.launches_locally(self.account(), method)
        assert local is (supported and reply is None)
        transport = FakeTransport(*([reply] if reply else []))
        if not supported:
            with pytest.raises(ConfigurationError):
                self.channel.pay(self.account(), pay_request(method), transport)
            return
        result = self.channel.pay(self.account(), pay_request(method), transport)
        assert result.outcome is Outcome.PENDING
        assert result.action is not None
        assert all(isinstance(value, str) and value for value in result.action.params.values())
        assert len(transport.sent) == (1 if reply else 0)

    @pytest.mark.parametrize("browser", Browser)
    def test_what_a_checkout_page_offers_can_be_executed(self, browser: Browser) -> None:
        defaults = {option.name: option.default for option in self.channel.options}
        way = self.channel.way(browser, {**defaults, **self.account().options})
        if way is None:
            return
        assert way.method in self.channel.methods
        assert re.fullmatch(r"[a-z-]{1,32}", way.code), "it stands in addresses"
        assert way.code.startswith(self.channel.code)
        assert way.label
        missing = self.channel.missing_payer_field(way.method, frozenset({"client_ip"}))
        assert missing is None or missing in Payer.__dataclass_fields__

    def test_what_the_center_shows_for_the_channel_is_a_code(self) -> None:
        for method in self.channel.hosted_methods:
            assert method in self.channel.methods
            assert not self.channel.launches_locally(self.account(), method)
            answer = self.accepted_payment(method)
            assert answer is not None
            result = self.channel.pay(self.account(), pay_request(method), FakeTransport(answer))
            assert result.action is not None
            assert result.action.type is ActionType.QR_CODE

    @pytest.mark.parametrize("method", InvokeMethod)
    def test_payer_with_every_field_misses_none(self, method: InvokeMethod) -> None:
        everything = frozenset({"openid", "buyer_id", "buyer_open_id", "client_ip"})
        assert self.channel.missing_payer_field(method, everything) is None

    @pytest.mark.parametrize("operation", [Operation.PAY, Operation.REFUND])
    def test_repeat_sends_the_identical_content(self, operation: Operation) -> None:
        sent = [self._sent_at(operation, NOW), self._sent_at(operation, NOW.replace(hour=1))]
        assert sent[0] == sent[1]

    def content_of(self, transport: FakeTransport) -> object:
        """Return what must be equal in a repeat; channels that sign inside the body override."""
        (request,) = transport.sent
        return (request.method, request.url, request.body)

    def _sent_at(self, operation: Operation, moment: datetime) -> object:
        transport = FakeTransport(NoAnswer("ReadTimeout"))
        with time_machine.travel(moment, tick=False):
            self.perform(operation, transport)
        return self.content_of(transport)

    def test_callback_of_a_success_is_read(self) -> None:
        event = self.channel.parse_callback(self.account(), self.callback())
        assert isinstance(event, PaymentReport)
        assert event.outcome is Outcome.SUCCEEDED
        assert event.serial_no == PAYMENT.serial_no
        assert event.channel_serial_no
        assert event.amount == 1990
        assert event.mchid == self.account().mchid

    def test_duplicate_callbacks_are_equal_events(self) -> None:
        first = self.channel.parse_callback(self.account(), self.callback())
        assert first == self.channel.parse_callback(self.account(), self.callback())

    def test_tampered_callback_is_rejected(self) -> None:
        tampered = self.tampered_callbacks()
        assert tampered
        assert [callback for callback in tampered if self._believes(callback)] == []

    def test_forged_callback_is_rejected(self) -> None:
        believed = [
            what for what, forged in self.forged_callbacks().items() if self._believes(forged)
        ]
        assert believed == []

    @pytest.mark.parametrize("value", ["", "   ", "nonsense"])
    def test_unusable_credential_is_refused_before_anything_is_sent(self, value: str) -> None:
        for kind in self._carried_kinds():
            broken = self._account_with(kind, value)
            with pytest.raises(ConfigurationError):
                self.channel.check_account(broken)
            with pytest.raises(ConfigurationError):
                self.channel.pay(broken, pay_request(self.network_method), FakeTransport())
            with pytest.raises(CallbackRejected):
                self.channel.parse_callback(broken, self.callback())

    def test_working_account_passes_its_check(self) -> None:
        self.channel.check_account(self.account())

    def test_required_credentials_are_missed(self) -> None:
        for required in [kind.kind for kind in self.channel.credential_kinds if kind.required]:
            account = self.account()
            rest = tuple(item for item in account.credentials if item.kind != required)
            with pytest.raises(ConfigurationError):
                self.channel.check_account(replace(account, credentials=rest))

    def test_what_was_uploaded_works_and_is_read_the_same_again(self) -> None:
        account = self.account()
        stored = tuple(self._read(item) for item in account.credentials)
        self.channel.check_pairs(stored)
        self.channel.check_account(replace(account, credentials=stored))
        assert tuple(self._read(item) for item in stored) == stored

    @pytest.mark.parametrize("content", ["", "   "])
    def test_empty_upload_is_refused(self, content: str) -> None:
        for kind in self.channel.credential_kinds:
            with pytest.raises(ConfigurationError):
                self.channel.read_credential(kind.kind, content, "")

    def test_credential_the_channel_does_not_have_is_refused(self) -> None:
        with pytest.raises(ConfigurationError):
            self.channel.read_credential("a kind of another channel", "anything")

    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_no_secret_in_requests_results_and_representations(self, operation: Operation) -> None:
        account = self.account()
        for reply in (self.accepted(operation), self.refused(operation), NoAnswer("cut")):
            transport = FakeTransport(reply)
            result = self.perform(operation, transport)
            shown = [text for request in transport.sent for text in self._shown(request)]
            self._assert_no_secret(account, *shown, repr(result), repr(account))

    def test_no_secret_in_error_texts(self) -> None:
        for kind in self._carried_kinds():
            value = self.account().credentials_of(kind)[0].value
            broken = self._account_with(kind, value[: len(value) // 2])
            with pytest.raises(ConfigurationError) as caught:
                self.channel.check_account(broken)
            self._assert_no_secret(broken, str(caught.value), repr(caught.value))
        for forged in self.forged_callbacks().values():
            with pytest.raises(CallbackRejected) as rejected:
                self.channel.parse_callback(self.account(), forged)
            self._assert_no_secret(self.account(), rejected.value.reason, repr(rejected.value))

    def test_acknowledgements_are_the_exact_words_of_the_channel(self) -> None:
        assert self.channel.acknowledge(accepted=True) == self.accepted_callback
        assert self.channel.acknowledge(accepted=False) == self.refused_callback

    def _believes(self, callback: RawCallback) -> bool:
        try:
            self.channel.parse_callback(self.account(), callback)
        except CallbackRejected:
            return False
        return True

    def _read(self, item: Credential) -> Credential:
        return self.channel.read_credential(item.kind, item.value, item.identifier)

    def _carried_kinds(self) -> list[str]:
        return sorted({item.kind for item in self.account().credentials})

    def _recorded(self, request: WireRequest) -> list[str]:
        """Return what is kept of a request."""
        masked = self.channel.masked_fields
        return [
            masked_url(request.url, masked),
            masked_body(request.body, masked),
            repr(request),
        ]

    def _shown(self, request: WireRequest) -> list[str]:
        """Return everything anybody may get to see of a request."""
        bare = [] if self.shows_its_key else [request.url, request.body.decode()]
        return [*self._recorded(request), *request.headers.values(), *bare]

    def _account_with(self, kind: str, value: str) -> ChannelAccount:
        """Return the account with another value for one kind, as a version never loaded before."""
        account = self.account()
        changed = tuple(
            replace(item, value=value) if item.kind == kind else item
            for item in account.credentials
        )
        return replace(account, credentials=changed, version=abs(hash((kind, value))))

    def _assert_no_secret(self, account: ChannelAccount, *texts: str) -> None:
        secret_kinds = {kind.kind for kind in self.channel.credential_kinds if kind.secret}
        secrets = [item for item in account.credentials if item.kind in secret_kinds]
        assert secrets
        for fragment in [part for item in secrets for part in _fragments(item)]:
            assert all(fragment not in text for text in texts)


def _changed(body: bytes, place: int) -> bytes:
    """Return the body with the low bit of one byte turned."""
    return body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]


def _fragments(secret: Credential) -> list[str]:
    """Return the lines of a secret that would give it away."""
    return [line for line in secret.value.splitlines() if "-----" not in line and len(line) > 8]
