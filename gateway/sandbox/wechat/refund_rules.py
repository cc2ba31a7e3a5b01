"""Business rules of a refund call that no field table can say; each raises an ApiError."""

from gateway.sandbox.wechat.addresses import check_notify_url
from gateway.sandbox.wechat.call import Call
from gateway.sandbox.wechat.errors import ApiError, invalid_request, param_error
from gateway.sandbox.wechat.order_rules import DAY
from gateway.sandbox.wechat.records import JsonObject, Order
from gateway.sandbox.wechat.server import WechatServer
from gateway.sandbox.wechat.split_money import is_frozen, left

_MOST_REFUNDS = 50
_REFUNDABLE_SECONDS = 365 * DAY
_GAP_SECONDS = 60


def check_request(call: Call, request: JsonObject) -> None:
    """What can be said without looking at the order."""
    if ("transaction_id" in request) == ("out_trade_no" in request):
        raise param_error("transaction_id 和 out_trade_no 必须且只能传其一")
    call.payee_in(request)
    if "notify_url" in request:
        check_notify_url(request["notify_url"], strict=call.server.switches.strict_addresses)
    amount = request["amount"]
    parts = amount.get("from", [])
    if parts and sum(part["amount"] for part in parts) != amount["refund"]:
        raise param_error("退款出资金额之和与退款金额不一致", field="/body/amount/from")


def check_refundable(server: WechatServer, order: Order, request: JsonObject) -> None:
    """Whether this order has so much left to return, and may return it now."""
    if not order.is_paid:
        raise ApiError(403, "TRADE_ERROR", "订单状态不支持退款，请检查订单是否已支付")
    if request["amount"]["total"] != order.total:
        raise param_error(
            "原订单金额与订单实际金额不一致",
            field="/body/amount/total",
            value=request["amount"]["total"],
        )
    now = server.now()
    if now > order.paid_at + _REFUNDABLE_SECONDS:
        raise ApiError(403, "TRADE_OVERDUE", "订单已经超过可退款的最大期限")
    refunds = [one for one in server.refunds_of(order) if one.status != "CLOSED"]
    if sum(one.amount for one in refunds) + request["amount"]["refund"] > order.total:
        raise invalid_request("申请退款金额大于订单剩余可退金额")
    # Before it is released, an order is refunded from what is frozen of it and from nothing else.
    if is_frozen(server, order) and request["amount"]["refund"] > left(server, order):
        raise ApiError(403, "NOT_ENOUGH", "订单冻结的资金不足，请先解冻剩余资金或完成分账回退")
    if len(refunds) >= _MOST_REFUNDS:
        raise invalid_request("订单部分退款次数超过上限 50 次")
    is_hasty = bool(refunds) and now < refunds[-1].created_at + _GAP_SECONDS
    if server.switches.refund_gap and is_hasty:
        raise ApiError(429, "FREQUENCY_LIMITED", "同一订单的退款请求需间隔 1 分钟")
