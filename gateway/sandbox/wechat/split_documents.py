"""Splits and returns as the JSON WeChat Pay tells them: answers and callback contents."""

from gateway.sandbox.wechat import times
from gateway.sandbox.wechat.records import JsonObject, Order
from gateway.sandbox.wechat.split_records import Share, ShareReturn, Split

_NOT_YET = "1970-01-01T08:00:00.000+08:00"


def split_document(order: Order, split: Split, shares: list[Share]) -> JsonObject:
    """A split as its create, query and release calls answer it."""
    return {
        **_sub(order),
        "transaction_id": order.transaction_id,
        "out_order_no": split.out_order_no,
        "order_id": split.order_id,
        "state": split.state,
        "receivers": [_line(share) for share in shares],
    }


def return_document(order: Order, split: Split, back: ShareReturn) -> JsonObject:
    """A return as its create and query calls answer it."""
    document: JsonObject = {
        **_sub(order),
        "order_id": split.order_id,
        "out_order_no": split.out_order_no,
        "out_return_no": back.out_return_no,
        "return_id": back.return_id,
        "return_mchid": back.return_mchid,
        "amount": back.amount,
        "description": back.description,
        "result": back.result,
        "create_time": _moment(back.created_at),
        "finish_time": _moment(back.finished_at),
    }
    return document | ({"fail_reason": back.fail_reason} if back.fail_reason else {})


def receiver_document(order: Order, split: Split, share: Share) -> JsonObject:
    """What the receiver of a share is told of it, or of the part that it gave back."""
    if order.sub_mchid:
        parties = {"sp_mchid": order.mchid, "sub_mchid": order.sub_mchid}
    else:
        parties = {"mchid": order.mchid}
    return {
        **parties,
        "transaction_id": order.transaction_id,
        "order_id": split.order_id,
        "out_order_no": split.out_order_no,
        "receiver": {
            "type": share.type,
            "account": share.account,
            "amount": share.amount,
            "description": share.description,
        },
        "success_time": times.to_text(share.finished_at),
    }


def _line(share: Share) -> JsonObject:
    document: JsonObject = {
        "type": share.type,
        "account": share.account,
        "amount": share.amount,
        "description": share.description,
        "result": share.result,
        "detail_id": share.detail_id,
        "create_time": _moment(share.created_at),
        "finish_time": _moment(share.finished_at),
    }
    return document | ({"fail_reason": share.fail_reason} if share.fail_reason else {})


def _sub(order: Order) -> JsonObject:
    return {"sub_mchid": order.sub_mchid} if order.sub_mchid else {}


def _moment(moment: int) -> str:
    """Times of profit sharing have milliseconds; one that has not come is a placeholder."""
    text = times.to_text(moment)
    return f"{text[:-6]}.000{text[-6:]}" if moment else _NOT_YET
