"""One trace from an application's request to the worker, the channel and the notification."""

import re
from typing import Any

import pytest
from celery import Task
from django.test import Client
from structlog.contextvars import get_contextvars

from notifications.dialects import StandardWebhooks
from notifications.models import Delivery
from paycenter.celery import work_for_nobody, work_for_sender
from paycenter.kernel.clock import now
from paycenter.kernel.hints import publish_hint
from paycenter.kernel.tracing import (
    Trace,
    handed_on,
    note_numbers,
    read_trace,
    traceparent_header,
    working_for,
)
from tests.support.desk import Desk
from transactions.tasks import look_at_payment

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
SENT = f"00-{TRACE_ID}-00f067aa0ba902b7-01"


def test_a_trace_goes_on_with_a_new_span_each_time() -> None:
    trace = read_trace(SENT, "req-1")
    assert trace == Trace(TRACE_ID, "01", "req-1")
    first, second = trace.traceparent(), trace.traceparent()
    assert first != second
    assert re.fullmatch(rf"00-{TRACE_ID}-[0-9a-f]{{16}}-01", first)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        SENT.upper(),
        f"{SENT}\n",
        f"{SENT}-more",
        f"ff-{TRACE_ID}-00f067aa0ba902b7-01",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
    ],
)
def test_what_is_no_trace_begins_a_new_one(header: str) -> None:
    trace = read_trace(header)
    assert re.fullmatch(r"[0-9a-f]{32}", trace.trace_id)
    assert trace.trace_id not in {TRACE_ID, read_trace(header).trace_id}


def test_a_later_version_may_say_more() -> None:
    assert read_trace(f"01-{SENT[3:]}-more").trace_id == TRACE_ID


def test_nothing_is_handed_on_outside_of_work() -> None:
    assert handed_on() == {}
    assert traceparent_header() == {}


def test_numbers_are_those_of_the_last_row_and_end_with_the_work() -> None:
    with working_for(Trace(TRACE_ID)):
        note_numbers({"order_no": "A1", "serial_no": "P1"})
        note_numbers({"order_no": "A2", "serial_no": ""})
        assert get_contextvars() == {"trace_id": TRACE_ID, "order_no": "A2"}
    assert get_contextvars() == {}


def test_a_request_hands_its_trace_to_the_worker(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, str]] = []
    monkeypatch.setattr(
        Task, "apply_async", lambda task, **options: seen.append(options["headers"])
    )
    with working_for(read_trace(SENT, "req-1")):
        publish_hint(look_at_payment, 7)
    [headers] = seen
    assert headers["request_id"] == "req-1"
    assert headers["traceparent"].startswith(f"00-{TRACE_ID}-")


def test_a_task_works_for_the_request_that_asked_for_it() -> None:
    known: list[dict[str, Any]] = []

    def work(task: "Task[..., Any]") -> None:
        work_for_sender(task=task)
        known.append(dict(get_contextvars()))
        work_for_nobody(task=task)

    headers: dict[str, Any] = {"traceparent": SENT, "request_id": "req-1"}
    look_at_payment.push_request(**headers)
    try:
        work(look_at_payment)
    finally:
        look_at_payment.pop_request()
    work(look_at_payment)
    assert known[0] == {
        "trace_id": TRACE_ID,
        "request_id": "req-1",
        "task": "transactions.tasks.look_at_payment",
    }
    assert known[1]["trace_id"] != TRACE_ID
    assert "request_id" not in known[1]
    assert get_contextvars() == {}


def test_an_application_finds_its_trace_in_the_notification(desk: Desk) -> None:
    desk.paid_payment()
    delivery = Delivery.objects.select_related("event", "application").get()
    delivery.event.position = 1
    delivery.application.seal("sealed_webhook_secret", "whsec_" + "a" * 32)
    with working_for(read_trace(SENT)):
        request = StandardWebhooks().request(delivery, now())
    assert request.headers["traceparent"].startswith(f"00-{TRACE_ID}-")


def test_id_in_the_answer_is_the_one_in_the_problem_and_in_the_log(
    client: Client, db: None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "paycenter.kernel.measured_requests.logger.log",
        lambda *args, **kwargs: seen.append(dict(get_contextvars())),
    )
    answer = client.get(
        "/api/v1/payments/P1", headers={"X-Request-Id": "req-7", "traceparent": SENT}
    )
    assert answer["X-Request-Id"] == answer.json()["request_id"] == "req-7"
    assert seen == [{"request_id": "req-7", "trace_id": TRACE_ID}]


def test_lines_about_a_payment_carry_its_numbers(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "gateway.calls.logger.info",
        lambda *args, **kwargs: seen.append(dict(get_contextvars())),
    )
    serial_no = desk.pay("A1")["serial_no"]
    assert seen[0]["order_no"] == "A1"
    assert seen[0]["serial_no"] == serial_no
