"""EasyPay (易支付): the protocol of many small payment platforms, in its versions V1 and V2.

The page to read first in this folder. ``v1`` and ``v2`` do the operations; ``wire`` says what is
sent, ``client`` signs and sends it, ``answers`` judges what comes back, ``parsing``, ``statuses``
and ``reports`` translate it, ``callbacks`` is the way in that starts at the platform. ``config``
holds what differs between platforms. ``bills`` pages a day's orders into a file, ``bill_lines``
reads it.

A platform is a stranger between payer and merchant: administrators alone enter its address, and
none of its callbacks is booked before it was asked.
"""

from collections.abc import Mapping, Sequence

from gateway.channels.easypay import config, keys, wire
from gateway.channels.easypay.bills import EasyPayBills
from gateway.channels.easypay.callbacks import read_callback
from gateway.channels.easypay.statuses import FINDINGS, TROUBLES
from gateway.channels.easypay.v1 import V1
from gateway.channels.easypay.v2 import V2
from gateway.contract import Channel, ConfigurationError, Transport, Way
from gateway.messages import (
    Acknowledgement,
    Browser,
    CallbackRejected,
    ChannelAccount,
    ChannelEvent,
    InvokeMethod,
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

_WAYS = dict(config.TYPE.choices) | {config.PAYER_CHOOSES: _("Other ways to pay")}
_CLOSED_TO = {
    Browser.WECHAT: frozenset({"alipay", "qqpay", "bank"}),
    Browser.ALIPAY: frozenset({"wxpay", "qqpay", "bank"}),
}


class EasyPayChannel(Channel):
    """Speaks the EasyPay protocol, V1 or V2 as the account says."""

    code = "easypay"
    label = _("EasyPay")
    production_url = ""
    methods = wire.PRODUCTS
    operations = wire.INTERFACES
    bills = EasyPayBills()
    credential_kinds = keys.CREDENTIAL_KINDS
    masked_fields = frozenset(
        {"key", "sign", "buyer", "clientip", "cert_no", "cert_name", "sub_openid", "auth_code"}
    )
    options = config.OPTIONS
    own_endpoint = True
    sandbox_path = "/easypay/"
    binding_expiry = False
    confirms_callbacks = True
    callback_methods = frozenset({"GET", "POST"})
    findings = FINDINGS
    troubles = TROUBLES

    def way(self, browser: Browser, options: Mapping[str, str]) -> Way | None:
        """Offer the payment type behind the platform; no app shows its rival's pages."""
        type_ = options[config.TYPE.name]
        if type_ in _CLOSED_TO.get(browser, ()):
            return None
        method = InvokeMethod.PC if browser is Browser.PC else InvokeMethod.WAP
        return Way(f"{self.code}-{type_ or 'any'}", _WAYS[type_], method, note=self.label)

    def launches_locally(self, account: ChannelAccount, method: InvokeMethod) -> bool:
        """V1's page takes the whole order in its address; V2's pages are made by a request."""
        return wire.PRODUCTS.get(method) == "submit" and not config.is_v2(account)

    def missing_payer_field(self, method: InvokeMethod, given: frozenset[str]) -> str | None:
        """No method needs anything of the payer."""
        del method, given
        return None

    def check_account(self, account: ChannelAccount) -> None:
        """Check number, address, options and the keys that the account's version needs."""
        config.check(account)

    def read_credential(self, kind: str, content: str, identifier: str = "") -> Credential:
        """Read an uploaded key, as PEM or in the bare base64 that platforms show."""
        del identifier
        return keys.read_credential(kind, content)

    def check_pairs(self, credentials: Sequence[Credential]) -> None:
        """Refuse the merchant's own public key where the platform's belongs."""
        keys.check_pairs(credentials)

    def refund_is_idempotent(self, account: ChannelAccount) -> bool:
        """V1 gives refunds no number: each sending is a refund of its own."""
        return config.is_v2(account)

    def pay(self, account: ChannelAccount, request: PayRequest, transport: Transport) -> PayResult:
        """Compute the platform's page (V1), or have an order made."""
        if request.invoke_method not in self.methods:
            raise ConfigurationError(_("EasyPay has no such invoke method"))
        return _speaker(account, transport).pay(request)

    def query(
        self, account: ChannelAccount, payment: PaymentRef, transport: Transport
    ) -> PaymentReport:
        """Ask for the order. An unknown number is ``missing``: the payer may still bring it."""
        return _speaker(account, transport).query(payment)

    def probe(self, account: ChannelAccount, serial_no: str, transport: Transport) -> PaymentReport:
        """Ask what proves most of the account (V2: its own data, which come signed)."""
        return _speaker(account, transport).probe(serial_no)

    def close(
        self, account: ChannelAccount, payment: PaymentRef, transport: Transport
    ) -> PaymentReport:
        """V1 cannot close, and V2's word is no proof: always ``UNKNOWN``."""
        return _speaker(account, transport).close(payment)

    def refund(
        self, account: ChannelAccount, request: RefundRequest, transport: Transport
    ) -> RefundReport:
        """Return money; done when the platform says so, and no callback will tell of it."""
        return _speaker(account, transport).refund(request)

    def refund_query(
        self, account: ChannelAccount, refund: RefundRef, transport: Transport
    ) -> RefundReport:
        """Ask for the refund (V2), or whether anything of the payment was returned (V1)."""
        return _speaker(account, transport).refund_query(refund)

    def parse_callback(self, account: ChannelAccount, callback: RawCallback) -> ChannelEvent:
        """Verify and read a callback; it counts only once a query says the same."""
        try:
            scheme = config.scheme_of(account)
        except ConfigurationError as error:
            raise CallbackRejected(f"the account cannot verify: {error}") from None
        return read_callback(account, scheme, callback)

    def acknowledge(self, *, accepted: bool) -> Acknowledgement:
        """The word ``success`` ends the repeats; with ``fail`` the platform tries again later."""
        word = b"success" if accepted else b"fail"
        return Acknowledgement(200, word, "text/plain")


def _speaker(account: ChannelAccount, transport: Transport) -> V1 | V2:
    return V2(account, transport) if config.is_v2(account) else V1(account, transport)
