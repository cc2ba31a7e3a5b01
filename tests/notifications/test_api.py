"""``GET /api/v1/events``: an application reads its own events, all of them, in order."""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from pytest_django import DjangoAssertNumQueries

from merchants.models import Application, Merchant
from notifications import waiting
from notifications.services.number_events import number_events
from tests.notifications.stories import DATA, record
from tests.support.parties import make_application, make_key
from tests.support.signing import Answer, SigningClient

Get = Callable[..., Answer]
PATH = "/api/v1/events"


def reader(application: Application) -> Get:
    """Return a function that reads the feed as ``application`` with a given raw query."""
    key, secret = make_key(application)
    client = SigningClient(key.key_id, secret)
    return lambda query="": client.get(f"{PATH}?{query}" if query else PATH)


@pytest.fixture
def get(application: Application) -> Get:
    """Read the feed as the application."""
    return reader(application)


def test_feed_shows_events_as_their_notifications_carry_them(
    application: Application, merchant: Merchant, get: Get
) -> None:
    event = record(application, merchant)
    assert get().body == {
        "data": [
            {
                "position": 1,
                "id": event.event_id,
                "type": "payment.succeeded",
                "occurred_at": "2026-11-22T08:00:07Z",
                "data": DATA,
            }
        ],
        "next_after": 1,
        "has_more": False,
    }


def test_reader_that_stores_next_after_sees_every_event_exactly_once(
    application: Application, merchant: Merchant, get: Get
) -> None:
    ids = [record(application, merchant).event_id for _ in range(7)]
    seen, after, has_more = [], 0, True
    while has_more:
        page = get(f"after={after}&limit=3").body
        seen += [event["id"] for event in page["data"]]
        after, has_more = page["next_after"], page["has_more"]
    assert seen == ids
    assert get(f"after={after}").body == {"data": [], "next_after": after, "has_more": False}
    ids.append(record(application, merchant).event_id)
    assert [event["id"] for event in get(f"after={after}")["data"]] == ids[-1:]


def test_events_of_other_applications_are_never_shown(
    application: Application, merchant: Merchant, get: Get
) -> None:
    other = make_application()
    record(other, merchant)
    own = record(application, merchant)
    assert [event["id"] for event in get()["data"]] == [own.event_id]
    assert len(reader(other)()["data"]) == 1


def test_only_the_types_asked_for_are_shown(
    application: Application, merchant: Merchant, get: Get
) -> None:
    for type_ in ("payment.succeeded", "refund.failed", "payment.closed"):
        record(application, merchant, type_=type_)
    page = get("types=refund.failed,payment.closed").body
    assert [event["type"] for event in page["data"]] == ["refund.failed", "payment.closed"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("after=-1", "invalid_request"),
        ("after=1.0", "invalid_request"),
        ("after=%EF%BC%91", "invalid_request"),
        ("after=", "invalid_request"),
        ("after=99999999999999999999", "invalid_request"),
        ("limit=0", "invalid_request"),
        ("limit=201", "invalid_request"),
        ("wait=31", "invalid_request"),
        ("types=payment", "invalid_request"),
        ("types=", "invalid_request"),
        ("types=a.b,", "invalid_request"),
        ("types=" + ",".join(["a.b"] * 21), "invalid_request"),
        ("after=1&after=2", "invalid_request"),
        ("afer=1", "unknown_field"),
        ("application=1", "unknown_field"),
        ("cursor=1", "unknown_field"),
    ],
)
def test_malformed_queries_are_refused(get: Get, query: str, code: str) -> None:
    answer = get(query)
    assert (answer.status, answer.code) == (400, code)


def test_unsigned_reader_sees_nothing(client: Client, db: None) -> None:
    assert client.get(PATH).status_code == 401


def test_reading_costs_two_statements_beside_signing(
    application: Application,
    merchant: Merchant,
    get: Get,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    record(application, merchant)
    number_events()
    with django_assert_num_queries(2 + 2):
        get()


@pytest.mark.django_db(transaction=True)
def test_waiting_reader_is_answered_as_soon_as_an_event_commits(
    application: Application, merchant: Merchant, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0.05)

    def later() -> None:
        time.sleep(0.3)
        record(application, merchant)
        connection.close()

    writer = threading.Thread(target=later)
    started = time.monotonic()
    writer.start()
    page = get("wait=20").body
    writer.join()
    assert len(page["data"]) == 1
    assert 0.3 <= time.monotonic() - started < 5


def test_waiting_holds_no_transaction(
    get: Get, monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> None:
    in_transaction = []
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0)
    monkeypatch.setattr(time, "sleep", lambda _: in_transaction.append(connection.in_atomic_block))
    get("wait=1")
    assert in_transaction
    assert not any(in_transaction)


def test_schema_describes_the_query_and_the_answer() -> None:
    schema = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    operation = schema["paths"][PATH]["get"]
    names = {parameter["name"]: parameter["schema"] for parameter in operation["parameters"]}
    assert set(names) == {"after", "limit", "types", "wait"}
    assert names["limit"]["maximum"] == 200
    answer = operation["responses"]["200"]["content"]["application/json"]
    assert answer["schema"] == {"$ref": "#/components/schemas/FeedAnswer"}
    assert answer["examples"]
