"""Handing work to a channel's worker and waiting for its answer, a few seconds at most."""

from typing import Any

from celery import Task
from django.conf import settings

from gateway.tasks import channel_queue
from paycenter.kernel.hints import publish_hint
from paycenter.kernel.replies import new_reply_key, wait_for_reply


def ask_worker(task: "Task[..., None]", pk: int, channel: str) -> dict[str, Any] | None:
    """Return the resource the worker answers with, or None when it takes longer or Redis is lost.

    None loses nothing: the row is due, and the sweep goes on with it.
    """
    key = new_reply_key()
    if not publish_hint(task, pk, key, queue=channel_queue(channel)):
        return None
    return wait_for_reply(key, settings.INITIATE_WAIT_SECONDS)
