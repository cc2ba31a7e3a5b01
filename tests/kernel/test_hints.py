"""Messages to workers are hints: losing one costs time, never an error."""

import pytest
from celery import Task
from kombu.exceptions import OperationalError
from redis.exceptions import ConnectionError as RedisConnectionError

from paycenter.kernel.hints import LIFETIME_SECONDS, publish_hint
from tests.support.workers import Workers
from transactions.tasks import look_at_payment


def test_a_hint_carries_ids_to_its_queue(workers: Workers) -> None:
    workers.pause()
    assert publish_hint(look_at_payment, 7, queue="channel.wechat")
    [message] = workers.messages
    assert (message.name, message.args, message.queue) == (
        "look_at_payment",
        (7,),
        "channel.wechat",
    )


def test_a_hint_nobody_took_in_time_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, object] = {}
    monkeypatch.setattr(Task, "apply_async", lambda task, **options: seen.update(options))
    publish_hint(look_at_payment, 7)
    assert seen["expires"] == LIFETIME_SECONDS


@pytest.mark.parametrize(
    "error", [OperationalError("no"), RedisConnectionError("no"), OSError("no"), TimeoutError()]
)
def test_a_broker_that_is_away_raises_nothing(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(task: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(Task, "apply_async", fail)
    assert not publish_hint(look_at_payment, 7)


def test_a_mistake_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(task: object, **options: object) -> None:
        raise TypeError("our bug")

    monkeypatch.setattr(Task, "apply_async", fail)
    with pytest.raises(TypeError):
        publish_hint(look_at_payment, 7)
