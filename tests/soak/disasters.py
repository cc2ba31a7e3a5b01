"""What goes wrong, drawn by a seed: killed and frozen processes, lost servers, broken links."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from signal import SIGQUIT

from tests.faults.center import Center
from tests.soak.link import Link, Weather

Tell = Callable[[str], None]

_CALM = (1.0, 6.0)  # seconds between two storms
_STORM = (0.5, 7.0)  # seconds until everything is mended
_MOST_AT_ONCE = 3

_KILLED = ("web", "worker-channels", "worker", "beat", "sandbox", "valkey")
_FROZEN = (*_KILLED, "receiver")
"""The receiver is never killed: it stands for an application, whose database keeps what it got."""


@dataclass(frozen=True)
class Disaster:
    """One thing that can happen to one target."""

    target: str
    kind: str
    strike: Callable[[], None]


class Storms:
    """Strikes at random until its time is over; never twice at the same target at once."""

    def __init__(self, center: Center, links: Sequence[Link], *, seed: int, tell: Tell) -> None:
        self.struck: Counter[str] = Counter()
        self.restarts = 0
        self._center = center
        self._links = links
        self._rng = Random(seed)
        self._tell = tell
        self._by_target: dict[str, list[Disaster]] = {}
        for disaster in _disasters(center, links):
            self._by_target.setdefault(disaster.target, []).append(disaster)

    def rage(self, seconds: float) -> None:
        """Strike, wait, mend, again and again; everything is whole in the end."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(self._rng.uniform(*_CALM))
            self._strike()
            time.sleep(self._rng.uniform(*_STORM))
            self._mend()

    def _strike(self) -> None:
        count = self._rng.randint(1, _MOST_AT_ONCE)
        for target in self._rng.sample(list(self._by_target), count):
            disaster = self._rng.choice(self._by_target[target])
            self._tell(f"{disaster.target} {disaster.kind}")
            disaster.strike()
            self.struck[disaster.kind] += 1

    def _mend(self) -> None:
        for link in self._links:
            link.become(Weather.CLEAR)
        self.restarts += len(self._center.dead())
        self._center.heal()
        self._tell("mended")


def _disasters(center: Center, links: Sequence[Link]) -> list[Disaster]:
    """Return everything that can happen, always in the same order: the seed draws from it."""
    bad = [weather for weather in Weather if weather is not Weather.CLEAR]
    return [
        *(Disaster(name, "killed", partial(center.kill, name)) for name in _KILLED),
        *(Disaster(name, "frozen", partial(center.pause, name)) for name in _FROZEN),
        Disaster("postgres", "stopped at once", partial(center.kill, "postgres", by=SIGQUIT)),
        Disaster("valkey", "emptied", center.flush_redis),
        *(
            Disaster(f"link {link.name}", weather.value, partial(link.become, weather))
            for link in links
            for weather in bad
        ),
    ]
