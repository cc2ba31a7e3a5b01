"""A prepared row is the row its queryset gives, for one statement that is not built again."""

from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from merchants.models import PaymentAccount
from merchants.switches import is_switched_off
from paycenter.kernel.prepared import PreparedRow
from tests.support.parties import make_account

MOMENT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def _by_number(payment_no: str, moment: datetime) -> QuerySet[PaymentAccount]:
    rows = PaymentAccount.objects.select_related("channel_merchant__merchant")
    return rows.annotate(is_off=is_switched_off(moment)).filter(payment_no=payment_no)


@pytest.mark.django_db
def test_it_is_the_row_of_the_queryset_with_owners_and_annotations() -> None:
    prepared = PreparedRow(_by_number, str, datetime)
    accounts = [make_account(name="阳光花园"), make_account(name="江景苑")]
    for account in accounts:
        found = prepared.find(account.payment_no, MOMENT)
        plain = _by_number(account.payment_no, MOMENT).get()
        assert found is not None
        assert vars(found).keys() == vars(plain).keys()
        assert _values(found) == _values(plain)
        with CaptureQueriesContext(connection) as more:
            owner = found.channel_merchant.merchant
            assert owner.name == plain.channel_merchant.merchant.name
        assert not more.captured_queries


@pytest.mark.django_db
def test_each_find_is_one_statement_with_its_own_values() -> None:
    prepared, account = PreparedRow(_by_number, str, datetime), make_account()
    made: list[tuple[str, list[Any]]] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        made.append((sql, list(params)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        assert prepared.find("P-nobody", MOMENT) is None
        found = prepared.find(account.payment_no, MOMENT + timedelta(days=1))
    assert found == account
    (first, nobodys), (second, accounts) = made
    assert first == second
    assert nobodys != accounts
    assert {"P-nobody", MOMENT} <= set(nobodys)
    assert {account.payment_no, MOMENT + timedelta(days=1)} <= set(accounts)


@pytest.mark.django_db
def test_several_rows_are_an_error() -> None:
    prepared = PreparedRow(lambda name: PaymentAccount.objects.filter(name=name), str)
    make_account(name="阳光花园")
    make_account(name="阳光花园")
    with pytest.raises(PaymentAccount.MultipleObjectsReturned):
        prepared.find("阳光花园")


@pytest.mark.django_db
def test_a_value_that_the_statement_lacks_is_refused() -> None:
    prepared = PreparedRow(lambda name, _: PaymentAccount.objects.filter(name=name), str, int)
    with pytest.raises(ValueError, match=r"values \[1\] do not appear"):
        prepared.find("阳光花园", 1)


@pytest.mark.django_db(transaction=True)
def test_a_row_is_locked_in_a_transaction_only() -> None:
    account = make_account()
    locked = PreparedRow(
        lambda pk: PaymentAccount.objects.select_for_update().filter(Q(pk=pk)), int
    )
    with transaction.atomic():
        assert locked.find(account.pk) == account
    with pytest.raises(TransactionManagementError):
        locked.find(account.pk)


@pytest.mark.django_db(transaction=True)
def test_every_thread_may_use_it_on_its_own_connection() -> None:
    prepared, account = PreparedRow(_by_number, str, datetime), make_account()
    assert prepared.find(account.payment_no, MOMENT) == account
    found = []

    def look() -> None:
        found.append(prepared.find(account.payment_no, MOMENT))
        found.append(connection.connection.info.backend_pid)
        connection.close()

    own = connection.connection.info.backend_pid
    threads = [Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each for each in found if isinstance(each, PaymentAccount)] == [account, account]
    assert own not in found


def _values(row: PaymentAccount) -> dict[str, object]:
    return {name: value for name, value in vars(row).items() if name != "_state"}
