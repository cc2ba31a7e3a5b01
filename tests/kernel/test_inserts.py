"""Insert a row or lock the one that is there: one of many at once makes it, all get the same."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import OperationalError, transaction

from paycenter.kernel.clock import now
from paycenter.kernel.inserts import insert_or_lock
from tests.support.parties import make_account, make_application
from tests.support.sessions import other_session
from tests.support.together import together
from transactions.models import Order

pytestmark = pytest.mark.django_db(transaction=True)
UNIQUE = ("application", "merchant", "order_no")


@pytest.fixture
def build() -> Callable[..., Order]:
    """Build an unsaved order of one application."""
    account = make_account()
    application = make_application(account)

    def build(amount: int = 1) -> Order:
        return Order(
            application=application,
            merchant=account.channel_merchant.merchant,
            order_no="A1",
            amount=amount,
            subject="物业费",
            expires_at=now() + timedelta(hours=1),
            created_at=now(),
        )

    return build


def test_the_first_one_is_inserted_as_given(build: Callable[..., Order]) -> None:
    with transaction.atomic():
        row, is_new = insert_or_lock(build(5), unique=UNIQUE)
    assert is_new
    assert Order.objects.get() == row
    assert (row.amount, row.state, row.subject) == (5, "created", "物业费")


def test_the_one_that_is_there_is_returned_unchanged(build: Callable[..., Order]) -> None:
    build(5).save()
    with transaction.atomic():
        row, is_new = insert_or_lock(build(6), unique=UNIQUE)
    assert not is_new
    assert row.amount == Order.objects.get().amount == 5


def test_the_row_is_locked_until_the_transaction_ends(build: Callable[..., Order]) -> None:
    build().save()
    with transaction.atomic():
        insert_or_lock(build(), unique=UNIQUE)
        with (
            other_session() as cursor,
            pytest.raises(OperationalError, match="could not obtain lock"),
        ):
            cursor.execute("SELECT 1 FROM transactions_order FOR UPDATE NOWAIT")
    with other_session() as cursor:
        cursor.execute("SELECT 1 FROM transactions_order FOR UPDATE NOWAIT")


def test_of_many_at_once_one_inserts_and_all_get_its_row(build: Callable[..., Order]) -> None:
    def insert(amount: int) -> tuple[int, bool]:
        with transaction.atomic():
            row, is_new = insert_or_lock(build(amount + 1), unique=UNIQUE)
            return row.pk, is_new

    results = together(12, insert)
    assert len({pk for pk, _ in results}) == 1
    assert sum(is_new for _, is_new in results) == 1
