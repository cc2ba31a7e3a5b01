"""The phases of one round: each does one kind of work for a while and returns its figures."""

import time
from dataclasses import dataclass

from tests.benchmarks import checkout, traffic
from tests.benchmarks.center import CHANNELS, DATABASE, GENERAL, WEB, Center
from tests.benchmarks.figures import Figures
from tests.benchmarks.load import Load

MOST_PER_SECOND = 600
"""So many requests are signed beforehand per second of a phase: more than the center answers."""
MOST_LOOKS_PER_SECOND = 3_000
DRAIN_SECONDS = 40
EASY_PACE_SECONDS = 0.05

_PENDING = """
    SELECT serial_no, payment.amount FROM transactions_payment AS payment
    JOIN transactions_order AS owed ON owed.id = payment.order_id
    WHERE payment.state = 'pending'
    AND channel_merchant_id IN (
        SELECT id FROM merchants_channelmerchant WHERE channel = 'wechat' AND is_sandbox
    )
    AND application_id = (SELECT id FROM merchants_application WHERE code = 'sandbox-app')
    ORDER BY payment.id LIMIT %s
"""
_WAITING = "SELECT count(*) FROM notifications_delivery WHERE state = 'pending'"
_DELIVERED = """
    SELECT extract(epoch FROM delivered_at)::float,
        extract(epoch FROM delivered_at - occurred_at)::float
    FROM notifications_delivery AS delivery
    JOIN notifications_event AS event ON event.id = delivery.event_id
    WHERE delivered_at > to_timestamp(%s)
"""


@dataclass(frozen=True)
class Phases:
    """What can be measured of a running center.

    ``call_back`` stops deliveries until ``drain``: nothing else belongs in between.
    """

    center: Center

    def initiate(self, *, clients: int, seconds: float, channel_delay: int = 0) -> Figures:
        """Initiate payments of new orders; the channel answers after so many milliseconds."""
        self.center.set_channel_delay(channel_delay)
        count = int(seconds * MOST_PER_SECOND)
        load = Load(
            self.center.at.web_port,
            frozenset({201}),
            traffic.initiations(self.center.credentials, count),
        )
        return self._measured(load, WEB, CHANNELS, clients=clients, seconds=seconds)

    def launch_locally(self, *, clients: int, seconds: float) -> Figures:
        """Initiate payments whose launch data the center signs itself: an Alipay form."""
        credentials, count = self.center.credentials, int(seconds * MOST_PER_SECOND)
        requests = traffic.initiations(credentials, count, channel="alipay", invoke_method="pc")
        load = Load(self.center.at.web_port, frozenset({201}), requests)
        return self._measured(load, WEB, clients=clients, seconds=seconds)

    def call_back(self, *, clients: int, seconds: float) -> Figures:
        """Report payments as paid; the notifications that follow wait for ``drain``."""
        self.center.pause(GENERAL)
        load = self._callbacks(int(seconds * MOST_PER_SECOND))
        return self._measured(load, WEB, clients=clients, seconds=seconds)

    def drain(self) -> Figures:
        """Deliver everything that waits; latencies are from the event to its delivery."""
        begun, before = time.time(), self.center.cpu()
        self.center.resume(GENERAL)
        return self._delivered(begun, before)

    def keep_up(self, *, seconds: float) -> Figures:
        """Deliver at once, while callbacks come at an easy pace; latencies as in ``drain``."""
        begun, before = time.time(), self.center.cpu()
        self.pay_at_an_easy_pace(seconds=seconds)
        return self._delivered(begun, before)

    def pay_at_an_easy_pace(self, *, seconds: float) -> None:
        """Report one payment after the other as paid."""
        load = self._callbacks(int(seconds / EASY_PACE_SECONDS), pause=EASY_PACE_SECONDS)
        load.send(clients=1, seconds=seconds)

    def look(self, *, clients: int, seconds: float) -> Figures:
        """Ask as open checkout pages do whether anything changed, each over its own connection."""
        path = f"{checkout.open_page(self.center.credentials)}status"
        requests = [traffic.get(path)] * int(seconds * MOST_LOOKS_PER_SECOND)
        load = Load(self.center.at.web_port, frozenset({200}), requests, fresh=True)
        return self._measured(load, WEB, DATABASE, clients=clients, seconds=seconds)

    def _callbacks(self, count: int, *, pause: float = 0.0) -> Load:
        center = self.center
        path = f"/callbacks/wechat/{center.credentials.payment_id('wechat')}/"
        requests = traffic.callbacks(center.merchant, path, center.query(_PENDING, count))
        return Load(center.at.web_port, frozenset({204}), requests, pause)

    def _measured(self, load: Load, *names: str, clients: int, seconds: float) -> Figures:
        before, own = self.center.cpu(), time.process_time()
        taken, latencies = load.send(clients=clients, seconds=seconds)
        own, after = time.process_time() - own, self.center.cpu()
        used = {name: after[name] - before[name] for name in names}
        return Figures(taken, latencies, used, sender=own)

    def _delivered(self, begun: float, before: dict[str, float]) -> Figures:
        """Wait until nothing is left to deliver and return what was delivered since ``begun``."""
        while self.center.query(_WAITING)[0][0] and time.time() < begun + DRAIN_SECONDS:
            time.sleep(0.2)
        used = self.center.cpu()[GENERAL] - before[GENERAL]
        moments, lags = zip(*self.center.query(_DELIVERED, begun), strict=True)
        return Figures(max(moments) - begun, lags, {GENERAL: used})
