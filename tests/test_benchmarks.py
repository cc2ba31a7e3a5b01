"""What the benchmarks of lists and of growth are made of still fits the tables."""

import pytest

from notifications.models import Delivery
from tests.benchmarks.listed_rows import make_year
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
