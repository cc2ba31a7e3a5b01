"""What has happened cannot be changed here, not even by a superuser with a crafted request."""

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.forms.models import model_to_dict
from django.test import Client

from merchants.models import Merchant, PaymentAccount, PropertyGroup
from paycenter.operators.base import RecordAdmin
from tests.admin.bill_rows import make_bill
from tests.admin.books import make_books
from tests.admin.pages import address, record_models, registered
from tests.admin.rows import make_duplicate, make_proposal
from tests.admin.split_rows import divide, rule_for
from transactions.models import (
    BillLine,
    ChannelBill,
    ClosedDay,
    DayBalance,
    Difference,
    DuplicatePayment,
    JournalEntry,
    JournalLine,
    Move,
    Order,
    OrderLine,
    Payment,
    Reconciliation,
    Refund,
    RefundProposal,
    Split,
    SplitRelease,
    SplitReturn,
    SplitShare,
)

OF_SPLITS = {Split, SplitShare, SplitReturn, SplitRelease}
MONEY = {Order, OrderLine, Payment, Refund, RefundProposal, DuplicatePayment, Move} | OF_SPLITS
BOOKS = {JournalEntry, JournalLine, DayBalance, ClosedDay}
BILLS = {ChannelBill, BillLine, Reconciliation, Difference}


@pytest.fixture(autouse=True)
def _rows(order: Order, browser: Client) -> None:
    """Rows of every kind."""
    make_duplicate(order)
    divide(order)
    make_books(order)
    make_bill(order)
    rule_for(order)
    make_proposal(order)


def test_money_and_evidence_are_records() -> None:
    assert set(record_models()) >= MONEY | BOOKS | BILLS
    assert len(record_models()) == 47


@pytest.mark.parametrize("page", ["add", "change", "delete"])
def test_records_refuse_every_change(browser: Client, page: str) -> None:
    for model in record_models():
        row = model._default_manager.order_by("-pk").first()
        if row is None:
            continue
        args = () if page == "add" else (row.pk,)
        before = _facts(row)
        answer = browser.post(address(model, page, *args), {**_form(row), "post": "yes"})
        assert answer.status_code == 403, (model, page)
        row.refresh_from_db()
        assert _facts(row) == before


def test_records_are_not_deleted_by_ticking_them(browser: Client) -> None:
    for model in record_models():
        ticked = [str(pk) for pk in model._default_manager.values_list("pk", flat=True)]
        browser.post(
            address(model, "changelist"),
            {"action": "delete_selected", "_selected_action": ticked, "post": "yes"},
        )
        assert model._default_manager.count() == len(ticked), model


def test_records_offer_no_transition(browser: Client, order: Order) -> None:
    """A lifecycle has one caller, ``transactions.moves``, and no page is it."""
    url = address(Order, "change", order.pk)
    assert browser.post(url, {"_fsm_transition_to": "refund_rest"}).status_code == 403
    order.refresh_from_db()
    assert order.state == "partially_refunded"


@pytest.mark.parametrize("model", [Merchant, PaymentAccount, PropertyGroup, User])
def test_setup_is_switched_off_instead_of_deleted(browser: Client, model: type[Model]) -> None:
    row = model._default_manager.order_by("-pk").first()
    assert row is not None
    answer = browser.post(address(model, "delete", row.pk), {"post": "yes"})
    assert answer.status_code == 403


def test_only_those_who_may_see_a_record_see_it(client: Client, order: Order) -> None:
    clerk = User.objects.create(username="clerk", is_staff=True)
    client.force_login(clerk)
    for model, pages in registered():
        if isinstance(pages, RecordAdmin):
            assert client.get(address(model, "changelist")).status_code == 403
    assert client.get(address(Order, "change", order.pk)).status_code == 403


def _facts(row: Model) -> dict[str, object]:
    return {field.name: field.value_from_object(row) for field in row._meta.concrete_fields}


def _form(row: Model) -> dict[str, str]:
    return {name: str(value) for name, value in model_to_dict(row).items() if value is not None}
