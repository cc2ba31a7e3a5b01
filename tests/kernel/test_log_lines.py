"""Log entries as machines and people read them, and the one of each request."""

import json
import logging
import sys

import pytest
from django.test import Client

from paycenter.kernel.log_lines import JSONFormatter, LineFormatter
from paycenter.kernel.tracing import Trace, note_numbers, working_for

Record = logging.LogRecord
TOKEN = "kQ9-_xYz0123456789abcdefghijklmn"
TRACE = Trace("4bf92f3577b34da6a3ce929d0e0e4736", "01", "req-1")


def record(message: str = "payment %s not sent", args: tuple[str, ...] = ("P1",)) -> Record:
    """Return an entry as the standard library makes it."""
    return Record("a.module", logging.ERROR, "", 1, message, args, None)


def test_an_entry_is_one_json_object_with_request_trace_and_numbers() -> None:
    with working_for(TRACE):
        note_numbers({"order_no": "A1", "serial_no": "P1", "channel_serial_no": None, "x": 1})
        written = JSONFormatter().format(record())
    assert "\n" not in written
    entry = json.loads(written)
    assert entry.pop("at").endswith("Z")
    assert entry == {
        "event": "payment P1 not sent",
        "level": "error",
        "logger": "a.module",
        "request_id": "req-1",
        "trace_id": TRACE.trace_id,
        "order_no": "A1",
        "serial_no": "P1",
    }


def test_an_entry_with_a_traceback_is_one_line_too() -> None:
    entry = record("failed\nat once", ())
    try:
        raise ValueError("物业费\nnext")
    except ValueError:
        entry.exc_info = sys.exc_info()
    written = JSONFormatter().format(entry)
    assert "\n" not in written
    assert "ValueError: 物业费\nnext" in json.loads(written)["exception"]


def test_people_read_a_line() -> None:
    assert LineFormatter().format(record()).endswith(" ERROR a.module payment P1 not sent")


def _entries(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [each for each in caplog.records if each.name == "paycenter.kernel.measured_requests"]


def test_each_request_is_one_entry(
    client: Client, db: None, caplog: pytest.LogCaptureFixture
) -> None:
    client.get(f"/checkout/{TOKEN}/", {"begun": "canary"}, REMOTE_ADDR="10.96.0.1")
    [entry] = _entries(caplog)
    line = LineFormatter().format(entry)
    assert "INFO paycenter.kernel.measured_requests GET /checkout/***/ 404 in " in line
    assert "canary" not in line
    fields = json.loads(JSONFormatter().format(entry))
    assert (fields["route"], fields["status"]) == ("checkout/<str:token>/", 404)
    assert 0 < fields["seconds"] < 60


def test_an_entry_cannot_be_forged_by_a_path(
    client: Client, db: None, caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/a%0aGET /b 200 in 1 ms", REMOTE_ADDR="10.96.0.1")
    [entry] = _entries(caplog)
    assert "\n" not in LineFormatter().format(entry)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/watchz"])
def test_probes_are_not_logged(
    client: Client, db: None, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    client.get(path)
    assert _entries(caplog) == []


def test_a_refused_request_is_logged_once(
    client: Client, db: None, caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/api/v1/payments/P1")
    written = [each.name for each in caplog.records if each.levelno >= logging.INFO]
    assert written == ["paycenter.kernel.measured_requests"]
