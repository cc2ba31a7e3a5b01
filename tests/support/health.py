"""Calls as a channel's health sees them, many at a time."""

from itertools import cycle, islice

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
OTHER_PAIR = (ENDPOINT, "account:2")

PAID = Observation(is_payment=True, milliseconds=120)
ASKED = Observation(is_payment=False, milliseconds=80)
REFUSED = Observation(is_payment=True, milliseconds=120, is_refusal=True)


def failed(
    trouble: Trouble = Trouble.NO_ANSWER, *, paying: bool = True, milliseconds: int = 10_000
) -> Observation:
    """Return a call that came to nothing."""
    return Observation(is_payment=paying, milliseconds=milliseconds, trouble=trouble)


def record(observation: Observation, times: int = 1, *, pair: Pair | None = None) -> list[Change]:
    """Let calls be over, of one account or of two in turn; returns the changes they made."""
    return _record_in_turn(observation, times, (pair,) if pair else (PAIR, OTHER_PAIR))


def open_breakers(account: PaymentAccount, *, of_account_only: bool = False) -> None:
    """Let calls fail until no new payment of this account is let through."""
    own = scopes_of(account)
    another = (own[0], "account:0")
    pairs = (own,) if of_account_only else (own, another)
    changes = _record_in_turn(failed(), settings.BREAKER_MIN_SAMPLE, pairs)
    assert names(changes) == [(own[1 if of_account_only else 0], "closed", "open")]


def names(changes: list[Change]) -> list[tuple[str, str, str]]:
    """Return what changed: of which scope, from, to."""
    return [(change.scope, change.source, change.target) for change in changes]


def server() -> "redis.Redis":
    """Return a client of one's own, to look behind the code under test."""
    return redis.Redis.from_url(settings.REDIS_URL, decode_responses=True)


def _record_in_turn(observation: Observation, times: int, pairs: tuple[Pair, ...]) -> list[Change]:
    calls = (breaker.record(pair, observation) for pair in islice(cycle(pairs), times))
    return [change for changes in calls for change in changes]
