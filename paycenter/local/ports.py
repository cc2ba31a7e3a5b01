"""Ports on the loopback address: the usual one, or a free one when somebody else has it."""

import socket

from paycenter.local.errors import LocalError

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        # Servers set this too; without it a port is "taken" for a minute after its last connection.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def any_free_port() -> int:
    """Return a loopback port the system says nobody uses."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def choose_port(default: int, *, asked: str | None = None) -> int:
    """Return the port asked for, else the default one, else (the default being taken) a free one.

    Raises LocalError when a port was asked for by name and cannot be had: going elsewhere silently
    would leave whoever asked looking at another program.
    """
    if asked is None:
        return default if is_free(default) else any_free_port()
    if not asked.isdecimal() or not 0 < int(asked) < 65536:
        raise LocalError(f"PORT is {asked!r}: set it to a number from 1 to 65535")
    if not is_free(int(asked)):
        raise LocalError(f"port {asked} is in use: stop what listens there, or choose another PORT")
    return int(asked)
