"""A desk whose channel divides payments: receivers, payments to be split, what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Sum

from notifications.models import Alert
from paycenter.kernel.clock import now
from tests.support.desk import PAYMENTS, Desk
from tests.support.fake_splits import FakeSplits
from tests.support.signing import Answer
from tests.support.split_rules import make_receiver, make_rule
from transactions.models import (
    Account,
    JournalLine,
    Order,
    Payment,
    Receiver,
    Split,
    SplitRelease,
    SplitReturn,
    SplitRule,
    SplitRuleItem,
    SplitShare,
)
from transactions.tasks import sweep_splits

SPLITS = "/api/v1/splits"
PAST = timedelta(seconds=1)


@dataclass(frozen=True)
class SplitDesk:
    """What an application at ``desk`` does to have payments divided by ``splits``."""

    desk: Desk
    splits: FakeSplits

    def receiver(self, **changes: Any) -> Receiver:
        """Return a merchant that is bound as a receiver of the desk's account."""
        owner = changes.pop("channel_merchant", self.desk.account.channel_merchant)
        return make_receiver(owner, **changes)

    def rule(self, items: Mapping[Receiver, int]) -> SplitRule:
        """Return an approved rule that gives receivers these parts per million."""
        rule = make_rule(self.desk.account.channel_merchant)
        for receiver, value in items.items():
            SplitRuleItem.objects.create(
                rule=rule, receiver=receiver, kind="ppm", value=value, description="服务费"
            )
        return rule

    def paid(
        self, order_no: str = "A1", *, mode: str = "manual", rule: SplitRule | None = None
    ) -> Payment:
        """Return a payment of 100 yuan that succeeded just now and whose money is frozen."""
        payment = self.desk.pending_payment(order_no)
        Order.objects.filter(pk=payment.order_id).update(split_mode="rule" if rule else mode)
        Payment.objects.filter(pk=payment.pk).update(split_rule=rule)
        self.desk.callback(self.desk.channel.paid(payment.serial_no, paid_at=now()))
        return self.payment(payment)

    def ready(self, order_no: str = "A1", **changes: Any) -> Payment:
        """Return a payment that the channel divides already."""
        payment = self.paid(order_no, **changes)
        earlier = now() - timedelta(seconds=self.splits.terms.earliest_seconds)
        Payment.objects.filter(pk=payment.pk).update(paid_at=earlier)
        return self.payment(payment)

    def split(
        self,
        payment: Payment,
        parts: Mapping[Receiver, int],
        split_no: str = "S1",
        **changes: Any,
    ) -> Answer:
        """Ask for a split."""
        body = {
            "serial_no": payment.serial_no,
            "split_no": split_no,
            "shares": [
                {"receiver_id": receiver.receiver_no, "amount": amount, "description": "服务费"}
                for receiver, amount in parts.items()
            ],
        }
        return self.desk.client.post(SPLITS, body | changes)

    def shared(
        self, shares: Mapping[Receiver, int], order_no: str = "A1", split_no: str = "S1"
    ) -> Split:
        """Return a split whose shares are all decided."""
        self.split(self.ready(order_no), shares, split_no)
        self.look()
        return Split.objects.get(split_no=split_no)

    def give_back(
        self, split: Split, receiver: Receiver, amount: int = 500, return_no: str = "T1"
    ) -> Answer:
        """Ask for the return of a share."""
        body = {"return_no": return_no, "receiver_id": receiver.receiver_no, "amount": amount}
        return self.desk.client.post(f"{SPLITS}/{split.split_serial_no}/returns", body)

    def release(self, payment: Payment) -> Answer:
        """Ask to free the rest of a payment."""
        return self.desk.client.post(f"{PAYMENTS}/{payment.serial_no}/release")

    def look(self) -> None:
        """Let the time of every split, return and release come, and the sweep with it."""
        for model in (Split, SplitReturn, SplitRelease):
            model._default_manager.filter(due_at__isnull=False).update(due_at=now() - PAST)
        sweep_splits()

    def payment(self, payment: Payment) -> Payment:
        """Read a payment anew."""
        return self.desk.payment(payment.serial_no)


def results(split: Split) -> list[tuple[int, str]]:
    """Return the shares of a split as (amount, result)."""
    return list(SplitShare.objects.filter(split=split).values_list("amount", "result"))


def money(payment: Payment) -> tuple[int, int, int]:
    """Return what of a payment is shared, reserved for refunds, and refunded."""
    row = Payment.objects.get(pk=payment.pk)
    return row.shared, row.refund_reserved, row.refunded


def alerts(rule: str) -> list[Alert]:
    """Return the alerts of a rule, oldest first."""
    return list(Alert.objects.filter(rule=rule).order_by("pk"))


def balance(account: Account) -> int:
    """Return the debits less the credits of an account, in fen."""
    lines = JournalLine.objects.filter(account=account)
    sums = lines.aggregate(debit=Sum("debit", default=0), credit=Sum("credit", default=0))
    return int(sums["debit"]) - int(sums["credit"])


def assert_books_agree(payment: Payment) -> None:
    """What the payment counts as shared is what its shares say, and what the ledger says."""
    row = Payment.objects.get(pk=payment.pk)
    shares = list(SplitShare.objects.filter(split__payment=payment))
    alive = [one for one in shares if one.result != SplitShare.Result.FAILED]
    aside = SplitReturn.objects.filter(
        share__split__payment=payment,
        refund__state__in=["pending_approval", "approved", "processing", "unknown"],
        state__in=["planned", "processing", "unknown"],
    )
    kept = sum(one.amount - one.returned for one in alive)
    assert row.shared == kept - sum(aside.values_list("amount", flat=True))
    assert row.amount >= row.shared + row.refund_reserved + row.refunded
    done = [one for one in shares if one.result == SplitShare.Result.SUCCEEDED]
    assert balance(Account.SHARED) == sum(one.amount - one.returned for one in done)
    assert balance(Account.CHANNEL) == row.amount - row.refunded - balance(Account.SHARED)
