"""Channel bills over real HTTP: what a sandbox wrote down of a day, got and read by the center."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pytest
from pytest_django import Settings

from gateway.accounts import channel_account
from gateway.bill_messages import (
    BillDownload,
    BillError,
    BillFault,
    BillKind,
    BillLine,
    BillRequest,
    Movement,
)
from gateway.channel_bills import download_bill, offered_bills, read_bill
from gateway.contract import Channel, ConfigurationError
from gateway.messages import (
    InvokeMethod,
    Outcome,
    PaymentRef,
    PayRequest,
    RefundRequest,
)
from gateway.models import ChannelCall
from gateway.registry import channel_of
from gateway.sandbox.identity import load_or_create
from merchants.models import PaymentAccount
from paycenter.kernel import clock
from paycenter.sandbox_seed import seed
from tests.contract.sandbox import HttpTransport, Sandbox, running_sandbox
from tests.support.fake_channel import FakeChannel
from tests.support.parties import make_account

AMOUNT = 12850
UNTIL_IT_IS_MADE = 33 * 3600
"""From any moment of a day to past 9:00 of the next, and not a day more."""
CALLED_BACK = "http://127.0.0.1:9/"

_numbers = count(1)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sandbox")
    load_or_create(folder)
    return folder


@pytest.fixture(scope="module")
def sandbox(data_dir: Path) -> Iterator[Sandbox]:
    with running_sandbox(data_dir) as running:
        yield running


@dataclass
class Till:
    """One seeded account and its day."""

    sandbox: Sandbox
    account: PaymentAccount

    transport = HttpTransport()

    @property
    def code(self) -> str:
        return self.account.channel_merchant.channel

    @property
    def channel(self) -> Channel:
        return channel_of(self.code)

    def paid(self, amount: int = AMOUNT) -> str:
        """Return the number of a payment that somebody paid."""
        serial_no = f"P261122080000{next(_numbers):011d}"
        known = replace(channel_account(self.account), callback_url=CALLED_BACK)
        request = PayRequest(
            serial_no=serial_no,
            amount=amount,
            currency="CNY",
            subject="物业费, 2026-11",
            invoke_method=InvokeMethod.QR_CODE,
            expires_at=clock.now() + timedelta(minutes=30),
        )
        assert self.channel.pay(known, request, self.transport).outcome is Outcome.PENDING
        self.sandbox.control(f"{self.code}/pay", serial_no=serial_no)
        return serial_no

    def refunded(self, serial_no: str, amount: int) -> str:
        """Return the number of a refund."""
        number = f"R261122080000{next(_numbers):011d}"
        request = RefundRequest(number, PaymentRef(serial_no), amount, AMOUNT, "CNY", "重复缴费")
        known = replace(channel_account(self.account), callback_url=CALLED_BACK)
        self.channel.refund(known, request, self.transport)
        return number

    def end_day(self, kind: BillKind = BillKind.TRADE) -> BillRequest:
        """Wait until its channel bill is made; return what asks for it."""
        paid_at = [order["paid_at"] for order in self.sandbox.books(self.code)["orders"]]
        self.sandbox.control("clock", advance_seconds=UNTIL_IT_IS_MADE)
        return BillRequest(date.fromisoformat(paid_at[0][:10]), kind)

    def download(self, request: BillRequest) -> tuple[BillDownload, io.BytesIO]:
        target = io.BytesIO()
        return download_bill(self.account, request, target), target

    def lines(self, request: BillRequest) -> list[BillLine]:
        found, target = self.download(request)
        assert found.outcome is Outcome.SUCCEEDED, found
        return list(read_bill(self.account, request, target))

    def reading_error(self, request: BillRequest) -> BillError:
        """Return what is wrong with a file that was downloaded without complaint."""
        with pytest.raises(BillError) as caught:
            self.lines(request)
        return caught.value

    def fault(self, name: str, operation: str = "bill") -> None:
        self.sandbox.control("faults", channel=self.code, operation=operation, fault=name)


@pytest.fixture
def seeded(transactional_db: None, settings: Settings, sandbox: Sandbox, data_dir: Path) -> Sandbox:
    settings.SANDBOX_URL, settings.SANDBOX_DATA_DIR = sandbox.base_url, data_dir
    seed()
    sandbox.control("reset")
    return sandbox


def till_of(sandbox: Sandbox, code: str) -> Till:
    accounts = PaymentAccount.objects.select_related("channel_merchant")
    return Till(sandbox, accounts.get(channel_merchant__channel=code))


@pytest.fixture(params=["wechat", "alipay"])
def till(request: pytest.FixtureRequest, seeded: Sandbox) -> Till:
    return till_of(seeded, request.param)


@pytest.fixture
def wechat(seeded: Sandbox) -> Till:
    return till_of(seeded, "wechat")


@pytest.fixture
def alipay(seeded: Sandbox) -> Till:
    return till_of(seeded, "alipay")


@pytest.fixture
def easypay(seeded: Sandbox) -> Till:
    return till_of(seeded, "easypay")


class TestTrades:
    def test_day_is_read_as_the_channel_booked_it(self, till: Till) -> None:
        first, second = till.paid(), till.paid(990)
        refund = till.refunded(first, 850)
        request = till.end_day()
        found, target = till.download(request)
        reading = read_bill(till.account, request, target)
        lines = list(reading)
        paid = {line.serial_no: line for line in lines if line.movement is Movement.PAYMENT}
        assert {number: line.amount for number, line in paid.items()} == {
            first: AMOUNT,
            second: 990,
        }
        assert {line.outcome for line in paid.values()} == {Outcome.SUCCEEDED}
        (returned,) = [line for line in lines if line.movement is Movement.REFUND]
        assert (returned.refund_serial_no, returned.refund_amount) == (refund, 850)
        assert returned.outcome is Outcome.SUCCEEDED
        books = {order["serial_no"]: order for order in till.sandbox.books(till.code)["orders"]}
        assert {line.channel_serial_no for line in paid.values()} == {
            books[number]["channel_serial_no"] for number in (first, second)
        }
        assert reading.totals is not None
        assert (reading.totals.payments, reading.totals.refunds) == (2, 1)
        assert (reading.totals.amount, reading.totals.refund_amount) == (AMOUNT + 990, 850)
        assert found.failure is None

    def test_fee_is_six_in_a_thousand_rounded_to_the_fen(self, till: Till) -> None:
        for amount in (12850, 990, 1, 83, 84, 250):
            till.paid(amount)
        fees = {line.amount: line.fee for line in till.lines(till.end_day())}
        assert fees == {12850: 77, 990: 6, 1: 0, 83: 0, 84: 1, 250: 2}

    def test_wechat_gives_the_fee_of_a_refund_back_and_alipay_does_not(
        self, wechat: Till, alipay: Till
    ) -> None:
        serial_no = wechat.paid()
        for part in (6425, 6425):
            wechat.refunded(serial_no, part)
        alipay.refunded(alipay.paid(), AMOUNT)
        request = wechat.end_day()
        assert sum(line.fee or 0 for line in wechat.lines(request)) == 0
        assert sum(line.fee or 0 for line in alipay.lines(request)) == 77

    def test_coupon_is_paid_for_and_not_settled(self, wechat: Till) -> None:
        serial_no = f"P261122080000{next(_numbers):011d}"
        known = replace(channel_account(wechat.account), callback_url=CALLED_BACK)
        request = PayRequest(
            serial_no, 1990, "CNY", "x", InvokeMethod.QR_CODE, clock.now() + timedelta(minutes=9)
        )
        wechat.channel.pay(known, request, wechat.transport)
        wechat.sandbox.control("wechat/pay", serial_no=serial_no, coupon=100)
        (line,) = wechat.lines(wechat.end_day())
        assert (line.amount, line.settled_amount, line.fee) == (1990, 1890, 11)

    def test_payment_of_the_next_day_is_on_the_next_channel_bill(self, till: Till) -> None:
        first = till.paid()
        request = till.end_day()
        second = till.paid()
        assert [line.serial_no for line in till.lines(request)] == [first]
        till.sandbox.control("clock", advance_seconds=UNTIL_IT_IS_MADE)
        paid_at = till.sandbox.books(till.code)["orders"][1]["paid_at"]
        next_day = BillRequest(date.fromisoformat(paid_at[:10]))
        assert [line.serial_no for line in till.lines(next_day)] == [second]

    def test_refund_is_in_the_state_it_had_when_the_file_was_made(self, wechat: Till) -> None:
        wechat.sandbox.control("wechat/settings", refund_finish_seconds=None)
        ended, waiting = wechat.refunded(wechat.paid(), 850), wechat.refunded(wechat.paid(), 850)
        wechat.sandbox.control("wechat/refunds", refund_serial_no=ended, state="failed")
        request = wechat.end_day()
        wechat.sandbox.control("wechat/refunds", refund_serial_no=waiting, state="succeeded")
        states = {line.refund_serial_no: line.outcome for line in wechat.lines(request)}
        assert states[ended] is Outcome.FAILED
        assert states[waiting] is Outcome.PENDING

    def test_call_is_recorded_without_a_way_to_the_file(self, till: Till) -> None:
        till.paid()
        till.download(till.end_day())
        kept = ChannelCall.objects.get(operation="bill")
        assert (kept.outcome, kept.status, kept.method) == ("succeeded", 200, "GET")
        assert "fileId=***" in kept.url or "token=***" in kept.url
        assert kept.response_body == ""


class TestAccount:
    def test_balance_follows_from_its_changes(self, till: Till) -> None:
        first = till.paid()
        till.paid(990)
        till.refunded(first, 850)
        lines = till.lines(till.end_day(BillKind.ACCOUNT))
        if till.code == "wechat":
            lines.reverse()
        balance = 0
        for line in lines:
            assert line.change is not None
            balance += line.change
            assert line.balance == balance
        movements = [line.movement for line in lines]
        assert movements.count(Movement.PAYMENT) == 2
        assert movements.count(Movement.FEE) == 2
        assert movements.count(Movement.REFUND) == 1

    def test_both_kinds_tell_of_the_same_money(self, till: Till) -> None:
        till.refunded(till.paid(), 850)
        till.paid(990)
        request = till.end_day()
        trades = till.lines(request)
        changes = till.lines(replace(request, kind=BillKind.ACCOUNT))
        settled = sum(line.settled_amount or 0 for line in trades)
        returned = sum(line.settled_refund_amount or 0 for line in trades)
        fees = sum(line.fee or 0 for line in trades)
        assert sum(line.change or 0 for line in changes) == settled - returned - fees

    def test_refund_that_failed_comes_back(self, wechat: Till) -> None:
        wechat.sandbox.control("wechat/settings", refund_finish_seconds=None)
        number = wechat.refunded(wechat.paid(), 850)
        wechat.sandbox.control("wechat/refunds", refund_serial_no=number, state="failed")
        lines = wechat.lines(wechat.end_day(BillKind.ACCOUNT))
        (taken,) = [line for line in lines if line.movement is Movement.REFUND]
        (back,) = [line for line in lines if line.movement is Movement.REFUND_REVERSED]
        assert taken.change == -(back.change or 0)
        assert taken.refund_serial_no == back.refund_serial_no == number


class TestNotYetAndNothing:
    def test_channel_bill_of_today_is_refused(self, till: Till) -> None:
        till.paid()
        paid_at = till.sandbox.books(till.code)["orders"][0]["paid_at"]
        found, _ = till.download(BillRequest(date.fromisoformat(paid_at[:10])))
        assert (found.outcome, found.file) == (Outcome.FAILED, None)

    def test_channel_bill_that_is_still_being_made_is_asked_for_again(self, till: Till) -> None:
        till.paid()
        request = till.end_day()
        till.fault("not_ready")
        found, _ = till.download(request)
        assert (found.outcome, found.file) == (Outcome.PENDING, None)
        assert till.download(request)[0].outcome is Outcome.SUCCEEDED

    def test_day_without_trades_has_no_file_at_wechat(self, wechat: Till) -> None:
        long_ago = BillRequest(clock.business_date(clock.now()) - timedelta(days=9))
        for kind in BillKind:
            assert wechat.download(replace(long_ago, kind=kind))[0] == BillDownload(
                Outcome.SUCCEEDED
            )

    def test_day_without_trades_has_a_file_without_lines_at_alipay(self, alipay: Till) -> None:
        long_ago = BillRequest(clock.business_date(clock.now()) - timedelta(days=9))
        for kind in BillKind:
            assert alipay.lines(replace(long_ago, kind=kind)) == []


class TestBentFiles:
    @pytest.mark.parametrize("kind", BillKind)
    @pytest.mark.parametrize(
        ("fault", "expected"),
        [
            ("extra_column", BillFault.LAYOUT),
            ("another_date", BillFault.ANOTHER_DATE),
            ("wrong_totals", BillFault.TOTALS),
            ("fraction_of_fen", BillFault.LINE),
        ],
    )
    def test_file_that_is_not_as_it_should_be_says_why(
        self, till: Till, kind: BillKind, fault: str, expected: BillFault
    ) -> None:
        till.paid()
        request = till.end_day(kind)
        till.fault(fault)
        assert till.reading_error(request).fault is expected

    def test_another_merchants_file_is_refused(self, till: Till) -> None:
        till.paid()
        request = till.end_day()
        till.fault("another_merchant")
        assert till.reading_error(request).fault is BillFault.ANOTHER_MERCHANT

    def test_missing_and_doubled_and_changed_lines_read_without_complaint(self, till: Till) -> None:
        first, second = till.paid(), till.paid()
        request = till.end_day()
        till.fault("missing_line")
        assert len(till.lines(request)) == 1
        till.fault("doubled_line")
        doubled = [line.serial_no for line in till.lines(request)]
        assert (len(doubled), set(doubled)) == (3, {first, second})
        till.fault("changed_amount")
        assert sorted(line.amount or 0 for line in till.lines(request)) == [AMOUNT, AMOUNT + 1]

    def test_truncated_file_is_kept_and_damaged(self, till: Till) -> None:
        till.paid()
        request = till.end_day()
        till.fault("truncated", "bill_file")
        found, target = till.download(request)
        assert found.outcome is Outcome.UNKNOWN
        assert found.error is not None
        assert found.error.fault is BillFault.DAMAGED
        assert found.file is not None
        assert found.file.size == len(target.getvalue()) > 0

    def test_wrong_hash_is_kept_and_told(self, wechat: Till) -> None:
        wechat.paid()
        request = wechat.end_day()
        wechat.fault("wrong_hash")
        found, target = wechat.download(request)
        assert found.error is not None
        assert found.error.fault is BillFault.WRONG_HASH
        assert found.file is not None
        assert target.getvalue()

    @pytest.mark.parametrize(
        ("fault", "operation"), [("other_host", "bill"), ("redirect", "bill_file")]
    )
    def test_nobody_is_asked_but_the_channel(self, till: Till, fault: str, operation: str) -> None:
        till.paid()
        request = till.end_day()
        till.fault(fault, operation)
        found, target = till.download(request)
        assert found.error is not None
        assert found.error.fault is BillFault.ELSEWHERE
        assert target.getvalue() == b""
        assert till.download(request)[0].outcome is Outcome.SUCCEEDED

    @pytest.mark.parametrize("operation", ["bill", "bill_file"])
    @pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
    def test_lost_connection_is_asked_again(self, till: Till, fault: str, operation: str) -> None:
        till.paid()
        request = till.end_day()
        till.fault(fault, operation)
        found, _ = till.download(request)
        assert (found.outcome, found.file) == (Outcome.UNKNOWN, None)
        assert till.download(request)[0].outcome is Outcome.SUCCEEDED

    @pytest.mark.parametrize("fault", ["bad_signature", "tampered_body", "rate_limited"])
    def test_answer_that_proves_nothing_fetches_nothing(self, till: Till, fault: str) -> None:
        till.paid()
        request = till.end_day()
        till.fault(fault)
        found, _ = till.download(request)
        assert (found.outcome, found.file) == (Outcome.UNKNOWN, None)


class TestEasyPay:
    def test_orders_are_paged_and_paid_ones_read(self, easypay: Till) -> None:
        numbers = [easypay.paid() for _ in range(3)]
        easypay.refunded(numbers[0], 850)
        reading = easypay.end_day()
        lines = easypay.lines(reading)
        assert sorted(line.serial_no for line in lines) == sorted(numbers)
        assert {line.amount for line in lines} == {AMOUNT}
        assert {line.outcome for line in lines} == {Outcome.SUCCEEDED}

    def test_missing_and_changed_orders_read_without_complaint(self, easypay: Till) -> None:
        for _ in range(2):
            easypay.paid()
        request = easypay.end_day()
        easypay.fault("missing_line", "orders")
        assert len(easypay.lines(request)) == 1
        easypay.fault("changed_amount", "orders")
        amounts = sorted(line.amount or 0 for line in easypay.lines(request))
        assert amounts == [AMOUNT, AMOUNT + 1]

    def test_platform_that_cannot_page_is_found_out(self, easypay: Till) -> None:
        for _ in range(2):
            easypay.paid()
        request = easypay.end_day()
        easypay.sandbox.control(
            "faults", channel="easypay", operation="orders", fault="no_paging", times=None
        )
        assert easypay.download(request)[0].outcome is Outcome.UNKNOWN

    def test_another_merchants_orders_are_refused(self, easypay: Till) -> None:
        easypay.paid()
        request = easypay.end_day()
        easypay.fault("another_merchant", "orders")
        assert easypay.reading_error(request).fault is BillFault.ANOTHER_MERCHANT


class TestDoor:
    def test_every_channel_offers_what_it_has(self, seeded: Sandbox) -> None:
        kinds = {
            code: set(offered_bills(till_of(seeded, code).account))
            for code in ("wechat", "alipay", "easypay")
        }
        assert kinds == {
            "wechat": set(BillKind),
            "alipay": set(BillKind),
            "easypay": {BillKind.TRADE},
        }

    @pytest.mark.django_db(transaction=True)
    def test_channel_without_any_says_so(self, channel: FakeChannel) -> None:
        account = make_account()
        assert offered_bills(account) == {}
        request = BillRequest(date(2026, 1, 1))
        with pytest.raises(ConfigurationError):
            download_bill(account, request, io.BytesIO())
        with pytest.raises(ConfigurationError):
            read_bill(account, request, io.BytesIO())
        assert channel.calls == []

    def test_kind_the_account_lacks_is_refused_before_anything_is_sent(self, easypay: Till) -> None:
        request = BillRequest(date(2026, 1, 1), BillKind.ACCOUNT)
        with pytest.raises(ConfigurationError):
            easypay.download(request)
        assert not ChannelCall.objects.exists()
