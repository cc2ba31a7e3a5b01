"""An application's reports are read on the replica, all of one there; its payments never are."""

import json
import re
import secrets
import time
from datetime import UTC, datetime

import pytest
from django.test import Client

from paycenter.kernel.reporting import PRIMARY, REPLICA
from tests.support.replica import believed_replica, statements_by_database
from tests.transactions.statements.conftest import Day

BOOKS = re.compile(r"\btransactions_(?:journalentry|closedday|payment|refund)\b")


def _read(day: Day, path: str) -> str:
    """Return the text of a signed GET, streamed or not."""
    nonce, timestamp = secrets.token_hex(16), str(int(time.time()))
    signed = day.desk.client.headers("GET", path, b"", nonce=nonce, timestamp=timestamp)
    answer = Client().get(path, headers=signed)
    assert answer.status_code == 200
    return b"".join(answer).decode()


def _reports(day: Day) -> list[str]:
    company = f"merchant_id={day.paid.merchant.merchant_no}"
    return [
        f"/api/v1/statements/{day.day}?{company}",
        f"/api/v1/statements/{day.day:%Y-%m}?{company}&format=csv",
        f"/api/v1/digests?{company}&from={day.day}&to={day.day}",
    ]


def _of_books(statements: list[str]) -> list[str]:
    return [sql for sql in statements if BOOKS.search(sql)]


@pytest.mark.parametrize("number", range(3))
def test_reports_are_read_on_the_replica(day: Day, number: int) -> None:
    path = _reports(day)[number]
    alone = _read(day, path)
    with believed_replica(), statements_by_database() as asked:
        assert _read(day, path) == alone
    assert _of_books(asked[REPLICA])
    assert not _of_books(asked[PRIMARY])


def test_whether_a_day_is_closed_is_read_before_its_rows(day: Day) -> None:
    """What is closed has all its rows then; the other way round some could come between."""
    with believed_replica(datetime.now(UTC)), statements_by_database() as asked:
        assert json.loads(_read(day, _reports(day)[0]))["closed"] is False
    entries, closed, *rows = _of_books(asked[REPLICA])
    assert "transactions_closedday" in closed
    assert "ORDER BY business_date, id" in rows[0]
    assert entries


def test_what_is_asked_about_payments_is_read_on_the_primary(day: Day) -> None:
    number = day.paid.serial_no
    order = f"orders/A1?merchant_id={day.paid.merchant.merchant_no}"
    with believed_replica(), statements_by_database() as asked:
        for path in (f"payments/{number}", "payments", "refunds", order):
            _read(day, f"/api/v1/{path}")
    assert _of_books(asked[PRIMARY])
    assert asked[REPLICA] == []
