"""The application of a story: it is told what happened, and answers as the story wants it to."""

import json
from typing import Any

from notifications.models import Delivery, Event
from notifications.sweeps import take_due
from notifications.tasks import deliver
from paycenter.kernel.http import Limits, NoAnswer, WireRequest, WireResponse
from tests.support.clock import Clock

HALF_A_DAY = 12 * 3_600
ROUNDS = 30
"""More half days than the ladder of attempts is long."""


class ToldApplication:
    """Knows what it was told: the newest state of each payment and refund, by its number."""

    def __init__(self, application_id: int) -> None:
        self.application_id = application_id
        self.status: int | None = 200
        self.heard: dict[str, dict[str, Any]] = {}

    def exchange(self, session: Any, request: WireRequest, limits: Limits) -> WireResponse:
        """Take a notification in the place of the network."""
        del session, limits
        if self.status is None:
            raise NoAnswer("took too long")
        event = json.loads(request.body)
        if self.status == 200:
            self.heard.setdefault(event["id"], event)
        return WireResponse(self.status, {}, b"")

    def is_told(self) -> None:
        """Let workers tell all that is due."""
        while hints := take_due(application_id=self.application_id):
            for hint in hints:
                deliver(*hint)

    def is_told_everything(self, clock: Clock) -> None:
        """Answer well from now on, until nothing waits to be told."""
        self.status = 200
        for _ in range(ROUNDS):
            self.is_told()
            if not self._waiting():
                return
            clock.shift(HALF_A_DAY)
        raise AssertionError("some notifications are never made")

    def assert_everything_was_heard(self) -> None:
        """Each event that was not given up came at least once, as the feed has it (I10)."""
        given_up = Delivery.objects.filter(
            application_id=self.application_id, state=Delivery.State.DEAD
        )
        events = Event.objects.filter(application_id=self.application_id)
        for event in events.exclude(pk__in=given_up.values("event_id")):
            assert self.heard[event.event_id]["data"] == event.data, event.event_id

    def _waiting(self) -> bool:
        found = Delivery.objects.filter(application_id=self.application_id)
        return found.filter(state=Delivery.State.PENDING).exists()
