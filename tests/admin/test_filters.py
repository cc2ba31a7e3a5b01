"""Lists are narrowed by what people go by: day, state, channel and project."""

from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from notifications.models import Delivery
from paycenter.operators.theme import RangeDateFilter, RangeDateTimeFilter
from tests.admin.bill_rows import make_bill
from tests.admin.pages import address, registered
from tests.admin.rows import Company, make_company, make_duplicate, make_story
from tests.admin.split_rows import divide
from transactions.models import Difference, DuplicatePayment, Order, Payment, Refund, Split

MONEY = (Order, Payment, Refund, Split, DuplicatePayment)
TO_PROJECT: dict[Any, str] = {
    Order: "payments__payment_account__project",
    Payment: "payment_account__project",
    Refund: "payment__payment_account__project",
    Split: "payment__payment_account__project",
    DuplicatePayment: "payment__payment_account__project",
}
TO_CHANNEL: dict[Any, str] = {
    Order: "payments__channel_merchant__channel",
    Payment: "channel_merchant__channel",
    Refund: "payment__channel_merchant__channel",
    Split: "payment__channel_merchant__channel",
    DuplicatePayment: "payment__channel_merchant__channel",
    Difference: "channel_merchant__channel",
}


@pytest.fixture
def two(company: Company) -> tuple[Company, Company]:
    """Two companies that take the same money, one through WeChat Pay and one through Alipay."""
    other = make_company()
    other.owner.channel = "alipay"
    other.owner.save()
    for each in (company, other):
        story = make_story(each)
        divide(story)
        make_duplicate(story)
        make_bill(story)
    return company, other


def found(browser: Client, model: type[Model], **query: str) -> set[Any]:
    """Return the companies whose rows a list shows."""
    answer: Any = browser.get(address(model, "changelist"), query)
    assert answer.status_code == 200, answer.headers
    rows = answer.context_data["cl"].result_list
    return {row.merchant for row in rows}


@pytest.mark.parametrize("model", MONEY, ids=lambda model: model.__name__)
def test_by_project(browser: Client, two: tuple[Company, Company], model: type[Model]) -> None:
    for company in two:
        query = {f"{TO_PROJECT[model]}__id__exact": str(company.project.pk)}
        assert found(browser, model, **query) == {company.merchant}


@pytest.mark.parametrize("model", [*MONEY, Difference], ids=lambda model: model.__name__)
def test_by_channel(browser: Client, two: tuple[Company, Company], model: type[Model]) -> None:
    for company in two:
        query = {f"{TO_CHANNEL[model]}__exact": company.owner.channel}
        assert found(browser, model, **query) == {company.merchant}


def test_an_order_with_several_attempts_is_listed_once(
    browser: Client, two: tuple[Company, Company]
) -> None:
    query = {f"{TO_PROJECT[Order]}__id__exact": str(two[0].project.pk)}
    answer: Any = browser.get(address(Order, "changelist"), query)
    assert len(answer.context_data["cl"].result_list) == 1


@pytest.mark.parametrize("model", [*MONEY, Difference, Delivery], ids=lambda model: model.__name__)
def test_by_state_and_day(model: type[Model]) -> None:
    pages: Any = next(pages for found, pages in registered() if found is model)
    by: dict[str, Any] = dict(entry for entry in pages.list_filter if isinstance(entry, tuple))
    assert "state" in by
    assert any(issubclass(kind, (RangeDateFilter, RangeDateTimeFilter)) for kind in by.values())
