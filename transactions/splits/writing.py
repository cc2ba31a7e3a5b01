"""Writing what is planned: a split with its shares and the money they take, or a release."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from paycenter.kernel.clock import now
from paycenter.kernel.numbers import mint
from transactions.models import Payment, Split, SplitRelease, SplitShare
from transactions.splits.shares import PlannedShare


def write_split(
    payment: Payment, shares: Sequence[PlannedShare], *, due_at: datetime | None, **facts: Any
) -> Split:
    """Write a split that is sent at ``due_at``, if it is. The payment's row is locked.

    ``facts`` are other fields of the split. The money is the receivers' from now on: it counts as
    shared until it is known that a share was not made.
    """
    amount = sum(share.amount for share in shares)
    payment.shared += amount
    payment.save(update_fields=["shared"])
    moment = now()
    own = {
        "merchant_id": payment.merchant_id,
        "application_id": payment.order.application_id,
        "payment": payment,
        "split_serial_no": mint("S", moment),
        "amount": amount,
        "due_at": due_at,
        "created_at": moment,
    }
    split = Split.objects.create(**(own | facts))
    SplitShare.objects.bulk_create([_share(split, share) for share in shares])
    return split


def write_release(payment: Payment, *, due_at: datetime) -> SplitRelease:
    """Write a release that is sent at ``due_at``. The payment's row is locked."""
    moment = now()
    return SplitRelease.objects.create(
        merchant_id=payment.merchant_id,
        payment=payment,
        release_serial_no=mint("F", moment),
        due_at=due_at,
        created_at=moment,
    )


def _share(split: Split, planned: PlannedShare) -> SplitShare:
    receiver = planned.receiver
    share = SplitShare(
        merchant_id=split.merchant_id,
        split=split,
        receiver=receiver,
        kind=receiver.kind,
        amount=planned.amount,
        description=planned.description,
    )
    return share.seal("sealed_account", receiver.unseal("sealed_account"))
