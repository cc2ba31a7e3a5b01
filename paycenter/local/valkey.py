"""The embedded Valkey, which speaks Redis' protocol: loopback and password only, nothing evicted.

The append-only file keeps queued work over a restart. The password stands in a file only the server
may read, since a command line can be read by everybody on the machine.
"""

import signal
import socket

from paycenter.local.child import Child
from paycenter.local.home import ServersHome, wait_until_unused
from paycenter.local.ports import LOOPBACK

_CONFIG = """\
bind {host}
port {port}
requirepass {password}
dir "{folder}"
appendonly {append_only}
save ""
maxmemory-policy noeviction
"""


def url(*, password: str, port: int) -> str:
    """Return the REDIS_URL of the embedded server."""
    return f"redis://:{password}@{LOOPBACK}:{port}/0"


def start(home: ServersHome, *, password: str, port: int) -> Child:
    """Start the server and wait until it answers to this password (plain letters and digits)."""
    folder = home.make_folder("valkey")
    wait_until_unused(folder)
    config = _CONFIG.format(
        host=LOOPBACK,
        port=port,
        password=password,
        folder=folder,
        append_only="no" if home.throwaway else "yes",
    )
    server = home.spawn(
        "valkey",
        [home.programs.valkey, home.write_file("valkey.conf", config)],
        stop_signal=signal.SIGTERM,
    )
    server.wait_until(lambda: _answers(password, port), patience=30)
    return server


def _answers(password: str, port: int) -> bool:
    """Ask for a sign of life in the protocol's plain form; a server still loading says -LOADING."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\nQUIT\r\n".encode())
            return b"+PONG" in connection.makefile("rb").read()
    except OSError:
        return False
