"""Alipay (gateway.do, RSA2) as a channel, for merchants and for merchants of a service provider.

The page to read first in this folder. ``wire`` says what is sent, ``client`` sends it, ``launch``
is what the payer's device gets. ``envelopes`` cuts the signed bytes out of what comes back,
``answers`` judges them, ``parsing`` and ``statuses`` translate. ``callbacks`` and ``downloads`` are
the two ways in that start at Alipay. ``login`` asks Alipay who a payer is. ``splits`` divides
payments, with ``split_wire``, ``split_parsing`` and ``split_statuses`` of its own. ``bills`` gets
the channel bills, ``bill_lines`` reads them.
"""

from collections.abc import Sequence

from gateway.channels.alipay import config, downloads, launch, login, wire
from gateway.channels.alipay.answers import Answer
from gateway.channels.alipay.bills import AlipayBills
from gateway.channels.alipay.callbacks import read_callback
from gateway.channels.alipay.client import Client
from gateway.channels.alipay.credentials import CREDENTIAL_KINDS, read_credential
from gateway.channels.alipay.parsing import Unreadable, payment_report
from gateway.channels.alipay.refunds import asked_refund, made_refund
from gateway.channels.alipay.split_wire import INTERFACES as SPLIT_INTERFACES
from gateway.channels.alipay.splits import AlipaySplits
from gateway.channels.alipay.statuses import FINDINGS, TRADE_MISSING, TROUBLES
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

_BUYER_FIELDS = frozenset({"buyer_id", "buyer_open_id"})


class AlipayChannel(Channel):
    """Speaks Alipay's gateway protocol."""

    code = "alipay"
    label = _("Alipay")
    production_url = config.PRODUCTION_URL
    methods = wire.PRODUCTS
    checkout_methods = {
        Browser.ALIPAY: InvokeMethod.MINI_PROGRAM,
        Browser.PHONE: InvokeMethod.WAP,
        Browser.PC: InvokeMethod.PC,
    }
    login_code = "auth_code"
    operations = {**wire.INTERFACES, **SPLIT_INTERFACES, Operation.BILL: wire.BILL_ADDRESS}
    splits = AlipaySplits()
    bills = AlipayBills()
    local_launch = launch.LOCAL
    options = (wire.QR_PRODUCT,)
    credential_kinds = CREDENTIAL_KINDS
    findings = FINDINGS
    troubles = TROUBLES
    masked_fields = frozenset(
        {
            "account",
            "alipay_user_id",
            "app_auth_token",
            "bill_download_url",
            "bind_login_name",
            "buyer_id",
            "buyer_logon_id",
            "buyer_open_id",
            "buyer_user_id",
            "buyer_user_name",
            # Of a channel bill's address, which serves whoever knows it.
            "fileId",
            "login_name",
            "name",
            "open_id",
            "seller_email",
            # Repeats the whole request, its app_auth_token included, when a signature is refused.
            "sub_msg",
            "trans_in",
            "trans_in_open_id",
            "trans_out",
            "trans_out_open_id",
            "union_id",
            "user_id",
        }
    )

    def missing_payer_field(self, method: InvokeMethod, given: frozenset[str]) -> str | None:
        """A mini-program payment names its payer, by either of Alipay's two ids."""
        needed = method is InvokeMethod.MINI_PROGRAM and not given & _BUYER_FIELDS
        return "buyer_id" if needed else None

    def login_url(self, account: ChannelAccount, *, redirect_uri: str, state: str) -> str:
        """Have Alipay's browser come back with a code; keys that work are all it needs."""
        config.keys_of(account)
        return login.login_url(account, redirect_uri=redirect_uri, state=state)

    def identify(self, account: ChannelAccount, code: str, transport: Transport) -> PayerIdentity:
        """Exchange the code for the payer's number, or for the app's name of the payer."""
        return login.identity(_client(account, transport).ask(wire.login_call(code)))

    def check_account(self, account: ChannelAccount) -> None:
        """Check numbers, keys and certificates, one by one and against each other."""
        config.check(account)

    def read_credential(self, kind: str, content: str, identifier: str = "") -> Credential:
        """Read an uploaded key or certificate; what it is named by is read from it."""
        del identifier
        return read_credential(kind, content)

    def check_pairs(self, credentials: Sequence[Credential]) -> None:
        """What is uploaded as Alipay's must not be the application's own."""
        config.check_pairs(credentials)

    def pay(self, account: ChannelAccount, request: PayRequest, transport: Transport) -> PayResult:
        """Compute the launch data, or make the trade or the code at Alipay."""
        call = wire.pay_call(account, request)
        keys = config.keys_of(account)
        method = request.invoke_method
        if method in launch.LOCAL:
            action = launch.local_action(account, keys, call, method)
            return PayResult(Outcome.PENDING, action=action)
        answer = Client(account, keys, transport).ask(call)
        if not answer.succeeded:
            return PayResult(answer.refusal(Operation.PAY), failure=answer.failure)
        if _is_about_another(answer, request.serial_no):
            return PayResult(Outcome.UNKNOWN, failure=_ANOTHER_NUMBER)
        try:
            action = launch.answered_action(answer.content, method)
        except Unreadable as error:
            return PayResult(Outcome.UNKNOWN, failure=_unreadable(error))
        return PayResult(Outcome.PENDING, action=action)

    def query(
        self, account: ChannelAccount, payment: PaymentRef, transport: Transport
    ) -> PaymentReport:
        """Ask for the trade. ``missing`` until the payer came: the launch data can still be used.

        The answer names no merchant: it is about a trade of the one whose application asked.
        """
        answer = _client(account, transport).ask(wire.query_call(payment))
        if not answer.succeeded:
            return _no_payment(payment, answer)
        try:
            report = payment_report(answer.content, mchid=account.mchid)
        except Unreadable as error:
            return PaymentReport(Outcome.UNKNOWN, payment.serial_no, failure=_unreadable(error))
        if report.serial_no != payment.serial_no:
            return PaymentReport(Outcome.UNKNOWN, payment.serial_no, failure=_ANOTHER_NUMBER)
        return report

    def close(
        self, account: ChannelAccount, payment: PaymentRef, transport: Transport
    ) -> PaymentReport:
        """Close the trade. One that does not exist yet is ``missing``, never closed: the payer may
        still come until it expires. One in another state is ``UNKNOWN``: a query tells.
        """
        answer = _client(account, transport).ask(wire.close_call(payment))
        if not answer.succeeded:
            return _no_payment(payment, answer)
        if _is_about_another(answer, payment.serial_no):
            return PaymentReport(Outcome.UNKNOWN, payment.serial_no, failure=_ANOTHER_NUMBER)
        return PaymentReport(Outcome.FAILED, payment.serial_no, closed=True)

    def refund(
        self, account: ChannelAccount, request: RefundRequest, transport: Transport
    ) -> RefundReport:
        """Refund; Alipay answers with the result, and to a repeat that a query must tell it."""
        answer = _client(account, transport).ask(wire.refund_call(request))
        return made_refund(request, answer)

    def refund_query(
        self, account: ChannelAccount, refund: RefundRef, transport: Transport
    ) -> RefundReport:
        """Ask for the refund. ``missing`` means it was never made: send it again."""
        answer = _client(account, transport).ask(wire.refund_query_call(refund))
        return asked_refund(refund, answer)

    def parse_callback(self, account: ChannelAccount, callback: RawCallback) -> ChannelEvent:
        """Verify and read a notification of a payment, a refund or a close."""
        try:
            keys = config.keys_of(account)
        except ConfigurationError as error:
            raise CallbackRejected(f"the account cannot verify: {error}") from None
        return read_callback(account, keys, callback)

    def acknowledge(self, *, accepted: bool) -> Acknowledgement:
        """``success`` ends the repeats, and nothing but these seven bytes does."""
        return Acknowledgement(200, b"success" if accepted else b"fail", "text/plain")

    def fetch_certificates(
        self, account: ChannelAccount, transport: Transport
    ) -> tuple[Credential, ...]:
        """Download a certificate that is new; see ``downloads.download`` for what it raises."""
        return downloads.download(_client(account, transport))


_ANOTHER_NUMBER = Failure("another_number", "the answer is about another number")


def _client(account: ChannelAccount, transport: Transport) -> Client:
    return Client(account, config.keys_of(account), transport)


def _unreadable(error: Unreadable) -> Failure:
    return Failure("unreadable_answer", str(error))


def _is_about_another(answer: Answer, serial_no: str) -> bool:
    """An answer is not bound to its question by the signature; its number binds it."""
    return answer.content.get("out_trade_no") != serial_no


def _no_payment(payment: PaymentRef, answer: Answer) -> PaymentReport:
    """Nothing certain was said of the payment, unless that there is no such trade."""
    of_this = answer.content.get("out_trade_no") in (None, payment.serial_no)
    return PaymentReport(
        Outcome.UNKNOWN,
        payment.serial_no,
        missing=of_this and answer.error_word == TRADE_MISSING,
        failure=answer.failure,
    )
