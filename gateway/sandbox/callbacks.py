"""Callbacks from the simulated channels to merchants: kept, sent, repeated on the virtual clock.

What a callback says and how it is signed is the channel's business (its courier); when it is sent
again, and what came of each attempt, is decided and recorded here.
"""

import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

import requests

from gateway.sandbox.agenda import Agenda
from gateway.sandbox.clock import Clock
from gateway.sandbox.faults import CALLBACK, Fault, FaultBook, Menu
from gateway.sandbox.store import Store, Table

_JOB = "callback"
_KEPT_ANSWER = 500


@dataclass(frozen=True)
class Attempt:
    """One sending: ``status`` is the HTTP status, or None with the ``error`` that prevented it."""

    at: float
    status: int | None
    accepted: bool
    answer: str = ""
    error: str = ""
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Callback:
    """A message owed to a merchant about ``subject`` (an order's, a refund's or a split's number).

    ``state`` is one of waiting, delivered, held, given_up.
    """

    id: str
    channel: str
    subject: str
    url: str
    message: dict[str, Any]
    created_at: float
    state: str = "waiting"
    failures: int = 0
    attempts: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Outgoing:
    """One HTTP request, ready to be sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class Courier(Protocol):
    """What a channel knows about its callbacks."""

    menu: Menu
    #: Seconds to wait after the first, second, ... failure; then the callback is given up.
    delays: Sequence[int]

    def compose(self, callback: Callback, faults: Sequence[Fault]) -> Outgoing:
        """Write and sign the request as of now."""

    def accepted(self, status: int, body: bytes) -> bool:
        """Whether the merchant's answer ends the repetitions."""


class CallbackQueue:
    """The callbacks of all channels."""

    def __init__(self, store: Store, *, clock: Clock, agenda: Agenda, faults: FaultBook) -> None:
        self._store = store
        self._clock = clock
        self._agenda = agenda
        self._faults = faults
        self._table = Table(store, "callback", Callback, key=lambda callback: callback.id)
        self._couriers: dict[str, Courier] = {}
        agenda.register(_JOB, self._deliver)

    def register(self, channel: str, courier: Courier) -> None:
        """Name the courier of a channel."""
        self._couriers[channel] = courier

    def enqueue(self, channel: str, *, subject: str, url: str, message: dict[str, Any]) -> None:
        """Owe a callback from now on; it is sent at once, by another thread."""
        now = self._clock.now()
        callback = Callback(str(uuid.uuid4()), channel, subject, url, message, created_at=now)
        with self._store.atomic():
            self._table.put(callback)
            self._agenda.put(_JOB, callback.id, now)

    def about(self, channel: str, subject: str) -> list[Callback]:
        """The callbacks about one order or refund, oldest first."""
        return [
            callback
            for callback in self._table.all()
            if callback.channel == channel and callback.subject == subject
        ]

    def clear(self) -> None:
        """Forget them all."""
        self._table.clear()

    def send(
        self, callback: Callback, *, times: int, at_once: int, forgery: Sequence[Fault] = ()
    ) -> list[Attempt]:
        """Send ``times`` copies now, ``at_once`` of them in parallel, and repeat none of them.

        A forgery that is accepted delivers nothing: the true callback stays owed.
        """
        attempts = self._send_copies(callback, times, at_once=at_once, faults=forgery)
        if not forgery:
            self._settle(callback.id, attempts)
        return attempts

    def _deliver(self, callback_id: str) -> None:
        callback = self._table.get(callback_id)
        if callback is None:
            return
        faults = self._faults.draw(callback.channel, CALLBACK, self._courier(callback).menu)
        if any(fault.holds for fault in faults):
            self._table.put(replace(callback, state="held"))
            return
        copies = max((fault.copies for fault in faults), default=1)
        attempts = self._send_copies(callback, copies, at_once=copies, faults=faults)
        if not self._settle(callback_id, attempts):
            self._repeat_later(callback_id)

    def _send_copies(
        self, callback: Callback, times: int, *, at_once: int, faults: Sequence[Fault]
    ) -> list[Attempt]:
        with ThreadPoolExecutor(at_once) as pool:
            attempts = list(pool.map(lambda _: self._attempt(callback, faults), range(times)))
        with self._store.atomic():
            kept = self._table.get(callback.id)
            if kept is not None:  # no reset came in between
                done = kept.attempts + [asdict(attempt) for attempt in attempts]
                self._table.put(replace(kept, attempts=done))
        return attempts

    def _settle(self, callback_id: str, attempts: Sequence[Attempt]) -> bool:
        """Whether the merchant has it now; then nothing more is owed."""
        if not any(attempt.accepted for attempt in attempts):
            return False
        with self._store.atomic():
            callback = self._table.get(callback_id)
            if callback is not None:
                self._table.put(replace(callback, state="delivered"))
                self._agenda.remove(_JOB, callback_id)
        return True

    def _repeat_later(self, callback_id: str) -> None:
        with self._store.atomic():
            callback = self._table.get(callback_id)
            if callback is None:  # a reset came in between
                return
            delays = self._courier(callback).delays
            if callback.failures >= len(delays):
                self._table.put(replace(callback, state="given_up"))
                return
            due_at = self._clock.now() + delays[callback.failures]
            self._table.put(replace(callback, failures=callback.failures + 1))
            self._agenda.put(_JOB, callback_id, due_at)

    def _attempt(self, callback: Callback, faults: Sequence[Fault]) -> Attempt:
        names = [fault.name for fault in faults]
        now = self._clock.now()
        courier = self._courier(callback)
        try:
            status, answer = _post(courier.compose(callback, faults))
        except requests.RequestException as error:
            return Attempt(now, None, accepted=False, error=type(error).__name__, faults=names)
        text = answer[:_KEPT_ANSWER].decode(errors="replace")
        accepted = courier.accepted(status, answer)
        return Attempt(now, status, accepted=accepted, answer=text, faults=names)

    def _courier(self, callback: Callback) -> Courier:
        return self._couriers[callback.channel]


def _post(outgoing: Outgoing) -> tuple[int, bytes]:
    with requests.Session() as session:
        session.trust_env = False  # a proxy of the developer's machine is not on this path
        response = session.request(
            outgoing.method,
            outgoing.url,
            data=outgoing.body,
            headers=dict(outgoing.headers),
            timeout=5,
            allow_redirects=False,
        )
        return response.status_code, response.content
