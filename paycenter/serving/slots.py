"""Where the web server's workers count, so that one scrape finds the work of all of them.

Each worker writes the files of its slot. A worker that takes a dead one's place goes on in its
files, so nothing that was counted is lost or counted twice, sums never fall, and the files never
become more than there were workers at once. A new web server begins with an empty folder.
"""

import itertools
import os
import tempfile
from collections.abc import Iterable

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where ``prometheus_client`` looks for the folder, when it is first imported."""
SLOT = "METRICS_SLOT"
"""Where ``paycenter.kernel.metrics`` looks for the slot."""


def new_folder() -> str:
    """Return a new, empty folder."""
    return tempfile.mkdtemp(prefix="paycenter-metrics-")


def first_free(taken: Iterable[int]) -> int:
    """Return the lowest number that is not taken."""
    known = set(taken)
    return next(slot for slot in itertools.count() if slot not in known)


def take_slot(folder: str, slot: int) -> None:
    """Let this process count in a slot's files; belongs before the center is loaded."""
    os.environ[FOLDER] = folder
    os.environ[SLOT] = str(slot)
