"""Handing work to a channel's worker and waiting for its answer, a few seconds at most.

Whoever waits holds one of the web process's threads. A slow channel gets no more of them than
``WAITING_PER_CHANNEL``: requests beyond are answered at once, and the others' find a thread.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from threading import Semaphore
from typing import Any

from celery import Task
from django.conf import settings

from gateway.tasks import channel_queue
from paycenter.kernel.hints import publish_hint
from paycenter.kernel.replies import new_reply_key, wait_for_reply


def ask_worker(
    task: "Task[..., None]", pk: int, channel: str, *, at_most: int | None = None
) -> dict[str, Any] | None:
    """Return what the worker answers with, or None when it takes longer or Redis is lost.

    ``at_most``: seconds, where whoever waits for us has less patience than an application. None
    loses nothing: the row is due, and the sweep goes on with it.
    """
    with _place_to_wait(channel) as may_wait:
        key = new_reply_key() if may_wait else ""
        published = publish_hint(task, pk, key, queue=channel_queue(channel))
        if not (published and may_wait):
            return None
        patience = settings.INITIATE_WAIT_SECONDS
        return wait_for_reply(key, patience if at_most is None else min(patience, at_most))


@contextmanager
def _place_to_wait(channel: str) -> Iterator[bool]:
    """Take one of the places to wait for a channel in this process; False when all are taken."""
    places = _places(channel)
    taken = places.acquire(blocking=False)
    try:
        yield taken
    finally:
        if taken:
            places.release()


@lru_cache(maxsize=64)
def _places(channel: str) -> Semaphore:
    del channel  # each has its own
    return Semaphore(settings.WAITING_PER_CHANNEL)
