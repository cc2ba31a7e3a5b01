"""What a checkout page shows: where the order stands, and what its payer can do about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Any

from gateway.messages import ActionType, Browser
from merchants.models import Project
from paycenter.kernel.clock import now
from paycenter.kernel.rows import find
from transactions.checkout.offers import Offer, goes_on_in, offers_of
from transactions.checkout.stamp import stamp_of
from transactions.lifecycle import OPEN_PAYMENT, SETTLED_ORDER, OrderState, PaymentState
from transactions.models import Checkout, OrderLine, Payment, Refund
from transactions.selectors import is_paid, payments, refunds
from transactions.services.attempts import window_end
from transactions.services.checkouts import token_hash

SHOWN_AFTER_EXPIRY = timedelta(minutes=5)
"""A payer who began just before the end may still be paying: the page waits so long for the word of
the channel before it says that nothing came."""

SHORTEST_RETRY = 10
"""Seconds: a page looks no more often whether a way works again."""


class PageState(StrEnum):
    """Which of its faces the page shows."""

    CHOOSE = "choose"
    WAITING = "waiting"
    PAID = "paid"
    PAID_ELSEWHERE = "paid_elsewhere"
    """Another order of the group is paid: nothing is due for this one."""
    CLOSED = "closed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Page:
    """All that the page shows. ``attempts`` are oldest first, amounts in fen.

    ``held_seconds``: how long the repeat rule may hold another attempt, 0 when it does not.
    ``seconds_left``: until when a new attempt may begin, 0 when none may.
    """

    token: str
    stamp: str
    checkout: Checkout
    state: PageState
    browser: Browser
    lines: list[OrderLine]
    attempts: list[Payment]
    refunds: list[Refund]
    offers: list[Offer]
    held_seconds: int
    seconds_left: int

    @property
    def latest(self) -> Payment | None:
        """The newest attempt."""
        return self.attempts[-1] if self.attempts else None

    @property
    def settling(self) -> Payment | None:
        """The payment that paid the order."""
        return next((one for one in self.attempts if one.settles_order), None)

    @property
    def surplus(self) -> list[Payment]:
        """What was paid although the order was paid already."""
        return [one for one in self.attempts if one.is_duplicate]

    @property
    def may_be_taken(self) -> bool:
        """Whether an attempt that is not the newest may still take the payer's money."""
        return any(one.state in OPEN_PAYMENT for one in self.attempts[:-1])

    @property
    def retry_seconds(self) -> int:
        """When it is worth looking whether a way works again, 0 while all of them do."""
        waits = [one.wait_seconds for one in self.offers if not one.is_available]
        return max(SHORTEST_RETRY, min(waits)) if waits else 0

    @property
    def order_refunds(self) -> list[Refund]:
        """What went back of the payment that paid the order."""
        return [one for one in self.refunds if one.payment == self.settling]

    @property
    def project(self) -> Project | None:
        """The community the money is for, where the accounts agree about it."""
        code = self.checkout.collection_code
        paid = [self.settling.payment_account] if self.settling else []
        known = {one.project for one in paid or [offer.account for offer in self.offers]}
        if code is not None and code.project is not None:
            return code.project
        return known.pop() if len(known) == 1 else None

    @property
    def action(self) -> dict[str, Any] | None:
        """What starts the newest attempt in this browser, or None where it goes on elsewhere.

        A code may be scanned off any screen; a page or an app must be that of this browser.
        """
        latest = self.latest
        if latest is None or latest.action is None or self.state != PageState.WAITING:
            return None
        is_code = latest.action["type"] == ActionType.QR_CODE
        return latest.action if is_code or goes_on_in(latest, self.browser) else None

    @property
    def goes_on_elsewhere(self) -> bool:
        """Whether the newest attempt was begun in an app that this browser is not."""
        begun = self.latest is not None and self.latest.action is not None
        return self.state == PageState.WAITING and begun and self.action is None


def find_checkout(token: str) -> Checkout | None:
    """Return the checkout with this token, with its order, payee and application."""
    rows = Checkout.objects.select_related(
        "order__merchant", "order__application", "collection_code__project"
    )
    return find(rows.filter(token_hash=token_hash(token)))


def find_page(token: str, browser: Browser) -> Page | None:
    """Return what the page with this token shows now, in a bounded number of statements.

    The stamp is read first: what changes while the rest is read, shows at the next look.
    """
    stamp = stamp_of(token)
    checkout = find_checkout(token) if stamp else None
    if stamp is None or checkout is None:
        return None
    attempts = _attempts(checkout)
    order = checkout.order
    state = _state(checkout, attempts)
    may_choose = state in (PageState.CHOOSE, PageState.WAITING) and not is_over(checkout)
    return Page(
        token=token,
        stamp=stamp,
        checkout=checkout,
        state=state,
        browser=browser,
        lines=list(order.lines.all()),
        attempts=attempts,
        refunds=_refunds(attempts),
        offers=offers_of(checkout, browser) if may_choose else [],
        held_seconds=_held(attempts) if state == PageState.WAITING else 0,
        seconds_left=max(0, ceil((order.expires_at - now()).total_seconds())) if may_choose else 0,
    )


def _refunds(attempts: list[Payment]) -> list[Refund]:
    """Return what went back, or is on its way; nothing is asked where nothing was paid."""
    paid = [one.pk for one in attempts if one.state == PaymentState.SUCCEEDED]
    return list(refunds().filter(payment__in=paid).order_by("pk")) if paid else []


def _attempts(checkout: Checkout) -> list[Payment]:
    """Return the attempts, and give ``checkout`` the order as it was in that very moment."""
    rows = payments().select_related("payment_account__project", "duplicate")
    attempts = list(rows.filter(order=checkout.order).order_by("attempt_no"))
    if attempts:
        order = attempts[-1].order
        order.merchant, order.application = checkout.order.merchant, checkout.order.application
        checkout.order = order
    return attempts


def is_over(checkout: Checkout) -> bool:
    """Whether no new attempt may begin: the time the application gave is over."""
    order = checkout.order
    return order.state == OrderState.EXPIRED or order.expires_at <= now()


def _state(checkout: Checkout, attempts: list[Payment]) -> PageState:
    order = checkout.order
    if order.state in SETTLED_ORDER:
        return PageState.PAID
    if is_paid(order):
        return PageState.PAID_ELSEWHERE
    if order.state == OrderState.CLOSED:
        return PageState.CLOSED
    is_open = bool(attempts) and attempts[-1].state in OPEN_PAYMENT
    if is_open and now() < order.expires_at + SHOWN_AFTER_EXPIRY:
        return PageState.WAITING
    return PageState.EXPIRED if is_over(checkout) else PageState.CHOOSE


def _held(attempts: list[Payment]) -> int:
    latest = attempts[-1]
    end: datetime = window_end(latest.order.application, latest)
    return max(0, ceil((end - now()).total_seconds()))
