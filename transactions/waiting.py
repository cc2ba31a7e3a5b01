"""Handing work to a channel's worker and waiting for its answer, a few seconds at most."""

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
    key = new_reply_key()
    if not publish_hint(task, pk, key, queue=channel_queue(channel)):
        return None
    patience = settings.INITIATE_WAIT_SECONDS
    return wait_for_reply(key, patience if at_most is None else min(patience, at_most))
