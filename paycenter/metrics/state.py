"""What stands in the database and in Redis, read when somebody scrapes: five statements at most.

Each is a range of an index that holds only open rows, and counts up to ``AT_MOST``: a pile that
grows must not make it slower to see that it grows.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from django.db import DatabaseError, connection
from django.db.models import Count, Model
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from gateway.health.breaker import open_scopes
from gateway.health.scopes import account_id, endpoint_of
from merchants.models import PaymentAccount
from notifications.models import Alert, Delivery, Heartbeat, Incident
from paycenter.kernel.clock import now
from paycenter.monitors.machinery import QUEUE_PREFIX
from transactions.models import (
    ChannelBill,
    Payment,
    Receiver,
    Reconciliation,
    Refund,
    Split,
    SplitRelease,
    SplitReturn,
)

AT_MOST = 10_000
"""Rows of a kind that are counted; more read as this many."""

_DUE: dict[str, type[Model]] = {
    "payment": Payment,
    "refund": Refund,
    "split": Split,
    "split_return": SplitReturn,
    "split_release": SplitRelease,
    "split_receiver": Receiver,
    "channel_bill": ChannelBill,
    "reconciliation": Reconciliation,
}
_IN_STATE: dict[tuple[str, str], type[Model]] = {
    ("payment", "unknown"): Payment,
    ("refund", "unknown"): Refund,
    ("notification", "pending"): Delivery,
    ("notification", "dead"): Delivery,
}

_DUE_SQL = """
    SELECT '{kind}', count(*), extract(epoch FROM %(now)s - min(due_at))::float FROM (
        SELECT due_at FROM {table} WHERE due_at <= %(now)s ORDER BY due_at LIMIT {most}
    ) AS due
"""
# The index on these begins with the application, so the oldest is looked for in each one's part.
_DUE_NOTIFICATIONS_SQL = """
    SELECT 'notification',
        (SELECT count(*) FROM (
            SELECT FROM notifications_delivery WHERE due_at <= %(now)s LIMIT {most}
        ) AS due),
        (SELECT extract(epoch FROM %(now)s - min(first.due_at))::float
            FROM merchants_application AS application
            CROSS JOIN LATERAL (
                SELECT due_at FROM notifications_delivery
                WHERE application_id = application.id AND due_at <= %(now)s
                ORDER BY due_at LIMIT 1
            ) AS first)
"""
_IN_STATE_SQL = """
    SELECT count(*) FROM (SELECT FROM {table} WHERE state = '{state}' LIMIT {most}) AS found
"""


class StateCollector(Collector):
    """Reads everything anew at each scrape. Without a database only that is told."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the state of things."""
        try:
            found = [*_due(), _in_state(), _incidents(), _breakers(), _heartbeats()]
        except DatabaseError:
            found = []
        yield _gauge("database_up", "Whether the database answers.", [], [([], bool(found))])
        yield from found


def _due() -> Iterator[GaugeMetricFamily]:
    parts = [
        _DUE_SQL.format(kind=kind, table=model._meta.db_table, most=AT_MOST)
        for kind, model in _DUE.items()
    ]
    parts.append(_DUE_NOTIFICATIONS_SQL.format(most=AT_MOST))
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), {"now": now()})
        rows = cursor.fetchall()
    yield _gauge(
        "due_rows",
        "Rows whose time has come and that no worker has taken up, by kind.",
        ["kind"],
        (([kind], count) for kind, count, _ in rows),
    )
    yield _gauge(
        "due_oldest_age_seconds",
        "For how long the oldest row that is due has been so, by kind; 0: none is.",
        ["kind"],
        (([kind], age or 0) for kind, _, age in rows),
    )


def _in_state() -> GaugeMetricFamily:
    parts = [
        f"({_IN_STATE_SQL.format(table=model._meta.db_table, state=state, most=AT_MOST)})"
        for (_, state), model in _IN_STATE.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}")
        counts = cursor.fetchone()
    return _gauge(
        "rows",
        "Rows in a state that somebody should know of: payments and refunds that are unknown, "
        "notifications that wait and those that were given up.",
        ["kind", "state"],
        zip(map(list, _IN_STATE), counts, strict=True),
    )


def _incidents() -> GaugeMetricFamily:
    rows = Incident.objects.exclude(state=Incident.State.OVER).order_by().values("severity")
    found = {row["severity"]: row["count"] for row in rows.annotate(count=Count("pk"))}
    return _gauge(
        "open_incidents",
        "Incidents that are not over, by severity.",
        ["severity"],
        (([severity], found.get(severity, 0)) for severity in Alert.Severity.values),
    )


def _breakers() -> GaugeMetricFamily:
    """Count the breakers that are not closed; of which account is on the page of their health."""
    found: Counter[tuple[str, str]] = Counter()
    accounts = []
    for scope in open_scopes():
        pk = account_id(scope)
        if pk is None:
            found[endpoint_of(scope).channel, "endpoint"] += 1
        else:
            accounts.append(pk)
    if accounts:
        rows = PaymentAccount.objects.filter(pk__in=accounts)
        codes = rows.values_list("channel_merchant__channel", flat=True)
        found.update((code, "account") for code in codes)
    return _gauge(
        "breakers_not_closed",
        "Circuit breakers that are open or half open, by channel and what they guard.",
        ["channel", "guards"],
        ((list(labels), count) for labels, count in sorted(found.items())),
    )


def _heartbeats() -> GaugeMetricFamily:
    moment = now()
    rows = Heartbeat.objects.order_by("name").values_list("name", "at")
    return _gauge(
        "heartbeat_age_seconds",
        "For how long a queue's worker or a periodic job was not seen at work.",
        ["kind", "name"],
        ((_seen(name), (moment - at).total_seconds()) for name, at in rows),
    )


def _seen(name: str) -> list[str]:
    kind = "queue" if name.startswith(QUEUE_PREFIX) else "job"
    return [kind, name.removeprefix(QUEUE_PREFIX)]


def _gauge(
    name: str, text: str, labels: list[str], values: Iterable[tuple[list[str], float]]
) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(f"paycenter_{name}", text, labels=labels)
    for label_values, value in values:
        gauge.add_metric(label_values, value)
    return gauge
