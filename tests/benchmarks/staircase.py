"""More and more payments per second, each initiated, paid and told, until they take too long.

Requests are sent at their times whether earlier ones were answered or not, and a latency counts
from the time a request was to be sent: a center that falls behind shows it.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from paycenter.local.console import bold, dim, say
from tests.benchmarks import traffic
from tests.benchmarks.center import Center
from tests.benchmarks.figures import Figures
from tests.benchmarks.load import Load

FIRST, WIDTH, STEP_SECONDS = 10, 10, 8
"""Payments per second of the first step and added by each other one, and how long each lasts."""
CLIENTS = 48
BUDGET_MS = 1_000
LAG_BUDGET_MS = 5_000

_NEWEST = """
    SELECT serial_no, amount FROM transactions_payment
    WHERE state = 'pending' AND id > %s
    AND channel_merchant_id IN (SELECT id FROM merchants_channelmerchant WHERE channel = 'wechat')
    ORDER BY id LIMIT %s
"""
_LAST_PAYMENT = "SELECT coalesce(max(id), 0) FROM transactions_payment"
_LAST_DELIVERY = "SELECT coalesce(max(id), 0) FROM notifications_delivery"
_LAGS = """
    SELECT extract(epoch FROM coalesce(delivered_at, now()) - occurred_at)::float
    FROM notifications_delivery AS delivery
    JOIN notifications_event AS event ON event.id = delivery.event_id
    WHERE delivery.id > %s AND url NOT LIKE '%%/dead'
"""
_LEGEND = f"""\
rate    payments per second: initiated, and as many paid and told of in the same time
budget  99 % of initiations and of callbacks within {BUDGET_MS} ms, of notifications within
        {LAG_BUDGET_MS} ms"""


@dataclass(frozen=True)
class Step:
    """What one step gave; the lags are those of its notifications."""

    rate: int
    initiations: Figures
    callbacks: Figures
    lags: Figures

    @property
    def is_within_budget(self) -> bool:
        """Whether everything was done in the time it may take."""
        answers = (self.initiations.percentile(99), self.callbacks.percentile(99))
        return max(answers) <= BUDGET_MS and self.lags.percentile(99) <= LAG_BUDGET_MS


def climb(center: Center) -> list[Step]:
    """Return the steps up to the first one beyond a budget."""
    last = center.query(_LAST_PAYMENT)[0][0]
    _paced(center, traffic.initiations(center.credentials, FIRST * STEP_SECONDS), FIRST, 201)
    steps: list[Step] = []
    while not steps or steps[-1].is_within_budget:
        rate = FIRST + WIDTH * len(steps)
        payments = center.query(_NEWEST, last, rate * STEP_SECONDS)
        last = center.query(_LAST_PAYMENT)[0][0]
        steps.append(_step(center, rate, payments))
    return steps


def show_steps(steps: Sequence[Step]) -> None:
    """Print them."""
    say(bold(f"\n{'payments per s':>15}{'initiation p99':>16}{'callback p99':>14}{'told p99':>10}"))
    for step in steps:
        times = (step.initiations, step.callbacks, step.lags)
        initiation, callback, lag = (each.percentile(99) for each in times)
        mark = "" if step.is_within_budget else "  beyond the budget"
        say(f"{step.rate:15}{initiation:16.0f}{callback:14.0f}{lag:10.0f}{mark}")
    say(dim(_LEGEND))


def _step(center: Center, rate: int, payments: Sequence[tuple[str, int]]) -> Step:
    """Initiate at a rate while the payments of the step before are paid, and wait for the news."""
    path = f"/callbacks/wechat/{center.credentials.payment_id('wechat')}/"
    callbacks = traffic.callbacks(center.merchant, path, payments)
    orders = traffic.initiations(center.credentials, rate * STEP_SECONDS)
    told = center.query(_LAST_DELIVERY)[0][0]
    with ThreadPoolExecutor(2) as both:
        paid = both.submit(_paced, center, callbacks, len(callbacks) / STEP_SECONDS, 204)
        initiated = both.submit(_paced, center, orders, rate, 201)
    time.sleep(LAG_BUDGET_MS / 1000)
    lags = [row[0] for row in center.query(_LAGS, told)]
    return Step(rate, initiated.result(), paid.result(), Figures(STEP_SECONDS, lags))


def _paced(center: Center, requests: Sequence[bytes], rate: float, status: int) -> Figures:
    statuses = frozenset({status, 202, 503})
    load = Load(center.at.web_port, statuses, requests, fresh=True, rate=rate)
    return Figures(*load.send(clients=CLIENTS, seconds=4 * STEP_SECONDS))
