"""Every robot says once a day that it is alive; a test message tells whether it works."""

from datetime import datetime, timedelta

import pytest
from django.core import mail
from pytest_django import Settings

from notifications.alerting.daily import send_test
from notifications.alerts import raise_alert
from notifications.models import Post, Robot
from paycenter.kernel.clock import now
from tests.notifications.alerting.conftest import (
    CRITICAL,
    INFO,
    MakeRobot,
    pass_time,
    sweep,
    token_of,
)
from tests.support.clock import Clock
from tests.support.fake_dingtalk import FakeDingTalk
from tests.support.parties import make_merchant
from tests.support.workers import Workers

NINE = datetime.fromisoformat("2026-11-23T01:00:00+00:00")
"""Nine o'clock in China."""


def reports(dingtalk: FakeDingTalk) -> list[str]:
    """Return the daily reports that arrived."""
    return [said.text for said in dingtalk.taken if "Daily report" in said.text]


def test_every_robot_reports_at_nine(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    sweep(workers)
    clock.move_to(NINE - timedelta(seconds=10))
    sweep(workers)
    assert reports(dingtalk) == []
    pass_time(clock, workers, 60)
    [report] = reports(dingtalk)
    assert "All was quiet." in report
    pass_time(clock, workers, 23 * 3600, step=600)
    assert len(reports(dingtalk)) == 1
    pass_time(clock, workers, 3600, step=600)
    assert len(reports(dingtalk)) == 2


def test_a_report_counts_what_its_audience_may_know(
    make_robot: MakeRobot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    merchant = make_merchant()
    platform = make_robot()
    ours = make_robot(group=merchant.group)
    theirs = make_robot(group=make_merchant().group)
    raise_alert("told_nowhere", "nothing", severity=INFO, merchant_id=merchant.pk)
    raise_alert("platform_only", "nothing", severity=CRITICAL)
    sweep(workers)
    clock.move_to(NINE)
    sweep(workers)
    found = {said.token: said.text for said in dingtalk.taken if "Daily report" in said.text}
    assert "told_nowhere" in found[token_of(platform)]
    assert "platform_only" in found[token_of(platform)]
    assert "Open: 1, of them critical: 1" in found[token_of(platform)]
    assert "told_nowhere" in found[token_of(ours)]
    assert "platform_only" not in found[token_of(ours)]
    assert "told_nowhere" not in found[token_of(theirs)]


def test_a_broken_robot_tries_and_is_mended(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    sweep(workers)
    Robot.objects.update(broken_since=now(), broken_why="310000")
    clock.move_to(NINE)
    sweep(workers)
    robot.refresh_from_db()
    assert robot.broken_since is None
    assert len(reports(dingtalk)) == 1


def test_a_refused_report_goes_by_mail(
    make_robot: MakeRobot,
    dingtalk: FakeDingTalk,
    clock: Clock,
    workers: Workers,
    settings: Settings,
) -> None:
    settings.SENDS_EMAIL = True
    robot = make_robot(emails=["duty@example.com"])
    sweep(workers)
    dingtalk.listeners.clear()
    clock.move_to(NINE)
    sweep(workers)
    assert ["Daily report" in letter.subject for letter in mail.outbox] == [True]
    robot.refresh_from_db()
    assert robot.broken_since is not None


def test_a_report_that_got_no_answer_is_sent_again(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    sweep(workers)
    dingtalk.will_answer(token_of(robot), (-1, "busy"))
    clock.move_to(NINE)
    sweep(workers)
    assert reports(dingtalk) == []
    pass_time(clock, workers, 700, step=20)
    assert len(reports(dingtalk)) == 1


def test_a_test_message_mends_a_robot(robot: Robot, dingtalk: FakeDingTalk) -> None:
    Robot.objects.update(broken_since=now(), broken_why="310000", failures=4)
    answer = send_test(robot)
    assert answer is not None
    assert answer.outcome == "sent"
    robot.refresh_from_db()
    assert (robot.broken_since, robot.broken_why, robot.failures) == (None, "", 0)


@pytest.mark.parametrize("reason", ["paused", "full"])
def test_a_test_message_keeps_within_the_limit(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, reason: str
) -> None:
    if reason == "paused":
        Robot.objects.update(paused_until=now() + timedelta(minutes=1))
    for _ in range(20 if reason == "full" else 0):
        Post.objects.create(robot=robot, speaker=robot, kind="test", at=now())
    assert send_test(robot) is None
    assert dingtalk.said == []
    clock.shift(120)
    assert send_test(robot) is not None
