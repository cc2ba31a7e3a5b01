"""A database put back to an earlier moment: nothing of the channel's books stays unknown to us."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from gateway.messages import Outcome
from notifications.models import Event
from notifications.selectors import read_feed
from paycenter.kernel.clock import business_date, now
from tests.support.desk import Desk
from tests.support.dumps import dump, dump_programs, restore
from tests.support.fake_bills import FakeBills
from tests.support.fake_channel import PAID_AT, FakeChannel
from tests.transactions.reconciliation.ledgers import Books
from transactions.models import BillLine, ChannelBill, Difference, Payment, Refund

DAY: date = business_date(PAID_AT)


@pytest.fixture(autouse=True)
def _channel_with_bills(channel: FakeChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(channel), "bills", FakeBills())


def _last_read(desk: Desk) -> int:
    """Return the position an application has read its feed up to."""
    return read_feed(desk.application.pk, after=0, limit=200).next_after


def _restore_to(desk: Desk, tmp_path: Path) -> tuple[Path, Path, datetime]:
    """Return the programs, a dump of now, and now."""
    folder = dump_programs()
    if folder is None:
        pytest.skip("there is no pg_dump as new as the server")
    _last_read(desk)
    dump(folder, tmp_path / "center.dump")
    return folder, tmp_path / "center.dump", now()


def _channels_bill(desk: Desk) -> Books:
    """Write the channel's bill from its own books, and compare it with ours."""
    books = Books(desk.account)
    for payment in desk.channel.payments.values():
        if payment.outcome is Outcome.SUCCEEDED:
            books.line(
                PAID_AT,
                number=payment.serial_no,
                channel_number=payment.channel_serial_no,
                amount=payment.amount,
            )
    for refund in desk.channel.refunds.values():
        if refund.outcome is Outcome.SUCCEEDED:
            books.line(
                PAID_AT,
                movement="refund",
                number=refund.refund_serial_no,
                serial_no=refund.serial_no,
                channel_number=refund.channel_refund_no,
                amount=refund.amount,
            )
    books.reconcile(DAY)
    return books


def _our_numbers() -> set[str]:
    ours = set(Payment.objects.filter(state="succeeded").values_list("serial_no", flat=True))
    return ours | set(
        Refund.objects.filter(state="succeeded").values_list("refund_serial_no", flat=True)
    )


def test_all_the_channel_knows_is_a_row_or_a_difference(desk: Desk, tmp_path: Path) -> None:
    """What was open is asked for; what was made and refunded afterwards comes with the bill."""
    before, waiting = desk.paid_payment("A1"), desk.pending_payment("A2")
    folder, kept, moment = _restore_to(desk, tmp_path)
    desk.callback(desk.channel.paid(waiting.serial_no))
    lost = desk.paid_payment("A3")
    returned = desk.refund(before)["refund_serial_no"]
    desk.callback(desk.channel.refunded(returned))

    restore(folder, kept)
    assert desk.payment(waiting.serial_no).state == "pending"
    call_command("after_restore", since=moment)

    assert desk.payment(waiting.serial_no).state == "succeeded"
    assert desk.order("A2").state == "paid"
    _channels_bill(desk)
    listed = set(BillLine.objects.values_list("number", flat=True))
    assert listed == {before.serial_no, waiting.serial_no, lost.serial_no, returned}
    differences = Difference.objects.filter(type="channel_only")
    unknown = set(differences.values_list("number", flat=True))
    assert unknown == {lost.serial_no, returned}
    assert listed - unknown == _our_numbers()


def test_nothing_in_the_feed_is_passed_over(desk: Desk, tmp_path: Path) -> None:
    """An application goes on where it was, at a position this database has never given."""
    waiting = desk.pending_payment("A1")
    folder, kept, moment = _restore_to(desk, tmp_path)
    desk.paid_payment("A2")
    desk.paid_payment("A3")
    last_read = _last_read(desk)

    restore(folder, kept)
    desk.channel.paid(waiting.serial_no)
    call_command("after_restore", since=moment)

    page = read_feed(desk.application.pk, after=last_read, limit=200)
    assert [event.data["order_no"] for event in page.events] == ["A1"]
    assert Event.objects.filter(position__lte=last_read, data__order_no="A1").count() == 0


def test_a_success_after_the_end_is_learnt(desk: Desk, tmp_path: Path) -> None:
    payment = desk.pending_payment()
    desk.close(payment.serial_no)
    assert desk.payment(payment.serial_no).state == "closed"
    desk.channel.paid(payment.serial_no)
    call_command("after_restore", since=now() - timedelta(minutes=10))
    assert desk.payment(payment.serial_no).state == "succeeded"


def test_a_moment_to_come_is_refused(db: None) -> None:
    with pytest.raises(CommandError, match="not over yet"):
        call_command("after_restore", since=now() + timedelta(minutes=1))


@pytest.mark.parametrize("text", ["yesterday", "2026-11-28T03:50:00"])
def test_a_moment_without_zone_is_refused(db: None, text: str) -> None:
    with pytest.raises(CommandError, match="invalid _moment value"):
        call_command("after_restore", f"--since={text}")


def test_a_bill_whose_file_was_not_kept_is_got_again(desk: Desk) -> None:
    """Files are restored from their own copy, which may be older than the dump."""
    bill = ChannelBill.objects.create(
        merchant=desk.account.channel_merchant.merchant,
        channel_merchant=desk.account.channel_merchant,
        bill_date=DAY,
        kind="trade",
        state="received",
        file="bills/2026/11/gone.csv",
        sha256="ab" * 32,
        due_at=now(),
        created_at=now(),
    )
    call_command("after_restore", since=now() - timedelta(minutes=10))
    bill.refresh_from_db()
    assert (bill.state, bill.file.name, bill.sha256) == ("wanted", "", "")


def test_a_refund_under_way_is_asked_for(desk: Desk) -> None:
    payment = desk.paid_payment()
    number = desk.refund(payment)["refund_serial_no"]
    desk.channel.refunded(number)
    call_command("after_restore", since=now() - timedelta(minutes=10))
    assert desk.the_refund().state == "succeeded"
