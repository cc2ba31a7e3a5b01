"""Profit-sharing calls of WeChat Pay APIv3: splits, releases and what is asked about them.

The number is the key: the same number with the same content is one split.
"""

from gateway.sandbox.wechat import split_fields as fields
from gateway.sandbox.wechat import split_money
from gateway.sandbox.wechat.call import Call
from gateway.sandbox.wechat.errors import ApiError, invalid_request, param_error
from gateway.sandbox.wechat.receivers import check_caller, check_name, read_name
from gateway.sandbox.wechat.records import JsonObject, Order
from gateway.sandbox.wechat.server import WechatServer
from gateway.sandbox.wechat.split_documents import split_document
from gateway.sandbox.wechat.split_records import Split
from gateway.sandbox.wechat.split_rules import check_open, check_request, check_splittable
from gateway.sandbox.wechat.splits import accept

_SHARE_MEMBERS = ("type", "account", "amount", "description")


def create(call: Call) -> JsonObject:
    """Accept a split, or answer with the one that has this number already."""
    request = call.read_body(fields.SPLIT)
    payee = check_caller(call, request)
    check_request(request)
    for receiver in request["receivers"]:
        check_name(call.server, receiver, read_name(call, receiver))
    content = _content(request)
    with call.server.atomic():
        order = _paid_order(call, request)
        known = call.server.splits.get(f"{call.merchant.mchid}:{request['out_order_no']}")
        if known is None:
            check_open(call.server, order)
            check_splittable(call.server, order, payee, content["receivers"])
            known = accept(call.server, order, request, content=content)
        elif known.content != content:
            raise param_error("分账接收方与原请求不一致", field="/body/out_order_no")
        return _document(call.server, known)


def release(call: Call) -> JsonObject:
    """Accept a release, or answer with whatever has this number already and release nothing."""
    request = call.read_body(fields.RELEASE)
    call.payee_in(request)
    with call.server.atomic():
        order = _paid_order(call, request)
        known = call.server.splits.get(f"{call.merchant.mchid}:{request['out_order_no']}")
        if known is None:
            check_open(call.server, order)
            content = {**_content(request), "receivers": [], "unfreezes": True}
            known = accept(call.server, order, request, content=content)
        return _document(call.server, known)


def query(call: Call, *, out_order_no: str) -> JsonObject:
    """A split or a release by the merchant's number."""
    call.read_path(fields.OUT_ORDER_NO, "out_order_no", out_order_no)
    asked = dict(call.read_query(fields.SPLIT_QUERY))
    call.payee_in(asked)
    with call.server.atomic():
        order = _paid_order(call, asked)
        known = call.server.splits.get(f"{call.merchant.mchid}:{out_order_no}")
        if known is None or known.order_key != order.key:
            raise ApiError(404, "RESOURCE_NOT_EXISTS", "记录不存在")
        return _document(call.server, known)


def left(call: Call, *, transaction_id: str) -> JsonObject:
    """What can still be shared of an order."""
    call.read_path(fields.TRANSACTION_ID, "transaction_id", transaction_id)
    call.read_query(fields.NO_QUERY)
    with call.server.atomic():
        order = call.server.order_of_transaction(transaction_id)
        if order is None or order.mchid != call.merchant.mchid:
            raise ApiError(404, "RESOURCE_NOT_EXISTS", "记录不存在")
        if not order.is_for_sharing:
            raise invalid_request("非分账订单不支持此查询")
        return {
            "transaction_id": transaction_id,
            "unsplit_amount": split_money.left(call.server, order),
        }


def max_ratio(call: Call, *, sub_mchid: str) -> JsonObject:
    """How much a service provider's merchant may share of an order; 2000 is 20 %."""
    call.read_path(fields.SUB_MCHID, "sub_mchid", sub_mchid)
    call.read_query(fields.NO_QUERY)
    call.check_kind(partner=True)
    call.check_sub_mchid(sub_mchid)
    return {"sub_mchid": sub_mchid, "max_ratio": call.server.switches.max_ratio}


def _content(request: JsonObject) -> JsonObject:
    """What a repeat must equal; a name is another text each time it is encrypted."""
    shares = [{name: one[name] for name in _SHARE_MEMBERS} for one in request.get("receivers", [])]
    return {
        "transaction_id": request["transaction_id"],
        "receivers": shares,
        "unfreezes": request.get("unfreeze_unsplit", True),
    }


def _paid_order(call: Call, asked: JsonObject) -> Order:
    order = call.server.order_of_transaction(asked["transaction_id"])
    is_own = order is not None and order.mchid == call.merchant.mchid
    if order is None or not is_own or order.sub_mchid != asked.get("sub_mchid", ""):
        raise ApiError(404, "RESOURCE_NOT_EXISTS", "记录不存在")
    return order


def _document(server: WechatServer, split: Split) -> JsonObject:
    return split_document(server.order_of(split), split, server.shares_of(split))
