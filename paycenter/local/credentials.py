"""What `python manage.py sandbox credentials --json` tells: keys and addresses for tools."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from paycenter.local.client import PaymentCenter
from paycenter.local.data_dir import PROJECT
from paycenter.local.errors import LocalError


@dataclass(frozen=True)
class Credentials:
    """The demo application's credentials; `raw` is the command's whole answer."""

    raw: Mapping[str, Any] = field(repr=False)

    @property
    def merchant_id(self) -> str:
        """The merchant whose payment accounts are in the sandbox."""
        return str(self.raw["merchant_id"])

    @property
    def admin(self) -> Mapping[str, str]:
        """Where a person logs in, and as whom."""
        return dict(self.raw["admin"])

    @property
    def webhook_secret(self) -> str:
        """The secret notifications are signed with."""
        return str(self.raw["application"]["webhook_secret"])

    @property
    def control_url(self) -> str:
        """The sandbox's control interface."""
        return str(self.raw["sandbox"]["control_url"])

    def payment_id(self, channel: str) -> str:
        """Return the payment account at this channel."""
        return str(self.raw["payment_ids"][channel])

    def client(self, *, secret: str | None = None) -> PaymentCenter:
        """Return a client of the center with the application's key (and another secret)."""
        application = self.raw["application"]
        return PaymentCenter(
            self.raw["base_url"],
            key_id=application["key_id"],
            secret=secret or application["secret"],
        )


def read_credentials(environment: Mapping[str, str]) -> Credentials:
    """Ask the center; raises LocalError with its words when it cannot tell."""
    asked = subprocess.run(
        [sys.executable, PROJECT / "manage.py", "sandbox", "credentials", "--json"],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode != 0:
        raise LocalError(f"manage.py sandbox credentials failed:\n{asked.stderr[-2000:]}")
    return Credentials(json.loads(asked.stdout))
