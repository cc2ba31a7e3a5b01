"""How far this server's clock is from a channel's, read from the ``Date`` header of its answers.

Channels refuse what is signed at a wrong time. The header has whole seconds, and the answer took
its time, so a difference below ``NOTED`` seconds says nothing and is not kept: on a server whose
clock is right this costs nothing.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import redis

from gateway.health import scopes
from paycenter.kernel.clock import now
from paycenter.kernel.http import WireResponse
from paycenter.kernel.quick_redis import ask_redis

NOTED = 30
KEPT_SECONDS = 3600


def note_skew(channel: str, response: WireResponse | None) -> None:
    """Keep by how many seconds our clock is ahead of a channel's if it is many. Never raises."""
    if response is None or "date" not in response.headers:
        return
    moment = now()
    theirs = _parsed(response.headers["date"])
    if theirs is None:
        return
    ahead = round((moment - theirs).total_seconds())
    if abs(ahead) < NOTED:
        return

    def keep(client: "redis.Redis") -> None:
        client.hset(_key(), channel, f"{ahead}:{int(moment.timestamp())}")
        client.expire(_key(), KEPT_SECONDS)

    ask_redis(keep, otherwise=None)


def read_skews(since: datetime) -> dict[str, int]:
    """Return the channels whose clock differed since then, with the seconds ours is ahead."""

    def read(client: "redis.Redis") -> dict[str, str]:
        return {str(channel): str(text) for channel, text in client.hgetall(_key()).items()}

    kept: dict[str, str] = ask_redis(read, otherwise={})
    pairs = {channel: text.split(":") for channel, text in kept.items()}
    return {
        channel: int(ahead)
        for channel, (ahead, at) in pairs.items()
        if int(at) >= since.timestamp()
    }


def _key() -> str:
    return f"{scopes.PREFIX}skew"


def _parsed(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
