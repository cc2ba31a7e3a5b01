"""Lists: newest first, every row once, by a cursor that names one of the caller's own rows."""

from typing import Any

import pytest

from tests.support.desk import PAYMENTS, Desk, open_desk


def _walk(desk: Desk, limit: int) -> list[str]:
    """Return the order numbers on all pages, or on the first ten of a list without an end."""
    found: list[str] = []
    path = f"{PAYMENTS}?limit={limit}"
    for _ in range(10):
        page = desk.client.get(path).body
        assert len(page["data"]) <= limit
        found += [payment["order_no"] for payment in page["data"]]
        if page["next_cursor"] is None:
            break
        path = f"{PAYMENTS}?limit={limit}&cursor={page['next_cursor']}"
    return found


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
def test_every_row_comes_once_newest_first(desk: Desk, limit: int) -> None:
    for number in range(4):
        desk.pay(f"A{number}")
    assert _walk(desk, limit) == ["A3", "A2", "A1", "A0"]


def test_a_row_that_comes_meanwhile_shifts_nothing(desk: Desk) -> None:
    for number in range(3):
        desk.pay(f"A{number}")
    first = desk.client.get(f"{PAYMENTS}?limit=2")
    desk.pay("A3")
    second = desk.client.get(f"{PAYMENTS}?limit=2&cursor={first['next_cursor']}")
    assert [payment["order_no"] for payment in second["data"]] == ["A0"]


def test_an_empty_list_is_a_list(desk: Desk) -> None:
    assert desk.client.get(PAYMENTS).body == {"data": [], "next_cursor": None}


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=1_0",
        "limit=%D9%A1",
        "limit=1.0",
        "limit=",
        "limit=1&limit=2",
        "cursor=P261122080000ABCDEFGHJKM",
        "cursor=",
        "cursor=%27%20OR%201%3D1",
        "state=done",
    ],
)
def test_a_query_that_makes_no_sense_is_refused(desk: Desk, query: str) -> None:
    assert desk.client.get(f"{PAYMENTS}?{query}").code == "invalid_request"


@pytest.mark.parametrize(
    "query", ["company_id=1", "ordering=secret", "order__application__name=x", "limit__gt=1"]
)
def test_a_filter_nobody_offers_is_refused(desk: Desk, query: str) -> None:
    assert desk.client.get(f"{PAYMENTS}?{query}").code == "unknown_field"


def test_another_applications_row_is_no_cursor_and_is_not_listed(desk: Desk) -> None:
    neighbour = open_desk(desk.channel, desk.other_channel)
    serial_no = neighbour.pay()["serial_no"]
    assert desk.client.get(PAYMENTS)["data"] == []
    assert desk.client.get(f"{PAYMENTS}?cursor={serial_no}").code == "invalid_request"
    assert desk.client.get(f"{PAYMENTS}/{serial_no}").status == 404


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("order_no", lambda payment: "A1", 1),
        ("order_no", lambda payment: "A9", 0),
        ("state", lambda payment: "pending", 1),
        ("state", lambda payment: "succeeded", 0),
        ("merchant_id", lambda payment: payment["merchant_id"], 1),
        ("created_from", lambda payment: "2020-01-01T00:00:00Z", 1),
        ("created_to", lambda payment: "2020-01-01T00:00:00Z", 0),
    ],
)
def test_filters(desk: Desk, name: str, value: Any, found: int) -> None:
    payment = desk.pay("A1").body
    assert len(desk.client.get(f"{PAYMENTS}?{name}={value(payment)}")["data"]) == found
