"""`make run`: the whole payment center on this machine, with simulated channels, until Ctrl-C."""

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import NoReturn

from paycenter.local import data_dir as folder
from paycenter.local.console import dim, green, say
from paycenter.local.credentials import Credentials
from paycenter.local.environment import Addresses, center_settings
from paycenter.local.group import Group
from paycenter.local.ports import choose_port
from paycenter.local.processes import center_processes
from paycenter.local.sample import make_sample_payment
from paycenter.local.secrets_file import stored_secrets, write_env_file
from paycenter.local.servers import ServerUrls, running_servers
from paycenter.local.summary import show_summary

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(given: Mapping[str, str]) -> int:
    """Start everything, say where it is, and stop it on Ctrl-C or SIGTERM; returns 0 then.

    Raises LocalError, with the last words of the process concerned, when something fails.
    """
    for number in _SIGNALS:
        signal.signal(number, _interrupt)
    os.chdir(folder.PROJECT)
    try:
        with contextlib.ExitStack() as stack:
            _start(stack, given).follow()
    except KeyboardInterrupt:
        say("Stopped.")
    return 0


def _start(stack: contextlib.ExitStack, given: Mapping[str, str]) -> Group:
    """Start one part after the other; the stack will stop them in reverse."""
    data_dir = folder.open_data_dir(folder.data_dir_path(given))
    stack.enter_context(folder.only_launcher(data_dir))
    say(f"Starting the payment center {dim(f'(data in {data_dir})')}")
    secrets = stored_secrets(data_dir)
    with _step("database and broker"):
        urls = stack.enter_context(running_servers(data_dir, given=given, secrets=secrets))
    at = _addresses(
        data_dir,
        urls,
        asked_port=given.get("PORT") or None,
        broker_url=given.get("BROKER_URL", ""),
    )
    settings = center_settings(given, secrets, at)
    write_env_file(data_dir / "center.env", settings)
    group = Group({**given, **settings}, data_dir / "logs")
    stack.callback(group.stop)
    credentials = _start_center(group, at)
    with _step("sample payment, from request to settled"):
        sample = make_sample_payment(credentials)
    stack.enter_context(folder.noted_as_running(data_dir, _facts(at)))
    show_summary(at, credentials, sample=sample)
    return group


def _start_center(group: Group, at: Addresses) -> Credentials:
    with _step("tables, static files, demo company"):
        credentials = _prepare(group, at.data_dir / "credentials.json")
    with _step("web, workers, sandbox, receiver"):
        types = center_processes(at, webhook_secret=credentials.webhook_secret)
        started = [(group.start(each), each) for each in types]
        for child, process_type in started:
            group.wait_for(child, process_type.is_ready)
    return credentials


def _prepare(group: Group, note: Path) -> Credentials:
    group.run_to_end("prepare", [sys.executable, "-m", "paycenter.local.prepare", str(note)])
    credentials = Credentials(json.loads(note.read_text("utf-8")))
    note.unlink()  # they are the center's to keep
    return credentials


def _addresses(
    data_dir: Path, urls: ServerUrls, *, asked_port: str | None, broker_url: str
) -> Addresses:
    """Choose the ports; PORT is the web server's, as on hosting platforms."""
    return Addresses(
        data_dir=data_dir,
        database_url=urls.database,
        redis_url=urls.redis,
        web_port=_port(8000, asked=asked_port),
        sandbox_port=_port(8001),
        receiver_port=_port(8002),
        broker_url=broker_url,
    )


def _port(usual: int, *, asked: str | None = None) -> int:
    chosen = choose_port(usual, asked=asked)
    if chosen != usual and asked is None:
        say(f"      port {usual} is taken by another program: using {chosen}")
    return chosen


def _facts(at: Addresses) -> dict[str, object]:
    return {
        "pid": os.getpid(),
        "base_url": at.web_url,
        "sandbox_url": at.sandbox_url,
        "receiver_url": at.receiver_url,
    }


@contextlib.contextmanager
def _step(what: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    say(f"  {green('ok')}  {what} {dim(f'{time.monotonic() - begun:.1f} s')}")


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """End the run; from now on stopping is not interrupted again."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
