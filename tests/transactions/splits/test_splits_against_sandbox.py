"""Payments divided at the simulated channels over real HTTP: both sides' books end the same.

By rule and by hand, with a receiver who gets nothing, shares that come back, and refunds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F, Sum
from pytest_django import Settings

from gateway.accounts import channel_account
from gateway.messages import Outcome
from gateway.registry import channel_of
from gateway.split_messages import Receiver as ChannelReceiver
from gateway.split_messages import ReceiverBinding, ReceiverKind, Relation
from merchants.models import ApplicationKey, PaymentAccount
from paycenter.sandbox_seed import seed
from tests.contract.sandbox import HttpTransport, Sandbox, running_sandbox
from tests.support.desk import Desk
from tests.support.fake_channel import FakeChannel
from tests.support.fake_splits import FakeSplits
from tests.support.signing import SigningClient
from tests.support.split_desk import SplitDesk, results
from tests.support.workers import Workers
from transactions.models import (
    JournalLine,
    Order,
    Payment,
    Receiver,
    Refund,
    Split,
    SplitReturn,
    SplitRule,
    SplitShare,
)
from transactions.tasks import send_payment, sync_payment

Entries = dict[tuple[str, str, str], int]
"""What money did, by kind, number and receiver: fen into the company's account, or out of it."""

NAMES = {
    "wechat": (ReceiverKind.MERCHANT, ("1900099301", "1900099302")),
    "alipay": (ReceiverKind.USER_ID, ("2088101117955611", "2088101117955612")),
}
FAILS = {"wechat": "ACCOUNT_ABNORMAL", "alipay": "ROYALTY_ACCOUNT_INVALID"}
_numbers = count(1)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sandbox")


@pytest.fixture(scope="module")
def sandbox(data_dir: Path) -> Iterator[Sandbox]:
    with running_sandbox(data_dir) as running:
        yield running


@dataclass(frozen=True)
class House:
    """The seeded company at one simulated channel, and two receivers bound there."""

    desk: SplitDesk
    sandbox: Sandbox
    workers: Workers
    receivers: tuple[Receiver, Receiver]

    @property
    def code(self) -> str:
        """The channel's code."""
        return self.desk.desk.account.channel_merchant.channel

    def paid(self, mode: str, rule: SplitRule | None = None) -> Payment:
        """Return a payment of 100 yuan whose money the channel froze, a minute ago."""
        order_no = f"A{next(_numbers)}"
        self.workers.pause()
        serial_no = self.desk.desk.pay(order_no)["serial_no"]
        self.workers.resume()
        Order.objects.filter(order_no=order_no).update(split_mode=mode)
        payment = Payment.objects.get(serial_no=serial_no)
        Payment.objects.filter(pk=payment.pk).update(split_rule=rule)
        send_payment(payment.pk)
        self.sandbox.control(f"{self.code}/pay", serial_no=serial_no)
        sync_payment(payment.pk)
        Payment.objects.filter(pk=payment.pk).update(paid_at=F("paid_at") - timedelta(minutes=1))
        return self.desk.payment(payment)

    def settle(self) -> None:
        """Let the channel decide what waits, and the center hear of it."""
        for _ in range(3):
            self.sandbox.control("clock", advance_seconds=2)
            self.desk.look()
            self.desk.desk.sweep_refunds()

    def their_books(self) -> Entries:
        """Return every fen the channel moved, as it recorded that itself."""
        entries: Entries = {}
        for order in self.sandbox.books(self.code)["orders"]:
            if order["paid_at"] is None:
                continue
            entries["payment", order["serial_no"], ""] = order["amount"]
            for split in order["splits"]:
                number = split["split_serial_no"]
                entries |= _lines("split", number, split["shares"], sign=-1)
                for back in split.get("returns", []):
                    entries |= _lines("split_return", back["return_serial_no"], [back])
            for refund in order["refunds"]:
                number = refund["refund_serial_no"]
                entries |= _lines("refund", number, [refund | {"account": ""}], sign=-1)
                entries |= _lines("split_return", number, refund.get("taken_back", []))
        return entries


def _lines(kind: str, number: str, lines: list[Any], *, sign: int = 1) -> Entries:
    done = [line for line in lines if line.get("state", "succeeded") == "succeeded"]
    return {(kind, number, line["account"]): sign * line["amount"] for line in done}


def our_books() -> Entries:
    """Return what the ledger says of the money at the channel, in the same words."""
    at_channel = JournalLine.objects.filter(account="channel").values_list(
        "entry__kind", "entry__reference"
    )
    moved = at_channel.annotate(amount=Sum("debit") - Sum("credit"))
    return {_named(kind, reference): amount for kind, reference, amount in moved}


def _named(kind: str, reference: str) -> tuple[str, str, str]:
    """Return an entry as the channel knows it: by number, and by the receiver's account."""
    if kind == "split":
        number, _, receiver_no = reference.partition("-")
        shares = SplitShare.objects.filter(split__split_serial_no=number)
        return kind, number, _account(shares.get(receiver__receiver_no=receiver_no))
    if kind == "split_return":
        returned = SplitReturn.objects.select_related("refund").get(return_serial_no=reference)
        carried = returned.refund if returned.with_refund else None
        return kind, str(carried or reference), _account(returned.share)
    return kind, reference, ""


def _account(share: SplitShare) -> str:
    return share.unseal("sealed_account")


@pytest.fixture(params=["wechat", "alipay"])
def house(
    request: pytest.FixtureRequest,
    transactional_db: None,
    settings: Settings,
    workers: Workers,
    sandbox: Sandbox,
    data_dir: Path,
) -> House:
    settings.SANDBOX_URL, settings.SANDBOX_DATA_DIR = sandbox.base_url, data_dir
    settings.INITIATE_WAIT_SECONDS = 0.05
    sandbox.control("reset")
    seed()
    account = PaymentAccount.objects.get(channel_merchant__channel=request.param)
    key = ApplicationKey.objects.select_related("application").get()
    client = SigningClient(key.key_id, key.unseal("sealed_secret"))
    nobody = FakeChannel()
    desk = Desk(key.application, account, account, client, nobody, nobody)
    kind, accounts = NAMES[request.param]
    split_desk = SplitDesk(desk, FakeSplits(nobody))
    first, second = (_bound(split_desk, sandbox, kind, number) for number in accounts)
    return House(split_desk, sandbox, workers, (first, second))


def _bound(desk: SplitDesk, sandbox: Sandbox, kind: ReceiverKind, number: str) -> Receiver:
    account = desk.desk.account
    channel = channel_of(account.channel_merchant.channel)
    sandbox.control(f"{channel.code}/receivers", account=number, fail_reason=None, name="保洁公司")
    binding = ReceiverBinding(
        f"B{number}", ChannelReceiver(kind, number), "保洁公司", Relation.PARTNER
    )
    report = channel.splitting().bind_receiver(channel_account(account), binding, HttpTransport())
    assert report.outcome is Outcome.SUCCEEDED, report
    return desk.receiver(account=number, kind=kind.value)


def test_a_payment_divided_by_rule_is_refunded_whole(house: House) -> None:
    first, second = house.receivers
    rule = house.desk.rule({first: 100_000, second: 50_000})
    payment = house.paid("rule", rule)
    house.settle()
    split = Split.objects.get()
    assert (split.state, results(split)) == ("finished", [(1_000, "succeeded"), (500, "succeeded")])
    assert house.desk.desk.refund(payment, amount=10_000).status == 201
    house.settle()
    assert Refund.objects.get().state == "succeeded"
    assert sum(house.their_books().values()) == 0
    assert our_books() == house.their_books()


def test_a_payment_divided_by_hand_though_one_receiver_gets_nothing(house: House) -> None:
    first, second = house.receivers
    house.sandbox.control(
        f"{house.code}/receivers", account=NAMES[house.code][1][1], fail_reason=FAILS[house.code]
    )
    payment = house.paid("manual")
    assert house.desk.split(payment, {first: 1_000, second: 500}).status == 201
    house.settle()
    partial = channel_of(house.code).splitting().terms.partial
    outcome = "succeeded" if partial else "failed"
    assert results(Split.objects.get()) == [(1_000, outcome), (500, "failed")]
    assert house.desk.split(payment, {first: 1_500}, "S2").status == 201
    house.settle()
    split = Split.objects.get(split_no="S2")
    assert results(split) == [(1_500, "succeeded")]
    returned = house.desk.give_back(split, first, 700)
    assert returned.status == (201 if partial else 409)
    house.settle()
    assert our_books() == house.their_books()
    assert house.desk.desk.refund(payment, amount=9_000).status == 201
    house.settle()
    assert Refund.objects.get().state == "succeeded"
    # At WeChat Pay the refund had the rest released already.
    assert house.desk.release(payment).status == (200 if partial else 201)
    house.settle()
    books = house.their_books()
    assert our_books() == books
    row = Payment.objects.get(pk=payment.pk)
    assert (row.shared, row.refund_reserved, row.refunded) == (1_000, 0, 9_000)
    assert sum(books.values()) == row.amount - row.refunded - row.shared
