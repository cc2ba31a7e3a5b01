"""Channel bills and differences on the pages: uploaded, read, worked on by two people."""

from datetime import date
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests.admin.pages import address, read
from tests.support.fake_bills import FakeBills, bill_of, line
from tests.support.fake_channel import FakeChannel
from tests.support.workers import Workers
from tests.transactions.reconciliation.ledgers import Books, noon, open_books
from transactions.bills.loading import load_bill
from transactions.models import BillLine, ChannelBill, Difference, Reconciliation

DAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def _own_files(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def books(transactional_db: None, channel: FakeChannel, monkeypatch: pytest.MonkeyPatch) -> Books:
    monkeypatch.setattr(type(channel), "bills", FakeBills())
    return open_books()


@pytest.fixture
def second(db: None) -> Client:
    """Somebody else who may work on differences."""
    user = User.objects.create(username="second", is_staff=True)
    names = ("view_difference", "change_difference", "view_channelbill")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user)
    return client


def _upload(browser: Client, books: Books, content: bytes, day: date = DAY) -> str:
    body = {
        "channel_merchant": books.owner.pk,
        "kind": "trade",
        "day": day.isoformat(),
        "file": SimpleUploadedFile("bill.jsonl", content),
    }
    answer = browser.post(reverse("admin:transactions_channelbill_upload"), body, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def _difference(books: Books) -> Difference:
    books.line(noon(DAY), number="P-unknown", amount=500)
    books.reconcile(DAY)
    return Difference.objects.get()


def _button(row: Difference, name: str) -> str:
    return address(Difference, "change", row.pk).replace("/change/", f"/{name}/")


class TestBills:
    def test_an_uploaded_file_is_kept_read_and_handed_out(
        self, browser: Client, books: Books
    ) -> None:
        content = bill_of([line(1, serial_no="P1", amount=12_345, fee=74)])
        assert "文件已保存" in _upload(browser, books, content)
        bill = ChannelBill.objects.get()
        assert (bill.uploaded_by, load_bill(bill.pk).state) == ("operator", "loaded")
        page = read(browser, address(ChannelBill, "change", bill.pk))
        assert "123.45" in page
        assert "0.74" in page
        got = browser.get(address(ChannelBill, "change", bill.pk).replace("change", "get_file"))
        assert b"".join(got.streaming_content) == content  # type: ignore[attr-defined]
        lines = read(
            browser, f"{address(BillLine, 'changelist')}?channel_bill__id__exact={bill.pk}"
        )
        assert "P1" in lines

    def test_the_same_file_again_leads_to_the_first(self, browser: Client, books: Books) -> None:
        content = bill_of([line(1, serial_no="P1", amount=500)])
        _upload(browser, books, content)
        load_bill(ChannelBill.objects.get().pk)
        assert "曾经收到过" in _upload(browser, books, content)
        assert ChannelBill.objects.count() == 1

    def test_what_is_wrong_with_a_file_is_said(self, browser: Client, books: Books) -> None:
        _upload(browser, books, b"{broken")
        bill = load_bill(ChannelBill.objects.get().pk)
        page = read(browser, address(ChannelBill, "change", bill.pk))
        assert "line 1 of the fake bill is damaged" in page
        again = address(ChannelBill, "change", bill.pk).replace("change", "read_again")
        browser.post(again)
        bill.refresh_from_db()
        assert bill.state == ChannelBill.State.RECEIVED

    def test_a_day_that_is_not_over_has_no_bill(self, browser: Client, books: Books) -> None:
        page = _upload(browser, books, b"x", day=date(2099, 1, 1))
        assert "当天结束后" in page
        assert not ChannelBill.objects.exists()

    def test_who_may_only_look_uploads_nothing(self, second: Client, books: Books) -> None:
        assert second.get(reverse("admin:transactions_channelbill_upload")).status_code == 403


class TestDifferences:
    def test_one_proposes_and_another_agrees(
        self, browser: Client, second: Client, books: Books
    ) -> None:
        row = _difference(books)
        body = {"version": row.version, "solution": "suspense", "explanation": "渠道多收"}
        browser.post(_button(row, "propose"), body)
        row.refresh_from_db()
        assert (row.state, row.proposed_by) == ("proposed", "operator")
        asked = read(second, _button(row, "agree"))
        assert "5.00" in asked
        second.post(_button(row, "agree"), {"seen": row.version})
        row.refresh_from_db()
        assert (row.state, row.resolved_by) == ("resolved", "second")
        page = read(browser, address(Difference, "change", row.pk))
        assert "渠道多收" in page
        assert "second" in page

    def test_nobody_agrees_with_himself(self, browser: Client, books: Books) -> None:
        row = _difference(books)
        body = {"version": row.version, "solution": "suspense", "explanation": "渠道多收"}
        browser.post(_button(row, "propose"), body)
        row.refresh_from_db()
        answer = browser.post(_button(row, "agree"), {"seen": row.version}, follow=True)
        assert "须由他人同意" in answer.content.decode()
        row.refresh_from_db()
        assert row.state == "proposed"

    def test_a_worksheet_goes_out_and_comes_back(self, browser: Client, books: Books) -> None:
        row = _difference(books)
        got = browser.get(reverse("admin:transactions_difference_download_sheet"))
        text = b"".join(got.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        filled = text.rstrip("\r\n").removesuffix(",").removesuffix(",") + ",explained,已核对\r\n"
        sheet = SimpleUploadedFile("sheet.csv", filled.encode())
        page = browser.post(reverse("admin:transactions_difference_upload_sheet"), {"file": sheet})
        assert "P-unknown" in page.content.decode()
        row.refresh_from_db()
        assert (row.state, row.explanation) == ("proposed", "已核对")


def test_a_run_under_way_shows_itself_again(
    browser: Client, books: Books, workers: Workers
) -> None:
    _difference(books)
    run = Reconciliation.objects.get()
    url = address(Reconciliation, "change", run.pk)
    assert "Refresh" not in browser.get(url).headers
    Reconciliation.objects.update(state="running", step="unequal", due_at=run.created_at)
    answer = browser.get(url)
    assert answer.headers["Refresh"] == "3"
    assert workers.errors == []
