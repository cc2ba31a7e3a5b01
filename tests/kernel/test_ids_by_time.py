"""Rows of an age are found by halving ids, in one statement."""

from datetime import UTC, datetime, timedelta

import pytest

from paycenter.kernel.ids_by_time import first_id
from tests.support.money import make_order
from tests.support.statements import counting
from transactions.models import Order

BEGINNING = datetime(2026, 11, 22, tzinfo=UTC)
TABLE = Order._meta.db_table


@pytest.fixture
def orders(db: None) -> list[Order]:
    """Orders made a minute after each other, with gaps between their ids."""
    made = []
    for number in range(20):
        moment = BEGINNING + timedelta(minutes=number)
        order = make_order(order_no=str(number), created_at=moment)
        if number % 3 == 1:
            order.delete()
        else:
            made.append(order)
    return made


@pytest.mark.parametrize("minutes", [-1, 0, 0.5, 1, 7, 18.9, 19])
def test_the_first_row_as_young_as_that_is_found(orders: list[Order], minutes: float) -> None:
    since = BEGINNING + timedelta(minutes=minutes)
    found = Order.objects.filter(pk__gte=first_id(TABLE, "created_at", since))
    assert list(found.order_by("pk")) == [o for o in orders if o.created_at >= since]


def test_where_all_are_older_the_next_id_is_found(orders: list[Order]) -> None:
    since = BEGINNING + timedelta(days=1)
    assert first_id(TABLE, "created_at", since) == orders[-1].pk + 1


def test_an_empty_table_has_a_first_id_too(db: None) -> None:
    with counting() as cost:
        assert first_id(TABLE, "created_at", BEGINNING) == 0
    assert len(cost.statements) == 1
