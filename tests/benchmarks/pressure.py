"""What trouble of one party does to the others, and how much the center bears.

    python -m paycenter.local exec -- python -m tests.benchmarks.pressure

A channel that does not answer in time while another one is used; an application that never answers
while another one is told; ten times the usual callbacks, most of them repeated or forged, while
payments are initiated. Then more and more payments per second, each of them paid and told, until
they take longer than they may.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from paycenter.local.console import bold, dim, say
from paycenter.local.credentials import Credentials
from paycenter.local.data_dir import open_data_dir
from paycenter.local.errors import LocalError
from paycenter.local.ports import LOOPBACK
from tests.benchmarks import traffic
from tests.benchmarks.center import Center, running_center
from tests.benchmarks.figures import Figures
from tests.benchmarks.load import Load
from tests.benchmarks.phases import Phases
from tests.benchmarks.report import show_machine
from tests.benchmarks.servers import durable_servers
from tests.benchmarks.staircase import climb, show_steps

USUAL_CLIENTS, SECONDS = 4, 12
SLOW_CLIENTS, SLOW_MILLISECONDS = 40, 30_000
STORM_CLIENTS = 10 * USUAL_CLIENTS
DEAD_PAYMENTS = 100
MOST_PER_SECOND = 600
ANY_ANSWER = frozenset({200, 201, 202, 204, 400, 401, 404, 500, 503})

_LAST = "SELECT coalesce(max(id), 0) FROM notifications_delivery"
_LAGS = """
    SELECT extract(epoch FROM delivered_at - occurred_at)::float
    FROM notifications_delivery AS delivery
    JOIN notifications_event AS event ON event.id = delivery.event_id
    WHERE delivered_at IS NOT NULL AND delivery.id > %s AND url NOT LIKE '%%/dead'
"""
_OPEN = """
    SELECT serial_no, payment.amount FROM transactions_payment AS payment
    JOIN transactions_order AS owed ON owed.id = payment.order_id
    JOIN merchants_application AS application ON application.id = owed.application_id
    WHERE payment.state = 'pending' AND application.code = %s ORDER BY payment.id LIMIT %s
"""
_LEGEND = """\
well     four clients, or one application, while the other party is well or away
trouble  the same while the other party is in trouble; times are those of the answers, or from the
         event of a payment to its delivery"""


@dataclass(frozen=True)
class Pressure:
    """A running center to press on."""

    center: Center

    def warm_up(self) -> None:
        """Let every thread open its connection and every key be loaded."""
        for channel in ("wechat", "easypay"):
            self._initiate(channel, clients=32, seconds=4)

    def beside_a_slow_channel(self) -> tuple[Figures, Figures]:
        """Initiate at one channel while many use another: one that works, one that is slow."""
        figures = []
        for milliseconds in (0, SLOW_MILLISECONDS):
            self.center.set_channel_delay(milliseconds)
            requests = traffic.initiations(self.center.credentials, SLOW_CLIENTS * SECONDS)
            with self._meanwhile(requests, SLOW_CLIENTS, pause=1.0):
                figures.append(self._initiate("easypay"))
        self.center.set_channel_delay(0)
        return figures[0], figures[1]

    def beside_a_dead_application(self) -> tuple[Figures, Figures]:
        """Tell one application while a hundred notifications wait for another."""
        alone = self._told()
        self._leave_the_dead_waiting()
        return alone, self._told()

    def beside_a_storm(self) -> tuple[Figures, Figures]:
        """Initiate while ten times as many clients send callbacks as fast as they are answered."""
        alone = self._initiate("wechat")
        storm = list(self._storm())
        with self._meanwhile(storm, STORM_CLIENTS):
            return alone, self._initiate("wechat")

    def _initiate(
        self, channel: str, *, clients: int = USUAL_CLIENTS, seconds: int = SECONDS
    ) -> Figures:
        count = seconds * MOST_PER_SECOND
        requests = traffic.initiations(self.center.credentials, count, channel=channel)
        load = Load(self.center.at.web_port, frozenset({201}), requests)
        return Figures(*load.send(clients=clients, seconds=seconds))

    def _told(self) -> Figures:
        last = self.center.query(_LAST)[0][0]
        Phases(self.center).pay_at_an_easy_pace(seconds=SECONDS)
        time.sleep(1)
        return Figures(SECONDS, [row[0] for row in self.center.query(_LAGS, last)])

    def _leave_the_dead_waiting(self) -> None:
        """Have orders of an application paid that takes connections and never answers."""
        center = self.center
        url = f"http://{LOOPBACK}:{center.at.receiver_port}/dead"
        command = [sys.executable, "-m", "tests.benchmarks.dead_application", url]
        surroundings = dict(center.environment)
        made = subprocess.run(command, env=surroundings, check=True, stdout=subprocess.PIPE)
        dead = Credentials({**center.credentials.raw, "application": json.loads(made.stdout)})
        orders = traffic.initiations(dead, DEAD_PAYMENTS)
        Load(center.at.web_port, frozenset({201}), orders).send(clients=4, seconds=60)
        payments = center.query(_OPEN, "dead", DEAD_PAYMENTS)
        callbacks = traffic.callbacks(center.merchant, self._path(), payments)
        Load(center.at.web_port, frozenset({204}), callbacks).send(clients=4, seconds=60)

    def _storm(self) -> Iterator[bytes]:
        """Yield each callback ten times, and five forged ones with it."""
        payments = self.center.query(_OPEN, "sandbox-app", 1_000)
        for real in traffic.callbacks(self.center.merchant, self._path(), payments):
            forged = real.replace(b"Wechatpay-Signature: ", b"Wechatpay-Signature: AAAA", 1)
            yield from [real] * 10 + [forged] * 5

    def _path(self) -> str:
        return f"/callbacks/wechat/{self.center.credentials.payment_id('wechat')}/"

    @contextmanager
    def _meanwhile(
        self, requests: Iterable[bytes], clients: int, *, pause: float = 0.0
    ) -> Iterator[None]:
        load = Load(self.center.at.web_port, ANY_ANSWER, requests, pause)
        thread = threading.Thread(target=load.send, kwargs={"clients": clients, "seconds": SECONDS})
        thread.start()
        yield
        thread.join()


def main() -> int:
    """Press, print, and return the exit code."""
    if "DATABASE_URL" not in os.environ:
        raise LocalError("start it through `python -m paycenter.local exec -- python -m ...`")
    data_dir = open_data_dir(Path(os.environ["DATA_DIR"]) / "pressure")
    with (
        durable_servers(data_dir, os.environ) as urls,
        running_center(data_dir, urls, workers_apart=True) as center,
    ):
        show_machine(urls)
        pressure = Pressure(center)
        pressure.warm_up()
        say(bold(f"{'':44}{'well, ms':>18}{'trouble, ms':>18}{'per s':>16}"))
        say(bold(f"{'':44}{'p50':>9}{'p99':>9}{'p50':>9}{'p99':>9}{'well':>8}{'trouble':>8}"))
        _show("initiations, another channel takes 30 s", *pressure.beside_a_slow_channel())
        _show("initiations, storm of callbacks", *pressure.beside_a_storm())
        _show("notifications, another application is dead", *pressure.beside_a_dead_application())
        say(dim(_LEGEND))
        show_steps(climb(center))
    return 0


def _show(label: str, well: Figures, trouble: Figures) -> None:
    times = (each.percentile(percent) for each in (well, trouble) for percent in (50, 99))
    cells = "".join(f"{number:9.0f}" for number in times)
    say(f"{label:44}{cells}{well.rate:8.0f}{trouble.rate:8.0f}")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LocalError as error:
        sys.exit(f"error: {error}")
