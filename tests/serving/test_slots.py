"""Web workers that count together: nothing lost, nothing twice, however often one dies."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from paycenter.serving.slots import first_free

_COUNT = """
from paycenter.serving.slots import take_slot
take_slot({folder!r}, {slot})
from prometheus_client import generate_latest, CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector
from paycenter.kernel.metrics import HINTS_LOST
HINTS_LOST.labels("a.task").inc({by})
together = CollectorRegistry()
MultiProcessCollector(together)
print(together.get_sample_value("paycenter_hints_lost_total", {{"task": "a.task"}}))
"""


def _count(folder: Path, *, slot: int, by: int) -> float:
    """Count in a process of its own; returns what all of them have counted."""
    statement = _COUNT.format(folder=str(folder), slot=slot, by=by)
    done = subprocess.run(
        [sys.executable, "-c", statement], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


@pytest.mark.parametrize(
    ("taken", "free"), [([], 0), ([0, 1], 2), ([1], 0), ([0, 2, 3], 1), ([3, 1, 0], 2)]
)
def test_the_lowest_free_slot_is_given(taken: list[int], free: int) -> None:
    assert first_free(taken) == free


def test_all_workers_count_together_and_a_successor_counts_on(tmp_path: Path) -> None:
    assert _count(tmp_path, slot=0, by=1) == 1
    assert _count(tmp_path, slot=1, by=10) == 11
    files = sorted(os.listdir(tmp_path))
    assert _count(tmp_path, slot=0, by=100) == 111
    assert sorted(os.listdir(tmp_path)) == files
