"""Run one command with everything the center needs around it, then leave no trace.

    python -m paycenter.local exec -- pytest tests/gateway

It gets a database and a broker of its own (unless DATABASE_URL and REDIS_URL name some), new
secrets and a complete environment, and its exit code becomes ours. `make test`, `make bench` and
`make typecheck` run through here.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from paycenter.local.child import dies_with_parent
from paycenter.local.data_dir import open_data_dir
from paycenter.local.environment import Addresses, center_settings
from paycenter.local.home import remove_home
from paycenter.local.ports import any_free_port
from paycenter.local.secrets_file import fresh_secrets
from paycenter.local.servers import running_servers

# Where a guard is off for a local installation, a test that needs it off says so itself.
_AS_IN_PRODUCTION = {"ALLOW_PRIVATE_URLS": "False"}

NOBODYS_PORT = 8000
"""In the center's own address, where nothing listens meanwhile. Servers that a command starts on
any free port get a higher one; the center's own it would not call."""


def main(given: Mapping[str, str], command: Sequence[str]) -> int:
    """Run the command in a fresh environment and return its exit code."""
    secrets = fresh_secrets()
    with contextlib.ExitStack() as stack:
        data_dir = _temporary_data_dir(stack)
        urls = stack.enter_context(
            running_servers(data_dir, given=given, secrets=secrets, throwaway=True)
        )
        addresses = Addresses(
            data_dir=data_dir,
            database_url=urls.database,
            redis_url=urls.redis,
            web_port=NOBODYS_PORT,
            sandbox_port=any_free_port(),
            receiver_port=any_free_port(),
        )
        guards = {name: given.get(name) or value for name, value in _AS_IN_PRODUCTION.items()}
        settings = center_settings({**given, **guards}, secrets, addresses)
        return _run(command, {**given, **settings})


def _temporary_data_dir(stack: contextlib.ExitStack) -> Path:
    parent = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="paycenter-")))
    if os.geteuid() == 0:
        parent.chmod(0o711)  # the data folder inside is closed; the servers must get to it
    data_dir = open_data_dir(parent / "data")
    (data_dir / "static").mkdir()  # empty; WhiteNoise warns when it is missing
    stack.callback(remove_home, data_dir)
    return data_dir


def _run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run it in our own terminal session: it gets Ctrl-C directly, and we wait for it to finish."""
    try:
        process = subprocess.Popen(
            command, env=environment, preexec_fn=dies_with_parent(signal.SIGTERM)
        )
    except OSError as error:
        print(f"cannot run {command[0]}: {error.strerror}", file=sys.stderr)
        return 127  # as shells say it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: process.terminate())
    code = process.wait()
    return code if code >= 0 else 128 - code
