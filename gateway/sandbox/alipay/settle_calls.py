"""The calls that share a trade: settle, and what is asked about it.

The number is the key: the same number with the same content is one settlement.
"""

from gateway.sandbox.alipay import fields, times
from gateway.sandbox.alipay.call import Call
from gateway.sandbox.alipay.errors import failed, invalid_parameter
from gateway.sandbox.alipay.money import to_fen, to_yuan
from gateway.sandbox.alipay.records import JsonObject
from gateway.sandbox.alipay.settle_documents import share_document
from gateway.sandbox.alipay.settle_money import left
from gateway.sandbox.alipay.settle_records import SYNC, Settlement
from gateway.sandbox.alipay.settle_rules import check_settleable
from gateway.sandbox.alipay.settlements import accept
from gateway.sandbox.alipay.trade_calls import named_trade


def settle(call: Call) -> JsonObject:
    """alipay.trade.order.settle: share a trade, release its rest, or both."""
    biz = call.read_biz(fields.SETTLE)
    content = _content(biz)
    server, number = call.server, biz["out_request_no"]
    with server.atomic():
        trade = named_trade(call, {"trade_no": biz["trade_no"]})
        known = server.settlements.get(f"{trade.wanted.seller_id}:{number}")
        if known is None:
            check_settleable(server, trade, content)
            known = accept(
                server, trade, out_request_no=number, app_id=call.app.app_id, content=content
            )
        elif known.trade_key != trade.key:
            raise failed("DUP_OUT_REQUEST_NO", "外部请求号重复")
        elif known.content != content:
            raise failed("DISCORDANT_REPEAT_REQUEST", "请求不一致")
    return {"trade_no": trade.trade_no, "settle_no": known.settle_no}


def query(call: Call) -> JsonObject:
    """alipay.trade.order.settle.query: the shares of a settlement; none for an unknown number."""
    biz = call.read_biz(fields.SETTLE_QUERY)
    with call.server.atomic():
        known = _asked(call, biz)
        if known is None:
            return {"royalty_detail_list": []}
        trade = call.server.trade_of(known)
        return {
            "out_request_no": known.out_request_no,
            "operation_dt": times.to_text(known.created_at),
            "royalty_detail_list": [
                share_document(trade, share) for share in call.server.shares_of(known)
            ],
        }


def left_amount(call: Call) -> JsonObject:
    """alipay.trade.order.onsettle.query: what can still be shared of a trade."""
    biz = call.read_biz(fields.LEFT_AMOUNT)
    with call.server.atomic():
        trade = named_trade(call, biz)
        return {"unsettled_amount": to_yuan(left(call.server, trade))}


def _content(biz: JsonObject) -> JsonObject:
    """What a repeat must equal."""
    return {
        "trade_no": biz["trade_no"],
        "mode": biz.get("royalty_mode", SYNC),
        "releases": biz.get("extend_params", {}).get("royalty_finish") == "true",
        "shares": [
            {
                "trans_in_type": share["trans_in_type"],
                "trans_in": share["trans_in"],
                "amount": to_fen(share["amount"]),
                "desc": share.get("desc", ""),
                "name": share.get("trans_in_name", ""),
            }
            for share in biz.get("royalty_parameters", [])
        ],
    }


def _asked(call: Call, biz: JsonObject) -> Settlement | None:
    server, seller_id = call.server, call.principal.seller_id
    if "settle_no" in biz:
        own = (one for one in server.settlements.all() if one.seller_id == seller_id)
        return next((one for one in own if one.settle_no == biz["settle_no"]), None)
    if "out_request_no" not in biz or "trade_no" not in biz:
        raise invalid_parameter("settle_no和(out_request_no,trade_no)不能同时为空")
    trade = named_trade(call, {"trade_no": biz["trade_no"]})
    known = server.settlements.get(f"{seller_id}:{biz['out_request_no']}")
    return known if known and known.trade_key == trade.key else None
