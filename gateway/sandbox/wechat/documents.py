"""Orders and refunds as the JSON WeChat Pay tells them: query answers and callback contents."""

from gateway.sandbox.wechat import times
from gateway.sandbox.wechat.records import JsonObject, Order, Refund

TRADE_TYPES = {"jsapi": "JSAPI", "app": "APP", "h5": "MWEB", "native": "NATIVE"}
STATE_TEXTS = {
    "NOTPAY": "订单未支付",
    "SUCCESS": "支付成功",
    "REFUND": "转入退款",
    "CLOSED": "订单已关闭",
}
_ORDER_PARTIES = ("appid", "mchid", "sp_appid", "sp_mchid", "sub_appid", "sub_mchid")


def order_document(order: Order) -> JsonObject:
    """An order as the query answers it; an unpaid one lacks everything payment brings."""
    document: JsonObject = {
        **{name: order.request[name] for name in _ORDER_PARTIES if name in order.request},
        "out_trade_no": order.out_trade_no,
        "trade_state": order.state,
        "trade_state_desc": STATE_TEXTS[order.state],
        "promotion_detail": _promotions(order),
        "scene_info": {"device_id": order.request.get("scene_info", {}).get("device_id", "")},
        "amount": {"total": order.total, "currency": "CNY"},
    }
    if "attach" in order.request:
        document["attach"] = order.request["attach"]
    return document | _payment_part(order) if order.is_paid else document


def refund_document(order: Order, refund: Refund) -> JsonObject:
    """A refund as its create and query calls answer it."""
    document: JsonObject = {
        "refund_id": refund.refund_id,
        "out_refund_no": refund.out_refund_no,
        "transaction_id": order.transaction_id,
        "out_trade_no": order.out_trade_no,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": times.to_text(refund.created_at),
        "status": refund.status,
        "funds_account": refund.request.get("funds_account", "UNSETTLED"),
        "amount": _refund_amount(order, refund),
        "promotion_detail": [],
    }
    return document | _success_time(refund)


def refund_callback_document(order: Order, refund: Refund) -> JsonObject:
    """A refund as its callback tells it: ``refund_status`` instead of ``status``, no channel."""
    if order.sub_mchid:
        parties = {"sp_mchid": order.mchid, "sub_mchid": order.sub_mchid}
    else:
        parties = {"mchid": order.mchid}
    document: JsonObject = {
        **parties,
        "transaction_id": order.transaction_id,
        "out_trade_no": order.out_trade_no,
        "refund_id": refund.refund_id,
        "out_refund_no": refund.out_refund_no,
        "refund_status": refund.status,
        "user_received_account": "支付用户零钱",
        "amount": {
            "total": order.total,
            "refund": refund.amount,
            "payer_total": order.payer_total,
            "payer_refund": refund.cash,
        },
    }
    return document | _success_time(refund)


def _payment_part(order: Order) -> JsonObject:
    return {
        "transaction_id": order.transaction_id,
        "trade_type": TRADE_TYPES[order.product],
        "bank_type": "OTHERS",
        "success_time": times.to_text(order.paid_at),
        "payer": _payer(order),
        "amount": {
            "total": order.total,
            "payer_total": order.payer_total,
            "currency": "CNY",
            "payer_currency": "CNY",
        },
    }


def _payer(order: Order) -> JsonObject:
    if not order.sub_mchid:
        return {"openid": order.openid}
    asked: JsonObject = order.request.get("payer", {})
    return {"sp_openid": order.openid} | asked


def _promotions(order: Order) -> list[JsonObject]:
    if not order.coupon:
        return []
    coupon = {
        "coupon_id": "109519",
        "name": "沙箱代金券",
        "scope": "GLOBAL",
        "type": "NOCASH",
        "amount": order.coupon,
        "stock_id": "931386",
        "wechatpay_contribute": 0,
        "merchant_contribute": order.coupon,
        "other_contribute": 0,
        "currency": "CNY",
    }
    return [coupon]


def _refund_amount(order: Order, refund: Refund) -> JsonObject:
    return {
        "total": order.total,
        "refund": refund.amount,
        "from": refund.request["amount"].get("from", []),
        "payer_total": order.payer_total,
        "payer_refund": refund.cash,
        "settlement_total": order.payer_total,
        "settlement_refund": refund.cash,
        "discount_refund": refund.amount - refund.cash,
        "currency": "CNY",
        "refund_fee": 0,
    }


def _success_time(refund: Refund) -> JsonObject:
    if refund.status != "SUCCESS":
        return {}
    return {"success_time": times.to_text(refund.finished_at)}
