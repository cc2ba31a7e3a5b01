"""Order, query and close calls of WeChat Pay APIv3, direct and partner."""

import secrets
import string
from collections.abc import Mapping
from dataclasses import replace

from gateway.sandbox.wechat import fields, times
from gateway.sandbox.wechat.call import Call
from gateway.sandbox.wechat.documents import order_document
from gateway.sandbox.wechat.errors import ApiError
from gateway.sandbox.wechat.order_rules import DAY, check_order, expiry_of
from gateway.sandbox.wechat.payments import pay
from gateway.sandbox.wechat.records import JsonObject, Order, Prepay
from gateway.sandbox.wechat.server import WechatServer

CODE_URL = "weixin://wxpay/bizpayurl?pr="

_AUTO_CLOSE_SECONDS = 7 * DAY
_CREDENTIAL_SECONDS = {"h5": 300}
_DEFAULT_CREDENTIAL_SECONDS = 7200
_LETTERS = string.ascii_letters + string.digits


def create(call: Call, *, product: str, partner: bool) -> JsonObject:
    """Open an order, or issue a fresh credential for an identical one."""
    request = call.read_body(fields.order_fields(product, partner=partner))
    check_order(call, request, partner=partner)
    with call.server.atomic():
        order, prepay_id = _issue(call.server, _open(call, request, product=product))
    if any(fault.payer_is_faster for fault in call.faults):
        pay(call.server, order.key)
        call.server.engine.agenda.run_due()
    return _credential(call, order, prepay_id)


def query(call: Call, *, partner: bool, **number: str) -> JsonObject:
    """An order by ``out_trade_no`` or by ``transaction_id``."""
    order = _wanted(call, _read_parties(call, partner=partner), **number)
    return order_document(order)


def close(call: Call, *, out_trade_no: str, partner: bool) -> None:
    """Close an unpaid order for good; closing a closed one is fine."""
    call.read_path(fields.OUT_TRADE_NO, "out_trade_no", out_trade_no)
    parties = call.read_body(fields.CLOSE_PARTNER if partner else fields.CLOSE_DIRECT)
    _check_parties(call, parties, partner=partner)
    with call.server.atomic():
        order = _wanted(call, parties, out_trade_no=out_trade_no)
        if order.is_paid:
            raise ApiError(400, "ORDERPAID", "该订单已支付")
        call.server.orders.put(replace(order, state="CLOSED"))


def find_order(server: WechatServer, key: str) -> Order | None:
    """The order as of now: one that nobody paid for seven days has been closed."""
    with server.atomic():
        order = server.orders.get(key)
        is_open = order is not None and order.state == "NOTPAY"
        if order and is_open and server.now() >= order.created_at + _AUTO_CLOSE_SECONDS:
            order = server.orders.put(replace(order, state="CLOSED"))
        return order


def _open(call: Call, request: JsonObject, *, product: str) -> Order:
    server = call.server
    number = request["out_trade_no"]
    order = find_order(server, f"{call.merchant.mchid}:{number}")
    if order is None:
        now = server.now()
        return Order(
            mchid=call.merchant.mchid,
            out_trade_no=number,
            product=product,
            request=request,
            created_at=now,
            expires_at=expiry_of(request, now),
        )
    if order.is_paid:
        raise ApiError(400, "ORDERPAID", "该订单已支付")
    if order.state == "CLOSED":
        raise ApiError(400, "ORDER_CLOSED", "该订单已关闭")
    if order.product != product or order.request != request:
        raise ApiError(403, "OUT_TRADE_NO_USED", "请求重入时，参数与首次请求时不一致")
    return order


def _issue(server: WechatServer, order: Order) -> tuple[Order, str]:
    """A new credential; the one before it can no longer be paid with."""
    now = server.now()
    prepay_id = f"wx{times.compact(now)}{secrets.token_hex(10)}"
    token = prepay_id
    if order.product == "native":
        token = "".join(secrets.choice(_LETTERS) for _ in range(9))
    lifetime = _CREDENTIAL_SECONDS.get(order.product, _DEFAULT_CREDENTIAL_SECONDS)
    server.prepays.put(Prepay(token, order.key, expires_at=now + lifetime))
    return server.orders.put(replace(order, token=token)), prepay_id


def _credential(call: Call, order: Order, prepay_id: str) -> JsonObject:
    if order.product == "native":
        return {"code_url": CODE_URL + order.token}
    if order.product == "h5":
        package = secrets.randbelow(10**9)
        return {"h5_url": f"{call.base_url}/cashier/wechat/{prepay_id}/?package={package}"}
    return {"prepay_id": prepay_id}


def _read_parties(call: Call, *, partner: bool) -> Mapping[str, str]:
    parties = call.read_query(fields.QUERY_PARTNER if partner else fields.QUERY_DIRECT)
    _check_parties(call, parties, partner=partner)
    return parties


def _check_parties(call: Call, parties: Mapping[str, str], *, partner: bool) -> None:
    call.check_kind(partner=partner)
    call.check_mchid(parties["sp_mchid" if partner else "mchid"])
    if partner:
        call.check_sub_mchid(parties["sub_mchid"])


def _wanted(
    call: Call, parties: Mapping[str, str], *, out_trade_no: str = "", transaction_id: str = ""
) -> Order:
    if out_trade_no:
        call.read_path(fields.OUT_TRADE_NO, "out_trade_no", out_trade_no)
        order = find_order(call.server, f"{call.merchant.mchid}:{out_trade_no}")
    else:
        call.read_path(fields.TRANSACTION_ID, "transaction_id", transaction_id)
        order = _by_transaction(call, transaction_id)
    if order is None or order.sub_mchid != parties.get("sub_mchid", ""):
        raise ApiError(404, "ORDER_NOT_EXIST", "订单不存在")
    return order


def _by_transaction(call: Call, transaction_id: str) -> Order | None:
    order = call.server.order_of_transaction(transaction_id)
    return order if order and order.mchid == call.merchant.mchid else None
