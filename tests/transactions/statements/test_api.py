"""What an application reads to stay equal: statements of days, and digests of many."""

import csv
import io
import json
import secrets
import time
from calendar import monthrange
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.support.clock import Clock
from tests.support.desk import Desk
from tests.support.parties import make_account, make_application, make_key
from tests.support.signing import SigningClient
from tests.transactions.statements.conftest import Day, bill_fee
from transactions.ledger.closing import close_day
from transactions.models import Payment
from transactions.statements.documents import COLUMNS
from transactions.statements.totals import totals_of


def _path(day: Day, date: object = None, **query: str) -> str:
    query = {"merchant_id": day.paid.merchant.merchant_no} | query
    pairs = "&".join(f"{name}={value}" for name, value in query.items())
    return f"/api/v1/statements/{date or day.day}?{pairs}"


def _read(desk: Desk, path: str, **headers: str) -> tuple[int, str, str]:
    """Return status, content type and text of a signed GET that is streamed."""
    nonce, timestamp = secrets.token_hex(16), str(int(time.time()))
    signed = desk.client.headers("GET", path, b"", nonce=nonce, timestamp=timestamp)
    answer = Client().get(path, headers=signed | headers)
    return answer.status_code, answer["Content-Type"], b"".join(answer).decode()


def _statement(day: Day, **query: str) -> dict[str, Any]:
    status, kind, text = _read(day.desk, _path(day, **query))
    assert (status, kind) == (200, "application/json")
    document: dict[str, Any] = json.loads(text)
    return document


def test_a_statement_is_what_the_books_have(day: Day) -> None:
    bill_fee(day.paid, 60)
    found = _statement(day)
    assert (found["date"], found["merchant_id"]) == ("2026-11-22", day.paid.merchant.merchant_no)
    assert [row["kind"] for row in found["data"]] == [
        *("payment", "refund", "payment", "payment", "duplicate")
    ]
    assert found["data"][0] == {
        "kind": "payment",
        "order_no": "A1",
        "serial_no": day.paid.serial_no,
        "channel_serial_no": day.paid.channel_serial_no,
        "refund_no": None,
        "refund_serial_no": None,
        "channel_refund_no": None,
        "channel": "wechat",
        "payment_id": day.desk.account.payment_no,
        "project": "小区0",
        "amount": 10_000,
        "currency": "CNY",
        "fee": 60,
        "lines": [{"fee_type": "物业费", "amount": 7_000}, {"fee_type": "停车费", "amount": 3_000}],
        "final_at": "2026-11-22T08:00:00Z",
    }
    totals = totals_of(day.scope)
    assert found["totals"] == {
        "count": 5,
        "amount": 39_000,
        "fee": 60,
        **totals.document(),
    }


def test_a_day_without_rows_has_totals_too(day: Day) -> None:
    found = json.loads(_read(day.desk, _path(day, day.day - timedelta(days=1)))[2])
    assert found["data"] == []
    assert (found["totals"]["count"], found["totals"]["by_kind"]) == (0, [])


def test_closed_says_whether_rows_may_be_added(day: Day, clock: Clock) -> None:
    assert not _statement(day)["closed"]
    clock.shift(timedelta(days=1))
    close_day(day.paid.merchant, day.day)
    assert _statement(day)["closed"]


def test_csv_has_the_same_rows(day: Day) -> None:
    status, kind, text = _read(day.desk, _path(day, format="csv"))
    assert (status, kind) == (200, "text/csv; charset=utf-8")
    head, *rows = csv.reader(io.StringIO(text))
    assert head == list(COLUMNS)
    as_json = _statement(day)["data"]
    for row, expected in zip(rows, as_json, strict=True):
        named = dict(zip(head, row, strict=True))
        assert json.loads(named.pop("lines")) == expected.pop("lines")
        written = {name: "" if value is None else str(value) for name, value in expected.items()}
        assert named == written


def test_a_number_that_looks_like_a_formula_is_defused_in_csv(day: Day) -> None:
    day.desk.paid_payment("-1")
    text = _read(day.desk, _path(day, format="csv"))[2]
    assert "payment,'-1," in text
    assert any(row["order_no"] == "-1" for row in _statement(day)["data"])


@pytest.mark.parametrize("accept", ["text/csv", "text/html", "*/*"])
def test_what_the_client_accepts_does_not_matter(day: Day, accept: str) -> None:
    assert _read(day.desk, _path(day, format="csv"), Accept=accept)[0] == 200


def test_another_application_sees_none_of_it(day: Day) -> None:
    stranger = make_application(day.desk.account)
    key, secret = make_key(stranger)
    desk = Desk(**(vars(day.desk) | {"client": SigningClient(key.key_id, secret)}))
    found = json.loads(_read(desk, _path(day))[2])
    assert (found["data"], found["totals"]["count"]) == ([], 0)
    answer = desk.client.get(_digests(day))
    assert answer["data"] == [{"date": "2026-11-22", "payments": [], "refunds": []}]


def test_a_company_of_others_is_not_found(day: Day) -> None:
    foreign = make_account().channel_merchant.merchant.merchant_no
    assert day.desk.client.get(_path(day, merchant_id=foreign)).code == "merchant_not_found"
    assert day.desk.client.get(_digests(day, merchant_id=foreign)).code == "merchant_not_found"


def test_own_rows_are_read_without_a_grant(day: Day) -> None:
    day.desk.application.grants.all().delete()
    assert len(_statement(day)["data"]) == 5


@pytest.mark.parametrize("date", ["2026-11-23", "2026-02-30", "22-11-2026", "2026-1-1", "today"])
def test_a_day_that_is_none_or_has_not_begun_is_refused(day: Day, date: str) -> None:
    answer = day.desk.client.get(_path(day, date))
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert answer["errors"][0]["field"] == "date"


@pytest.mark.parametrize("query", [{"format": "xml"}, {"page": "1"}])
def test_other_queries_are_refused(day: Day, query: dict[str, str]) -> None:
    assert day.desk.client.get(_path(day, **query)).status == 400


def _digests(day: Day, **query: str) -> str:
    facts = {
        "merchant_id": day.paid.merchant.merchant_no,
        "from": str(day.day),
        "to": str(day.day),
    }
    pairs = "&".join(f"{name}={value}" for name, value in (facts | query).items())
    return f"/api/v1/digests?{pairs}"


def test_a_digest_counts_by_day_created_and_state_now(day: Day, clock: Clock) -> None:
    clock.shift(timedelta(hours=7, minutes=59))
    day.desk.pending_payment("B1", amount=1)
    clock.shift(timedelta(minutes=1))
    late = day.desk.paid_payment("B2", amount=5)
    day.desk.refund(day.paid, refund_no="R2", amount=2)
    answer = day.desk.client.get(_digests(day, to=str(day.day + timedelta(days=1))))
    assert answer["data"] == [
        {
            "date": "2026-11-22",
            "payments": [
                {"state": "pending", "count": 1, "amount": 1},
                {"state": "succeeded", "count": 4, "amount": 40_000},
            ],
            "refunds": [{"state": "succeeded", "count": 1, "amount": 1_000}],
        },
        {
            "date": "2026-11-23",
            "payments": [{"state": "succeeded", "count": 1, "amount": 5}],
            "refunds": [{"state": "processing", "count": 1, "amount": 2}],
        },
    ]
    assert late.created_at.isoformat() == "2026-11-22T16:00:00+00:00"


def test_a_digest_equals_what_the_list_of_payments_shows(day: Day, clock: Clock) -> None:
    clock.shift(timedelta(hours=9))
    day.desk.paid_payment("B1")
    listed = day.desk.client.get("/api/v1/payments?limit=200")["data"]
    answer = day.desk.client.get(_digests(day, to=str(day.day + timedelta(days=1))))
    sums = [each for one in answer["data"] for each in one["payments"]]
    assert sum(each["count"] for each in sums) == len(listed)
    assert sum(each["amount"] for each in sums) == sum(payment["amount"] for payment in listed)


def test_old_days_are_read_by_their_numbers_and_later_ones_left_alone(
    day: Day, clock: Clock
) -> None:
    clock.shift(timedelta(days=40))
    day.desk.paid_payment("B1")
    assert Payment.objects.count() == 5
    answer = day.desk.client.get(_digests(day))
    assert [each["count"] for each in answer["data"][0]["payments"]] == [4]


@pytest.mark.parametrize(
    "query",
    [
        {"to": "2026-11-21"},
        {"from": "2026-10-22"},
        {"to": "2026-11-23"},
        {"from": "yesterday"},
        {"since": "2026-11-22"},
    ],
)
def test_odd_spans_are_refused(day: Day, query: dict[str, str]) -> None:
    assert day.desk.client.get(_digests(day, **query)).status == 400


def test_31_days_are_not_too_many(day: Day) -> None:
    answer = day.desk.client.get(_digests(day, **{"from": "2026-10-23"}))
    assert len(answer["data"]) == 31


def test_a_month_has_the_rows_of_its_days_and_is_closed_when_they_are(
    day: Day, clock: Clock
) -> None:
    month = f"{day.day:%Y-%m}"
    whole = json.loads(_read(day.desk, _path(day, month))[2])
    assert (whole["date"], whole["closed"]) == (month, False)
    assert whole["data"] == _statement(day)["data"]
    clock.shift(timedelta(days=40))
    last = day.day.replace(day=monthrange(day.day.year, day.day.month)[1])
    for number in range((last - day.day).days + 1):
        assert json.loads(_read(day.desk, _path(day, month))[2])["closed"] is False
        close_day(day.paid.merchant, day.day + timedelta(days=number))
    assert json.loads(_read(day.desk, _path(day, month))[2])["closed"] is True


@pytest.mark.parametrize("month", ["2026-13", "2099-01", "2026-1", "0000-00"])
def test_what_is_no_month_is_refused(day: Day, month: str) -> None:
    status, _, text = _read(day.desk, _path(day, month))
    assert (status, json.loads(text)["code"]) == (400, "invalid_request")
