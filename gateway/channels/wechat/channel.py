"""WeChat Pay (APIv3) as a channel, for direct merchants and for merchants of a service provider.

The page to read first in this folder. ``wire`` says what is sent, ``client`` signs and sends it,
``answers`` judges what comes back, ``parsing`` and ``statuses`` translate it, ``callbacks`` and
``certificates`` are the two ways in that start at WeChat Pay. ``login`` asks WeChat who a payer is.
``splits`` divides payments, with ``split_wire``, ``split_parsing`` and ``split_statuses`` of its
own. ``bills`` gets the channel bills, ``bill_lines`` reads them.
"""

from collections.abc import Sequence

from gateway.channels.wechat import certificates, config, launch, login, wire
from gateway.channels.wechat.answers import Answer
from gateway.channels.wechat.bills import INTERFACE as BILL_INTERFACE
from gateway.channels.wechat.bills import WeChatBills
from gateway.channels.wechat.callbacks import read_callback
from gateway.channels.wechat.client import Client, open_client
from gateway.channels.wechat.parsing import Unreadable, payment_report, refund_report
from gateway.channels.wechat.split_wire import INTERFACES as SPLIT_INTERFACES
from gateway.channels.wechat.splits import WeChatSplits
from gateway.channels.wechat.statuses import (
    FINDINGS,
    ORDER_CLOSED,
    ORDER_MISSING,
    RESOURCE_MISSING,
)
from gateway.contract import Channel, ConfigurationError, Transport
from gateway.messages import (
    Acknowledgement,
    Browser,
    CallbackRejected,
    ChannelAccount,
    ChannelEvent,
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
)
from paycenter.kernel.configuration import gettext_noop as _
from paycenter.kernel.credential import Credential

_PAYER_FIELDS = {
    InvokeMethod.MINI_PROGRAM: "openid",
    InvokeMethod.OFFICIAL_ACCOUNT: "openid",
    InvokeMethod.WAP: "client_ip",
}
_REFUSAL = b'{"code":"FAIL","message":"the callback was not accepted"}'


class WeChatChannel(Channel):
    """Speaks WeChat Pay APIv3."""

    code = "wechat"
    label = _("WeChat Pay")
    production_url = config.PRODUCTION_URL
    methods = wire.PRODUCTS
    checkout_methods = {
        Browser.WECHAT: InvokeMethod.OFFICIAL_ACCOUNT,
        Browser.PHONE: InvokeMethod.WAP,
        Browser.PC: InvokeMethod.QR_CODE,
    }
    hosted_methods = frozenset({InvokeMethod.PC})
    login_code = "code"
    operations = {**wire.INTERFACES, **SPLIT_INTERFACES, Operation.BILL: BILL_INTERFACE}
    splits = WeChatSplits()
    bills = WeChatBills()
    credential_kinds = config.CREDENTIAL_KINDS
    findings = FINDINGS
    masked_fields = frozenset(
        {
            "authorization",
            "download_url",
            "openid",
            "sp_openid",
            "sub_openid",
            "unionid",
            "payer_client_ip",
            "user_received_account",
            # A receiver of a share: its number or openid, and its name.
            "account",
            "name",
        }
    )

    def missing_payer_field(self, method: InvokeMethod, given: frozenset[str]) -> str | None:
        """JSAPI and mini-program need the payer's openid, H5 the payer's public address."""
        needed = _PAYER_FIELDS.get(method)
        return None if needed in given else needed

    def login_url(self, account: ChannelAccount, *, redirect_uri: str, state: str) -> str:
        """Have WeChat's browser come back with a code; needs the official account's AppSecret."""
        return login.login_url(account, redirect_uri=redirect_uri, state=state)

    def identify(self, account: ChannelAccount, code: str, transport: Transport) -> PayerIdentity:
        """Exchange the code for the payer's openid."""
        return login.identify(account, code, transport)

    def check_account(self, account: ChannelAccount) -> None:
        """Check numbers and keys; a merchant in certificate mode must have fetched some before."""
        config.check(account)

    def read_credential(self, kind: str, content: str, identifier: str = "") -> Credential:
        """Read an uploaded key or certificate; a certificate's serial is read from it."""
        return config.read_credential(kind, content, identifier)

    def check_pairs(self, credentials: Sequence[Credential]) -> None:
        """A private key must be the one its certificate was issued for."""
        config.check_pairs(credentials)

    def pay(self, account: ChannelAccount, request: PayRequest, transport: Transport) -> PayResult:
        """Make an order at WeChat Pay and sign its launch data."""
        client = open_client(account, transport)
        target = wire.order_target(account, request.invoke_method)
        answer = client.post(target, wire.order_body(account, request))
        if not answer.succeeded:
            return PayResult(answer.refusal(Operation.PAY), failure=answer.failure)
        try:
            action = launch.action_of(account, request, answer.content, client.keys.signer)
        except Unreadable as error:
            return PayResult(Outcome.UNKNOWN, failure=_unreadable(error))
        return PayResult(Outcome.PENDING, action=action)

    def query(
        self, account: ChannelAccount, payment: PaymentRef, transport: Transport
    ) -> PaymentReport:
        """Ask for the order. An unknown number is ``missing``: it may still be on its way."""
        answer = open_client(account, transport).get(wire.query_target(account, payment))
        if not answer.succeeded:
            return _no_payment(payment, answer)
        try:
            report = payment_report(account, answer.content)
        except Unreadable as error:
            return PaymentReport(Outcome.UNKNOWN, payment.serial_no, failure=_unreadable(error))
        if report.serial_no != payment.serial_no:
            return PaymentReport(Outcome.UNKNOWN, payment.serial_no, failure=_ANOTHER_NUMBER)
        return report

    def close(
        self, account: ChannelAccount, payment: PaymentRef, transport: Transport
    ) -> PaymentReport:
        """Close the order. "Already paid" is ``UNKNOWN``: a query brings the amount to book."""
        client = open_client(account, transport)
        answer = client.post(wire.close_target(account, payment), wire.close_body(account))
        if answer.succeeded or answer.error_code == ORDER_CLOSED:
            return PaymentReport(Outcome.FAILED, payment.serial_no, closed=True)
        return _no_payment(payment, answer)

    def refund(
        self, account: ChannelAccount, request: RefundRequest, transport: Transport
    ) -> RefundReport:
        """Make a refund; accepted is ``PENDING``, the result comes by callback or query."""
        client = open_client(account, transport)
        answer = client.post(wire.REFUNDS_TARGET, wire.refund_body(account, request))
        if not answer.succeeded:
            outcome = answer.refusal(Operation.REFUND)
            return RefundReport(outcome, request.refund_serial_no, failure=answer.failure)
        return _refund_report(account, request.refund_serial_no, answer)

    def refund_query(
        self, account: ChannelAccount, refund: RefundRef, transport: Transport
    ) -> RefundReport:
        """Ask for the refund. ``missing`` means it was never accepted: send it again."""
        answer = open_client(account, transport).get(wire.refund_target(account, refund))
        if answer.succeeded:
            return _refund_report(account, refund.refund_serial_no, answer)
        return RefundReport(
            Outcome.UNKNOWN,
            refund.refund_serial_no,
            missing=answer.status == 404 and answer.error_code == RESOURCE_MISSING,
            failure=answer.failure,
        )

    def parse_callback(self, account: ChannelAccount, callback: RawCallback) -> ChannelEvent:
        """Verify, open and read a callback of either kind."""
        try:
            keys = config.keys_of(account)
        except ConfigurationError as error:
            raise CallbackRejected(f"the account cannot verify: {error}") from None
        return read_callback(account, keys, callback)

    def acknowledge(self, *, accepted: bool) -> Acknowledgement:
        """An empty 204 ends the repeats; an error status with ``FAIL`` asks for them."""
        if accepted:
            return Acknowledgement(204)
        return Acknowledgement(401, _REFUSAL)

    def fetch_certificates(
        self, account: ChannelAccount, transport: Transport
    ) -> tuple[Credential, ...]:
        """Download the platform certificates; see ``certificates.download`` for what it raises."""
        client = Client(account, config.keys_of(account), transport)
        return certificates.download(client)


_ANOTHER_NUMBER = Failure("another_number", "the answer is about another number")


def _unreadable(error: Unreadable) -> Failure:
    return Failure("unreadable_answer", str(error))


def _no_payment(payment: PaymentRef, answer: Answer) -> PaymentReport:
    """Nothing certain was said of the payment, unless that its number is not known."""
    return PaymentReport(
        Outcome.UNKNOWN,
        payment.serial_no,
        missing=answer.status == 404 and answer.error_code == ORDER_MISSING,
        failure=answer.failure,
    )


def _refund_report(account: ChannelAccount, refund_serial_no: str, answer: Answer) -> RefundReport:
    try:
        report = refund_report(account, answer.content, state_field="status")
    except Unreadable as error:
        return RefundReport(Outcome.UNKNOWN, refund_serial_no, failure=_unreadable(error))
    if report.refund_serial_no != refund_serial_no:
        return RefundReport(Outcome.UNKNOWN, refund_serial_no, failure=_ANOTHER_NUMBER)
    return report
