"""Test vocabulary: a payment of which receivers got shares, and of which some came back."""

from datetime import timedelta

from paycenter.kernel.numbers import mint
from tests.support.split_rules import make_receiver, make_rule
from transactions.models import (
    Move,
    Order,
    Payment,
    Receiver,
    Split,
    SplitRelease,
    SplitReturn,
    SplitRule,
    SplitShare,
)


def divide(order: Order) -> Payment:
    """Divide the paid payment of an order: one share succeeded, one failed, a part came back."""
    payment = Payment.objects.get(order=order, settles_order=True)
    Order.objects.filter(pk=order.pk).update(split_mode="manual")
    split = Split.objects.create(
        state="finished",
        merchant=payment.merchant,
        application=order.application,
        payment=payment,
        split_serial_no=mint("S", payment.created_at),
        split_no=f"SP-{payment.pk}",
        channel_split_no="3008450740201411110007820472",
        amount=1_500,
        created_at=payment.created_at + timedelta(minutes=2),
        finished_at=payment.created_at + timedelta(minutes=3),
    )
    cleaner = make_receiver(payment.channel_merchant, label="保洁公司")
    guard = make_receiver(payment.channel_merchant, label="保安公司")
    share = _share(split, cleaner, 1_000, result="succeeded", returned=400)
    _share(split, guard, 500, result="failed", failure_code="ACCOUNT_ABNORMAL")
    Payment.objects.filter(pk=payment.pk).update(shared=600)
    returned = SplitReturn.objects.create(
        state="succeeded",
        merchant=payment.merchant,
        application=order.application,
        share=share,
        return_serial_no=mint("B", payment.created_at),
        return_no=f"SR-{payment.pk}",
        amount=400,
        created_at=payment.created_at + timedelta(minutes=5),
        finished_at=payment.created_at + timedelta(minutes=5),
    )
    release = SplitRelease.objects.create(
        state="planned",
        merchant=payment.merchant,
        payment=payment,
        release_serial_no=mint("F", payment.created_at),
        due_at=payment.created_at + timedelta(hours=1),
        created_at=payment.created_at + timedelta(minutes=6),
    )
    for subject, row, target in (
        ("split", split, "finished"),
        ("splitreturn", returned, "succeeded"),
        ("splitrelease", release, "unknown"),
    ):
        Move.objects.create(
            merchant=payment.merchant,
            subject=subject,
            subject_id=row.pk,
            source="planned",
            target=target,
            cause="query",
            created_at=payment.created_at,
        )
    return payment


def rule_for(order: Order) -> SplitRule:
    """Make a rule that waits for approval, for the account by which an order was paid."""
    payment = Payment.objects.get(order=order, settles_order=True)
    facts = {"state": "waiting", "decided_by": "", "decided_at": None}
    rule = make_rule(payment.channel_merchant, ("ppm", 125_000), ("fixed", 150), **facts)
    receiver = rule.items.earliest("pk").receiver
    for subject, pk, source, target in (
        ("receiver", receiver.pk, "binding", "bound"),
        ("splitrule", rule.pk, "draft", "waiting"),
    ):
        Move.objects.create(
            merchant=rule.merchant,
            subject=subject,
            subject_id=pk,
            source=source,
            target=target,
            cause="person",
            actor="author",
            created_at=payment.created_at,
        )
    return rule


def _share(split: Split, receiver: Receiver, amount: int, **facts: object) -> SplitShare:
    own = {
        "merchant": split.merchant,
        "split": split,
        "receiver": receiver,
        "kind": receiver.kind,
        "amount": amount,
        "description": "服务费",
        "finished_at": split.finished_at,
    }
    share = SplitShare(**(own | facts)).seal("sealed_account", receiver.unseal("sealed_account"))
    share.save(force_insert=True)
    return share
