"""Watching what lasts: alerts follow once when it begins and once when it ends.

What is told already is read from the incidents and the alerts that were not counted yet, so a
monitor keeps no state and may run twice at once, late, or not at all for a while.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from notifications.alerts import end_alert, raise_lasting
from notifications.models import Alert, Incident
from paycenter.kernel.clock import now
from paycenter.kernel.turns import take_turn

CLEAN_FOR = timedelta(minutes=5)
"""How long nothing may be found before it is over: what comes and goes is one incident."""

_RANKS = {severity: rank for rank, severity in enumerate(Alert.Severity.values)}

Key = tuple[int | None, str]
"""Company and subject."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be. ``params`` fill the monitor's texts."""

    subject: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    merchant_id: int | None = None
    severity: Alert.Severity = Alert.Severity.WARNING


@dataclass(frozen=True, slots=True)
class Monitor:
    """What is watched. ``find`` returns all that is amiss at a moment, within ``window`` and past
    ``threshold``; ``text`` and ``over`` are msgids that say so and that it has passed.
    """

    rule: str
    text: str
    over: str
    window: timedelta
    threshold: int
    find: Callable[["Monitor", datetime], Iterable[Finding]]


@transaction.atomic
def run(monitor: Monitor) -> None:
    """Find what is amiss now; tell what is new or worse, and what has passed."""
    if not take_turn(f"monitor {monitor.rule}"):
        return
    moment = now()
    found = {(one.merchant_id, one.subject): one for one in monitor.find(monitor, moment)}
    known = _known(monitor)
    for key, finding in found.items():
        if key not in known or _RANKS[known[key].severity] < _RANKS[finding.severity]:
            _begin(monitor, finding)
    seen = [one.incident_id for key, one in known.items() if key in found and one.incident_id]
    Incident.objects.filter(pk__in=seen).update(seen_at=moment)
    for key, one in known.items():
        if key not in found and moment - one.seen_at >= CLEAN_FOR:
            _end(monitor, key, one)


@dataclass(slots=True)
class _Known:
    severity: str
    params: Mapping[str, str | int]
    seen_at: datetime
    incident_id: int | None = None


def _known(monitor: Monitor) -> dict[Key, _Known]:
    """Return what people are told of, or will be.

    Alerts are read before incidents: one that is counted in between is in both, never in none.
    """
    waiting = list(Alert.objects.filter(gathered_at=None, rule=monitor.rule).order_by("pk"))
    incidents = Incident.objects.filter(rule=monitor.rule).exclude(state=Incident.State.OVER)
    known = {
        (one.merchant_id, one.subject): _Known(
            one.severity, one.newest.params, one.seen_at or one.newest_at, one.pk
        )
        for one in incidents.select_related("newest")
    }
    for alert in waiting:
        key = (alert.merchant_id, alert.subject)
        if alert.ends:
            known.pop(key, None)
        else:
            known.setdefault(key, _Known(alert.severity, alert.params, alert.raised_at))
            known[key].severity = alert.severity
    return known


def _begin(monitor: Monitor, finding: Finding) -> None:
    raise_lasting(
        monitor.rule,
        monitor.text,
        severity=finding.severity,
        subject=finding.subject,
        merchant_id=finding.merchant_id,
        **finding.params,
    )


def _end(monitor: Monitor, key: Key, known: _Known) -> None:
    merchant_id, subject = key
    end_alert(
        monitor.rule,
        monitor.over,
        ends=monitor.rule,
        subject=subject,
        merchant_id=merchant_id,
        **known.params,
    )
