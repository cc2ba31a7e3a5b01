"""Redis for what may be lost: counters, limits, health. Never waited for, never needed.

Whoever asks says what holds when Redis does not answer. After a failure it is left alone for a
moment, so that a frozen Redis costs one short wait per process and second, and not one per request.
"""

import logging
import time
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

import redis
from django.conf import settings

from paycenter.kernel.redis_address import redis_client

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 0.2
PAUSE_SECONDS = 1.0

T = TypeVar("T")

_left_alone_until = 0.0


@lru_cache(maxsize=1)
def _client() -> "redis.Redis":
    return redis_client(
        settings.REDIS_URL,
        socket_connect_timeout=TIMEOUT_SECONDS,
        socket_timeout=TIMEOUT_SECONDS,
        decode_responses=True,
    )


def ask_redis(work: "Callable[[redis.Redis], T]", *, otherwise: T) -> T:
    """Return what ``work`` makes of the client, or ``otherwise`` when Redis does not answer."""
    global _left_alone_until
    if time.monotonic() < _left_alone_until:
        return otherwise
    try:
        return work(_client())
    except redis.RedisError as error:
        _left_alone_until = time.monotonic() + PAUSE_SECONDS
        logger.warning("Redis did not answer: %s", type(error).__name__)
        return otherwise
