"""Business rules of the profit-sharing calls that no field table can say; each raises ApiError."""

from gateway.sandbox.wechat.errors import ApiError, invalid_request, param_error
from gateway.sandbox.wechat.order_rules import DAY
from gateway.sandbox.wechat.records import JsonObject, Order
from gateway.sandbox.wechat.server import WechatServer
from gateway.sandbox.wechat.split_money import left, receivers_of, refunded, returned, shared
from gateway.sandbox.wechat.split_records import MERCHANT, Split, receiver_key

_MOST_SHARES = 50
_MOST_SPLITS = 50
_MOST_RETURNS = 50
_GAP_SECONDS = 60
_RETURNABLE_SECONDS = 180 * DAY


def check_request(request: JsonObject) -> None:
    """What can be said of a split without looking at the order."""
    receivers = request["receivers"]
    if not 1 <= len(receivers) <= _MOST_SHARES:
        raise param_error("分账接收方列表的数量必须在1到50之间", field="/body/receivers")
    if len({(one["type"], one["account"]) for one in receivers}) != len(receivers):
        raise param_error("分账接收方列表中有重复的接收方", field="/body/receivers")
    types = {one["type"] for one in receivers}
    for type_, app in (("PERSONAL_OPENID", "appid"), ("PERSONAL_SUB_OPENID", "sub_appid")):
        if type_ in types and app not in request:
            raise invalid_request(f"用户类型为{type_}，参数{app}未设置")


def check_open(server: WechatServer, order: Order) -> None:
    """Whether an order can be split or released at all, now."""
    if not order.is_for_sharing:
        raise invalid_request("非分账订单不支持分账")
    is_hasty = server.switches.split_gap and server.now() < order.paid_at + _GAP_SECONDS
    if is_hasty or any(one.state == "PROCESSING" for one in server.splits_of(order)):
        raise invalid_request("订单处理中，请稍后重试")
    if len(server.splits_of(order)) >= _MOST_SPLITS:
        raise ApiError(403, "RULE_LIMIT", "同一订单的分账次数超过上限 50 次")


def check_splittable(
    server: WechatServer, order: Order, payee: str, receivers: list[JsonObject]
) -> None:
    """Whether these shares can be made of an order that is open to splits."""
    keys = (receiver_key(payee, one["type"], one["account"]) for one in receivers)
    if any(server.receivers.get(key) is None for key in keys):
        raise param_error("分账接收方关系不存在，请检查参数中每个接收方的关系。")
    wanted = sum(one["amount"] for one in receivers)
    if wanted > left(server, order):
        raise ApiError(403, "NOT_ENOUGH", "分账金额不足")
    base = order.total - refunded(server, order)
    if (shared(server, order) + wanted) * 10_000 > server.switches.max_ratio * base:
        raise invalid_request("分账金额超出最大分账比例")


def check_returnable(server: WechatServer, split: Split, request: JsonObject) -> None:
    """Whether a merchant can give so much of its share back, now."""
    account = request["return_mchid"]
    if split.state != "FINISHED":
        raise invalid_request("分账单处理中，请稍后重试")
    shares = [
        one
        for one in receivers_of(server, split)
        if (one.type, one.account, one.result) == (MERCHANT, account, "SUCCESS")
    ]
    if not shares:
        raise invalid_request("回退商户不是该分账单的分账成功的商户接收方")
    if server.account_of(account).refuses_returns:
        raise ApiError(403, "NO_AUTH", "接收方未同意分账回退")
    if server.now() > shares[0].finished_at + _RETURNABLE_SECONDS:
        raise invalid_request("已超过分账回退的期限")
    if len(server.returns_of(split)) >= _MOST_RETURNS:
        raise ApiError(403, "RULE_LIMIT", "同一分账单的回退次数超过上限 50 次")
    if returned(server, split, account) + request["amount"] > shares[0].amount:
        raise invalid_request("剩余可回退的金额不足")
