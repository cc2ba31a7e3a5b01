"""A page costs the same however much there is: statements are counted with few rows and many."""

import pytest
from django.test import Client
from django.urls import reverse

from gateway.models import Callback, ChannelCall, HealthChange
from merchants.models import (
    Application,
    ApplicationKey,
    ChannelMerchant,
    ChannelSwitch,
    Grant,
    Merchant,
    PaymentAccount,
    Project,
    SecurityRecord,
    StoredCredential,
    UsedNonce,
)
from notifications.models import Alert, Delivery, DeliveryAttempt, Endpoint, Event
from tests.admin.books import make_books
from tests.admin.pages import address
from tests.admin.rows import Company, make_company, make_story
from tests.support.statements import counting
from transactions.models import (
    Checkout,
    CollectionCode,
    JournalEntry,
    JournalLine,
    Move,
    Order,
    OrderLine,
    Payment,
    Refund,
)
from transactions.tallies.counting import count_due_hours

OF_EVERY_PAGE = 3
"""The session, the user and the sign-in."""
OF_A_LIST = 1
"""The rows with all they refer to; never a count."""
OF_A_COUNTED_LIST = 2
"""Set-up is small: its lists count their pages."""
OF_A_STORY = 11
OF_THE_DASHBOARD = 18

RECORDS = (
    Order,
    OrderLine,
    Payment,
    Refund,
    Move,
    Checkout,
    JournalEntry,
    JournalLine,
    ChannelCall,
    Callback,
    HealthChange,
    Alert,
    Event,
    Delivery,
    DeliveryAttempt,
    Endpoint,
    SecurityRecord,
    UsedNonce,
    StoredCredential,
    ApplicationKey,
)
SETUP = (
    Application,
    ChannelMerchant,
    ChannelSwitch,
    CollectionCode,
    Grant,
    PaymentAccount,
    Project,
)


def cost(browser: Client, url: str) -> int:
    """Return how many statements a page takes beyond those of every page."""
    with counting() as spent:
        answer = browser.get(url)
        assert answer.status_code == 200
    return len(spent.statements) - OF_EVERY_PAGE


@pytest.mark.parametrize("model", RECORDS)
def test_a_list_of_records_is_one_statement(
    browser: Client, company: Company, model: type[Order]
) -> None:
    url = address(model, "changelist")
    make_books(make_story(company))
    few = cost(browser, url)
    for _ in range(3):
        make_books(make_story(make_company(), attempts=3, tries=3))
    assert (few, cost(browser, url)) == (OF_A_LIST, OF_A_LIST)


@pytest.mark.parametrize("model", SETUP)
def test_a_list_of_setup_is_two_statements(
    browser: Client, company: Company, model: type[Order]
) -> None:
    url = address(model, "changelist")
    few = cost(browser, url)
    for _ in range(3):
        make_company()
    assert (few, cost(browser, url)) == (OF_A_COUNTED_LIST, OF_A_COUNTED_LIST)


def test_the_list_of_companies_reads_their_channels_at_once(
    browser: Client, company: Company
) -> None:
    url = address(Merchant, "changelist")
    few = cost(browser, url)
    make_company()
    assert (few, cost(browser, url)) == (OF_A_COUNTED_LIST + 1, OF_A_COUNTED_LIST + 1)


def test_a_story_is_eleven_statements_however_long(browser: Client, company: Company) -> None:
    short = make_story(company, attempts=1, tries=1)
    long = make_story(company, attempts=12, tries=15)
    costs = [cost(browser, address(Order, "change", order.pk)) for order in (short, long)]
    assert costs == [OF_A_STORY, OF_A_STORY]


def test_the_first_page_is_eighteen_statements_whatever_it_shows(
    browser: Client, company: Company
) -> None:
    url = reverse("admin:index")
    empty = cost(browser, url)
    for _ in range(5):
        make_story(company)
    assert (empty, cost(browser, url)) == (OF_THE_DASHBOARD, OF_THE_DASHBOARD)
    count_due_hours()
    assert cost(browser, url) == OF_THE_DASHBOARD


def test_finding_a_number_is_one_statement_more(browser: Client, company: Company) -> None:
    order = make_story(company)
    make_story(company)
    url = address(Payment, "changelist") + f"?q={order.order_no}"
    assert cost(browser, url) == OF_A_LIST + 1
