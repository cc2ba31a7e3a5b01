"""Two Valkeys and three Sentinels, which put the second in the place of the first when it dies."""

import secrets
import signal
from collections.abc import Iterator
from functools import partial
from typing import Any

import redis

from paycenter.kernel.redis_address import parse_sentinels
from paycenter.local.child import Child
from paycenter.local.home import ServersHome
from paycenter.local.ports import LOOPBACK
from tests.faults.messaging import Launch, Messaging

START_SECONDS = 30
NOT_ANSWERING_SECONDS = 2
"""After so long the Sentinels take the primary for dead."""

_MASTER = "pay.main"
_COMMON = """\
bind {host}
port {port}
dir "{folder}"
"""
_VALKEY = """\
requirepass {password}
primaryauth {password}
save ""
repl-diskless-sync-delay 0
"""
_SENTINEL = """\
sentinel monitor {master} {host} {primary} 2
sentinel auth-pass {master} {password}
sentinel down-after-milliseconds {master} {patience}
sentinel failover-timeout {master} 5000
"""


def watched_valkeys(home: ServersHome, ports: Iterator[int]) -> Messaging:
    """Plan a primary, its replica and their Sentinels; each is named by its port: ``valkey-N``."""
    password = secrets.token_hex(16)
    primary, replica, *watching = (next(ports) for _ in range(5))
    alone = _VALKEY.format(password=password)
    following = f"{alone}replicaof {LOOPBACK} {primary}\n"
    watch = _SENTINEL.format(
        master=_MASTER,
        host=LOOPBACK,
        primary=primary,
        password=password,
        patience=1000 * NOT_ANSWERING_SECONDS,
    )
    valkey = partial(_server, home, login=password)
    servers = {
        f"valkey-{primary}": valkey(f"valkey-{primary}", primary, alone),
        f"valkey-{replica}": valkey(f"valkey-{replica}", replica, following),
    }
    for port in watching:
        name = f"sentinel-{port}"
        servers[name] = _server(home, name, port, watch)
    hosts = ",".join(f"{LOOPBACK}:{port}" for port in watching)
    return Messaging(servers, f"sentinel://:{password}@{hosts}/{_MASTER}/0")


def name_of_primary(redis_url: str) -> str:
    """Return the name of the server that the Sentinels say is primary, as it stands in the plan."""
    (_, port), *_ = _ask_sentinels(redis_url, "GET-MASTER-ADDR-BY-NAME")
    return f"valkey-{port}"


def assert_replaceable(redis_url: str) -> None:
    """Every Sentinel knows the others, and a replica that can take over."""
    for primary in _ask_sentinels(redis_url, "MASTER"):
        assert primary["num-other-sentinels"] == 2
    for [replica] in _ask_sentinels(redis_url, "SLAVES"):
        assert (replica["flags"], replica["role-reported"]) == ("slave", "slave")


def _ask_sentinels(redis_url: str, question: str) -> list[Any]:
    """Return every Sentinel's answer about the primary they watch."""
    watched = parse_sentinels(redis_url)
    assert watched is not None
    clients: list[Any] = [redis.Redis(*host, decode_responses=True) for host in watched.hosts]
    return [client.execute_command(f"SENTINEL {question}", watched.name) for client in clients]


def _server(
    home: ServersHome, name: str, port: int, config: str, *, login: str | None = None
) -> Launch:
    """Return how one of them starts; all are the same program. Who asks for no login watches."""
    flags = [] if login else ["--sentinel"]

    def launch() -> Child:
        common = _COMMON.format(host=LOOPBACK, port=port, folder=home.make_folder(name))
        file = home.write_file(f"{name}/server.conf", common + config)
        server = home.spawn(name, [home.programs.valkey, file, *flags], stop_signal=signal.SIGTERM)
        server.wait_until(partial(_answers, port, login), patience=START_SECONDS)
        return server

    return launch


def _answers(port: int, password: str | None) -> bool:
    try:
        return bool(redis.Redis(LOOPBACK, port, password=password, socket_timeout=1).ping())
    except redis.RedisError:
        return False
