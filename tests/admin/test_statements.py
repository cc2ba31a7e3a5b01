"""Statements and reports of a company: on the page, in files, only for who may see the books."""

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import translation

from merchants.models import Project
from paycenter.kernel.clock import business_date
from paycenter.kernel.spreadsheets import read_rows
from paycenter.operators.books import sheets, statements
from paycenter.operators.books.scope_form import usual_spans
from paycenter.operators.exporting.files import XLSX
from tests.admin.pages import read
from tests.admin.rows import Company, make_company, make_story
from transactions.ledger.closing import close_day
from transactions.ledger.events import post_payment, post_refund
from transactions.models import Order, Payment, Refund
from transactions.statements.reports import Line
from transactions.statements.rows import Scope

FORMULA = "=1+1"


@pytest.fixture
def day(company: Company) -> date:
    """The day on which a company took 128.50 yuan and gave 28.50 back; its application is odd."""
    order = make_story(company)
    Order.objects.filter(pk=order.pk).update(order_no=FORMULA)
    _book(company)
    other = make_company()
    make_story(other)
    _book(other)
    payment = Payment.objects.get(merchant=company.merchant, state="succeeded")
    assert payment.paid_at is not None
    return business_date(payment.paid_at)


def _book(company: Company) -> None:
    moment = Payment.objects.filter(merchant=company.merchant).latest("id").created_at
    Refund.objects.filter(merchant=company.merchant).update(succeeded_at=moment)
    for payment in Payment.objects.filter(merchant=company.merchant, state="succeeded"):
        post_payment(payment)
    for refund in Refund.objects.filter(merchant=company.merchant):
        post_refund(refund)


def _url(whose: Company, day: date, page: str = "statements", **changes: object) -> str:
    query = QueryDict(mutable=True)
    query.update({"company": str(whose.merchant.pk), "first": str(day), "last": str(day)})
    query.update({name: str(value) for name, value in changes.items()})
    return f"{reverse(page)}?{query.urlencode()}"


def _totals(browser: Client, url: str) -> dict[str, dict[str, tuple[int, int]]]:
    read(browser, url)
    groups = browser.get(url).context["groups"]
    return {
        str(title): {name: (each.count, each.amount) for name, each in sums}
        for title, sums in groups
    }


def _cells(rows: Sequence[Sequence[str]], column: int) -> list[str]:
    return [row[column] for row in rows]


def test_a_statement_shows_rows_and_totals(browser: Client, company: Company, day: date) -> None:
    browser.cookies["django_language"] = "en"
    page = read(browser, _url(company, day))
    for text in ("¥100.00", "128.50", "-28.50", FORMULA, "阳光花园", "0 of 1 days closed"):
        assert text in page
    assert _totals(browser, _url(company, day)) == {
        "By kind": {"payment": (1, 12_850), "refund": (1, -2_850)},
        "By channel": {"WeChat Pay": (2, 10_000)},
        "By project": {"阳光花园": (2, 10_000)},
        "By fee type": {"停车费": (2, 2_217), "物业费": (2, 7_783)},
    }


def test_a_closed_day_shows_its_digest(browser: Client, company: Company, day: date) -> None:
    closed = close_day(company.merchant, day - timedelta(days=1))
    browser.cookies["django_language"] = "en"
    eve = day - timedelta(days=1)
    assert closed.sha256 in read(browser, _url(company, eve))
    assert "1 of 2 days closed" in read(browser, _url(company, eve, last=day))


def test_a_statement_may_be_narrowed(browser: Client, company: Company, day: date) -> None:
    browser.cookies["django_language"] = "en"
    totals = _totals(browser, _url(company, day, fee_type="停车费"))
    assert totals["By kind"] == {"payment": (1, 2_850), "refund": (1, -633)}
    own = _totals(browser, _url(company, day, project=company.project.pk))
    assert own["By kind"] == {"payment": (1, 12_850), "refund": (1, -2_850)}
    empty = Project.objects.create(merchant=company.merchant, code="none", name="空")
    assert _totals(browser, _url(company, day, project=empty.pk)) == {}


def test_csv_has_all_rows_and_the_total(browser: Client, company: Company, day: date) -> None:
    answer: Any = browser.get(_url(company, day) + "&as=csv")
    assert answer.headers["Content-Type"] == "text/csv"
    assert f"statement-{day:%Y%m%d}.csv" in answer.headers["Content-Disposition"]
    text = b"".join(answer).decode()
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text[1:])))
    assert _cells(rows[1:], 12) == ["128.50", "-28.50", "100.00"]
    assert _cells(rows[1:3], 3) == [f"'{FORMULA}"] * 2


def test_xlsx_has_the_same_rows_and_no_formula(
    browser: Client, company: Company, day: date
) -> None:
    answer: Any = browser.get(_url(company, day) + "&as=xlsx")
    assert answer.headers["Content-Type"] == XLSX
    rows = list(read_rows(io.BytesIO(b"".join(answer))))
    assert [float(cell) for cell in _cells(rows[1:], 12)] == [128.5, -28.5, 100]
    assert _cells(rows[1:3], 3) == [FORMULA] * 2


def test_a_file_is_in_the_language_of_who_asked(company: Company, day: date) -> None:
    scope = Scope(merchant_id=company.merchant.pk, first=day, last=day)
    with translation.override("en"):
        rows = sheets.sheet_rows(scope)
    with translation.override("zh-hans"):
        assert next(rows)[0] == "business date"
        assert next(rows)[1] == "payment"


def test_more_rows_than_a_file_is_made_for_are_refused(
    browser: Client, company: Company, day: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "LARGEST_XLSX", 1)
    browser.cookies["django_language"] = "en"
    assert "Take the CSV file" in read(browser, _url(company, day) + "&as=xlsx")


def test_a_long_statement_shows_its_first_rows(
    browser: Client, company: Company, day: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "SHOWN", 1)
    browser.cookies["django_language"] = "en"
    page = browser.get(_url(company, day))
    assert len(page.context["found"]) == 1
    assert "A file has all." in page.content.decode()


def test_reports_by_everything(browser: Client, company: Company, day: date) -> None:
    browser.cookies["django_language"] = "en"
    read(browser, _url(company, day, page="reports"))
    found = browser.get(_url(company, day, page="reports")).context["reports"]
    sums = {title: {name: _figures(line) for name, line in lines} for title, lines in found}
    both = (1, 12_850, 1, 2_850)
    assert sums["By project"] == {"阳光花园": both}
    assert sums["By channel"] == {"WeChat Pay": both}
    assert sums["By day"] == {str(day): both}
    assert list(sums["By hour"].values()) == [both]
    assert sums["By fee type"] == {"停车费": (1, 2_850, 1, 633), "物业费": (1, 10_000, 1, 2_217)}


def _figures(line: Line) -> tuple[int, int, int, int]:
    return line.payments, line.taken, line.refunds, line.given_back


@pytest.mark.parametrize("page", ["statements", "reports"])
@pytest.mark.parametrize(
    "changes",
    [
        {"company": "x"},
        {"company": ""},
        {"company": "999999999"},
        {"company": "9" * 30},
        {"first": "2026-02-30"},
        {"first": "2026-01-01", "last": "2025-12-31"},
        {"first": "2026-01-01", "last": "2026-04-03"},
    ],
)
def test_what_cannot_be_shown_is_explained(
    browser: Client, company: Company, day: date, page: str, changes: dict[str, str]
) -> None:
    answer = browser.get(_url(company, day, page=page, **changes))
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert "groups" not in answer.context
    assert "reports" not in answer.context


@pytest.mark.parametrize("page", ["statements", "reports"])
def test_only_who_may_see_the_books_sees_them(
    client: Client, company: Company, day: date, page: str
) -> None:
    clerk = User.objects.create(username="clerk", is_staff=True)
    client.force_login(clerk)
    assert client.get(_url(company, day, page=page)).status_code == 403
    clerk.user_permissions.add(Permission.objects.get(codename="view_journalentry"))
    client.force_login(clerk)
    assert client.get(_url(company, day, page=page)).status_code == 200


def test_the_spans_people_look_at_most() -> None:
    spans = [(first, last) for _, first, last in usual_spans(date(2026, 3, 1))]
    assert spans == [
        (date(2026, 3, 1), date(2026, 3, 1)),
        (date(2026, 2, 28), date(2026, 2, 28)),
        (date(2026, 3, 1), date(2026, 3, 1)),
        (date(2026, 2, 1), date(2026, 2, 28)),
    ]
