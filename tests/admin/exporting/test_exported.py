"""A list is taken away as the reader sees it: its rows, its columns, in the reader's language."""

import csv
import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from merchants.models import AuditEvent
from notifications.models import Alert, Delivery
from paycenter.operators.exporting import cells, exported
from paycenter.operators.exporting.exported import ExportedAdmin
from tests.admin.bill_rows import make_bill
from tests.admin.pages import address, read, registered
from tests.admin.rows import Company, make_company, make_duplicate, make_story
from tests.admin.split_rows import divide
from tests.support.audit import deeds
from transactions.models import Difference, DuplicatePayment, Order, Payment, Refund, Split

LISTS = (
    Order,
    Payment,
    Refund,
    Split,
    Difference,
    Delivery,
    Alert,
    DuplicatePayment,
    AuditEvent,
)


def taken(browser: Client, model: type[Model], kind: str = "csv", **query: str) -> bytes:
    """Return the file of a list."""
    answer: Any = browser.get(address(model, "export", kind), query)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def rows_of(browser: Client, model: type[Model], **query: str) -> list[list[str]]:
    """Return the rows of a list's CSV file, heads first."""
    text = taken(browser, model, **query).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


@pytest.fixture
def everything(order: Order) -> Order:
    """A row in every list that may be taken away."""
    divide(order)
    make_bill(order)
    make_duplicate(order)
    return order


def test_these_lists_may_be_taken_away() -> None:
    assert {model for model, pages in registered() if isinstance(pages, ExportedAdmin)} == set(
        LISTS
    )


@pytest.mark.parametrize("model", LISTS)
def test_a_file_has_the_rows_and_columns_of_the_list(
    browser: Client, everything: Order, model: type[Model]
) -> None:
    heads, *rows = rows_of(browser, model)
    pages: Any = next(pages for found, pages in registered() if found is model)
    assert len(heads) == len(pages.list_display)
    assert rows
    assert len(rows) == model._default_manager.count()
    assert not [cell for row in rows for cell in row if "<" in cell or "content_copy" in cell]


@pytest.mark.parametrize("model", LISTS)
def test_the_list_leads_to_its_files(
    browser: Client, everything: Order, model: type[Model]
) -> None:
    page = read(browser, address(model, "changelist") + "?p=1")
    for kind in ("csv", "xlsx"):
        assert f'href="{address(model, "export", kind)}?p=1"' in page


def test_exactly_what_the_filter_leaves_is_taken(browser: Client, company: Company) -> None:
    mine = make_story(company)
    make_story(make_company())
    query = {"merchant__id__exact": str(company.merchant.pk)}
    assert [row[0] for row in rows_of(browser, Order, **query)[1:]] == [mine.order_no]
    assert [row[0] for row in rows_of(browser, Order, state="created")[1:]] == []
    found = rows_of(browser, Order, q=mine.order_no)[1:]
    assert [row[0] for row in found] == [mine.order_no]


def test_money_is_yuan_and_texts_are_the_readers(browser: Client, order: Order) -> None:
    browser.cookies["django_language"] = "en"
    heads, row = rows_of(browser, Order, q=order.order_no)
    said = dict(zip(heads, row, strict=True))
    assert said["Amount (yuan)"] == "128.50"
    assert said["State"] == "partially refunded"
    browser.cookies["django_language"] = "zh-hans"
    heads, row = rows_of(browser, Order, q=order.order_no)
    assert "金额（元）" in heads
    assert "部分退款" in row


def test_an_xlsx_file_has_numbers_for_money_and_texts_for_numbers(
    browser: Client, order: Order
) -> None:
    Order.objects.filter(pk=order.pk).update(order_no="0012")
    sheet = load_workbook(io.BytesIO(taken(browser, Order, "xlsx", q="0012"))).worksheets[0]
    cells_of_row = next(iter(sheet.iter_rows(min_row=2)))
    assert (cells_of_row[0].value, cells_of_row[0].data_type) == ("0012", "s")
    assert 128.5 in [cell.value for cell in cells_of_row]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_formula_is_defused(browser: Client, order: Order, kind: str) -> None:
    Order.objects.filter(pk=order.pk).update(subject='=HYPERLINK("//evil")')
    file = taken(browser, Order, kind, q=order.order_no)
    if kind == "xlsx":
        sheet = load_workbook(io.BytesIO(file)).worksheets[0]
        texts = [str(cell.value) for row in sheet.iter_rows() for cell in row]
    else:
        texts = [cell for row in csv.reader(io.StringIO(file.decode())) for cell in row]
    assert [text for text in texts if "HYPERLINK" in text] == ['\'=HYPERLINK("//evil")']


def test_all_pages_are_taken_in_the_order_of_the_list(
    browser: Client, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "PAGE", 2)
    numbers = [make_story(company).order_no for _ in range(5)]
    assert [row[0] for row in rows_of(browser, Order)[1:]] == numbers[::-1]


def test_the_language_lasts_until_the_last_row(
    browser: Client, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "PAGE", 1)
    browser.cookies["django_language"] = "en"
    for _ in range(3):
        make_story(company)
    assert all("partially refunded" in row for row in rows_of(browser, Order)[1:])


def test_too_much_for_an_xlsx_file_is_refused(
    browser: Client, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exported, "LARGEST_XLSX", 1)
    make_story(company)
    make_story(company)
    url = address(Order, "export", "xlsx") + "?state=paid&state=partially_refunded"
    answer = browser.get(url, follow=True)
    assert answer.redirect_chain[0][0].endswith("?state=paid&state=partially_refunded")
    assert "CSV" in answer.content.decode()
    assert not deeds().exists()


def test_who_took_what_away_is_in_the_audit_log(
    browser: Client, order: Order, operator: User
) -> None:
    taken(browser, Order, state="paid")
    event = deeds().get()
    assert (event.action, event.user) == (AuditEvent.Action.EXPORT, operator)
    assert (event.object_type, event.after) == (
        "transactions.order",
        {"format": "csv", "state": ["paid"]},
    )


def test_who_may_not_see_a_list_may_not_take_it(client: Client, order: Order) -> None:
    client.force_login(User.objects.create(username="clerk", is_staff=True))
    for model in LISTS:
        for kind in ("csv", "xlsx"):
            assert client.get(address(model, "export", kind)).status_code == 403
    assert not deeds().exists()


def test_only_rows_that_the_pages_show_are_taken(
    browser: Client, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever narrows a list narrows its file: both begin with ``get_queryset``."""
    pages: Any = next(pages for model, pages in registered() if model is Order)
    monkeypatch.setattr(pages, "get_queryset", lambda request: Order.objects.none())
    assert len(rows_of(browser, Order)) == 1


def test_strangers_are_sent_to_sign_in(client: Client, db: None) -> None:
    answer = client.get(address(Order, "export", "csv"))
    assert answer.headers["Location"].startswith(reverse("admin:login"))


@pytest.mark.parametrize(
    ("kind", "query", "status"),
    [
        ("pdf", {}, 404),
        ("csv", {"nonsense": "1"}, 404),
        ("csv", {"merchant__group__code__startswith": "a"}, 400),
    ],
)
def test_nonsense_is_refused(
    browser: Client, order: Order, kind: str, query: dict[str, str], status: int
) -> None:
    answer = browser.get(address(Order, "export", kind), query)
    assert answer.status_code == status
    assert not deeds().exists()


def test_a_list_is_only_read(browser: Client, order: Order) -> None:
    answer: HttpResponse = browser.post(address(Order, "export", "csv"))  # type: ignore[assignment]
    assert answer.status_code == 405


def test_what_is_masked_on_the_page_is_masked_in_the_file(
    browser: Client, everything: Order
) -> None:
    payment = Payment.objects.filter(order=everything).latest("id")
    hidden = payment.launch["payer"]["openid"]
    for model in LISTS:
        assert hidden.encode() not in taken(browser, model)
