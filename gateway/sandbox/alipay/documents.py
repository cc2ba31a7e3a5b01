"""Trades and refunds as the JSON Alipay answers with; the members of the successful answers."""

from gateway.sandbox.alipay import times
from gateway.sandbox.alipay.money import to_yuan
from gateway.sandbox.alipay.records import JsonObject, Refund, Trade
from gateway.sandbox.alipay.settle_documents import taken_back_documents

_LOGON_ID = "pay***@sandbox.com"


def buyer_part(trade: Trade, *, id_name: str) -> JsonObject:
    """The payer: an open id where the app knows it by one, the account number otherwise."""
    if trade.buyer_open_id:
        who = {"buyer_open_id": trade.buyer_open_id}
    else:
        who = {id_name: trade.buyer_id}
    return {"buyer_logon_id": _LOGON_ID, **who}


def numbers(trade: Trade) -> JsonObject:
    """Alipay's number and the merchant's."""
    return {"trade_no": trade.trade_no, "out_trade_no": trade.wanted.out_trade_no}


def nothing_paid() -> JsonObject:
    """The amounts of a trade that was not paid or does not exist."""
    names = ("buyer_pay_amount", "invoice_amount", "point_amount", "receipt_amount")
    return dict.fromkeys(names, "0.00")


def amounts_paid(trade: Trade) -> JsonObject:
    """Who gave and got how much; a coupon here is the merchant's own."""
    paid = to_yuan(trade.buyer_pay)
    return {
        "buyer_pay_amount": paid,
        "invoice_amount": paid,
        "point_amount": "0.00",
        "receipt_amount": paid,
    }


def fund_bills(trade: Trade, *, channel_name: str) -> list[JsonObject]:
    """Where the money came from; the name of one member differs between API and notification."""
    parts = {"ALIPAYACCOUNT": trade.buyer_pay, "MDISCOUNT": trade.coupon}
    return [
        {"amount": to_yuan(fen), channel_name: channel} for channel, fen in parts.items() if fen
    ]


def trade_document(trade: Trade, *, options: list[str]) -> JsonObject:
    """A trade as the query answers it; ``options`` are the query_options asked for."""
    document = {
        **numbers(trade),
        **buyer_part(trade, id_name="buyer_user_id"),
        **(amounts_paid(trade) if trade.is_paid else nothing_paid()),
        "total_amount": to_yuan(trade.wanted.total),
        "trade_status": trade.state,
    }
    if trade.is_paid:
        document["send_pay_date"] = times.to_text(trade.paid_at)
    if trade.is_paid and "fund_bill_list" in options:
        document["fund_bill_list"] = fund_bills(trade, channel_name="fund_channel")
    return document


def refund_document(
    trade: Trade, refund: Refund, *, cumulative: int, moved_now: bool
) -> JsonObject:
    """A refund call's answer: ``refund_fee`` is the sum of all refunds so far, not this one."""
    document = {
        **numbers(trade),
        **buyer_part(trade, id_name="buyer_user_id"),
        "fund_change": "Y" if moved_now else "N",
        "refund_fee": to_yuan(cumulative),
    }
    if moved_now:
        document["send_back_fee"] = to_yuan(refund.amount)
    if refund.finished_at:
        document["gmt_refund_pay"] = times.to_text(refund.finished_at)
    return document


def refund_query_document(trade: Trade, refund: Refund, *, options: list[str]) -> JsonObject:
    """A refund that moved money."""
    document = {
        **numbers(trade),
        "out_request_no": refund.out_request_no,
        "total_amount": to_yuan(trade.wanted.total),
        "refund_amount": to_yuan(refund.amount),
        "refund_status": "REFUND_SUCCESS",
    }
    if refund.taken_back:
        document["refund_royaltys"] = taken_back_documents(trade, refund)
    if "gmt_refund_pay" in options:
        document["gmt_refund_pay"] = times.to_text(refund.finished_at)
    if "refund_detail_item_list" in options:
        detail = {"amount": to_yuan(refund.amount), "fund_channel": "ALIPAYACCOUNT"}
        document["refund_detail_item_list"] = [detail]
    return document
