"""Whom the embedded servers run as.

Ordinary users run them as themselves. PostgreSQL refuses to run as root, so root runs both servers
as `nobody`, the account every Linux has: initdb wants a user with a name, and adding one to the
machine is not ours to do.
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict


class UserArguments(TypedDict, total=False):
    """The arguments of subprocess that change the user of a child."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """A user and group of this machine."""

    uid: int
    gid: int

    def arguments(self) -> UserArguments:
        """Return what makes subprocess start a child as this account (nothing for ourselves)."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_run(self, program: Path) -> bool:
        """Tell whether this account reaches the program and may execute it.

        Asked of the kernel by a child of that account: modes of every folder above, access lists
        and mount options all have a say.
        """
        return self._test("-x", program)

    def can_enter(self, folder: Path) -> bool:
        """Tell whether this account may go through the folder to what lies below it."""
        return self._test("-x", folder)

    def _test(self, flag: str, path: Path) -> bool:
        command = ["/usr/bin/test", flag, str(path)]
        return subprocess.run(command, check=False, cwd="/", **self.arguments()).returncode == 0


def servers_account() -> Account:
    """Return the account the embedded servers run as: ours, or `nobody` when we are root."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)
