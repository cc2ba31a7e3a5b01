"""Who may speak now, and of what: a message is a row before it is sent.

The rows are the limit: DingTalk takes twenty messages of a robot in a minute and then none for ten
minutes, so a robot that sent fifteen waits, and the last five are kept for critical alerts. No lock
is held while anything is sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from notifications.alerting.timing import LEASE, PATIENCE
from notifications.alerting.wording import MOST_BYTES, Worded, is_urgent, word_alerts
from notifications.models import Alert, Post, Robot, Telling
from paycenter.kernel.clock import now

MINUTE = timedelta(seconds=65)
"""DingTalk counts by its own clock, and what left us a minute apart may arrive closer."""
IN_A_MINUTE = 15
KEPT_FOR_CRITICAL = 5
BATCH = 60


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message to be sent now, by whoever holds this and nobody else.

    The incidents of its tellings are as the message tells of them.
    """

    post: Post
    worded: Worded


def robots_with_news() -> list[int]:
    """Return the robots whose audience is to be told of something now."""
    due = _due(Telling.objects.all(), now()).order_by("robot_id")
    return list(due.values_list("robot_id", flat=True).distinct())


@transaction.atomic
def claim_alerts(robot_id: int, *, most_bytes: int = MOST_BYTES) -> Claimed | None:
    """Begin the next message for a robot's audience, or return None: nothing is due, or nobody may
    speak yet.
    """
    moment = now()
    robot = _lock(robot_id)
    if robot is None:
        return None
    waiting = _waiting(robot, moment)
    if not waiting:
        return None
    urgent = any(is_urgent(telling) for telling in waiting)
    speaker, may = choose_speaker(robot, moment, urgent=urgent)
    if not may:
        return None
    worded = word_alerts(robot, waiting, moment, speaker=speaker, most_bytes=most_bytes)
    post = begin(robot, speaker, Post.Kind.ALERTS, moment, told=worded.told)
    Telling.objects.filter(pk__in=[telling.pk for telling in worded.told]).update(
        post=post, leased_until=moment + LEASE
    )
    return Claimed(post, worded)


def choose_speaker(robot: Robot, moment: datetime, *, urgent: bool) -> tuple[Robot | None, bool]:
    """Return who speaks to a robot's audience now, and whether anybody may.

    Its fallback, and then e-mail (None), speak for a robot that is broken or has failed too often;
    for one that merely has to wait they do so when it is urgent.
    """
    if _works(robot, moment):
        return robot, has_room(robot, moment, urgent=urgent)
    if robot.broken_since is None and robot.failures < PATIENCE and not urgent:
        return robot, False
    other = robot.fallback
    if other is not None and other.is_active and _works(other, moment):
        locked = _lock(other.pk)
        if locked is None or has_room(locked, moment, urgent=urgent):
            return locked, locked is not None
    mails = bool(robot.emails) and settings.SENDS_EMAIL
    return None, mails and _mail_has_room(robot, moment)


def is_paused(robot: Robot, moment: datetime) -> bool:
    """Whether DingTalk is to be left alone by a robot for a while."""
    return robot.paused_until is not None and robot.paused_until > moment


def has_room(speaker: Robot, moment: datetime, *, urgent: bool) -> bool:
    """Whether one more message keeps within the limit of a minute. The robot's row is locked."""
    limit = IN_A_MINUTE + (KEPT_FOR_CRITICAL if urgent else 0)
    return Post.objects.filter(speaker=speaker, at__gt=moment - MINUTE).count() < limit


def begin(
    robot: Robot,
    speaker: Robot | None,
    kind: Post.Kind,
    moment: datetime,
    *,
    told: Sequence[Telling] = (),
) -> Post:
    """Write a message down before it is sent."""
    return Post.objects.create(
        robot=robot,
        speaker=speaker,
        kind=kind,
        at=moment,
        incidents=len(told),
        alerts=sum(max(0, telling.incident.count - telling.told_count) for telling in told),
    )


def _lock(robot_id: int) -> Robot | None:
    """Lock a robot that is in use, or return None: somebody else is choosing for it this moment."""
    rows = Robot.objects.select_for_update(skip_locked=True, no_key=True)
    return rows.filter(pk=robot_id, is_active=True).first()


def _works(robot: Robot, moment: datetime) -> bool:
    return robot.broken_since is None and not is_paused(robot, moment)


def _mail_has_room(robot: Robot, moment: datetime) -> bool:
    sent = Post.objects.filter(robot=robot, speaker=None, at__gt=moment - MINUTE)
    return sent.count() < IN_A_MINUTE


def _waiting(robot: Robot, moment: datetime) -> list[Telling]:
    """Lock and return what a robot is to tell now, critical first."""
    critical_first = Case(
        When(incident__severity=Alert.Severity.CRITICAL, then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    due = _due(Telling.objects.filter(robot=robot), moment)
    locked = due.select_for_update(skip_locked=True, of=("self",))
    related = locked.select_related("incident__merchant", "incident__newest", "incident__closing")
    return list(related.order_by(critical_first, "due_at")[:BATCH])


def _due(tellings: QuerySet[Telling], moment: datetime) -> QuerySet[Telling]:
    free = Q(leased_until=None) | Q(leased_until__lte=moment)
    muted = Q(incident__muted_until__gt=moment)
    return tellings.filter(free, due_at__lte=moment, robot__is_active=True).exclude(muted)
