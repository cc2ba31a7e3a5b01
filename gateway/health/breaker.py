"""The circuit breaker of a scope: closed, open for a cool-down, half open until one call tells.

* **Closed.** It opens when, within the window, enough calls were made (``BREAKER_MIN_SAMPLE``) and
  so many of them failed (``BREAKER_FAILURE_PERCENT``). Calls that place a payment are judged by
  themselves too: a channel that takes no orders may well answer every question about them. An
  endpoint's opens only when calls of two accounts failed whose own breakers did not open for it:
  the trouble of one account is no reason to refuse everybody else's payments.
* **Open.** New payments are refused for the cool-down (``BREAKER_COOL_DOWN_SECONDS``).
* **Half open**, by time alone. One new payment at a time is let through as the probe; what is under
  way is asked as ever. The first call that is over decides, whosoever it is: the channel answered
  and the breaker closes, or it opens again for twice as long, ``LONGEST_SECONDS`` at most. Where
  placing payments had failed only such a call decides, and any other once none came for a whole
  cool-down more: some payments are placed without a call.

The account is judged first. Where its own breaker deals with a failure, that failure says nothing
of the endpoint. While an endpoint's breaker is not closed, those of its accounts that are closed
are left alone: one outage is one change. What was counted before a breaker closed is not held
against anybody again.

All of it is in Redis and changed by one script, so of several workers exactly one makes a change
and learns of it. Without Redis every breaker is closed and nothing is counted.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import redis
from django.conf import settings

from gateway.health.observation import Observation
from gateway.health.scopes import (
    Pair,
    failing_key,
    open_key,
    probe_key,
    state_key,
    window_key,
)
from gateway.health.scripts import ADMIT, JUDGE
from gateway.health.window import BUCKETS, SECONDS, bucket_of, count, is_evidence
from paycenter.kernel.clock import now
from paycenter.kernel.quick_redis import ask_redis

LONGEST_SECONDS = 300
"""How long a cool-down may grow."""
PROBE_SECONDS = 20
"""How long a probe may be on its way; one that was never sent makes room for the next after it."""

NOTED_ACCOUNTS = 16
"""Of how many accounts, in each bucket of an endpoint's window, it is kept that calls failed."""


@dataclass(frozen=True, slots=True)
class Change:
    """A breaker went from one state to another, and whoever holds this made it do so.

    ``calls`` and ``failures`` are what opened it, ``cool_down`` the seconds it stays open.
    """

    scope: str
    source: str
    target: str
    calls: int
    failures: int
    cool_down: int


@dataclass(frozen=True, slots=True)
class Breaker:
    """A breaker that is not closed.

    ``until`` is when no new payment may start before; None: half open, and the next one is the
    probe.
    """

    since: datetime
    is_half_open: bool
    until: datetime | None


def record(scopes: Pair, observation: Observation) -> list[Change]:
    """Count a call for its endpoint and account and judge both; one round trip.

    Returns the changes that this very call made.
    """
    moment = now()
    judges = settings.BREAKER_MODE != "off"

    def work(client: "redis.Redis") -> list[Any]:
        pipe = client.pipeline(transaction=False)
        for scope in scopes:
            count(pipe, scope, observation, moment)
        if judges:
            pipe.eval(JUDGE, 4, *_keys(scopes), _given(scopes, observation, moment))
        return list(pipe.execute())

    answers: list[Any] = ask_redis(work, otherwise=[])
    return [Change(*change) for change in answers[-1]] if answers and judges else []


def seconds_to_wait(scopes: Pair) -> float:
    """Return for how long no new payment may start here; 0: this one may.

    Where a breaker is half open, this one is its probe from now on. One round trip.
    """
    if settings.BREAKER_MODE != "on":
        return 0
    given = json.dumps({"now": now().timestamp(), "lifetime": PROBE_SECONDS})

    def work(client: "redis.Redis") -> str:
        return str(client.eval(ADMIT, 4, *_keys(scopes), given))

    return float(ask_redis(work, otherwise="0"))


def read_breakers(scopes: Sequence[str]) -> dict[str, Breaker]:
    """Return the breakers among these that are not closed; one round trip, nothing is changed."""
    moment = now()

    def read(client: "redis.Redis") -> list[Any]:
        pipe = client.pipeline(transaction=False)
        for scope in scopes:
            pipe.hmget(state_key(scope), "since", "until")
            pipe.pttl(probe_key(scope))
        return list(pipe.execute())

    found: list[Any] = ask_redis(read, otherwise=[])
    told = zip(scopes, found[::2], found[1::2], strict=bool(found))
    return {
        scope: _breaker(moment, *map(float, state), probe_left=probe)
        for scope, state, probe in told
        if state[1] is not None
    }


def open_scopes() -> list[str]:
    """Return the scopes whose breaker is not closed."""

    def read(client: "redis.Redis") -> list[str]:
        return sorted(map(str, client.smembers(open_key())))

    return ask_redis(read, otherwise=[])


def _breaker(moment: datetime, since: float, ends: float, *, probe_left: int) -> Breaker:
    until = datetime.fromtimestamp(ends, UTC)
    is_half_open = until <= moment
    if is_half_open:
        until = moment + timedelta(milliseconds=probe_left)
    return Breaker(
        since=datetime.fromtimestamp(since, UTC),
        is_half_open=is_half_open,
        until=until if until > moment else None,
    )


def _keys(scopes: Pair) -> list[str]:
    return [*map(state_key, scopes), *map(probe_key, scopes)]


def _given(scopes: Pair, observation: Observation, moment: datetime) -> str:
    word = "bad" if observation.trouble else "good"
    return json.dumps(
        {
            "now": moment.timestamp(),
            "bucket": bucket_of(moment),
            "buckets": BUCKETS,
            "seconds": SECONDS,
            "scopes": scopes,
            "words": [word if is_evidence(scope, observation) else "" for scope in scopes],
            "group": "pay" if observation.is_payment else "ask",
            "windows": [window_key(scope) for scope in scopes],
            "failing": failing_key(scopes[0]),
            "noted": NOTED_ACCOUNTS,
            "states": state_key(""),
            "open": open_key(),
            "least": settings.BREAKER_MIN_SAMPLE,
            "percent": settings.BREAKER_FAILURE_PERCENT,
            "shortest": settings.BREAKER_COOL_DOWN_SECONDS,
            "longest": LONGEST_SECONDS,
        }
    )
