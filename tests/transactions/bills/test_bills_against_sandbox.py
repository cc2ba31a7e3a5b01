"""A day at the simulated channels, from the payments to the compared bill, over real HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
import time_machine
from pytest_django import Settings

from gateway.accounts import channel_account
from gateway.messages import InvokeMethod, Outcome, PayRequest
from gateway.registry import channel_of
from merchants.models import ApplicationKey, PaymentAccount
from paycenter.kernel.clock import business_date, now
from paycenter.sandbox_seed import seed
from tests.contract.sandbox import HttpTransport, Sandbox, running_sandbox
from tests.support.desk import Desk
from tests.support.fake_channel import FakeChannel
from tests.support.signing import SigningClient
from tests.support.workers import Workers
from transactions.bills.tasks import load_bill, sweep_bills, want_bills
from transactions.models import BillLine, ChannelBill, Difference, Payment, Reconciliation, Refund
from transactions.reconciliation.tasks import run_reconciliation, sweep_reconciliations
from transactions.tasks import send_payment, sync_payment

UNTIL_IT_IS_MADE = 33 * 3600
"""From any moment of a day to past 9:00 of the next, and not a day more."""
_numbers = count(1)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sandbox")


@pytest.fixture(scope="module")
def sandbox(data_dir: Path) -> Iterator[Sandbox]:
    with running_sandbox(data_dir) as running:
        yield running


@dataclass(frozen=True)
class Till:
    """The seeded company at one simulated channel."""

    desk: Desk
    sandbox: Sandbox
    workers: Workers

    @property
    def code(self) -> str:
        """The channel's code."""
        return self.desk.account.channel_merchant.channel

    def paid(self, *, heard: bool = True) -> Payment:
        """Return a payment somebody paid; ``heard``: and the center asked what became of it."""
        self.workers.pause()
        serial_no = self.desk.pay(f"B{next(_numbers)}")["serial_no"]
        self.workers.resume()
        payment = Payment.objects.get(serial_no=serial_no)
        send_payment(payment.pk)
        self.sandbox.control(f"{self.code}/pay", serial_no=serial_no)
        if heard:
            sync_payment(payment.pk)
        return Payment.objects.get(pk=payment.pk)

    def refund(self, payment: Payment) -> Refund:
        """Return a refund of 10 yuan that succeeded."""
        assert self.desk.refund(payment, f"R{next(_numbers)}").status == 201
        for _ in range(3):
            self.sandbox.control("clock", advance_seconds=2)
            self.desk.sweep_refunds()
        return Refund.objects.get(payment=payment)

    def get_bills(self) -> list[ChannelBill]:
        """Let the day end, and the center get and read what the channel wrote down of it."""
        with time_machine.travel(now() + timedelta(days=1), tick=False):
            want_bills()
        self.sandbox.control("clock", advance_seconds=UNTIL_IT_IS_MADE)
        bills = ChannelBill.objects.filter(channel_merchant=self.desk.account.channel_merchant)
        for state in (ChannelBill.State.WANTED, ChannelBill.State.RECEIVED):
            bills.filter(state=state).update(due_at=now())
            sweep_bills()
        for message in self.workers.kept("load_bill"):
            load_bill(*message.args)
        return list(bills.order_by("kind"))

    def compare(self) -> list[Reconciliation]:
        """Compare every bill that was read with our books."""
        Reconciliation.objects.update(due_at=now())
        sweep_reconciliations()
        for message in self.workers.kept("run_reconciliation"):
            run_reconciliation(*message.args)
        owner = self.desk.account.channel_merchant
        return list(Reconciliation.objects.filter(channel_bill__channel_merchant=owner))


@pytest.fixture(params=["wechat", "alipay", "easypay"])
def till(
    request: pytest.FixtureRequest,
    transactional_db: None,
    settings: Settings,
    workers: Workers,
    sandbox: Sandbox,
    data_dir: Path,
    tmp_path: Path,
) -> Till:
    settings.SANDBOX_URL, settings.SANDBOX_DATA_DIR = sandbox.base_url, data_dir
    settings.INITIATE_WAIT_SECONDS = 0.05
    settings.MEDIA_ROOT = tmp_path
    sandbox.control("reset")
    seed()
    account = PaymentAccount.objects.get(channel_merchant__channel=request.param)
    key = ApplicationKey.objects.select_related("application").get()
    client = SigningClient(key.key_id, key.unseal("sealed_secret"))
    nobody = FakeChannel()
    return Till(Desk(key.application, account, account, client, nobody, nobody), sandbox, workers)


def test_a_day_is_got_read_and_found_equal(till: Till) -> None:
    first, second, lost = till.paid(), till.paid(), till.paid(heard=False)
    refund = till.refund(first)
    assert (refund.state, lost.state) == ("succeeded", "pending")

    bills = till.get_bills()
    assert {bill.state for bill in bills} <= {"loaded", "empty"}, [
        (bill.kind, bill.state, bill.error) for bill in bills
    ]
    assert {bill.bill_date for bill in bills} == {business_date(now())}
    trades = BillLine.objects.filter(channel_bill__kind="trade", movement="payment")
    named = set(trades.values_list("serial_no", flat=True))
    assert named == {first.serial_no, second.serial_no, lost.serial_no}

    runs = till.compare()
    assert {run.state for run in runs} == {"done"}
    assert list(Difference.objects.values_list("type", "number")) == []
    # What no callback and no query told, the bill did: by the same door.
    found = Payment.objects.get(pk=lost.pk)
    assert (found.state, found.settles_order) == ("succeeded", True)
    assert found.channel_serial_no in set(trades.values_list("channel_number", flat=True))


def test_what_only_the_channel_knows_is_found(till: Till) -> None:
    till.paid()
    stranger = "P26112208000000000STRANG"
    account = channel_account(till.desk.account)
    request = PayRequest(
        serial_no=stranger,
        amount=990,
        currency="CNY",
        subject="物业费",
        invoke_method=InvokeMethod.QR_CODE,
        expires_at=now() + timedelta(minutes=30),
    )
    result = channel_of(till.code).pay(account, request, HttpTransport())
    assert result.outcome is Outcome.PENDING
    till.sandbox.control(f"{till.code}/pay", serial_no=stranger)
    till.get_bills()
    till.compare()
    found = Difference.objects.filter(type="channel_only", movement="payment")
    assert list(found.values_list("number", flat=True)) == [stranger]
    assert Difference.objects.exclude(pk__in=found).count() == 0
