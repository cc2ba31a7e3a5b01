"""However long a channel bill is, one line of it is in memory at a time."""

import tracemalloc
from pathlib import Path

import pytest

from gateway.bill_messages import BillRequest
from tests.benchmarks.bills import READERS
from tests.gateway.channels.wechat.bill_files import DAY

LINES = 20_000
MEGABYTE = 1_048_576


@pytest.mark.parametrize("code", READERS)
def test_long_channel_bill_is_never_in_memory(code: str, tmp_path: Path) -> None:
    reader, file, lines = READERS[code], tmp_path / code, 0
    reader.write(file, LINES)
    with file.open("rb") as opened:
        tracemalloc.start()
        for _line in reader.bills.read(reader.account, BillRequest(DAY), opened):
            lines += 1
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert lines == LINES
    # All of its lines would take twice as much; the amounts that are remembered take a third.
    assert peak < 10 * MEGABYTE
