"""A channel bill is asked for until it is there, kept as it came, and read once, whole or not."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.db.models import Sum
from pytest_django import Settings

from gateway import channel_bills
from gateway.bill_messages import BillDownload, BillError, BillFault, BillKind, Movement
from gateway.messages import Failure, Outcome
from gateway.models import ChannelCall
from merchants.models import ChannelMerchant, PaymentAccount
from notifications.alerting.gathering import gather_alerts
from notifications.models import Alert, Incident
from tests.support.fake_bills import EMPTY, FakeBills, bill_of, line
from tests.support.workers import Workers
from transactions.bills import loading, receiving
from transactions.bills.loading import load_bill, read_again
from transactions.bills.receiving import ask_again, receive_bill
from transactions.bills.sweeping import (
    take_due_bills,
    tell_bills_that_came,
    tell_missing_bills,
)
from transactions.bills.tasks import sweep_bills
from transactions.bills.uploading import SameFile, upload_bill
from transactions.bills.wanting import want_bills
from transactions.models import (
    Account,
    BillLine,
    ChannelBill,
    JournalEntry,
    JournalLine,
    Reconciliation,
)

DAY = date(2026, 11, 21)
AFTER = datetime.fromisoformat("2026-11-22T09:30:00+08:00")
FIRST = bill_of([line(1, serial_no="P1", amount=10_000, fee=60, channel_serial_no="42P1")])
SECOND = bill_of(
    [
        line(1, serial_no="P1", amount=10_000, fee=60, channel_serial_no="42P1"),
        line(2, serial_no="P2", amount=500, fee=3),
        line(
            3, Movement.REFUND, serial_no="P1", refund_serial_no="R1", refund_amount=10_000, fee=-60
        ),
    ]
)


@pytest.fixture(autouse=True)
def morning() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AFTER, tick=False) as traveller:
        yield traveller


def _want(account: PaymentAccount, kind: BillKind = BillKind.TRADE) -> ChannelBill:
    """Return yesterday's bill, still to be got."""
    ChannelMerchant.objects.update(created_at=datetime.fromisoformat("2026-11-21T08:00:00+08:00"))
    want_bills()
    return ChannelBill.objects.get(kind=kind, channel_merchant=account.channel_merchant)


def _loaded(bills: FakeBills, bill: ChannelBill, content: bytes) -> ChannelBill:
    bills.replies.append(content)
    receive_bill(bill.pk)
    return load_bill(bill.pk)


def _balance(account: Account) -> int:
    sums = JournalLine.objects.filter(account=account).aggregate(d=Sum("debit"), c=Sum("credit"))
    return (sums["d"] or 0) - (sums["c"] or 0)


def test_every_day_and_kind_is_wanted_once(account: PaymentAccount) -> None:
    ChannelMerchant.objects.update(created_at=datetime.fromisoformat("2026-11-19T08:00:00+08:00"))
    assert want_bills() == 6
    assert want_bills() == 0
    found = ChannelBill.objects.values_list("bill_date", "kind").order_by("bill_date", "kind")
    days = [date(2026, 11, day) for day in (19, 20, 21)]
    assert list(found) == [(day, kind) for day in days for kind in ("account", "trade")]
    (due,) = set(ChannelBill.objects.filter(bill_date=DAY).values_list("due_at", flat=True))
    assert due == datetime.fromisoformat("2026-11-22T09:00:00+08:00")


def test_a_switched_off_channel_merchant_has_no_bills(account: PaymentAccount) -> None:
    ChannelMerchant.objects.update(is_active=False)
    assert want_bills() == 0


def test_a_bill_is_kept_as_it_came_and_read_into_lines(
    account: PaymentAccount, bills: FakeBills
) -> None:
    bill = _loaded(bills, _want(account), SECOND)
    assert bill.state == ChannelBill.State.LOADED
    with bill.file.open("rb") as kept:
        assert kept.read() == SECOND
    assert Path(bill.file.path).stat().st_mode & 0o077 == 0
    lines = list(
        bill.lines.values_list("line_no", "movement", "number", "serial_no", "amount", "fee")
    )
    assert lines == [
        (1, "payment", "P1", "P1", 10_000, 60),
        (2, "payment", "P2", "P2", 500, 3),
        (3, "refund", "R1", "P1", 10_000, -60),
    ]
    assert (bill.line_count, bill.totals["amount"], bill.totals["fee"]) == (3, 10_500, 3)
    assert ChannelCall.objects.get().operation == "bill"
    assert Reconciliation.objects.get(channel_bill=bill).state == "due"


def test_the_channels_fees_are_booked_on_the_bills_day(
    account: PaymentAccount, bills: FakeBills
) -> None:
    _loaded(bills, _want(account), FIRST)
    entry = JournalEntry.objects.get()
    assert (entry.kind, entry.business_date) == ("fee", DAY)
    assert _balance(Account.FEE) == -_balance(Account.CHANNEL) == 60


def test_reading_twice_is_reading_once(account: PaymentAccount, bills: FakeBills) -> None:
    bill = _loaded(bills, _want(account), FIRST)
    load_bill(bill.pk)
    receive_bill(bill.pk)
    assert BillLine.objects.count() == Reconciliation.objects.count() == 1
    assert _balance(Account.FEE) == 60


def test_a_bill_that_is_not_there_is_asked_for_again(
    account: PaymentAccount, bills: FakeBills, workers: Workers
) -> None:
    bill = receive_bill(_want(account).pk)
    assert (bill.state, bill.asked) == (ChannelBill.State.WANTED, 1)
    assert bill.due_at == datetime.fromisoformat("2026-11-22T09:35:00+08:00")
    bills.replies.append(FIRST)
    ChannelBill.objects.filter(kind="account").delete()
    assert ask_again(bill)
    sweep_bills()
    for message in workers.kept("load_bill"):
        workers.work_on(message)
    bill.refresh_from_db()
    assert bill.state == ChannelBill.State.LOADED


def test_a_day_without_trades_is_empty_and_compared_all_the_same(
    account: PaymentAccount, bills: FakeBills
) -> None:
    bills.replies.append(EMPTY)
    bill = receive_bill(_want(account).pk)
    assert (bill.state, bill.due_at) == (ChannelBill.State.EMPTY, None)
    assert Reconciliation.objects.get().channel_bill == bill


def test_a_refusal_is_told_and_needs_a_person(account: PaymentAccount, bills: FakeBills) -> None:
    failure = Failure("NO_AUTH", "没有权限 100%")
    bills.replies.append(BillDownload(Outcome.FAILED, failure=failure))
    bill = receive_bill(_want(account).pk)
    assert bill.state == ChannelBill.State.UNUSABLE
    assert "没有权限" in bill.told_error
    assert "没有权限" in Alert.objects.get().told


def test_an_answer_that_cannot_be_believed_is_asked_for_again(
    account: PaymentAccount, bills: FakeBills
) -> None:
    error = BillError(BillFault.WRONG_HASH, "the hash %(found)s is wrong", found="abc")
    bills.replies.append(BillDownload(Outcome.UNKNOWN, failure=error.failure, error=error))
    bill = receive_bill(_want(account).pk)
    assert (bill.state, bill.fault) == (ChannelBill.State.WANTED, "wrong_hash")
    assert bill.told_error == "the hash abc is wrong"


def test_a_damaged_bill_loads_nothing_and_keeps_its_file(
    account: PaymentAccount, bills: FakeBills
) -> None:
    bill = _loaded(bills, _want(account), FIRST + b"{cut off")
    assert (bill.state, bill.fault) == (ChannelBill.State.UNUSABLE, "line")
    assert bill.told_error == "line 2 of the fake bill is damaged"
    with bill.file.open("rb") as kept:
        assert kept.read() == FIRST + b"{cut off"
    assert not BillLine.objects.exists()
    assert not JournalEntry.objects.exists()
    assert not Reconciliation.objects.exists()
    assert Alert.objects.get().rule == "channel_bill_unusable"
    assert read_again(bill)
    bill.refresh_from_db()
    assert bill.state == ChannelBill.State.RECEIVED


def test_whoever_dies_while_reading_leaves_it_to_be_read(
    account: PaymentAccount, bills: FakeBills, monkeypatch: pytest.MonkeyPatch
) -> None:
    bills.replies.append(FIRST)
    bill = receive_bill(_want(account).pk)

    def dies(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(loading, "want_reconciliation", dies)
        with pytest.raises(MemoryError):
            load_bill(bill.pk)
    assert not BillLine.objects.exists()
    assert not JournalEntry.objects.exists()
    assert (bill.pk, "received", "wechat") in take_due_bills()
    assert load_bill(bill.pk).state == ChannelBill.State.LOADED


def test_whoever_takes_a_bill_up_has_it_alone_for_a_while(account: PaymentAccount) -> None:
    _want(account)
    assert len(take_due_bills()) == 2
    assert take_due_bills() == []


def test_a_download_that_lost_the_race_keeps_no_file(
    account: PaymentAccount, bills: FakeBills, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = _want(account)
    genuine = channel_bills.download_bill

    def overtaken(*args: object) -> BillDownload:
        ChannelBill.objects.filter(pk=bill.pk).update(asked=5)
        return genuine(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(receiving, "download_bill", overtaken)
    bills.replies.append(FIRST)
    receive_bill(bill.pk)
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


class TestRevisions:
    def test_a_second_file_replaces_the_first_and_counts_alone(
        self, account: PaymentAccount, bills: FakeBills
    ) -> None:
        first = _loaded(bills, _want(account), FIRST)
        second = self._upload(account, SECOND)
        assert second.revision == 2
        load_bill(second.pk)
        first.refresh_from_db()
        assert first.state == ChannelBill.State.REPLACED
        assert _balance(Account.FEE) == 3
        counting = BillLine.objects.filter(channel_bill__state="loaded")
        assert counting.count() == 3
        kinds = JournalEntry.objects.order_by("id").values_list("kind", flat=True)
        assert list(kinds) == ["fee", "reversal", "fee"]

    def test_the_same_file_again_is_said_to_be_there(
        self, account: PaymentAccount, bills: FakeBills
    ) -> None:
        first = _loaded(bills, _want(account), FIRST)
        with pytest.raises(SameFile) as caught:
            self._upload(account, FIRST)
        assert caught.value.bill == first
        assert ChannelBill.objects.filter(kind="trade").count() == 1

    def test_a_bill_still_waited_for_takes_the_upload(
        self, account: PaymentAccount, bills: FakeBills
    ) -> None:
        wanted = _want(account)
        assert self._upload(account, FIRST).pk == wanted.pk
        bills.replies.append(SECOND)
        receive_bill(wanted.pk)
        assert load_bill(wanted.pk).line_count == 1

    @staticmethod
    def _upload(account: PaymentAccount, content: bytes) -> ChannelBill:
        file = SimpleUploadedFile("../../账单 2026.csv", content)
        owner = account.channel_merchant
        return upload_bill(owner, BillKind.TRADE, DAY, file, by="finance")


def test_a_file_whose_row_is_not_written_does_not_stay(
    account: PaymentAccount, bills: FakeBills, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    def refused(*args: object, **kwargs: object) -> None:
        raise IntegrityError("no")

    owner = account.channel_merchant
    file = SimpleUploadedFile("bill.csv", FIRST)
    with monkeypatch.context() as patch:
        patch.setattr(ChannelBill, "save", refused)
        with pytest.raises(IntegrityError):
            upload_bill(owner, BillKind.TRADE, DAY, file, by="finance")
    assert [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()] == []
    upload_bill(owner, BillKind.TRADE, DAY, file, by="finance")
    assert len([path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]) == 1


def test_money_sent_to_the_bank_is_booked_once(account: PaymentAccount, bills: FakeBills) -> None:
    withdrawal = line(1, Movement.WITHDRAWAL, change=-9_000, flow_no="F1")
    bill = _loaded(bills, _want(account, BillKind.ACCOUNT), bill_of([withdrawal]))
    assert bill.state == ChannelBill.State.LOADED
    assert _balance(Account.BANK) == -_balance(Account.CHANNEL) == 9_000
    revision = bill_of([withdrawal, line(2, Movement.OTHER, change=5, flow_no="F2")])
    file = SimpleUploadedFile("flow.csv", revision)
    again = upload_bill(account.channel_merchant, BillKind.ACCOUNT, DAY, file, by="finance")
    assert load_bill(again.pk).line_count == 2
    assert _balance(Account.BANK) == 9_000


def test_a_missing_bill_is_told_once_from_half_past_ten(
    account: PaymentAccount, morning: time_machine.Traveller
) -> None:
    _want(account)
    assert tell_missing_bills() == 0
    morning.move_to(datetime.fromisoformat("2026-11-22T10:30:00+08:00"))
    assert tell_missing_bills() == 2
    assert tell_missing_bills() == 0
    assert set(Alert.objects.values_list("rule", flat=True)) == {"channel_bill_missing"}


def test_a_bill_that_came_late_ends_its_alert_once(
    account: PaymentAccount, morning: time_machine.Traveller
) -> None:
    bill = _want(account)
    morning.move_to(datetime.fromisoformat("2026-11-22T10:30:00+08:00"))
    tell_missing_bills()
    gather_alerts()
    assert tell_bills_that_came() == 0
    ChannelBill.objects.filter(pk=bill.pk).update(state=ChannelBill.State.EMPTY, due_at=None)
    assert tell_bills_that_came() == 1
    gather_alerts()
    assert tell_bills_that_came() == 0
    states = dict(Incident.objects.values_list("subject", "state"))
    assert states.pop(str(bill.pk)) == "over"
    assert set(states.values()) == {"open"}, "the other bill of the day is still missing"
