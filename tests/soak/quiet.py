"""When nothing is on its way any more."""

import time

from tests.faults.center import Center

_ON_ITS_WAY = """
    SELECT 'payment ' || serial_no || ' ' || state FROM transactions_payment
    WHERE state IN ('initiating', 'pending', 'unknown')
    UNION ALL
    SELECT 'refund ' || refund_serial_no || ' ' || state FROM transactions_refund
    WHERE state NOT IN ('succeeded', 'failed', 'rejected')
    UNION ALL
    SELECT 'event ' || event_id || ' without a position' FROM notifications_event
    WHERE position IS NULL
    UNION ALL
    SELECT 'notification ' || id || ' ' || state FROM notifications_delivery
    WHERE state <> 'delivered'
"""


def wait_until_quiet(center: Center, *, until: float) -> list[str]:
    """Wait until the center has brought everything to its end by itself.

    Returns what is still on its way at the moment ``until`` (monotonic).
    """
    while (left := _on_its_way(center)) and time.monotonic() < until:
        time.sleep(0.5)
    return [f"never came to an end: {text}" for text in left]


def _on_its_way(center: Center) -> list[str]:
    return [text for (text,) in center.query(_ON_ITS_WAY)]
