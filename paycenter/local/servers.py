"""PostgreSQL and Valkey for one installation: those the environment names, else embedded ones."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from paycenter.local import postgres, valkey
from paycenter.local.home import open_home
from paycenter.local.ports import any_free_port

_PATIENCE = 10  # seconds a server gets to write down what it holds


@dataclass(frozen=True)
class ServerUrls:
    """Where the database and the broker are; the URLs hold their passwords."""

    database: str = field(repr=False)
    redis: str = field(repr=False)


@contextlib.contextmanager
def running_servers(
    data_dir: Path, *, given: Mapping[str, str], secrets: Mapping[str, str], throwaway: bool = False
) -> Iterator[ServerUrls]:
    """Run the embedded servers that DATABASE_URL and REDIS_URL do not replace; stop them after."""
    database, redis = given.get("DATABASE_URL"), given.get("REDIS_URL")
    with contextlib.ExitStack() as stack:
        if not (database and redis):
            home = open_home(data_dir, throwaway=throwaway)
        if not database:
            password, port = secrets["POSTGRES_PASSWORD"], any_free_port()
            server = postgres.start(home, password=password, port=port)
            stack.callback(server.stop, patience=_PATIENCE)
            database = postgres.url(password=password, port=port)
        if not redis:
            password, port = secrets["VALKEY_PASSWORD"], any_free_port()
            server = valkey.start(home, password=password, port=port)
            stack.callback(server.stop, patience=_PATIENCE)
            redis = valkey.url(password=password, port=port)
        yield ServerUrls(database, redis)
