"""The last five minutes of a scope, in buckets of ten seconds that forget themselves.

Each bucket is one hash in Redis. Four fields are what a breaker judges by: ``pay`` and ``ask`` are
calls that placed a payment and all others, ``pay.bad`` and ``ask.bad`` how many of them failed. The
rest is for people: a count per kind of answer (``n.``) and per class of duration (``ms.``).
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import redis

from gateway.health.observation import OF_ONE_ACCOUNT, Observation
from gateway.health.scopes import account_id, seen_key, window_key
from gateway.messages import Trouble
from paycenter.kernel.quick_redis import ask_redis

BUCKET_SECONDS = 10
BUCKETS = 30
SECONDS = BUCKET_SECONDS * BUCKETS
"""How far back a window reaches."""
AT_MOST = 100
"""Scopes that are told of at once: those called last."""

ANSWERED, REFUSED = "answered", "refused"

BOUNDS = (20, 50, 100, 150, 200, 300, 500, 700, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000, 20_000)
"""Milliseconds: a duration is counted under the first bound that it does not pass. No call takes
longer than the last one: ten seconds, and ten more where a channel has a second host.
"""


@dataclass(frozen=True, slots=True)
class Window:
    """What the calls of a scope came to. ``kinds`` counts answers, refusals and each trouble."""

    kinds: Counter[str] = field(default_factory=Counter)
    durations: Counter[int] = field(default_factory=Counter)

    @property
    def calls(self) -> int:
        """Return how many calls there were."""
        return self.kinds.total()

    @property
    def answered(self) -> int:
        """Return how many the channel answered, refusals included."""
        return self.kinds[ANSWERED] + self.kinds[REFUSED]

    @property
    def refused(self) -> int:
        """Return how many the channel refused."""
        return self.kinds[REFUSED]

    @property
    def troubles(self) -> dict[Trouble, int]:
        """Return how many failed, by why."""
        return {trouble: self.kinds[trouble] for trouble in Trouble if self.kinds[trouble]}

    def quantile(self, percent: int) -> int | None:
        """Return in how many milliseconds so many percent of the calls were over, rounded up."""
        rank, passed = self.durations.total() * percent, 0
        for bound in sorted(self.durations):
            passed += self.durations[bound] * 100
            if passed >= rank:
                return bound
        return None


def bucket_of(moment: datetime) -> int:
    """Return the number of the bucket a moment falls into."""
    return int(moment.timestamp()) // BUCKET_SECONDS


def is_evidence(scope: str, observation: Observation) -> bool:
    """Whether a call says anything of a scope: one account's pace or keys say nothing of others."""
    return account_id(scope) is not None or observation.trouble not in OF_ONE_ACCOUNT


def count(
    pipe: "redis.client.Pipeline", scope: str, observation: Observation, moment: datetime
) -> None:
    """Add to a pipeline what counts a call. Nothing has happened before it is executed."""
    key = f"{window_key(scope)}{bucket_of(moment)}"
    pipe.hincrby(key, f"n.{_kind(observation)}", 1)
    if observation.trouble is not Trouble.NOT_SENT:
        pipe.hincrby(key, f"ms.{_bound(observation.milliseconds)}", 1)
    if is_evidence(scope, observation):
        group = "pay" if observation.is_payment else "ask"
        pipe.hincrby(key, group, 1)
        if observation.trouble:
            pipe.hincrby(key, f"{group}.bad", 1)
    pipe.expire(key, SECONDS + BUCKET_SECONDS)
    pipe.zadd(seen_key(), {scope: moment.timestamp()})


def seen_scopes(moment: datetime) -> list[str]:
    """Return the scopes that were called within the window, the latest first; one round trip."""
    since = moment.timestamp() - SECONDS

    def read(client: "redis.Redis") -> list[str]:
        pipe = client.pipeline(transaction=False)
        pipe.zremrangebyscore(seen_key(), "-inf", since)
        pipe.zrevrange(seen_key(), 0, AT_MOST - 1)
        return list(pipe.execute()[1])

    return ask_redis(read, otherwise=[])


def read_windows(scopes: Sequence[str], moment: datetime) -> dict[str, Window]:
    """Return the window of each scope; one round trip. Without Redis all are empty."""
    latest = bucket_of(moment)
    numbers = range(latest - BUCKETS + 1, latest + 1)

    def read(client: "redis.Redis") -> list[dict[str, str]]:
        pipe = client.pipeline(transaction=False)
        for scope in scopes:
            for number in numbers:
                pipe.hgetall(f"{window_key(scope)}{number}")
        return list(pipe.execute())

    buckets: list[dict[str, str]] = ask_redis(read, otherwise=[])
    return {
        scope: _window(buckets[index * BUCKETS : (index + 1) * BUCKETS])
        for index, scope in enumerate(scopes)
    }


def _window(buckets: Sequence[dict[str, str]]) -> Window:
    window = Window()
    for bucket in buckets:
        for name, number in bucket.items():
            prefix, _, rest = name.partition(".")
            if prefix == "n":
                window.kinds[rest] += int(number)
            elif prefix == "ms":
                window.durations[int(rest)] += int(number)
    return window


def _kind(observation: Observation) -> str:
    if observation.trouble:
        return observation.trouble
    return REFUSED if observation.is_refusal else ANSWERED


def _bound(milliseconds: int) -> int:
    return BOUNDS[min(bisect_left(BOUNDS, milliseconds), len(BOUNDS) - 1)]
