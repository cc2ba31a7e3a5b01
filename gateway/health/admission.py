"""May a new payment start here? Not while a switch is on or a breaker is not closed.

What is under way goes on: it is asked, closed and refunded as ever. Applications and payers learn
that a way to pay does not work now, and until when; why a person switched it off is not theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

from django.conf import settings

from gateway.health.breaker import read_breakers, seconds_to_wait
from gateway.health.scopes import scopes_of
from merchants.models import PaymentAccount
from merchants.switches import ends_of_switches
from paycenter.kernel.clock import now
from paycenter.kernel.errors import Problem

LONGEST_WAIT = 3600
"""Seconds: nobody is told to stay away for longer."""
WAIT_FOR_A_PERSON = 300
"""Seconds: when to ask again where nobody knows when a switch ends."""


class Reason(StrEnum):
    """Why no new payment may start, as the API says it."""

    SWITCHED_OFF = "switched_off"
    CIRCUIT_OPEN = "circuit_open"


_DETAILS = {
    Reason.SWITCHED_OFF: "This way to pay is switched off for now. Offer another one.",
    Reason.CIRCUIT_OPEN: "The channel does not answer properly. Offer another way to pay.",
}


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why an account takes no new payments, and until when where that is known."""

    reason: Reason
    until: datetime | None = None

    @property
    def retry_after(self) -> int:
        """Return in how many seconds it is worth trying again."""
        if self.until is None:
            return WAIT_FOR_A_PERSON
        left = ceil((self.until - now()).total_seconds())
        return min(max(1, left), LONGEST_WAIT)

    @property
    def problem(self) -> Problem:
        """Return the refusal."""
        return Problem("channel_unavailable", _DETAILS[self.reason], retry_after=self.retry_after)


def check_admission(account: PaymentAccount) -> None:
    """Raise ``Problem`` ``channel_unavailable`` unless a new payment may start now.

    Belongs right before it starts: where a breaker is half open, this payment becomes its probe.
    Asks Redis once (``kernel.quick_redis``: a fifth of a second at most), and the database only
    where ``account`` was not read as one that is on.
    """
    off = _switched_off(account)
    if off is not None:
        raise off.problem
    wait = seconds_to_wait(scopes_of(account))
    if wait:
        raise Unavailable(Reason.CIRCUIT_OPEN, now() + timedelta(seconds=wait)).problem


def check_available(account: PaymentAccount) -> None:
    """Raise what ``check_admission`` would raise, without becoming anybody's probe."""
    off = availability_of([account])[account.pk]
    if off is not None:
        raise off.problem


def availability_of(accounts: Sequence[PaymentAccount]) -> dict[int, Unavailable | None]:
    """Return for each account, by its row id, why it takes no new payments now, or None.

    One statement and one round trip to Redis, however many they are. Their channel merchants are
    loaded with them.
    """
    ends = ends_of_switches([account.pk for account in accounts])
    refusing = _refusing(accounts)
    return {
        account.pk: Unavailable(Reason.SWITCHED_OFF, ends[account.pk])
        if account.pk in ends
        else refusing[account.pk]
        for account in accounts
    }


def _switched_off(account: PaymentAccount) -> Unavailable | None:
    """Read the details only where something is off, or where nobody looked yet."""
    if not vars(account).get("is_switched_off", True):
        return None
    ends = ends_of_switches([account.pk])
    return Unavailable(Reason.SWITCHED_OFF, ends[account.pk]) if account.pk in ends else None


def _refusing(accounts: Sequence[PaymentAccount]) -> dict[int, Unavailable | None]:
    scopes = {account.pk: scopes_of(account) for account in accounts}
    distinct = list(dict.fromkeys(scope for pair in scopes.values() for scope in pair))
    breakers = read_breakers(distinct) if settings.BREAKER_MODE == "on" else {}
    until = {scope: breaker.until for scope, breaker in breakers.items() if breaker.until}
    found: dict[int, Unavailable | None] = {}
    for pk, pair in scopes.items():
        ends = [until[scope] for scope in pair if scope in until]
        found[pk] = Unavailable(Reason.CIRCUIT_OPEN, max(ends)) if ends else None
    return found
