"""What a company's lists read: its own rows, newest first, never a whole table."""

import pytest
from django.db import connection, models

from tests.support.money import make_order
from transactions.models import Checkout, DuplicatePayment, Order, Payment, Refund


@pytest.mark.parametrize("model", [Order, Payment, Refund, Checkout, DuplicatePayment])
def test_rows_of_one_company_come_from_an_index_in_their_order(
    db: None, model: type[models.Model]
) -> None:
    merchant = make_order().merchant
    rows = model._default_manager.filter(merchant=merchant).order_by("-id")[:50]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    plan = rows.explain()
    assert "_by_merchant" in plan, plan
    assert "Sort" not in plan, plan
