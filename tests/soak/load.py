"""Some orders a second, each in a thread of its own, as many applications and payers at once."""

import contextlib
import math
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from random import Random

from paycenter.local.credentials import Credentials
from tests.faults.application import Application
from tests.faults.channel import Channel
from tests.soak.trade import Plan, Trade

_AT_ONCE = 64
"""Orders on their way at the same time: while the center is down, no more than these wait."""


class Load:
    """Begins orders at random moments, ``rate`` a second on average, until it is told to finish."""

    def __init__(
        self, credentials: Credentials, *, sandbox_url: str, rate: float, seed: int
    ) -> None:
        self.trades: list[Trade] = []
        self._credentials = credentials
        self._sandbox_url = sandbox_url
        self._rate = rate
        self._rng = Random(seed)
        self._give_up_at = math.inf
        self._is_over = threading.Event()
        self._runs: list[Future[None]] = []
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="trade")
        self._beginner = threading.Thread(target=self._begin_orders, name="load")

    def start(self) -> None:
        """Begin."""
        self._beginner.start()

    def finish(self, *, within: float) -> list[str]:
        """Begin no more and wait for all; returns a complaint for each that came to no end."""
        self._give_up_at = time.monotonic() + within
        self._is_over.set()
        self._beginner.join()
        self._pool.shutdown()
        ends = zip(self.trades, self._runs, strict=True)
        return [f"{trade.order_no}: {run.exception()!r}" for trade, run in ends if run.exception()]

    def _begin_orders(self) -> None:
        free = threading.Semaphore(_AT_ONCE)
        while not self._is_over.wait(self._rng.expovariate(self._rate)):
            trade = self._new_trade()
            if free.acquire(timeout=1):
                run = self._pool.submit(trade.run)
                run.add_done_callback(lambda _: free.release())
                self.trades.append(trade)
                self._runs.append(run)

    def _new_trade(self) -> Trade:
        application = Application(self._credentials, receiver_url="")
        plan = Plan.draw(self._rng)
        return Trade(plan, application, Channel(self._sandbox_url), lambda: self._give_up_at)


@contextlib.contextmanager
def running_load(
    credentials: Credentials, *, sandbox_url: str, rate: float, seed: int
) -> Iterator[Load]:
    """Start a load; leave none of its threads behind, whatever happens."""
    load = Load(credentials, sandbox_url=sandbox_url, rate=rate, seed=seed)
    load.start()
    try:
        yield load
    finally:
        load.finish(within=0)
