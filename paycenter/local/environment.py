"""The environment the center's processes run in (README, "Settings"), for a local installation.

What the caller has set already wins, addresses of what we start ourselves excepted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from paycenter.local.ports import LOOPBACK


@dataclass(frozen=True)
class Addresses:
    """Where the parts of one local installation are."""

    data_dir: Path
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    web_port: int
    sandbox_port: int
    receiver_port: int
    broker_url: str = field(default="", repr=False)
    """RabbitMQ, where hints do not go over Redis."""

    @property
    def web_url(self) -> str:
        """The center's own address."""
        return f"http://{LOOPBACK}:{self.web_port}"

    @property
    def sandbox_url(self) -> str:
        """The simulated channels' address."""
        return f"http://{LOOPBACK}:{self.sandbox_port}"

    @property
    def receiver_url(self) -> str:
        """The address of the small application that receives notifications."""
        return f"http://{LOOPBACK}:{self.receiver_port}"


def center_settings(
    given: Mapping[str, str], secrets: Mapping[str, str], addresses: Addresses
) -> dict[str, str]:
    """Return every setting of the center, ready to be put into a process's environment."""
    defaults = {
        "SECRET_KEY": secrets["SECRET_KEY"],
        "SEALING_KEYS": secrets["SEALING_KEYS"],
        "OPERATOR_PASSWORD": secrets["OPERATOR_PASSWORD"],
        "PUBLIC_BASE_URL": addresses.web_url,
        "ALLOWED_HOSTS": f"{LOOPBACK},localhost",
        "DEBUG": "False",
        "ALLOW_PRIVATE_URLS": "True",
        "SECOND_FACTOR": "off",
        "INITIATE_WAIT_SECONDS": "5",
        "LOG_LEVEL": "INFO",
        "LOG_FORMAT": "line",
        "DRAIN_SECONDS": "0",
    }
    ours = {
        "DJANGO_SETTINGS_MODULE": "paycenter.settings",
        "DATA_DIR": str(addresses.data_dir),
        "DATABASE_URL": addresses.database_url,
        "REDIS_URL": addresses.redis_url,
        "BROKER_URL": addresses.broker_url,
        "SANDBOX_URL": addresses.sandbox_url,
        "SANDBOX_DATA_DIR": str(addresses.data_dir / "sandbox"),
        "RECEIVER_URL": addresses.receiver_url,
    }
    asked = {name: given[name] for name in defaults if given.get(name)}
    return defaults | asked | ours
