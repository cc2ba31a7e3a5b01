"""Debian's RabbitMQ as a server of one's own: loopback, a password, nothing left behind."""

import secrets
import signal
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from paycenter.local.child import Child
from paycenter.local.home import ServersHome
from paycenter.local.ports import LOOPBACK, is_free
from tests.faults.messaging import Launch, Messaging, one_valkey

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""The one in PATH changes to an account of its own, and runs one server per machine."""
START_SECONDS = 60

_NAME = "paycenter"  # user and virtual host
_CONFIG = """\
listeners.tcp.1 = {host}:{port}
default_user = {name}
default_pass = {password}
default_vhost = {name}
log.file = false
log.console = true
log.console.level = warning
"""


def valkey_and_rabbitmq(home: ServersHome, ports: Iterator[int]) -> Messaging:
    """Plan a broker of its own beside Valkey: ``rabbitmq``, and ``epmd``, which names it."""
    port, names_port, distribution_port = next(ports), next(ports), next(ports)
    password = secrets.token_hex(16)
    text = _CONFIG.format(host=LOOPBACK, port=port, name=_NAME, password=password)
    environment = _environment(home, names_port, distribution_port)

    def launch() -> Child:
        home.make_folder("rabbitmq")
        home.write_file("rabbitmq/rabbitmq.conf", text)
        server = home.spawn(
            "rabbitmq", ["/usr/bin/env", *environment, SERVER], stop_signal=signal.SIGTERM
        )
        server.wait_until(partial(_answers, port), patience=START_SECONDS)
        return server

    counters = one_valkey(home, ports)
    servers = {**counters.servers, "epmd": _epmd(home, names_port), "rabbitmq": launch}
    broker_url = f"amqp://{_NAME}:{password}@{LOOPBACK}:{port}/{_NAME}"
    return Messaging(servers, counters.redis_url, broker_url)


def _environment(home: ServersHome, names_port: int, distribution_port: int) -> list[str]:
    """Return its settings as ``env`` takes them; nothing of the machine's own server is read."""
    folder = home.folder / "rabbitmq"
    interface = "-kernel inet_dist_use_interface {127,0,0,1}"
    return [
        f"HOME={folder}",
        f"ERL_EPMD_PORT={names_port}",
        f"ERL_EPMD_ADDRESS={LOOPBACK}",
        f"RABBITMQ_NODENAME={_NAME}{names_port}@localhost",
        f"RABBITMQ_DIST_PORT={distribution_port}",
        f"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS={interface}",
        f"RABBITMQ_CONFIG_FILE={folder / 'rabbitmq.conf'}",
        f"RABBITMQ_CONF_ENV_FILE={folder / 'none'}",
        f"RABBITMQ_ENABLED_PLUGINS_FILE={folder / 'none'}",
        f"RABBITMQ_MNESIA_BASE={folder / 'data'}",
        f"RABBITMQ_LOG_BASE={folder / 'log'}",
        f"RABBITMQ_PID_FILE={folder / 'pid'}",
        # The script becomes the server, instead of waiting for it: signals reach it.
        "RUNNING_UNDER_SYSTEMD=true",
    ]


def _epmd(home: ServersHome, port: int) -> Launch:
    """Return how Erlang's directory of names starts; RabbitMQ would leave one of its own behind."""

    def launch() -> Child:
        command = ["/usr/bin/epmd", "-port", str(port), "-address", LOOPBACK]
        server = home.spawn("epmd", command, stop_signal=signal.SIGTERM)
        server.wait_until(lambda: not is_free(port), patience=START_SECONDS)
        return server

    return launch


def _answers(port: int) -> bool:
    """Say what clients say first; the server names its version and its ways to sign in."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            return b"PLAIN" in connection.recv(4096)
    except OSError:
        return False
