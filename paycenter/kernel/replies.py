"""A worker's answer handed straight to the request that waits for it: a reply list on Redis.

A third less latency than Celery's result backend, nothing to poll, nothing kept. A lost reply
costs the caller a ``202``; the facts are in the database.
"""

import json
import secrets
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings

from paycenter.kernel.redis_address import redis_client

EXPIRES_AFTER_SECONDS = 60
_PREFIX = "reply:"


@lru_cache(maxsize=1)
def _client() -> "redis.Redis":
    return redis_client(
        settings.REDIS_URL,
        socket_connect_timeout=0.4,
        # Past the longest wait for an answer nobody listens: Redis itself is frozen.
        socket_timeout=settings.INITIATE_WAIT_SECONDS + 0.5,
        decode_responses=True,
    )


def new_reply_key() -> str:
    """Return an unguessable name for one awaited answer."""
    return secrets.token_hex(16)


def send_reply(key: str, answer: dict[str, Any]) -> None:
    """Hand ``answer`` to whoever waits for ``key``; a lost Redis loses only the shortcut."""
    name = _PREFIX + key
    try:
        with _client().pipeline(transaction=False) as pipe:
            pipe.lpush(name, json.dumps(answer))
            pipe.expire(name, EXPIRES_AFTER_SECONDS)
            pipe.execute()
    except redis.RedisError:
        return


def wait_for_reply(key: str, wait_seconds: float) -> dict[str, Any] | None:
    """Return the answer sent under ``key``, or None when none came in time."""
    try:
        found = _client().blpop([_PREFIX + key], timeout=wait_seconds)
    except redis.RedisError:
        return None
    if not isinstance(found, list | tuple):
        return None
    answer: dict[str, Any] = json.loads(found[1])
    return answer
