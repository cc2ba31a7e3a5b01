"""The one page a channel author reads: what a channel must be able to do, and what it may not.

A channel is a folder under ``gateway/channels/`` with a subclass of ``Channel``. It translates
``gateway.messages`` into its wire format and back. It decides nothing, keeps nothing, knows no
model and no other channel. Adding one: copy a folder, register it in ``gateway/registry.py``,
subclass the contract test in ``tests/contract/``.

Rules every operation obeys:

* It never raises for what a channel answers; it returns a result with an ``Outcome``.
* ``FAILED`` needs an explicit, verified word of the channel. No answer, an error of the channel's
  own, an answer that cannot be verified: ``UNKNOWN``.
* It sends through the ``Transport`` it is given (deadline, pooled session, masked record).
* It raises ``ConfigurationError`` when the account's parameters or keys cannot work at all, or
  for an invoke method it lacks; only ``parse_callback`` turns even that into ``CallbackRejected``.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from gateway.messages import (
    Acknowledgement,
    ChannelAccount,
    ChannelEvent,
    Credential,
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
from paycenter.kernel.http import WireRequest, WireResponse


class ConfigurationError(Exception):
    """The account cannot work as it is configured; the text says what is wrong, without secrets."""


class Transport(Protocol):
    """Sends one request. Raises ``NotSent`` or ``NoAnswer`` (``paycenter.kernel.http``)."""

    def send(self, request: WireRequest) -> WireResponse:
        """Send and return the answer, whatever its status."""


@dataclass(frozen=True, slots=True)
class CredentialKind:
    """One credential a channel needs, as declared to the admin form and the certificate store."""

    kind: str
    label: str
    secret: bool = True
    required: bool = True


class Channel(ABC):
    """One way to take money. Stateless: one instance serves every account and thread."""

    code: ClassVar[str]
    label: ClassVar[str]
    production_url: ClassVar[str]
    methods: ClassVar[Mapping[InvokeMethod, str]]
    """Supported invoke methods, each with the name of the channel's own product (``jsapi`` ...)."""
    credential_kinds: ClassVar[tuple[CredentialKind, ...]]
    masked_fields: ClassVar[frozenset[str]] = frozenset()
    """Names of wire fields whose values are masked in recorded calls and callbacks."""

    @abstractmethod
    def missing_payer_field(self, method: InvokeMethod, given: frozenset[str]) -> str | None:
        """Name the payer field this method needs and ``given`` lacks (``openid`` ...), or None."""

    @abstractmethod
    def check_account(self, account: ChannelAccount) -> None:
        """Raise ``ConfigurationError`` when parameters or keys cannot work; touches no network."""

    @abstractmethod
    def pay(self, account: ChannelAccount, request: PayRequest, transport: Transport) -> PayResult:
        """Create the payment at the channel (or compute its launch data)."""

    @abstractmethod
    def query(
        self, account: ChannelAccount, payment: PaymentRef, transport: Transport
    ) -> PaymentReport:
        """Ask what became of a payment."""

    @abstractmethod
    def close(
        self, account: ChannelAccount, payment: PaymentRef, transport: Transport
    ) -> PaymentReport:
        """Ask that a payment can no longer be paid. ``closed`` only when the channel agreed."""

    @abstractmethod
    def refund(
        self, account: ChannelAccount, request: RefundRequest, transport: Transport
    ) -> RefundReport:
        """Return money. Safe to repeat with the same request: the number makes it one refund."""

    @abstractmethod
    def refund_query(
        self, account: ChannelAccount, refund: RefundRef, transport: Transport
    ) -> RefundReport:
        """Ask what became of a refund."""

    @abstractmethod
    def parse_callback(self, account: ChannelAccount, callback: RawCallback) -> ChannelEvent:
        """Verify first, then read. Raises ``CallbackRejected`` for whatever is not authentic."""

    @abstractmethod
    def acknowledge(self, *, accepted: bool) -> Acknowledgement:
        """The channel's own words for "stored and done" or for "send it again"."""

    def fetch_certificates(
        self, account: ChannelAccount, transport: Transport
    ) -> tuple[Credential, ...]:
        """Download the channel's current certificates; channels without any return nothing.

        Raises ``NotSent`` or ``NoAnswer`` when a later try may succeed, ``ConfigurationError``
        when it cannot.
        """
        del account, transport
        return ()
