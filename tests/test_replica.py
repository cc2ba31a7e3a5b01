"""Reports with a replica that really follows its primary: up to date, behind, and gone."""

import json
import secrets
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from django.test import Client
from pytest_django import DjangoDbBlocker

from paycenter.kernel import reporting
from paycenter.kernel.clock import business_date, now
from paycenter.kernel.reporting import PRIMARY, REPLICA, Source, report_source
from tests.support.books import make_posting
from tests.support.desk import Desk, open_desk
from tests.support.fake_channel import FakeChannel
from tests.support.money import make_order, make_payment
from tests.support.replica import replica_at, statements_by_database
from tests.support.replication import Replication, running_replication
from transactions.ledger.closing import close_day
from transactions.ledger.posting import post

pytestmark = pytest.mark.slow

YESTERDAY = timedelta(days=1)


@pytest.fixture(scope="module")
def beside_browsers() -> Iterator[None]:
    """Let Django work where a browser's event loop was left running in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture(scope="module")
def both(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: DjangoDbBlocker,
    beside_browsers: None,
) -> Iterator[Replication]:
    """A center's primary, with all its tables, and its replica."""
    folder = tmp_path_factory.mktemp("replication") / "data"
    with running_replication(folder) as found, django_db_blocker.unblock():
        usual, settings = connections[PRIMARY], connections.settings[PRIMARY]
        connections.settings[PRIMARY] = settings | found.primary.django
        del connections[PRIMARY]
        try:
            call_command("migrate", verbosity=0)
            with replica_at(**found.replica.django):
                yield found
        finally:
            connections[PRIMARY].close()
            connections.settings[PRIMARY] = settings
            connections[PRIMARY] = usual


@pytest.fixture(autouse=True)
def _caught_up(both: Replication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "_left_alone_until", 0.0)
    both.catch_up()


@pytest.fixture
def desk(both: Replication, channel: FakeChannel, other_channel: FakeChannel) -> Desk:
    """An application at work on the primary."""
    return open_desk(channel, other_channel)


def _book(desk: Desk, order_no: str) -> None:
    """Book a payment of yesterday."""
    order = make_order(desk.application, desk.account, order_no=order_no)
    paid_at = now() - YESTERDAY
    payment = make_payment(
        order, desk.account, state="succeeded", settles_order=True, paid_at=paid_at
    )
    post(make_posting(payment, occurred_at=paid_at))


def _statement(desk: Desk) -> dict[str, Any]:
    """Return yesterday's statement as the API has it."""
    company = desk.account.channel_merchant.merchant.merchant_no
    day = business_date(now()) - YESTERDAY
    path = f"/api/v1/statements/{day}?merchant_id={company}"
    nonce, timestamp = secrets.token_hex(16), str(int(time.time()))
    signed = desk.client.headers("GET", path, b"", nonce=nonce, timestamp=timestamp)
    document: dict[str, Any] = json.loads(b"".join(Client().get(path, headers=signed)))
    return document


def _orders(document: dict[str, Any]) -> list[str]:
    return [row["order_no"] for row in document["data"]]


def _close_yesterday(desk: Desk) -> None:
    close_day(desk.account.channel_merchant.merchant, business_date(now()) - YESTERDAY)


def test_a_statement_is_read_on_the_replica(both: Replication, desk: Desk) -> None:
    _book(desk, "A1")
    both.catch_up()
    with statements_by_database() as asked:
        found = _statement(desk)
    assert _orders(found) == ["A1"]
    assert any("transactions_journalentry" in sql for sql in asked[REPLICA])
    assert not any("transactions_journalentry" in sql for sql in asked[PRIMARY])


def test_a_replica_that_has_all_is_up_to_date_however_long_nothing_was_written(
    both: Replication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "MOST_SECONDS_BEHIND", 0.0)
    assert report_source() == Source(REPLICA)


def test_a_replica_that_lags_says_since_when_and_calls_no_day_closed(
    both: Replication, desk: Desk
) -> None:
    _book(desk, "A1")
    both.catch_up()
    both.pause()
    before = now()
    _book(desk, "A2")
    _close_yesterday(desk)
    source = report_source()
    assert source.database == REPLICA
    assert source.as_of is not None
    assert source.as_of < before
    lagging = _statement(desk)
    assert (_orders(lagging), lagging["closed"]) == (["A1"], False)
    both.resume()
    assert report_source() == Source(REPLICA)
    whole = _statement(desk)
    assert (_orders(whole), whole["closed"]) == (["A1", "A2"], True)


def test_a_replica_too_far_behind_is_left_for_the_primary(
    both: Replication,
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    both.pause()
    _book(desk, "A1")
    monkeypatch.setattr(reporting, "MOST_SECONDS_BEHIND", 0.0)
    assert report_source() == Source(PRIMARY)
    assert _orders(_statement(desk)) == ["A1"]
    assert "The replica is behind" in caplog.text
    both.resume()
    assert report_source() == Source(REPLICA)


def test_the_replica_of_another_primary_is_not_believed(
    both: Replication, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """However much it has replayed: it is of other payments."""
    monkeypatch.setattr(reporting, "_FLUSHED", "SELECT 1, '0/0'")
    assert report_source() == Source(PRIMARY)
    assert "does not follow the primary" in caplog.text


def test_a_replica_that_lost_its_primary_does_not_believe_that_it_has_all(
    both: Replication, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is received, so all that was received is replayed."""
    both.cut()
    _book(desk, "A1")
    assert _orders(_statement(desk)) == []
    monkeypatch.setattr(reporting, "MOST_SECONDS_BEHIND", 0.0)
    assert _orders(_statement(desk)) == ["A1"]
    both.mend()
    assert report_source() == Source(REPLICA)


def test_the_last_one_sees_the_replica_go(both: Replication, desk: Desk) -> None:
    """It was connected to; the primary answers at once."""
    _book(desk, "A1")
    assert report_source().database == REPLICA
    both.replica.child.stop(patience=5)
    assert report_source() == Source(PRIMARY)
    assert _orders(_statement(desk)) == ["A1"]
