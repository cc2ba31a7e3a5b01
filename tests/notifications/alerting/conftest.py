"""Robots, the DingTalk they speak to, and a clock that a test moves."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from pytest_django import Settings

from notifications.alerting import tasks
from notifications.models import Alert, Robot
from tests.support.clock import Clock
from tests.support.fake_dingtalk import FakeDingTalk, Listener, fake_dingtalk
from tests.support.workers import Workers

SECRET = "SEC" + "5" * 61
MakeRobot = Callable[..., Robot]


@pytest.fixture
def dingtalk(settings: Settings) -> Iterator[FakeDingTalk]:
    """DingTalk."""
    with fake_dingtalk() as server:
        settings.DINGTALK_URL = server.url
        yield server


@pytest.fixture
def make_robot(db: None, dingtalk: FakeDingTalk) -> MakeRobot:
    """Return what makes a robot that DingTalk knows too."""
    numbers = count(1)

    def make(**changes: Any) -> Robot:
        token = f"{next(numbers):064x}"
        facts = {"name": f"robot {token[-2:]}", "language": "en", "keyword": "Alert"}
        robot = Robot(**(facts | changes))
        robot.seal("sealed_token", token).seal("sealed_secret", SECRET).save()
        dingtalk.listeners[token] = Listener(SECRET, robot.keyword)
        return robot

    return make


@pytest.fixture
def robot(make_robot: MakeRobot) -> Robot:
    """The platform's robot."""
    return make_robot()


def token_of(robot: Robot) -> str:
    """Return what DingTalk knows a robot by."""
    return robot.unseal("sealed_token")


def sweep(workers: Workers) -> None:
    """Do what beat and the workers do in a moment: count, tell, report."""
    before = len(workers.messages)
    tasks.sweep_alerts()
    for message in workers.messages[before:]:
        if message.queue == tasks.QUEUE:
            workers.work_on(message)


def pass_time(clock: Clock, workers: Workers, seconds: int, *, step: int = 5) -> None:
    """Let time pass as beat does: a sweep every few seconds."""
    for _ in range(0, seconds, step):
        clock.shift(step)
        sweep(workers)


CRITICAL = Alert.Severity.CRITICAL
WARNING = Alert.Severity.WARNING
INFO = Alert.Severity.INFO
