"""Reports are read on a replica that keeps up; every doubt leads to the primary."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections

from paycenter.kernel import reporting
from paycenter.kernel.metrics import REGISTRY
from paycenter.kernel.reporting import PRIMARY, REPLICA, Source, report_source
from paycenter.local.ports import any_free_port
from tests.support.replica import replica_at, statements_by_database

PROJECT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "_left_alone_until", 0.0)


@pytest.fixture
def gone(transactional_db: None) -> Iterator[None]:
    """A replica on a port where nobody listens."""
    with replica_at(PORT=any_free_port()):
        yield


def _counted(reason: str) -> float:
    name = "paycenter_reports_from_primary_total"
    return REGISTRY.get_sample_value(name, {"reason": reason}) or 0.0


def test_without_a_replica_nobody_is_asked(db: None) -> None:
    asked: list[str] = []

    def note(execute: object, sql: str, *rest: object) -> None:
        asked.append(sql)

    with connections[PRIMARY].execute_wrapper(note):
        assert report_source() == Source(PRIMARY)
    assert asked == []


def test_a_server_that_follows_no_other_is_not_believed(
    transactional_db: None, caplog: pytest.LogCaptureFixture
) -> None:
    """Else a replica that was made a primary would report its own truth."""
    before = _counted("no_replica")
    with replica_at():
        assert report_source() == Source(PRIMARY)
    assert "does not follow the primary" in caplog.text
    assert _counted("no_replica") == before + 1


def test_a_replica_that_does_not_answer_is_told_of(
    gone: None, caplog: pytest.LogCaptureFixture
) -> None:
    before = _counted("no_answer")
    assert report_source() == Source(PRIMARY)
    assert "The replica did not answer: OperationalError" in caplog.text
    assert _counted("no_answer") == before + 1


def test_a_replica_that_did_not_answer_is_left_alone_for_a_moment(
    gone: None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "PAUSE_SECONDS", 0.3)
    assert report_source() == report_source() == Source(PRIMARY)
    assert caplog.text.count("did not answer") == 1
    time.sleep(0.3)
    report_source()
    assert caplog.text.count("did not answer") == 2


def test_the_primary_is_asked_before_the_replica(transactional_db: None) -> None:
    """The other way round, what came between would be missing and not be noticed."""
    with replica_at(), statements_by_database() as asked:
        report_source()
    assert asked[PRIMARY] == [reporting._FLUSHED]
    assert len(asked[REPLICA]) == 1


def test_no_migration_runs_on_the_replica() -> None:
    """Here it is a primary, and lets itself be written: the connection does not."""
    url = os.environ["DATABASE_URL"]
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--database", REPLICA],
        cwd=PROJECT,
        env={**os.environ, "REPLICA_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "read-only transaction" in done.stderr
