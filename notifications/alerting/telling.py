"""Telling people: claim a message, send it with nothing locked, record what came of it."""

import logging
import time
from collections.abc import Sequence
from datetime import timedelta

from django.core.mail import send_mail
from django.db import transaction

from notifications.alerting.claiming import Claimed, claim_alerts
from notifications.alerting.dingtalk import ANSWER_LENGTH, Answer, Message, Webhook, say
from notifications.alerting.mending import mend, refuse
from notifications.alerting.timing import RETRY_DELAYS, THROTTLE_PAUSE, next_telling, step_at
from notifications.alerting.wording import FEWER_BYTES
from notifications.models import Incident, Post, Robot, Telling
from paycenter.kernel.clock import now
from paycenter.kernel.sealing import SealError

logger = logging.getLogger(__name__)


def tell(robot_id: int) -> bool:
    """Send the next message for a robot's audience; returns whether there may be another one."""
    claimed = claim_alerts(robot_id)
    if claimed is None:
        return False
    answer = _send_claimed(claimed)
    if answer.outcome == Post.Outcome.TOO_LONG:
        answer = _say_less(robot_id) or answer
    return answer.outcome == Post.Outcome.SENT


def send(post: Post, message: Message) -> Answer:
    """Send a message that was written down, record it and what it says of its speaker."""
    started = time.monotonic()
    answer = _mail(post, message) if post.speaker is None else _say(post.speaker, message)
    post.milliseconds = round((time.monotonic() - started) * 1000)
    post.outcome, post.code, post.answer = answer.outcome, answer.code, answer.text
    post.save(update_fields=["outcome", "code", "answer", "milliseconds"])
    if post.speaker is not None:
        _judge(post.speaker, answer)
    return answer


def _say_less(robot_id: int) -> Answer | None:
    """Try once more with a short message; one that is too long still is a failure like others."""
    claimed = claim_alerts(robot_id, most_bytes=FEWER_BYTES)
    if claimed is None:
        return None
    answer = _send_claimed(claimed)
    if answer.outcome == Post.Outcome.TOO_LONG and claimed.post.speaker is not None:
        _count_failure(claimed.post.speaker, answer)
    return answer


def _send_claimed(claimed: Claimed) -> Answer:
    answer = send(claimed.post, claimed.worded.message)
    if answer.outcome == Post.Outcome.SENT:
        _note_told(claimed)
    else:
        _give_back(claimed.post)
    return answer


@transaction.atomic
def _note_told(claimed: Claimed) -> None:
    """Note what people know now, and when to speak of it again.

    The rows are locked before their incidents are read, so that an alert that was counted meanwhile
    is either seen here or finds the new times.
    """
    mine = _locked(claimed.post)
    incidents = Incident.objects.in_bulk([telling.incident_id for telling in mine])
    told = {one.pk: one.incident for one in claimed.worded.told}
    moment = now()
    for telling in mine:
        telling.incident = incidents[telling.incident_id]
        telling.told_count = told[telling.pk].count
        telling.told_over = told[telling.pk].was_mended
        telling.step = step_at(telling.incident, telling, moment)
        telling.told_at = moment
        telling.first_told_at = telling.first_told_at or moment
        telling.leased_until = None
        got_worse = telling.incident.severity != told[telling.pk].severity
        telling.due_at = moment if got_worse else next_telling(telling.incident, telling)
    Telling.objects.bulk_update(
        mine,
        ["told_count", "told_over", "step", "told_at", "first_told_at", "leased_until", "due_at"],
    )


def _give_back(post: Post) -> None:
    """Leave what was not told due."""
    Telling.objects.filter(post=post).update(leased_until=None)


def _locked(post: Post) -> Sequence[Telling]:
    """Return the tellings of a message that no later message took over, locked."""
    return list(Telling.objects.select_for_update().filter(post=post).order_by("pk"))


def _say(speaker: Robot, message: Message) -> Answer:
    try:
        webhook = Webhook(speaker.unseal("sealed_token"), speaker.unseal("sealed_secret"))
    except SealError as error:
        return Answer(Post.Outcome.REFUSED, text=str(error)[:ANSWER_LENGTH])
    return say(webhook, message, now())


def _mail(post: Post, message: Message) -> Answer:
    """Send it by e-mail, as plain text."""
    try:
        send_mail(message.title, message.text, None, post.robot.emails)
    except OSError as error:  # what smtplib raises, and what sockets do
        return Answer(Post.Outcome.FAILED, text=type(error).__name__)
    return Answer(Post.Outcome.SENT)


def _judge(speaker: Robot, answer: Answer) -> None:
    """Note what an answer says of a robot: it works, must pause, or is to be mended."""
    if answer.outcome == Post.Outcome.SENT:
        mend(speaker)
    elif answer.outcome == Post.Outcome.REFUSED:
        refuse(speaker, f"{answer.code or ''} {answer.text}".strip())
    elif answer.outcome == Post.Outcome.THROTTLED:
        _pause(speaker, THROTTLE_PAUSE, failures=speaker.failures)
    elif answer.outcome == Post.Outcome.FAILED:
        _count_failure(speaker, answer)


def _count_failure(speaker: Robot, answer: Answer) -> None:
    delay = RETRY_DELAYS[min(speaker.failures, len(RETRY_DELAYS) - 1)]
    _pause(speaker, timedelta(seconds=delay), failures=speaker.failures + 1)
    logger.warning("robot %s did not get through: %s", speaker.pk, answer.text)


def _pause(speaker: Robot, span: timedelta, *, failures: int) -> None:
    Robot.objects.filter(pk=speaker.pk).update(paused_until=now() + span, failures=failures)
