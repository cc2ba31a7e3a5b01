"""Calls as a channel's health sees them, many at a time."""

import redis
from django.conf import settings

from gateway.health import breaker
from gateway.health.breaker import Change
from gateway.health.observation import Observation
from gateway.health.scopes import Pair, scopes_of
from gateway.messages import Trouble
from merchants.models import PaymentAccount

ENDPOINT, ACCOUNT = "channel:wechat", "account:1"
PAIR = (ENDPOINT, ACCOUNT)

PAID = Observation(is_payment=True, milliseconds=120)
ASKED = Observation(is_payment=False, milliseconds=80)
REFUSED = Observation(is_payment=True, milliseconds=120, is_refusal=True)


def failed(
    trouble: Trouble = Trouble.NO_ANSWER, *, paying: bool = True, milliseconds: int = 10_000
) -> Observation:
    """Return a call that came to nothing."""
    return Observation(is_payment=paying, milliseconds=milliseconds, trouble=trouble)


def record(observation: Observation, times: int = 1, *, pair: Pair = PAIR) -> list[Change]:
    """Let calls be over; returns the changes they made."""
    return [change for _ in range(times) for change in breaker.record(pair, observation)]


def open_breakers(account: PaymentAccount, *, of_account_only: bool = False) -> None:
    """Let an account's calls fail until no new payment is let through."""
    trouble = Trouble.UNVERIFIED if of_account_only else Trouble.NO_ANSWER
    changes = record(failed(trouble), settings.BREAKER_MIN_SAMPLE, pair=scopes_of(account))
    assert [change.target for change in changes] == ["open"]


def names(changes: list[Change]) -> list[tuple[str, str, str]]:
    """Return what changed: of which scope, from, to."""
    return [(change.scope, change.source, change.target) for change in changes]


def server() -> "redis.Redis":
    """Return a client of one's own, to look behind the code under test."""
    return redis.Redis.from_url(settings.REDIS_URL, decode_responses=True)
