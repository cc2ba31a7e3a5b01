"""One order of the load: what its application and its payer want, however often it takes."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TypeVar

import requests

from paycenter.local.client import Answer
from tests.faults.application import REFUND, Application
from tests.faults.channel import Channel

_PAUSE = 0.5  # seconds before something is tried again
_PASSING = frozenset({"payment_not_closable", "rate_limited", "request_in_progress"})
"""Refusals that end by themselves here; a close not confirmed by the channel is one of them."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class Plan:
    """How an order is to go: paid or closed, asked for twice, told of twice, refunded so often."""

    is_paid: bool
    is_asked_twice: bool
    is_told_twice: bool
    refunds: int

    @staticmethod
    def draw(rng: Random) -> "Plan":
        """Draw one; most orders are paid, and half of these partly refunded."""
        is_paid = rng.random() < 0.9
        return Plan(
            is_paid=is_paid,
            is_asked_twice=rng.random() < 0.2,
            is_told_twice=rng.random() < 0.1,
            refunds=rng.choice((0, 0, 1, 2)) if is_paid else 0,
        )

    @property
    def refunded(self) -> int:
        """What is to go back, in fen."""
        return self.refunds * REFUND

    @property
    def state(self) -> str:
        """The state the order is to end in."""
        if not self.is_paid:
            return "closed"
        return "partially_refunded" if self.refunds else "paid"


class Trade:
    """An order on its way to what was planned.

    ``give_up_at`` tells the moment (monotonic) after which nothing is tried again.
    """

    def __init__(
        self,
        plan: Plan,
        application: Application,
        channel: Channel,
        give_up_at: Callable[[], float],
    ) -> None:
        self.plan = plan
        self.order_no = application.new_order()
        self.serial_no = ""
        self.repeated = 0
        self._application = application
        self._channel = channel
        self._give_up_at = give_up_at

    def run(self) -> None:
        """Bring the order to its end; raises AssertionError where it never comes there."""
        self.serial_no = self._ask()
        if self.plan.is_asked_twice:
            again = self._ask()
            assert again == self.serial_no, f"asked again: {again} after {self.serial_no}"
        self._wait_for("pending")
        if self.plan.is_paid:
            self._pay()
            self._refund()
        else:
            self._repeat(self._close)

    def _ask(self) -> str:
        answer = self._repeat(lambda: _accepted(self._application.ask(self.order_no)))
        return str(answer.body["serial_no"])

    def _pay(self) -> None:
        self._repeat(self._take_money)
        if self.plan.is_told_twice:
            self._repeat(lambda: self._channel.send_callback_again(self.serial_no, times=2))

    def _take_money(self) -> bool:
        """The payer pays once, also where the channel died before it could say that it was paid."""
        if self._channel.order(self.serial_no)["state"] == "pending":
            self._channel.payer_pays(self.serial_no)
        return True

    def _refund(self) -> None:
        if self.plan.refunds:
            self._wait_for("succeeded")
        for number in range(self.plan.refunds):
            refund_no = f"RF{number}-{self.order_no}"
            ask = partial(self._application.ask_refund, self.serial_no, refund_no)
            self._repeat(lambda ask=ask: _accepted(ask()))  # type: ignore[misc]

    def _close(self) -> Answer | None:
        answer = _accepted(self._application.ask_close(self.serial_no))
        return answer if answer and answer.body["state"] == "closed" else None

    def _wait_for(self, state: str) -> None:
        self._repeat(lambda: self._application.payment(self.serial_no)["state"] == state or None)

    def _repeat(self, attempt: Callable[[], Result | None]) -> Result:
        """Try until there is a result, through lost connections and broken answers."""
        while True:
            try:
                result = attempt()
            except (requests.RequestException, ValueError, KeyError) as error:
                self.repeated += 1
                result, last = None, repr(error)
            else:
                last = "not yet"
            if result is not None:
                return result
            assert time.monotonic() < self._give_up_at(), last
            time.sleep(_PAUSE)


def _accepted(answer: Answer) -> Answer | None:
    """Return an answer that is one, None where asking again helps; AssertionError where not."""
    if answer.status < 300:
        return answer
    passing = answer.status >= 500 or answer.body.get("code") in _PASSING
    assert passing, f"{answer.status} {answer.body}"
    return None
