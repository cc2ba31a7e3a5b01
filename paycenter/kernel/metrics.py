"""What every process counts of its own work, for Prometheus (``docs/metrics.md`` explains each).

Labels hold words of the code alone: routes, channels, operations, outcomes, task names. A number
of a payment or of a company would make a time series each, and never end.
"""

import os

from prometheus_client import CollectorRegistry, Counter, Histogram, values

SLOT = os.environ.get("METRICS_SLOT")
"""Of several processes that count together, which one this is (``paycenter.serving.slots``)."""
if SLOT is not None:
    values.ValueClass = values.MultiProcessValue(lambda: SLOT)  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry()

_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_NETWORK = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15)
_WORK = (0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)

REQUESTS = Histogram(
    "paycenter_http_request_duration_seconds",
    "HTTP requests answered, by route, method and class of status.",
    ["route", "method", "status"],
    buckets=_QUICK,
    registry=REGISTRY,
)
CHANNEL_CALLS = Histogram(
    "paycenter_channel_call_duration_seconds",
    "Calls to channels, by channel, operation and outcome.",
    ["channel", "operation", "outcome"],
    buckets=_NETWORK,
    registry=REGISTRY,
)
NOTIFICATIONS = Histogram(
    "paycenter_notification_duration_seconds",
    "Attempts to notify an application, by outcome.",
    ["outcome"],
    buckets=_NETWORK,
    registry=REGISTRY,
)
CALLBACKS = Counter(
    "paycenter_callbacks_total",
    "Callbacks received, by channel and outcome.",
    ["channel", "outcome"],
    registry=REGISTRY,
)
TASKS = Histogram(
    "paycenter_task_duration_seconds",
    "Tasks that workers did, by name and outcome.",
    ["task", "outcome"],
    buckets=_WORK,
    registry=REGISTRY,
)
REPORTS_FROM_PRIMARY = Counter(
    "paycenter_reports_from_primary_total",
    "Reports read on the primary although a replica is named, by reason.",
    ["reason"],
    registry=REGISTRY,
)
HINTS_LOST = Counter(
    "paycenter_hints_lost_total",
    "Messages to workers that the broker did not take, by task; a sweep makes up for each.",
    ["task"],
    registry=REGISTRY,
)
