"""Handing work to a channel's worker and waiting for its answer, a few seconds at most.

Whoever waits holds one of the web process's threads. A channel that takes longer than
``PROMPT_SECONDS`` gets ``WAITING_PER_CHANNEL`` of them: while so many wait, the others' requests
are handed over and answered at once, so that those of other channels find a thread.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from celery import Task
from django.conf import settings

from gateway.tasks import channel_queue
from paycenter.kernel.hints import publish_hint
from paycenter.kernel.replies import new_reply_key, wait_for_reply

PROMPT_SECONDS = 1.0


def ask_worker(
    task: "Task[..., None]", pk: int, channel: str, *, at_most: int | None = None
) -> dict[str, Any] | None:
    """Return what the worker answers with, or None when it takes longer or Redis is lost.

    ``at_most``: seconds, where whoever waits for us has less patience than an application. None
    loses nothing: the row is due, and the sweep goes on with it.
    """
    places = _places_for(channel)
    key = new_reply_key() if places.free else ""
    published = publish_hint(task, pk, key, queue=channel_queue(channel))
    if not (published and key):
        return None
    patience: float = settings.INITIATE_WAIT_SECONDS
    if at_most is not None:
        patience = min(patience, at_most)
    answer = wait_for_reply(key, min(patience, PROMPT_SECONDS))
    if answer is None and patience > PROMPT_SECONDS:
        with places.taken() as may_wait:
            if may_wait:
                answer = wait_for_reply(key, patience - PROMPT_SECONDS)
    return answer


class _Places:
    """The places to wait for one channel in this process."""

    def __init__(self, number: int) -> None:
        self.free = number
        self._lock = Lock()

    @contextmanager
    def taken(self) -> Iterator[bool]:
        """Take a place for a while; False when there is none."""
        with self._lock:
            is_taken = self.free > 0
            self.free -= is_taken
        try:
            yield is_taken
        finally:
            with self._lock:
                self.free += is_taken


_places: dict[str, _Places] = {}
_places_lock = Lock()


def _places_for(channel: str) -> _Places:
    """Return the channel's places, made once in a process."""
    with _places_lock:
        if channel not in _places:
            _places[channel] = _Places(settings.WAITING_PER_CHANNEL)
        return _places[channel]
