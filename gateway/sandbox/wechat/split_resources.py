"""Splits and returns as the control API shows them: the center's words, money in fen."""

from collections.abc import Iterable

from gateway.sandbox.wechat import split_returns, times
from gateway.sandbox.wechat.callback_resources import callbacks_about
from gateway.sandbox.wechat.records import JsonObject, Order
from gateway.sandbox.wechat.server import WechatServer
from gateway.sandbox.wechat.split_money import left, receivers_of
from gateway.sandbox.wechat.split_records import Share, ShareReturn, Split

SPLIT_STATES = {"PROCESSING": "processing", "FINISHED": "finished"}
RESULTS = {
    "PENDING": "processing",
    "PROCESSING": "processing",
    "SUCCESS": "succeeded",
    "CLOSED": "failed",
    "FAILED": "failed",
}


def split_lines(server: WechatServer, order: Order) -> JsonObject:
    """What became of an order's money at the hands of its splits."""
    splits = server.splits_of(order)
    return {
        "left": left(server, order),
        "splits": [_split_line(server, one) for one in splits if not one.is_release],
        "releases": [_release_line(one) for one in splits if one.is_release],
    }


def split_totals(lines: Iterable[JsonObject]) -> JsonObject:
    """What receivers got, gave back, and what payees released, in all."""
    splits = [split for line in lines for split in line["splits"]]
    releases = [release for line in lines for release in line["releases"]]
    return {
        "shared": _moved(share for split in splits for share in split["shares"]),
        "taken_back": _moved(back for split in splits for back in split["returns"]),
        "released": sum(one["released"] for one in [*splits, *releases]),
    }


def split_resource(server: WechatServer, split: Split) -> JsonObject:
    """One split or release with the callbacks about it."""
    order = server.order_of(split)
    return {
        **(_release_line(split) if split.is_release else _split_line(server, split)),
        "mchid": split.mchid,
        "serial_no": order.out_trade_no,
        "channel_serial_no": order.transaction_id,
        "callbacks": callbacks_about(server, split.out_order_no),
    }


def return_resource(server: WechatServer, back: ShareReturn) -> JsonObject:
    """One return of a share."""
    split = split_returns.split_of(server, back)
    return {**_return_line(back), "mchid": back.mchid, "split_serial_no": split.out_order_no}


def _split_line(server: WechatServer, split: Split) -> JsonObject:
    return {
        "split_serial_no": split.out_order_no,
        "channel_split_no": split.order_id,
        "state": SPLIT_STATES[split.state],
        "shares": [_share_line(share) for share in receivers_of(server, split)],
        "released": split.released,
        "returns": [
            _return_line(split_returns.find_return(server, back.key) or back)
            for back in server.returns_of(split)
        ],
    }


def _release_line(split: Split) -> JsonObject:
    return {
        "release_serial_no": split.out_order_no,
        "channel_release_no": split.order_id,
        "state": SPLIT_STATES[split.state],
        "released": split.released,
        "finished_at": _moment(split.finished_at),
    }


def _share_line(share: Share) -> JsonObject:
    return {
        "account": share.account,
        "amount": share.amount,
        "state": RESULTS[share.result],
        "fail_reason": share.fail_reason or None,
        "channel_share_no": share.detail_id,
        "finished_at": _moment(share.finished_at),
    }


def _return_line(back: ShareReturn) -> JsonObject:
    return {
        "return_serial_no": back.out_return_no,
        "channel_return_no": back.return_id,
        "account": back.return_mchid,
        "amount": back.amount,
        "state": RESULTS[back.result],
        "fail_reason": back.fail_reason or None,
        "finished_at": _moment(back.finished_at),
    }


def _moved(lines: Iterable[JsonObject]) -> int:
    return sum(line["amount"] for line in lines if line["state"] == "succeeded")


def _moment(moment: int) -> str | None:
    return times.to_text(moment) if moment else None
