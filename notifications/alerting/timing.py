"""When people are told: every wait of alerts in one table.

A message waits a moment for more of the same, speaks of what was told already every few minutes at
most, and reminds of what nobody acknowledged.
"""

from datetime import datetime, time, timedelta

from notifications.models import Alert, Incident, Telling
from paycenter.kernel.clock import BUSINESS_ZONE

GROUP_WAIT = {
    Alert.Severity.CRITICAL.value: timedelta(seconds=5),
    Alert.Severity.WARNING.value: timedelta(seconds=30),
    Alert.Severity.INFO.value: timedelta(seconds=30),
}
"""How long the first alert of an incident waits. What is over by then is told in no chat."""

GROUP_INTERVAL = timedelta(minutes=5)
"""Between two messages about one incident that goes on."""

ESCALATION = (timedelta(minutes=15), timedelta(minutes=30))
"""Since a critical incident was first told: then the second people are mentioned, then everybody.
"""

REPEAT = timedelta(hours=4)
"""Between reminders of what lasts, or is critical, and nobody acknowledged."""

QUIET = timedelta(hours=1)
"""After so long without another alert an incident that is not critical is over by itself."""

THROTTLE_PAUSE = timedelta(minutes=10)
"""DingTalk takes nothing for so long after too many messages in a minute."""

RETRY_DELAYS = (30, 60, 120, 300, 600)
"""Seconds a robot pauses after so many failures in a row."""

PATIENCE = 3
"""After so many failures in a row others speak for it."""

LEASE = timedelta(seconds=60)
"""Longer than a message takes."""

_DAILY = time(9)


def next_telling(incident: Incident, telling: Telling) -> datetime | None:
    """Return when to speak again of an incident that has just been told, or None."""
    told_at, first_at = telling.told_at, telling.first_told_at
    if told_at is None or first_at is None:
        return None
    if incident.state == Incident.State.OVER:
        return told_at if _is_news(incident, telling) else None
    if incident.state == Incident.State.ACKNOWLEDGED:
        return None
    moments = []
    if _is_news(incident, telling):
        moments.append(told_at + GROUP_INTERVAL)
    if incident.is_critical and telling.step < len(ESCALATION):
        moments.append(first_at + ESCALATION[telling.step])
    elif incident.is_critical or incident.lasting:
        moments.append(told_at + REPEAT)
    return min(moments, default=None)


def step_at(incident: Incident, telling: Telling, moment: datetime) -> int:
    """Return who must hear of it by then: 0 those in charge, 1 the second people, 2 everybody."""
    if telling.first_told_at is None or not (incident.is_open and incident.is_critical):
        return telling.step
    waited = moment - telling.first_told_at
    return max(telling.step, sum(waited >= patience for patience in ESCALATION))


def next_daily(moment: datetime) -> datetime:
    """Return the next nine o'clock in China."""
    local = moment.astimezone(BUSINESS_ZONE)
    today = datetime.combine(local.date(), _DAILY, BUSINESS_ZONE)
    return today if today > local else today + timedelta(days=1)


def _is_news(incident: Incident, telling: Telling) -> bool:
    """Whether there is something about an incident that was not told yet.

    That something lasts, which was told, is no news however often it is raised.
    """
    happened = not incident.lasting and incident.count > telling.told_count
    return happened or (incident.was_mended and not telling.told_over)
