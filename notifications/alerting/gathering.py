"""Alerts become incidents: whoever raises one only writes a row, and here it is seen what it means.

One process at a time gathers, in the order in which alerts were written, so that an incident is
opened before it is over.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby

from django.db import transaction
from django.db.models import DateTimeField, F, Q, QuerySet, Value
from django.db.models.functions import Greatest, Least

from notifications.alerting.timing import GROUP_INTERVAL, GROUP_WAIT, QUIET
from notifications.models import Alert, Incident, Robot, Telling
from paycenter.kernel.clock import now
from paycenter.kernel.turns import take_turn

BATCH = 1_000
TURN = "gather alerts"

_RANKS = {severity: rank for rank, severity in enumerate(Alert.Severity.values)}

_Key = tuple[str, int | None, str]


@transaction.atomic
def gather_alerts() -> int:
    """Count new alerts in their incidents and line up who is told; returns how many there were."""
    if not take_turn(TURN):
        return 0
    alerts = list(
        Alert.objects.filter(gathered_at=None).select_related("merchant").order_by("pk")[:BATCH]
    )
    if not alerts:
        return 0
    robots = list(Robot.objects.filter(is_active=True))
    for key, together in _by_incident(alerts).items():
        _gather(key, together, robots)
    Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(gathered_at=now())
    return len(alerts)


def close_quiet() -> int:
    """End incidents of which nothing was heard for long enough; returns how many."""
    moment = now()
    quiet = Incident.objects.filter(
        ~Q(severity=Alert.Severity.CRITICAL),
        state=Incident.State.OPEN,
        lasting=False,
        newest_at__lt=moment - QUIET,
    )
    return quiet.update(state=Incident.State.OVER, over_at=moment)


def open_incidents(rule: str) -> list[Incident]:
    """Return the incidents of a rule that go on."""
    return list(Incident.objects.filter(rule=rule).exclude(state=Incident.State.OVER))


def _by_incident(alerts: Iterable[Alert]) -> dict[_Key, list[Alert]]:
    """Sort alerts by what they are about; one that ends something goes with what it ends."""
    found: defaultdict[_Key, list[Alert]] = defaultdict(list)
    for alert in alerts:
        found[alert.ends or alert.rule, alert.merchant_id, alert.subject].append(alert)
    return found


def _gather(key: _Key, alerts: Sequence[Alert], robots: Sequence[Robot]) -> None:
    rule, merchant_id, subject = key
    about = Incident.objects.filter(Q(merchant_id=merchant_id), rule=rule, subject=subject)
    incident = about.exclude(state=Incident.State.OVER).select_for_update().first()
    for is_end, run in groupby(alerts, key=lambda alert: bool(alert.ends)):
        together = list(run)
        if is_end:
            _end(incident, together[0])
            incident = None
        elif incident is None:
            incident = _open(together, about)
            _line_up(incident, together[0], robots)
        else:
            is_worse = _count(incident, together)
            if is_worse or not incident.lasting:
                _line_up(incident, together[0], robots, at_once=is_worse)


def _open(alerts: Sequence[Alert], about: QuerySet[Incident]) -> Incident:
    """Open an incident; one that was muted before stays so until the time that was chosen."""
    first, newest = alerts[0], alerts[-1]
    muted = about.filter(muted_until__gt=first.raised_at).order_by("-pk").first()
    return Incident.objects.create(
        rule=first.rule,
        merchant_id=first.merchant_id,
        subject=first.subject,
        severity=_worst(alerts),
        lasting=first.lasting,
        count=len(alerts),
        first_at=first.raised_at,
        newest_at=newest.raised_at,
        newest=newest,
        muted_by=muted.muted_by if muted else "",
        muted_until=muted.muted_until if muted else None,
        muted_why=muted.muted_why if muted else "",
    )


def _count(incident: Incident, alerts: Sequence[Alert]) -> bool:
    """Count more alerts; returns whether one is worse than what was known."""
    worst, newest = _worst(alerts), alerts[-1]
    is_worse = _RANKS[worst] > _RANKS[incident.severity]
    incident.count += len(alerts)
    incident.newest, incident.newest_at = newest, newest.raised_at
    if is_worse:
        incident.severity, incident.state = worst, Incident.State.OPEN
    incident.save(update_fields=["count", "newest", "newest_at", "severity", "state"])
    return is_worse


def _worst(alerts: Iterable[Alert]) -> str:
    return max((alert.severity for alert in alerts), key=_RANKS.__getitem__)


def _end(incident: Incident | None, alert: Alert) -> None:
    """End an incident: told to who heard of it, and to nobody if it was over so soon."""
    if incident is None:
        return
    incident.state, incident.over_at, incident.closing = (
        Incident.State.OVER,
        alert.raised_at,
        alert,
    )
    incident.save(update_fields=["state", "over_at", "closing"])
    tellings = Telling.objects.filter(incident=incident)
    tellings.filter(told_count__gt=0).update(due_at=alert.raised_at)
    if alert.raised_at - incident.first_at < GROUP_WAIT[incident.severity]:
        tellings.filter(told_count=0).update(due_at=None)


def _line_up(
    incident: Incident, alert: Alert, robots: Sequence[Robot], *, at_once: bool = False
) -> None:
    """Have the robots of an incident's audience speak of it after the wait of its severity."""
    due_at = alert.raised_at + GROUP_WAIT[incident.severity]
    heard_by = [robot for robot in robots if _hears(robot, incident, alert)]
    Telling.objects.bulk_create(
        [Telling(incident=incident, robot=robot, due_at=due_at) for robot in heard_by],
        ignore_conflicts=True,
    )
    # PostgreSQL leaves NULL out: who was told nothing yet, or is not due, waits for this alone.
    soonest = F("told_at") if at_once else F("told_at") + GROUP_INTERVAL
    again_at = Greatest(Value(due_at), soonest, output_field=DateTimeField())
    Telling.objects.filter(incident=incident).update(
        due_at=Least(F("due_at"), again_at, output_field=DateTimeField())
    )


def _hears(robot: Robot, incident: Incident, alert: Alert) -> bool:
    """Whether a robot tells of an incident: its severity, of its group or the platform's robot."""
    if incident.severity not in robot.severities:
        return False
    owner = alert.merchant
    return robot.group_id is None or (owner is not None and owner.group_id == robot.group_id)
