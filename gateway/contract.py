"""The one page a channel author reads: what a channel must be able to do, and what it may not.

A channel is a folder under ``gateway/channels/`` with a subclass of ``Channel``. It translates
``gateway.messages`` into its wire format and back. It decides nothing, keeps nothing, knows no
model and no other channel. Adding one: copy a folder, register it in ``gateway/registry.py``,
subclass the contract test in ``tests/contract/``. A channel that can also divide a payment among
receivers adds a ``SplitChannel`` (``gateway.split_contract``), one that has channel bills a
``BillChannel`` (``gateway.bill_contract``).

Rules every operation obeys:

* It never raises for what a channel answers; it returns a result with an ``Outcome``.
* ``FAILED`` needs an explicit, verified word of the channel. No answer, an error of the channel's
  own, an answer that cannot be verified: ``UNKNOWN``.
* It sends through the ``Transport`` it is given (deadline, pooled session, masked record).
* It raises ``ConfigurationError`` when the account's parameters or keys cannot work at all, or
  for an invoke method it lacks; only ``parse_callback`` turns even that into ``CallbackRejected``.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from gateway.bill_contract import BillChannel
from gateway.messages import (
    Acknowledgement,
    Browser,
    ChannelAccount,
    ChannelEvent,
    Credential,
    Failure,
    Finding,
    InvokeMethod,
    Operation,
    PayerIdentity,
    PaymentRef,
    PaymentReport,
    PayRequest,
    PayResult,
    RawCallback,
    RefundRef,
    RefundReport,
    RefundRequest,
    Trouble,
)
from gateway.split_contract import SplitChannel
from paycenter.kernel.configuration import ConfigurationError as ConfigurationError
from paycenter.kernel.configuration import gettext_noop as _
from paycenter.kernel.http import Transport as Transport

NO_LOGIN = _("the channel has no login for payers")
NO_SPLITS = _("the channel cannot split payments")


class NothingToVerifyWith(ConfigurationError):
    """The account has no key of its channel yet: downloading the certificates may help."""


class AccountRefused(ConfigurationError):
    """The channel refuses the account itself; ``failure`` holds its words."""

    def __init__(self, text: str, failure: Failure, **params: str) -> None:
        super().__init__(text, **params)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class CredentialKind:
    """One credential a channel needs, as declared to the admin form and the certificate store.

    ``named``: people must state its identifier (a key id); otherwise it is read from the content.
    """

    kind: str
    label: str
    secret: bool = True
    required: bool = True
    named: bool = False


@dataclass(frozen=True, slots=True)
class AccountOption:
    """A choice about how a channel merchant's peer speaks; ``choices`` are (value, label) pairs."""

    name: str
    label: str
    choices: tuple[tuple[str, str], ...]

    @property
    def default(self) -> str:
        """The first choice."""
        return self.choices[0][0]


@dataclass(frozen=True, slots=True)
class Way:
    """One choice on a checkout page: accounts with the same ``code`` are one choice to a payer.

    ``label`` is a msgid; ``method`` is how the payer gets there in the browser that was asked for.
    ``note``, a msgid too, tells it apart from another way with the same label.
    """

    code: str
    label: str
    method: InvokeMethod
    note: str = ""


class Channel(ABC):
    """One way to take money. Stateless: one instance serves every account and thread."""

    code: ClassVar[str]
    label: ClassVar[str]
    production_url: ClassVar[str]
    methods: ClassVar[Mapping[InvokeMethod, str]]
    """Supported invoke methods, each with the name of the channel's own product (``jsapi`` ...)."""
    operations: ClassVar[Mapping[Operation, str]] = {
        operation: operation.value
        for operation in (
            Operation.QUERY,
            Operation.CLOSE,
            Operation.REFUND,
            Operation.REFUND_QUERY,
        )
    }
    """What can be done with a payment once it is made, by whichever method: each operation with the
    name of the channel's own interface. One that the channel lacks is left out."""
    credential_kinds: ClassVar[tuple[CredentialKind, ...]]
    masked_fields: ClassVar[frozenset[str]] = frozenset()
    """Names of wire fields whose values are masked in recorded calls and callbacks."""
    options: ClassVar[tuple[AccountOption, ...]] = ()
    """Choices an operator makes per channel merchant; they arrive in ``ChannelAccount.options``."""
    own_endpoint: ClassVar[bool] = False
    """Whether each channel merchant names its peer's address; platform administrators enter it."""
    sandbox_path: ClassVar[str] = ""
    """Where below the sandbox's address this channel is played."""
    checkout_methods: ClassVar[Mapping[Browser, InvokeMethod]] = {}
    """How a payer on the center's checkout page gets to this channel, by where the page is shown.
    A browser in which the channel cannot be paid is left out."""
    hosted_methods: ClassVar[frozenset[InvokeMethod]] = frozenset()
    """Methods for which the channel has a code but no page: the center shows it on its own."""
    login_code: ClassVar[str] = ""
    """The parameter in which the channel's login hands over its code; blank: it has no login."""
    local_launch: ClassVar[frozenset[InvokeMethod]] = frozenset()
    """Methods whose launch data ``pay`` computes without a request."""
    binding_expiry: ClassVar[bool] = True
    """Whether the channel is told ``expires_at`` and keeps to it: a number it does not know after
    that can never be paid."""
    confirms_callbacks: ClassVar[bool] = False
    """Whether a callback's success must be confirmed by a query before money is booked."""
    callback_methods: ClassVar[frozenset[str]] = frozenset({"POST"})
    """HTTP methods by which callbacks come."""
    splits: ClassVar[SplitChannel | None] = None
    """How the channel divides a paid payment among receivers; None: it cannot."""
    bills: ClassVar[BillChannel | None] = None
    """How the center gets and reads the channel's own account of a day; None: it has none."""
    findings: ClassVar[Mapping[str, Finding]] = {}
    """What the failure codes of a harmless query say of the account (``gateway.account_test``)."""
    troubles: ClassVar[Mapping[str, Trouble]] = {}
    """Failure codes by which the channel speaks of its own trouble, not of the request. They count
    against its health (``gateway.health``) where the outcome is ``UNKNOWN``."""

    @abstractmethod
    def missing_payer_field(self, method: InvokeMethod, given: frozenset[str]) -> str | None:
        """Name the payer field this method needs and ``given`` lacks (``openid`` ...), or None."""

    def way(self, browser: Browser, options: Mapping[str, str]) -> Way | None:
        """Return how this channel is offered on a checkout page, or None where it cannot be paid.

        ``options`` are the channel merchant's choices.
        """
        del options
        method = self.checkout_methods.get(browser)
        return Way(self.code, self.label, method) if method else None

    def splitting(self) -> SplitChannel:
        """Return how this channel splits payments. Raises ``ConfigurationError`` if it cannot."""
        if self.splits is None:
            raise ConfigurationError(NO_SPLITS)
        return self.splits

    def login_url(self, account: ChannelAccount, *, redirect_uri: str, state: str) -> str:
        """Return where a browser inside the channel's app learns who its payer is.

        It comes back to ``redirect_uri`` with ``state`` and a code (``login_code``). Raises
        ``ConfigurationError``, also where the channel has no such login.
        """
        del account, redirect_uri, state
        raise ConfigurationError(NO_LOGIN)

    def identify(self, account: ChannelAccount, code: str, transport: Transport) -> PayerIdentity:
        """Exchange a login's code, which serves once, for who the payer is."""
        del account, code, transport
        raise ConfigurationError(NO_LOGIN)

    @abstractmethod
    def check_account(self, account: ChannelAccount) -> None:
        """Raise ``ConfigurationError`` when parameters or keys cannot work; touches no network."""

    @abstractmethod
    def read_credential(self, kind: str, content: str, identifier: str = "") -> Credential:
        """Read one uploaded credential: its identifier, its validity, its normal form.

        ``identifier`` is what a person stated (``CredentialKind.named``). Raises
        ``ConfigurationError`` in words that say what is wrong and what to upload instead.
        """

    def check_pairs(self, credentials: Sequence[Credential]) -> None:
        """Raise ``ConfigurationError`` when two of the credentials contradict each other.

        Called before a new one is stored, with it first and the stored ones after it, newest first;
        what is still missing is no contradiction.
        """
        del credentials

    def launches_locally(self, account: ChannelAccount, method: InvokeMethod) -> bool:
        """Whether ``pay`` computes this account's launch data for ``method`` without a request."""
        del account
        return method in self.local_launch

    def refund_is_idempotent(self, account: ChannelAccount) -> bool:
        """Whether a refund sent again with its number stays one refund.

        Where it is not, the center asks before it repeats anything, and asks a person when the
        answer leaves it open.
        """
        del account
        return True

    @abstractmethod
    def pay(self, account: ChannelAccount, request: PayRequest, transport: Transport) -> PayResult:
        """Create the payment at the channel (or compute its launch data)."""

    @abstractmethod
    def query(
        self, account: ChannelAccount, payment: PaymentRef, transport: Transport
    ) -> PaymentReport:
        """Ask what became of a payment."""

    def probe(self, account: ChannelAccount, serial_no: str, transport: Transport) -> PaymentReport:
        """Ask something harmless that proves the keys of both sides; ``missing`` says they work.

        ``serial_no`` is a number no payment has. Overridden where "no such number" is not signed.
        """
        return self.query(account, PaymentRef(serial_no), transport)

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

    @property
    def offers_certificates(self) -> bool:
        """Whether there is anything to download: the channel has a ``fetch_certificates``."""
        return type(self).fetch_certificates is not Channel.fetch_certificates

    def fetch_certificates(
        self, account: ChannelAccount, transport: Transport
    ) -> tuple[Credential, ...]:
        """Download the channel's current certificates; channels without any return nothing.

        Raises ``NotSent`` or ``NoAnswer`` when a later try may succeed, ``ConfigurationError``
        when it cannot.
        """
        del account, transport
        return ()
