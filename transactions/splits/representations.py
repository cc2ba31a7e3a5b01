"""Splits, returns of shares and releases as the API shows them; notifications carry the same."""

from typing import Any

from paycenter.kernel.clock import rfc3339
from transactions.models import Split, SplitRelease, SplitReturn, SplitShare


def split_resource(split: Split) -> dict[str, Any]:
    """Return a split; it must be loaded as ``splits.selectors.splits`` does."""
    return {
        "split_serial_no": split.split_serial_no,
        "split_no": split.split_no,
        "serial_no": split.payment.serial_no,
        "order_no": split.payment.order.order_no,
        "channel_split_no": split.channel_split_no or None,
        "amount": split.amount,
        "currency": split.payment.currency,
        "state": split.state,
        "release_rest": split.release_rest,
        "shares": [_share(share) for share in split.shares.all()],
        "failure": _failure(split),
        "created_at": rfc3339(split.created_at),
        "finished_at": rfc3339(split.finished_at),
    }


def _share(share: SplitShare) -> dict[str, Any]:
    return {
        "receiver_id": share.receiver.receiver_no,
        "amount": share.amount,
        "returned_amount": share.returned,
        "description": share.description,
        "result": share.result,
        "failure": _failure(share),
        "finished_at": rfc3339(share.finished_at),
        "returns": [_return(one) for one in share.returns.all()],
    }


def _return(one: SplitReturn) -> dict[str, Any]:
    return {
        "return_serial_no": one.return_serial_no,
        "return_no": one.return_no,
        "refund_serial_no": one.refund and one.refund.refund_serial_no,
        "channel_return_no": one.channel_return_no or None,
        "amount": one.amount,
        "state": one.state,
        "failure": _failure(one),
        "created_at": rfc3339(one.created_at),
        "finished_at": rfc3339(one.finished_at),
    }


def return_resource(one: SplitReturn) -> dict[str, Any]:
    """Return a return of a share; it must be loaded as ``splits.selectors.returns`` does."""
    split = one.share.split
    return {
        **_return(one),
        "split_serial_no": split.split_serial_no,
        "receiver_id": one.share.receiver.receiver_no,
        "serial_no": split.payment.serial_no,
        "order_no": split.payment.order.order_no,
        "currency": split.payment.currency,
    }


def release_resource(release: SplitRelease) -> dict[str, Any]:
    """Return a release; ``payment.order`` must be loaded with it."""
    return {
        "release_serial_no": release.release_serial_no,
        "serial_no": release.payment.serial_no,
        "order_no": release.payment.order.order_no,
        "state": release.state,
        "failure": _failure(release),
        "created_at": rfc3339(release.created_at),
        "finished_at": rfc3339(release.finished_at),
    }


def _failure(row: Split | SplitShare | SplitReturn | SplitRelease) -> dict[str, str] | None:
    if not row.failure_code:
        return None
    return {"code": row.failure_code, "message": row.failure_message}
