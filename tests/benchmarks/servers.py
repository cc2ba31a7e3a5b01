"""A database and a broker that keep what they confirm, with nothing of anybody else in them.

``make bench`` brings servers that give up safety for speed, as the tests want them. A payment that
is measured is committed to the disk: so those are left alone, and embedded servers are started as
``make run`` starts them. Where DATABASE_URL names a server that does sync, a database of our own is
made there and dropped in the end, and REDIS_URL must name a database that is empty.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis

from paycenter.local.errors import LocalError
from paycenter.local.secrets_file import fresh_secrets
from paycenter.local.servers import ServerUrls, running_servers


@contextmanager
def durable_servers(data_dir: Path, given: Mapping[str, str]) -> Iterator[ServerUrls]:
    """Run or borrow the servers; raises LocalError when the broker named holds something."""
    if not _syncs(given["DATABASE_URL"]):
        with running_servers(data_dir, given={}, secrets=fresh_secrets()) as urls:
            yield urls
        return
    with ExitStack() as stack:
        database = stack.enter_context(_own_database(given["DATABASE_URL"]))
        broker = stack.enter_context(_empty_broker(given["REDIS_URL"]))
        yield ServerUrls(database, broker)


def _syncs(database_url: str) -> bool:
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SHOW fsync").fetchone()
    return row == ("on",)


@contextmanager
def _own_database(database_url: str) -> Iterator[str]:
    name = f"paycenter_bench_{secrets.token_hex(4)}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield urlsplit(database_url)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextmanager
def _empty_broker(redis_url: str) -> Iterator[str]:
    client = redis.Redis.from_url(redis_url)
    if client.dbsize():
        raise LocalError("REDIS_URL names a database in use: name an empty one, like .../5")
    try:
        yield redis_url
    finally:
        client.flushdb()
