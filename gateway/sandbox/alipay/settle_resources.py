"""Settlements as the control API shows them: the center's words, money in fen."""

from collections.abc import Iterable

from gateway.sandbox.alipay import times
from gateway.sandbox.alipay.records import JsonObject, Refund, Trade
from gateway.sandbox.alipay.server import AlipayServer
from gateway.sandbox.alipay.settle_money import left
from gateway.sandbox.alipay.settle_records import RoyaltyShare, Settlement

SHARE_STATES = {"PROCESSING": "processing", "SUCCESS": "succeeded", "FAIL": "failed"}


def settlement_lines(server: AlipayServer, trade: Trade) -> JsonObject:
    """What became of a trade's money at the hands of its settlements."""
    known = server.settlements_of(trade)
    return {
        "left": left(server, trade),
        "splits": [_split_line(server, one) for one in known if not one.is_release],
        "releases": [_release_line(one) for one in known if one.is_release],
    }


def taken_back_lines(refund: Refund) -> list[JsonObject]:
    """What receivers gave to a refund."""
    return [{"account": one["account"], "amount": one["amount"]} for one in refund.taken_back]


def settlement_totals(lines: Iterable[JsonObject]) -> JsonObject:
    """What receivers got, gave back, and what sellers released, in all."""
    splits = [split for line in lines for split in line["splits"]]
    releases = [release for line in lines for release in line["releases"]]
    shares = [share for split in splits for share in split["shares"]]
    refunds = [refund for line in lines for refund in line["refunds"]]
    done = [refund for refund in refunds if refund["state"] == "succeeded"]
    return {
        "shared": sum(share["amount"] for share in shares if share["state"] == "succeeded"),
        "taken_back": sum(entry["amount"] for refund in done for entry in refund["taken_back"]),
        "released": sum(one["released"] for one in [*splits, *releases]),
    }


def settlement_resource(server: AlipayServer, settlement: Settlement) -> JsonObject:
    """One settlement that shares."""
    trade = server.trade_of(settlement)
    return {
        **_split_line(server, settlement),
        "mchid": settlement.seller_id,
        "serial_no": trade.wanted.out_trade_no,
        "channel_serial_no": trade.trade_no,
    }


def _split_line(server: AlipayServer, settlement: Settlement) -> JsonObject:
    return {
        "split_serial_no": settlement.out_request_no,
        "channel_split_no": settlement.settle_no,
        "state": _state(settlement),
        "shares": [_share_line(share) for share in server.shares_of(settlement)],
        "released": settlement.released,
    }


def _release_line(settlement: Settlement) -> JsonObject:
    return {
        "release_serial_no": settlement.out_request_no,
        "channel_release_no": settlement.settle_no,
        "state": _state(settlement),
        "released": settlement.released,
        "finished_at": _moment(settlement.finished_at),
    }


def _share_line(share: RoyaltyShare) -> JsonObject:
    return {
        "account": share.trans_in,
        "amount": share.amount,
        "state": SHARE_STATES[share.state],
        "fail_reason": share.fail_reason or None,
        "channel_share_no": share.detail_id,
        "finished_at": _moment(share.executed_at),
    }


def _state(settlement: Settlement) -> str:
    return "finished" if settlement.finished_at else "processing"


def _moment(moment: float) -> str | None:
    return times.with_zone(moment) if moment else None
