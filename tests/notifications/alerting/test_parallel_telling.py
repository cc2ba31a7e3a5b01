"""Many workers and many beats at once: every alert is counted once and told once."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from notifications.alerting import claiming, gathering, telling
from notifications.alerting.claiming import IN_A_MINUTE, KEPT_FOR_CRITICAL
from notifications.alerting.wording import Worded, word_alerts
from notifications.alerts import raise_alert
from notifications.models import Incident, Post, Robot, Telling
from paycenter.kernel.clock import now
from tests.notifications.alerting.conftest import CRITICAL, MakeRobot
from tests.support.fake_dingtalk import FakeDingTalk
from tests.support.together import together


@pytest.mark.django_db(transaction=True)
def test_alerts_gathered_by_many_are_counted_once(make_robot: MakeRobot) -> None:
    make_robot()
    for number in range(40):
        raise_alert("split_failed", "nothing", severity=CRITICAL, subject=str(number % 2))
    together(6, lambda _: gathering.gather_alerts())
    gathering.gather_alerts()
    assert sorted(Incident.objects.values_list("count", flat=True)) == [20, 20]


@pytest.mark.django_db(transaction=True)
def test_many_workers_say_it_once_and_keep_the_limit(
    make_robot: MakeRobot, dingtalk: FakeDingTalk
) -> None:
    robot = make_robot()
    for number in range(900):
        raise_alert("split_failed", "nothing", severity=CRITICAL, subject=str(number))
    gathering.gather_alerts()
    Telling.objects.update(due_at=Robot.objects.get().created_at)
    together(8, lambda _: [telling.tell(robot.pk) for _ in range(6)])
    assert {said.code for said in dingtalk.said} == {0}
    assert len(dingtalk.said) <= 20
    told = Telling.objects.filter(told_count=1).count()
    assert told == sum(Post.objects.values_list("alerts", flat=True))


@pytest.mark.django_db(transaction=True)
def test_the_last_message_of_a_minute_is_claimed_once(
    make_robot: MakeRobot, monkeypatch: pytest.MonkeyPatch
) -> None:
    robot = make_robot()
    for number in range(200):
        raise_alert("split_failed", "nothing", severity=CRITICAL, subject=str(number))
    gathering.gather_alerts()
    Telling.objects.update(due_at=now())
    for _ in range(IN_A_MINUTE + KEPT_FOR_CRITICAL - 1):
        Post.objects.create(robot=robot, speaker=robot, kind="alerts", outcome="sent", at=now())
    monkeypatch.setattr(claiming, "word_alerts", slowly(word_alerts))
    claimed = together(4, lambda _: claiming.claim_alerts(robot.pk))
    assert sum(one is not None for one in claimed) == 1


def slowly(work: Callable[..., Worded]) -> Callable[..., Worded]:
    """Return the same work, done so slowly that others come in between."""

    def slow(*args: Any, **options: Any) -> Worded:
        time.sleep(0.5)
        return work(*args, **options)

    return slow
