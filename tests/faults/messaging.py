"""What carries counters, replies and hints between the processes: servers, addresses."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from paycenter.local import valkey
from paycenter.local.child import Child
from paycenter.local.home import ServersHome

Launch = Callable[[], Child]
"""Starts a server and returns when it answers."""


@dataclass(frozen=True)
class Messaging:
    """Servers by their names, in the order they start, and what the center is told of them."""

    servers: Mapping[str, Launch]
    redis_url: str = field(repr=False)
    broker_url: str = field(default="", repr=False)


def one_valkey(home: ServersHome, ports: Iterator[int]) -> Messaging:
    """Plan one Valkey for everything, as a local installation has it: ``valkey``."""
    port, password = next(ports), secrets.token_hex(16)
    launch = partial(valkey.start, home, password=password, port=port)
    return Messaging({"valkey": launch}, valkey.url(password=password, port=port))
