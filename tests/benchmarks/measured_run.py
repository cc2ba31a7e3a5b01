"""Loading and reconciling one channel bill, in a process that does nothing else."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.files import File
from django.db import connection

from gateway.bill_messages import BillKind
from merchants.models import ChannelMerchant
from tests.benchmarks.bills import peak_megabytes
from tests.gateway.channels.wechat.bill_files import DAY
from transactions.bills.loading import load_bill
from transactions.bills.uploading import upload_bill
from transactions.models import ChannelBill, Difference, Reconciliation
from transactions.reconciliation.running import run

MANY_ROWS = 5_000
"""A nested loop over more rows than this goes row by row."""


def measure(file: Path) -> None:
    """Upload, read and reconcile a file, and print what that took as JSON."""
    owner = ChannelMerchant.objects.get()
    begun = time.perf_counter()
    with file.open("rb") as opened:
        bill = upload_bill(owner, BillKind.TRADE, DAY, File(opened, name=file.name), by="bench")
    bill = load_bill(bill.pk)
    assert bill.state == ChannelBill.State.LOADED, bill.told_error
    loaded = time.perf_counter()
    plans = Plans()
    with connection.execute_wrapper(plans):
        done = run(Reconciliation.objects.get().pk)
    ended = time.perf_counter()
    result = {
        "lines": bill.line_count,
        "load_seconds": loaded - begun,
        "compare_seconds": ended - loaded - plans.seconds,
        "megabytes": peak_megabytes(),
        "repaired": done.counts["repaired"],
        "differences": Difference.objects.count(),
        "row_by_row": plans.row_by_row,
    }
    sys.stdout.write(json.dumps(result))


class Plans:
    """Looks at the plan of each statement over sets before it runs."""

    def __init__(self) -> None:
        self.row_by_row: list[str] = []
        self.seconds = 0.0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Note a statement that would go through many rows one by one, then run it."""
        if isinstance(params, dict) and params:
            before = time.perf_counter()
            with context["connection"].connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
                plan = cursor.fetchone()[0][0]["Plan"]
            if any(_goes_row_by_row(node) for node in _nodes(plan)):
                self.row_by_row.append(" ".join(sql.split())[:60])
            self.seconds += time.perf_counter() - before
        return execute(sql, params, many, context)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def _goes_row_by_row(node: dict[str, Any]) -> bool:
    """Whether a node does something again for each of many rows."""
    parts = node.get("Plans", [])
    return node["Node Type"] == "Nested Loop" and int(parts[0]["Plan Rows"]) > MANY_ROWS
