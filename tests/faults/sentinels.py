"""Two Valkeys and three Sentinels, which put the second in the place of the first when it dies."""

import secrets
import signal
from collections.abc import Iterator
from functools import partial

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
_VALKEY = """\
bind {host}
port {port}
requirepass {password}
primaryauth {password}
dir "{folder}"
save ""
repl-diskless-sync-delay 0
{role}
"""
_SENTINEL = """\
bind {host}
port {port}
dir "{folder}"
sentinel monitor {master} {host} {primary} 2
sentinel auth-pass {master} {password}
sentinel down-after-milliseconds {master} {patience}
sentinel failover-timeout {master} 5000
"""


def watched_valkeys(home: ServersHome, ports: Iterator[int]) -> Messaging:
    """Plan a primary, its replica and their Sentinels; each is named by its port: ``valkey-N``."""
    password = secrets.token_hex(16)
    primary, replica, *watching = (next(ports) for _ in range(5))
    begin = partial(_server, home, password=password)
    following = f"replicaof {LOOPBACK} {primary}"
    servers = {
        f"valkey-{primary}": begin(f"valkey-{primary}", _VALKEY, port=primary, role=""),
        f"valkey-{replica}": begin(f"valkey-{replica}", _VALKEY, port=replica, role=following),
    }
    watch = {"master": _MASTER, "primary": primary, "patience": 1000 * NOT_ANSWERING_SECONDS}
    for port in watching:
        servers[f"sentinel-{port}"] = begin(f"sentinel-{port}", _SENTINEL, port=port, **watch)
    hosts = ",".join(f"{LOOPBACK}:{port}" for port in watching)
    return Messaging(servers, f"sentinel://:{password}@{hosts}/{_MASTER}/0")


def name_of_primary(redis_url: str) -> str:
    """Return the name of the server that the Sentinels say is primary, as it stands in the plan."""
    _, port = _sentinels(redis_url)[0].sentinel_get_master_addr_by_name(_MASTER)
    return f"valkey-{port}"


def assert_replaceable(redis_url: str) -> None:
    """Every Sentinel knows the others, and a replica that can take over."""
    for sentinel in _sentinels(redis_url):
        assert sentinel.sentinel_master(_MASTER)["num-other-sentinels"] == 2
        [replica] = sentinel.sentinel_slaves(_MASTER)
        assert (replica["flags"], replica["role-reported"]) == ("slave", "slave")


def _sentinels(redis_url: str) -> "list[redis.Redis]":
    watched = parse_sentinels(redis_url)
    assert watched is not None
    return [
        redis.Redis(host, port, decode_responses=True, socket_timeout=1)
        for host, port in watched.hosts
    ]


def _server(
    home: ServersHome, name: str, config: str, *, port: int, password: str, **more: str | int
) -> Launch:
    """Return how one of them starts: all are the same program with another configuration."""
    login = None if name.startswith("sentinel") else password
    kind = ["--sentinel"] if name.startswith("sentinel") else []

    def launch() -> Child:
        folder = home.make_folder(name)
        text = config.format(host=LOOPBACK, port=port, password=password, folder=folder, **more)
        file = home.write_file(f"{name}/server.conf", text)
        command = [home.programs.valkey, file, *kind]
        server = home.spawn(name, command, stop_signal=signal.SIGTERM)
        server.wait_until(partial(_answers, port, login), patience=START_SECONDS)
        return server

    return launch


def _answers(port: int, password: str | None) -> bool:
    try:
        return bool(redis.Redis(LOOPBACK, port, password=password, socket_timeout=1).ping())
    except redis.RedisError:
        return False
