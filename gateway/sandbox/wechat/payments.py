"""What a payer does: pay, or try and fail. Reached from the cashier and the control API."""

from dataclasses import replace

from django.utils.translation import gettext_noop as _

from gateway.sandbox.refusal import NotPossible
from gateway.sandbox.wechat import times
from gateway.sandbox.wechat.courier import owe_payment_callback
from gateway.sandbox.wechat.records import Order, Transaction
from gateway.sandbox.wechat.server import WechatServer

DEFAULT_OPENID = "oSandboxPayer000000000000001"


def pay(
    server: WechatServer, order_key: str, *, openid: str = "", coupon: int = 0, late: bool = False
) -> Order:
    """Take the money and owe the merchant a callback; ``coupon`` is the part (fen) not paid cash.

    ``late``: the payer's app was quicker than the close that was answered already. Raises
    NotPossible when the order is paid, closed or expired, or its credential has run out.
    """
    with server.atomic():
        order = _payable(server, order_key, late=late)
        if not 0 <= coupon <= order.total:
            raise NotPossible(f"coupon must be between 0 and the amount, {order.total} fen.")
        now = server.now()
        transaction_id = _new_transaction_id(server, now)
        paid = replace(
            order,
            state="SUCCESS",
            transaction_id=transaction_id,
            paid_at=now,
            openid=_payer(order, openid),
            coupon=coupon,
        )
        server.orders.put(paid)
        server.transactions.put(Transaction(transaction_id, paid.key))
        owe_payment_callback(server, paid)
    return paid


def fail(server: WechatServer, order_key: str) -> Order:
    """The payer tries and fails: the order stays NOTPAY and no callback is sent.

    Raises NotPossible as ``pay`` does.
    """
    with server.atomic():
        return server.orders.put(replace(_payable(server, order_key), failed_at=server.now()))


def _payable(server: WechatServer, order_key: str, *, late: bool = False) -> Order:
    order = server.orders.get(order_key)
    if order is None:
        raise NotPossible(_("There is no such order."))
    if order.is_paid:
        raise NotPossible(_("The order is paid already; a payer cannot pay it twice."))
    if order.state == "CLOSED" and not late:
        raise NotPossible(_("The order is closed; place a new one under a new number."))
    if server.now() > order.expires_at:
        raise NotPossible(_("The order's time_expire has passed; close it and place a new one."))
    prepay = server.prepays.get(order.token)
    if prepay is None or server.now() > prepay.expires_at:
        raise NotPossible(
            _("The payer's credential has run out; repeat the identical order call for a new one.")
        )
    return order


def _payer(order: Order, openid: str) -> str:
    """JSAPI orders name their payer; nobody else can pay them."""
    asked = order.request.get("payer", {})
    named = str(asked.get("openid") or asked.get("sp_openid") or "")
    if openid and named and openid != named:
        raise NotPossible(f"The order was placed for the payer {named}; leave openid out.")
    return named or openid or DEFAULT_OPENID


def _new_transaction_id(server: WechatServer, now: int) -> str:
    """28 digits that begin with 42 and carry the day."""
    number = server.next_number("transaction")
    return f"4200000000{times.compact(now)[:8]}{number:010d}"
