"""What processes count of their own work, under words that are ours alone."""

from collections.abc import Callable
from typing import Any

import pytest
from celery import Task, states
from django.conf import settings
from django.test import Client

from gateway.messages import Failure, Operation, Outcome, PayResult
from paycenter.kernel.hints import publish_hint
from paycenter.kernel.metrics import REGISTRY
from paycenter.metrics import workers as measured
from tests.support.desk import Desk
from tests.support.fake_channel import callback_body
from tests.support.workers import Workers
from transactions.tasks import look_at_payment, sweep_orders

Counted = Callable[..., float]


@pytest.fixture
def counted() -> Counted:
    """Return how much more was counted under a name since the test began."""
    before = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in REGISTRY.collect()
        for sample in family.samples
    }

    def more(name: str, **labels: str) -> float:
        value = REGISTRY.get_sample_value(f"paycenter_{name}", labels) or 0
        return value - before.get((f"paycenter_{name}", tuple(sorted(labels.items()))), 0)

    return more


REQUESTS = "http_request_duration_seconds_count"


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", "/healthz", "healthz", "2xx"),
        (
            "GET",
            "/api/v1/payments/P261122080000ABCDEFGHJKM",
            "api/v1/payments/<str:serial_no>",
            "4xx",
        ),
        ("POST", "/checkout/x/", "checkout/<str:token>/", "4xx"),
        ("GET", f"/{settings.ADMIN_URL}login/", "operators' site", "2xx"),
        ("GET", "/P261122080000ABCDEFGHJKM", "none", "4xx"),
        ("BREW", "/healthz", "healthz", "2xx"),
    ],
)
def test_requests_are_counted_by_route(
    client: Client, db: None, counted: Counted, method: str, path: str, route: str, status: str
) -> None:
    client.generic(method, path)
    shown = method if method != "BREW" else "other"
    assert counted(REQUESTS, route=route, method=shown, status=status) == 1


def test_calls_and_callbacks_are_counted_by_channel_and_outcome(
    desk: Desk, counted: Counted
) -> None:
    desk.paid_payment()
    desk.channel.answers(
        Operation.PAY, PayResult(Outcome.UNKNOWN, failure=Failure("no_answer", "too late"))
    )
    desk.pay("A2")
    desk.raw_callback(callback_body(desk.channel.paid(desk.order().payments.get().serial_no)))
    desk.callback(desk.channel.paid(desk.order().payments.get().serial_no))
    calls = "channel_call_duration_seconds_count"
    assert counted(calls, channel="wechat", operation="pay", outcome="pending") == 1
    assert counted(calls, channel="wechat", operation="pay", outcome="unknown") == 1
    for outcome in ("applied", "rejected", "no_change"):
        assert counted("callbacks_total", channel="wechat", outcome=outcome) == 1


def test_a_callback_for_no_account_is_counted_as_refused(desk: Desk, counted: Counted) -> None:
    Client().post("/callbacks/wechat/P9999999999/", b"", content_type="application/json")
    assert counted("callbacks_total", channel="wechat", outcome="refused") == 1


def test_lost_hints_are_counted(workers: Workers, counted: Counted) -> None:
    publish_hint(look_at_payment, 7)
    workers.lose()
    publish_hint(look_at_payment, 7)
    assert counted("hints_lost_total", task=look_at_payment.name) == 1


def test_tasks_are_counted_by_outcome(db: None, counted: Counted) -> None:
    sweep_orders.apply()
    _end(sweep_orders, states.FAILURE)
    for outcome in ("succeeded", "failed"):
        labels = {"task": sweep_orders.name, "outcome": outcome}
        assert counted("task_duration_seconds_count", **labels) == 1


def _end(task: "Task[..., Any]", state: str) -> None:
    measured.note_start(task=task)
    measured.note_end(task=task, state=state)
