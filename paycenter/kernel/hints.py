"""Celery messages are hints: a row with a due time is the truth, a sweep finds what a hint lost."""

import logging

from celery import Task
from kombu.exceptions import KombuError, OperationalError
from redis.exceptions import RedisError

from paycenter.kernel.metrics import HINTS_LOST
from paycenter.kernel.tracing import handed_on

logger = logging.getLogger(__name__)


LIFETIME_SECONDS = 30.0
"""A hint no worker came to in this time is dropped: the sweep has published a newer one."""


def publish_hint(task: "Task[..., object]", *args: int | str, queue: str = "default") -> bool:
    """Ask a worker to look at something now. Returns False when the broker is out of reach.

    Never raises for that: the caller's transaction is committed and its row is due anyway.
    """
    try:
        task.apply_async(args=args, queue=queue, expires=LIFETIME_SECONDS, headers=handed_on())
    except (OperationalError, KombuError, RedisError, OSError) as error:
        HINTS_LOST.labels(task.name).inc()
        logger.warning("hint for %s not published: %s", task.name, type(error).__name__)
        return False
    return True
