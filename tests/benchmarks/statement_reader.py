"""Streams the statement of one day to nowhere, as the API does, and says what that cost."""

import json
import sys
import time
from datetime import date
from pathlib import Path

from paycenter.kernel.streaming import chunks
from transactions.models import JournalEntry
from transactions.statements.documents import Heading, json_document
from transactions.statements.rows import Scope


def main(day_text: str) -> None:
    """Write rows, bytes, seconds and the most MB this process ever had resident, as JSON."""
    day = date.fromisoformat(day_text)
    entries = JournalEntry.objects.filter(business_date=day)
    merchant = entries.order_by().select_related("merchant")[:1].get().merchant
    scope = Scope(merchant_id=merchant.pk, first=day, last=day)
    heading = Heading(merchant.merchant_no, day_text, closed=False)
    began = time.perf_counter()
    size = sum(map(len, chunks(json_document(scope, heading))))
    seconds = time.perf_counter() - began
    cost = {"rows": entries.count(), "size": size, "seconds": seconds, "peak": _peak()}
    sys.stdout.write(json.dumps(cost))


def _peak() -> float:
    [line] = (
        line
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmHWM:")
    )
    return int(line.split()[1]) / 1024
