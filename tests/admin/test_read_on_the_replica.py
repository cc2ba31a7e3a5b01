"""What people only look at in bulk is read on the replica; what they act on never is."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from paycenter.kernel.clock import business_date, now
from paycenter.kernel.reporting import PRIMARY, REPLICA
from tests.admin.exporting.test_exported import LISTS, everything, rows_of, taken  # noqa: F401
from tests.admin.pages import address, read
from tests.admin.rows import Company, make_company, make_story
from tests.support.audit import deeds
from tests.support.replica import believed_replica, statements_by_database
from transactions.models import Order, Payment, Refund

AS_OF = datetime(2026, 11, 22, 8, 0, 3, tzinfo=UTC)
BOOKS = ("transactions_journalentry", "transactions_closedday", "transactions_daybalance")


@pytest.fixture(autouse=True)
def _committed(transactional_db: None) -> None:
    """Let the other connection see what a test makes."""


@pytest.fixture
def day(company: Company) -> str:
    """Today, as the query of a page about a company's books."""
    make_story(company)
    query = QueryDict(mutable=True)
    today = business_date(now()).isoformat()
    query.update({"company": str(company.merchant.pk), "first": today, "last": today})
    return query.urlencode()


def _name_any(statements: Sequence[str], tables: Sequence[str]) -> bool:
    return any(table in sql for sql in statements for table in tables)


@pytest.mark.parametrize(
    ("page", "suffix"),
    [("statements", ""), ("statements", "&as=csv"), ("statements", "&as=xlsx"), ("reports", "")],
)
def test_books_are_read_on_the_replica(browser: Client, day: str, page: str, suffix: str) -> None:
    with believed_replica(), statements_by_database() as asked:
        answer: Any = browser.get(f"{reverse(page)}?{day}{suffix}")
        assert answer.status_code == 200
        if answer.streaming:
            b"".join(answer)
    assert _name_any(asked[REPLICA], BOOKS)
    assert not _name_any(asked[PRIMARY], BOOKS)


def test_a_page_reads_whether_days_are_closed_before_their_rows(browser: Client, day: str) -> None:
    with believed_replica(), statements_by_database() as asked:
        read(browser, f"{reverse('statements')}?{day}")
    first, *_ = [sql for sql in asked[REPLICA] if _name_any([sql], BOOKS)]
    assert 'FROM "transactions_closedday"' in first


def test_the_figures_of_the_first_page_are_read_on_the_replica(browser: Client, day: str) -> None:
    tables = ("transactions_hourtally", "transactions_tallyprogress")
    with believed_replica(), statements_by_database() as asked:
        read(browser, reverse("admin:index"))
    assert all(_name_any(asked[REPLICA], [table]) for table in tables)
    assert not _name_any(asked[PRIMARY], tables)


@pytest.mark.parametrize("model", LISTS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_files_of_lists_are_read_on_the_replica(
    browser: Client,
    everything: Order,  # noqa: F811
    model: type[Model],
    kind: str,
) -> None:
    alone = rows_of(browser, model)
    with believed_replica(), statements_by_database() as asked:
        assert taken(browser, model, kind)
    pages = {alias: [sql for sql in asked[alias] if "LIMIT 500" in sql] for alias in asked}
    assert _name_any(pages[REPLICA], [model._meta.db_table])
    assert pages[PRIMARY] == []
    with believed_replica():
        # Each file that is taken is a row of the audit trail itself.
        assert rows_of(browser, model)[-len(alone) + 1 :] == alone[1:]


def test_who_took_a_file_away_is_written_on_the_primary(browser: Client, order: Order) -> None:
    with believed_replica():
        taken(browser, Order)
    assert [deed.action for deed in deeds()] == ["export"]


@pytest.mark.parametrize("name", ["work", "channel-health"])
def test_what_is_worked_off_is_read_on_the_primary(
    browser: Client, order: Order, name: str
) -> None:
    with believed_replica(), statements_by_database() as asked:
        read(browser, reverse(name))
    assert asked[PRIMARY]
    assert asked[REPLICA] == []


@pytest.mark.parametrize("model", [Order, Payment, Refund])
def test_lists_and_rows_on_pages_are_read_on_the_primary(
    browser: Client, order: Order, model: type[Model]
) -> None:
    row = model._default_manager.latest("pk")
    with believed_replica(), statements_by_database() as asked:
        read(browser, address(model, "changelist"))
        read(browser, address(model, "change", row.pk))
    assert asked[PRIMARY]
    assert asked[REPLICA] == []


@pytest.mark.parametrize("page", ["statements", "reports", "admin:index"])
@pytest.mark.parametrize(("as_of", "told"), [(None, False), (AS_OF, True)])
def test_a_page_says_as_of_when_its_figures_are_where_they_lag(
    browser: Client, day: str, page: str, as_of: datetime | None, told: bool
) -> None:
    browser.cookies["django_language"] = "en"
    with believed_replica(as_of):
        text = read(browser, f"{reverse(page)}?{day if page != 'admin:index' else ''}")
    assert ("Figures as of 2026-11-22 16:00:03." in text) is told


def test_a_file_is_named_after_the_moment_of_its_rows(browser: Client, order: Order) -> None:
    with believed_replica(AS_OF):
        answer = browser.get(address(Order, "export", "csv"))
    assert 'filename="order-20261122-160003.csv"' in answer["Content-Disposition"]


def test_a_new_row_is_not_in_the_file_of_others(operator: User, browser: Client) -> None:
    """Reading elsewhere widens nothing: the file still has what the list shows."""
    orders = [make_story(make_company()) for _ in range(2)]
    query = {"q": orders[0].order_no}
    alone = rows_of(browser, Order, **query)
    with believed_replica():
        assert rows_of(browser, Order, **query) == alone
    assert len(alone) == 2
