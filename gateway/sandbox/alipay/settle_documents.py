"""Settlements as the JSON Alipay tells them: answers and messages."""

from gateway.sandbox.alipay import times
from gateway.sandbox.alipay.money import to_yuan
from gateway.sandbox.alipay.records import JsonObject, Refund, Trade
from gateway.sandbox.alipay.settle_records import RoyaltyShare


def share_document(trade: Trade, share: RoyaltyShare) -> JsonObject:
    """One share of a settlement."""
    document = {
        "operation_type": "transfer",
        "trans_out": trade.wanted.seller_id,
        "trans_out_type": "userId",
        "trans_in": share.trans_in,
        "trans_in_type": share.trans_in_type,
        "amount": to_yuan(share.amount),
        "state": share.state,
        "detail_id": share.detail_id,
    }
    if share.executed_at:
        document["execute_dt"] = times.to_text(share.executed_at)
    if share.fail_reason:
        document |= {"error_code": share.fail_reason, "error_desc": "分账失败"}
    return document


def taken_back_documents(trade: Trade, refund: Refund) -> list[JsonObject]:
    """What receivers gave to a refund."""
    return [
        {
            "royalty_type": "transfer",
            "trans_out": entry["account"],
            "trans_in": trade.wanted.seller_id,
            "refund_amount": to_yuan(entry["amount"]),
            "result_code": "SUCCESS",
        }
        for entry in refund.taken_back
    ]
