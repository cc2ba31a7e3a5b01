"""Ports whose servers may be away for a while."""

import random
from pathlib import Path

from paycenter.local.ports import is_free

_FIRST = 10_000
_DRAWN = 200
_GIVEN_TO_CONNECTIONS = Path("/proc/sys/net/ipv4/ip_local_port_range")


def lasting_ports(count: int) -> list[int]:
    """Return different free loopback ports that the system gives to no outgoing connection.

    Any other port may be some client's by the time a killed server wants it back.
    """
    lowest = int(_GIVEN_TO_CONNECTIONS.read_text("utf-8").split()[0])
    drawn = random.SystemRandom().sample(range(_FIRST, lowest), _DRAWN)
    return [port for port in drawn if is_free(port)][:count]
