"""`make clean`: delete what the local installation keeps, and nothing else in its folder."""

import contextlib
import shutil
from collections.abc import Mapping

from paycenter.local.console import say
from paycenter.local.data_dir import data_dir_path, only_launcher, open_data_dir
from paycenter.local.home import remove_home

_OURS = (
    "beat-schedule*",
    "center.env",
    "credentials.json",
    "logs",
    "run.lock",
    "running.json",
    "sandbox",
    "secrets.env",
    "static",
)


def main(given: Mapping[str, str]) -> int:
    """Delete it; raises LocalError while an installation runs there."""
    data_dir = data_dir_path(given)
    if not data_dir.exists():
        return 0
    open_data_dir(data_dir)
    with only_launcher(data_dir):
        remove_home(data_dir)
        for path in (found for pattern in _OURS for found in data_dir.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    with contextlib.suppress(OSError):  # somebody else keeps things there
        data_dir.rmdir()
    say(f"deleted the data in {data_dir}")
    return 0
