"""The processes of a local installation: what runs each, and how each shows it is ready.

The same process types as in Procfile, only that all channels share one worker here.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import requests
from celery import Celery

from paycenter.kernel.redis_address import broker_address
from paycenter.local.environment import Addresses
from paycenter.local.loopback import loopback_session
from paycenter.local.ports import LOOPBACK, is_free

_GUNICORN = "--config python:paycenter.serving.config --graceful-timeout 5"
_CHANNELS_WORKER = "-n channels@local -c 32"
_CHANNELS = Path(__file__).resolve().parents[2] / "gateway" / "channels"
_GENERAL_WORKER = "-n general@local -c 16 -Q notify,alerts,default"
# Workers have nothing to ask each other, which mingle would wait a second for, and nobody watches
# their heartbeats: rows with a due time make up for a lost one.
_WORKER = "--pool threads --without-mingle --without-gossip --without-heartbeat"


@dataclass(frozen=True)
class ProcessType:
    """One long-running process: its name, its command and how to see that it is ready."""

    name: str
    command: list[str]
    is_ready: Callable[[], bool]
    extra_environment: Mapping[str, str] = field(default_factory=dict, repr=False)


def center_processes(at: Addresses, *, webhook_secret: str) -> list[ProcessType]:
    """Return the center's own processes, the simulated channels and the example receiver."""
    return [
        ProcessType("sandbox", _sandbox(at), lambda: not is_free(at.sandbox_port)),
        ProcessType("web", _web(at), _serves(f"{at.web_url}/readyz")),
        ProcessType(
            "worker-channels",
            _celery("worker", _CHANNELS_WORKER, f"-Q {_channel_queues()}", _WORKER),
            _hears("channels", at),
        ),
        ProcessType("worker", _celery("worker", _GENERAL_WORKER, _WORKER), _hears("general", at)),
        # Beat only says what may be due: ready as long as it lives.
        ProcessType("beat", _beat(at), lambda: True),
        ProcessType(
            "receiver",
            _module("paycenter.local.receiver", f"--port={at.receiver_port}"),
            _serves(f"{at.receiver_url}/received.json"),
            {"WEBHOOK_SECRET": webhook_secret},
        ),
    ]


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]


def _web(at: Addresses) -> list[str]:
    bind = f"--bind={LOOPBACK}:{at.web_port}"
    return _module("gunicorn", "paycenter.wsgi:application", bind, *_GUNICORN.split())


def _sandbox(at: Addresses) -> list[str]:
    where = [f"--host={LOOPBACK}", f"--port={at.sandbox_port}"]
    return _module("gateway.sandbox", *where, f"--data-dir={at.data_dir / 'sandbox'}")


def _beat(at: Addresses) -> list[str]:
    return [*_celery("beat", "--pidfile="), f"--schedule={at.data_dir / 'beat-schedule'}"]


def _celery(what: str, *options: str) -> list[str]:
    return _module("celery", "-A", "paycenter", what, *" ".join(options).split())


def _channel_queues() -> str:
    """Return the queues of all channels: each channel is a folder."""
    folders = _CHANNELS.glob("*/channel.py")
    return ",".join(sorted(f"channel.{path.parent.name}" for path in folders))


def _hears(node: str, at: Addresses) -> Callable[[], bool]:
    """Return a question to a worker over the broker, as `celery inspect ping` asks it."""
    url, options = (at.broker_url, {}) if at.broker_url else broker_address(at.redis_url)
    broker = Celery(broker=url)
    broker.conf.broker_transport_options = options
    return lambda: bool(broker.control.ping(destination=[f"{node}@local"], timeout=0.3))


def _serves(url: str) -> Callable[[], bool]:
    session = loopback_session()

    def is_ready() -> bool:
        try:
            return session.get(url, timeout=5).status_code == 200
        except requests.RequestException:
            return False

    return is_ready
