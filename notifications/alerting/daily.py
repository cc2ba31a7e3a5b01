"""Once a day every robot says that it is alive and what there was: silence then means trouble.

A broken robot tries too, so one that was mended at DingTalk is seen to work again.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from notifications.alerting.claiming import begin, has_room, is_paused
from notifications.alerting.dingtalk import Answer, Message
from notifications.alerting.rules import title_of
from notifications.alerting.telling import send
from notifications.alerting.timing import RETRY_DELAYS, next_daily
from notifications.alerting.wording import titled
from notifications.models import Alert, Incident, Post, Robot
from paycenter.kernel.clock import now

DAY = timedelta(days=1)
MOST_RULES = 30
AGAIN_AFTER = timedelta(seconds=RETRY_DELAYS[-1])
"""A report nobody took is tried again after this."""


def robots_to_report() -> list[int]:
    """Return the robots whose daily report is due; a new one begins at the next nine o'clock."""
    moment = now()
    active = Robot.objects.filter(is_active=True)
    active.filter(daily_due_at=None).update(daily_due_at=next_daily(moment))
    return list(active.filter(daily_due_at__lte=moment).values_list("pk", flat=True))


def report(robot_id: int) -> bool:
    """Send a robot's daily report, by e-mail if it cannot; returns whether it was taken."""
    begun = _begin(robot_id)
    if begun is None:
        return False
    robot, post = begun
    answer = send(post, daily_report(robot, now(), speaker=robot))
    if answer.outcome == Post.Outcome.REFUSED and robot.emails and settings.SENDS_EMAIL:
        letter = begin(robot, None, Post.Kind.DAILY, now())
        answer = send(letter, daily_report(robot, now(), speaker=None))
    taken = answer.outcome in (Post.Outcome.SENT, Post.Outcome.REFUSED)
    due_at = next_daily(now()) if taken else now() + AGAIN_AFTER
    Robot.objects.filter(pk=robot.pk).update(daily_due_at=due_at)
    return answer.outcome == Post.Outcome.SENT


def send_test(robot: Robot) -> Answer | None:
    """Have a robot say that it works; None when it must not speak this minute."""
    moment = now()
    with transaction.atomic():
        locked = Robot.objects.select_for_update(no_key=True).get(pk=robot.pk)
        if is_paused(locked, moment) or not has_room(locked, moment, urgent=True):
            return None
        post = begin(locked, locked, Post.Kind.TEST, moment)
    with override(locked.language):
        text = _("Alerts of the payment center will arrive here.")
        message = titled(locked, _("Test message"), text, speaker=locked)
    return send(post, message)


def daily_report(robot: Robot, moment: datetime, *, speaker: Robot | None) -> Message:
    """Write what there was within a day, and what goes on."""
    with override(robot.language):
        lines = [*_lines(robot, moment), _going_on(robot)]
        return titled(robot, _("Daily report"), "\n".join(lines), speaker=speaker)


@transaction.atomic
def _begin(robot_id: int) -> tuple[Robot, Post] | None:
    moment = now()
    due = Robot.objects.filter(pk=robot_id, is_active=True, daily_due_at__lte=moment)
    robot = due.select_for_update(skip_locked=True, no_key=True).first()
    if robot is None or is_paused(robot, moment) or not has_room(robot, moment, urgent=False):
        return None
    Robot.objects.filter(pk=robot_id).update(daily_due_at=moment + AGAIN_AFTER)
    return robot, begin(robot, robot, Post.Kind.DAILY, moment)


def _of_audience(robot: Robot) -> QuerySet[Incident]:
    incidents = Incident.objects.order_by()
    return incidents if robot.group_id is None else incidents.filter(merchant__group=robot.group)


def _lines(robot: Robot, moment: datetime) -> list[str]:
    rows = (
        _of_audience(robot)
        .filter(newest_at__gt=moment - DAY)
        .values("rule")
        .annotate(incidents=Count("pk"))
        .order_by("-incidents", "rule")
    )
    lines = []
    for row in rows[:MOST_RULES]:
        text = ngettext("%(count)s incident", "%(count)s incidents", row["incidents"])
        lines.append(f"- {title_of(row['rule'])}: {text % {'count': row['incidents']}}")
    return lines or ["- " + _("All was quiet.")]


def _going_on(robot: Robot) -> str:
    found = (
        _of_audience(robot)
        .exclude(state=Incident.State.OVER)
        .aggregate(
            open=Count("pk", filter=Q(state=Incident.State.OPEN)),
            critical=Count(
                "pk", filter=Q(state=Incident.State.OPEN, severity=Alert.Severity.CRITICAL)
            ),
            known=Count("pk", filter=Q(state=Incident.State.ACKNOWLEDGED)),
        )
    )
    return "\n" + _("Open: %(open)s, of them critical: %(critical)s. Acknowledged: %(known)s.") % (
        found
    )
