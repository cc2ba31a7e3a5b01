"""What a checkout page offers: the ways that work now in this browser, in the company's order.

Several accounts may stand behind one way. The one in the first place takes the payment if its
channel works and it takes such amounts; accounts in the same place share by their weight. Which of
them an order goes to is computed from the order, so that a reload or a second tab finds the same.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, log

from gateway.accounts import chosen_options
from gateway.contract import ConfigurationError, Way
from gateway.health.admission import availability_of
from gateway.messages import Browser
from gateway.payer_login import can_log_in
from gateway.registry import CHANNELS, channel_of
from merchants.models import ChannelMerchant, PaymentAccount
from merchants.selectors import offered_accounts
from transactions.models import Checkout, Order, Payment
from transactions.splits.modes import accounts_that_split

KNOWN_OF_PAYER = frozenset({"client_ip"})
"""What the page knows of whoever opens it; anything else a channel's login must tell."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One choice on the page, and the account that would take the payment.

    ``wait_seconds``: 0 where it can be paid now, else when to look again, because every account
    behind it is switched off or its channel fails.
    """

    way: Way
    account: PaymentAccount
    needs_login: bool
    wait_seconds: int = 0

    @property
    def is_available(self) -> bool:
        """Whether a payment may begin now."""
        return self.wait_seconds == 0


def offers_of(checkout: Checkout, browser: Browser) -> list[Offer]:
    """Return what the page of ``checkout`` offers in ``browser``, first choice first."""
    candidates = list(_candidates(checkout, browser))
    off = availability_of([one.account for one in candidates])
    waits = {pk: reason.retry_after for pk, reason in off.items() if reason is not None}
    behind: dict[str, list[_Candidate]] = {}
    for candidate in candidates:
        behind.setdefault(candidate.way.code, []).append(candidate)
    return [_offer(checkout.order, each, waits) for each in behind.values()]


def offer_named(checkout: Checkout, browser: Browser, code: str) -> Offer | None:
    """Return the offer of one way, or None where the page does not offer it."""
    return next((one for one in offers_of(checkout, browser) if one.way.code == code), None)


def name_of_way(owner: ChannelMerchant) -> str:
    """Return, as a msgid, what payers call the way behind a channel merchant.

    Whatever became of its options since: what was paid through it is shown for ever.
    """
    way = _way(owner, Browser.PC)
    return way.label if way else channel_of(owner.channel).label


def goes_on_in(payment: Payment, browser: Browser) -> bool:
    """Whether an attempt was begun as ``browser`` begins one: its page or app is within reach."""
    way = _way(payment.channel_merchant, browser)
    return way is not None and way.method == payment.invoke_method


@dataclass(frozen=True, slots=True)
class _Candidate:
    way: Way
    account: PaymentAccount
    needs_login: bool


def _way(owner: ChannelMerchant, browser: Browser) -> Way | None:
    """Return how a channel merchant is paid in a browser, if its channel and options allow it."""
    channel = CHANNELS.get(owner.channel)
    try:
        return channel.way(browser, chosen_options(owner)) if channel else None
    except ConfigurationError:
        return None


def _candidates(checkout: Checkout, browser: Browser) -> Iterable[_Candidate]:
    for account in _accounts(checkout):
        way = _way(account.channel_merchant, browser)
        if way is None:
            continue
        channel = channel_of(account.channel_merchant.channel)
        needs_login = channel.missing_payer_field(way.method, KNOWN_OF_PAYER) is not None
        if not needs_login or can_log_in(account):
            yield _Candidate(way, account, needs_login)


def _accounts(checkout: Checkout) -> Iterable[PaymentAccount]:
    """Return the accounts that may take this order's money, in the company's order."""
    order = checkout.order
    if not order.application.is_active:
        return []
    found = offered_accounts(order.application, order.merchant, checkout.payment_nos)
    found = found.filter(min_amount__lte=order.amount, max_amount__gte=order.amount)
    able = accounts_that_split(found, order.split_mode)
    return able.order_by("checkout_position", "pk")


def _offer(order: Order, candidates: list[_Candidate], waits: dict[int, int]) -> Offer:
    """Choose the account of one way among those in the first place that work, if any does."""
    able = [one for one in candidates if one.account.pk not in waits] or candidates
    first = able[0].account.checkout_position
    sharing = [one for one in able if one.account.checkout_position == first]
    chosen = max(sharing, key=lambda one: _share(order, one.account))
    wait = waits.get(chosen.account.pk, 0)
    return Offer(chosen.way, chosen.account, chosen.needs_login, wait)


def _share(order: Order, account: PaymentAccount) -> float:
    """Return an account's draw for an order: the highest wins, in proportion to the weights.

    Weighted rendezvous hashing: an account that comes or goes moves no other order.
    """
    digest = hashlib.sha256(f"{order.pk}:{account.pk}".encode()).digest()
    drawn = (int.from_bytes(digest[:8], "big") + 1) / 2**64
    return -inf if account.checkout_weight == 0 else log(drawn) / account.checkout_weight
