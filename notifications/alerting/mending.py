"""A robot that DingTalk refuses, and one that works again: each change is an alert of its own."""

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_noop

from notifications.alerts import end_alert, raise_lasting
from notifications.models import Alert, Robot
from paycenter.kernel.clock import now

BROKEN = "robot_broken"
MENDED = "robot_mended"

_BROKEN = gettext_noop("DingTalk refuses the robot %(robot)s: %(answer)s")
_MENDED = gettext_noop("DingTalk takes messages of the robot %(robot)s again.")

_TROUBLED = Q(broken_since__isnull=False) | Q(failures__gt=0)


@transaction.atomic
def refuse(robot: Robot, answer: str) -> bool:
    """Note that DingTalk refuses a robot; returns whether this call did. Others speak for it."""
    fresh = Robot.objects.filter(pk=robot.pk, broken_since=None)
    if not fresh.update(broken_since=now(), broken_why=answer[:200]):
        return False
    raise_lasting(
        BROKEN,
        _BROKEN,
        severity=Alert.Severity.CRITICAL,
        subject=str(robot.pk),
        robot=robot.name,
        answer=answer,
    )
    return True


@transaction.atomic
def mend(robot: Robot) -> bool:
    """Note that a robot got through; returns whether it had been broken.

    A pause stays: the message may have left before DingTalk asked for it.
    """
    troubled = Robot.objects.select_for_update().filter(_TROUBLED, pk=robot.pk).first()
    if troubled is None:
        return False
    was_broken = troubled.broken_since is not None
    troubled.broken_since, troubled.broken_why, troubled.failures = None, "", 0
    troubled.save(update_fields=["broken_since", "broken_why", "failures"])
    if was_broken:
        end_alert(MENDED, _MENDED, ends=BROKEN, subject=str(robot.pk), robot=robot.name)
    return was_broken
