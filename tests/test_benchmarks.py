"""What the benchmarks of lists and of growth are made of still fits the tables."""

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.test import RequestFactory

from notifications.models import Delivery
from paycenter.operators.base import RecordAdmin
from tests.benchmarks.listed_pages import queries_of
from tests.benchmarks.listed_rows import make_year, somebody
from transactions.models import JournalLine, Payment, Refund


@pytest.mark.django_db(transaction=True)
def test_a_small_year_can_be_made() -> None:
    told: list[str] = []
    make_year(900, told.append)
    assert Payment.objects.count() == 900
    assert Refund.objects.exists()
    assert JournalLine.objects.exists()
    assert Delivery.objects.exists()
    assert "900 payments" in told


@pytest.mark.django_db(transaction=True)
def test_every_filter_of_every_list_has_choices_to_open() -> None:
    make_year(900, lambda _: None)
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_active=True, is_staff=True)
    lists = [pages for pages in site._registry.values() if isinstance(pages, RecordAdmin)]
    queries = [query for pages in lists for query in queries_of(pages, request, somebody())]
    assert len(queries) > 500
