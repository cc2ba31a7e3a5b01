"""Where Redis is: one server, or what Sentinels say is the master of a name at the moment."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

import redis
from redis.sentinel import Sentinel

ONE_SERVER = "redis://:password@host:6379/0"
SENTINELS = "sentinel://:password@host:26379,host:26379/name/0"

ASK_SECONDS = 0.2
"""How long one Sentinel is waited for before the next one is asked."""

_SENTINELS = re.compile(
    r"sentinel://(?::(?P<password>[^@/\s]*)@)?(?P<hosts>[^@/?#\s:,]+:[0-9]{1,5}"
    r"(?:,[^@/?#\s:,]+:[0-9]{1,5})*)/(?P<name>[A-Za-z0-9._-]+)/(?P<database>[0-9]{1,3})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Watched:
    """A master by its name at Sentinels. The password is the master's; Sentinels have none."""

    hosts: tuple[tuple[str, int], ...]
    name: str
    database: int
    password: str


def parse_sentinels(url: str) -> Watched | None:
    """Return what a ``sentinel://`` address says, None for another one.

    Raises ``ValueError`` for one that is not written like ``SENTINELS``; it shows no password.
    """
    if not url.startswith("sentinel:"):
        return None
    found = _SENTINELS.fullmatch(url)
    if found is None:
        raise ValueError(f"write it like {SENTINELS}")
    pairs = (host.split(":") for host in found["hosts"].split(","))
    return Watched(
        hosts=tuple((host, int(port)) for host, port in pairs),
        name=found["name"],
        database=int(found["database"]),
        password=unquote(found["password"] or ""),
    )


def redis_client(url: str, **options: Any) -> "redis.Redis":
    """Return a client of the server, or of whichever is master whenever it connects."""
    watched = parse_sentinels(url)
    if watched is None:
        return redis.Redis.from_url(url, **options)
    asked = Sentinel(  # type: ignore[no-untyped-call]
        watched.hosts, socket_timeout=ASK_SECONDS, socket_connect_timeout=ASK_SECONDS
    )
    client: redis.Redis = asked.master_for(  # type: ignore[no-untyped-call]
        watched.name, db=watched.database, password=watched.password or None, **options
    )
    return client


def broker_address(url: str) -> tuple[str, dict[str, Any]]:
    """Return an address as Celery writes it, and what it is told besides."""
    watched = parse_sentinels(url)
    if watched is None:
        return url, {}
    login = f":{quote(watched.password, safe='')}@" if watched.password else ""
    each = (f"sentinel://{login}{host}:{port}/{watched.database}" for host, port in watched.hosts)
    timeouts = {"socket_timeout": ASK_SECONDS, "socket_connect_timeout": ASK_SECONDS}
    return ";".join(each), {"master_name": watched.name, "sentinel_kwargs": timeouts}
