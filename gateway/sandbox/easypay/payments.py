"""What a payer does: pay, or try and fail. Reached from the cashier and the control API."""

from dataclasses import replace

from django.utils.translation import gettext_noop as _

from gateway.sandbox.easypay.courier import owe_payment_callback
from gateway.sandbox.easypay.dialect import day_text
from gateway.sandbox.easypay.records import PAID, Order
from gateway.sandbox.easypay.server import EasypayServer
from gateway.sandbox.refusal import NotPossible

DEFAULT_TYPE = "alipay"

_BUYERS = {"wxpay": "oSandboxPayer000000000000001", "alipay": "2088000000000001"}


def pay(server: EasypayServer, trade_no: str, *, pay_type: str = "") -> Order:
    """Take the money and owe the merchant a callback; a closed order can still be paid.

    ``pay_type`` is the payer's choice where the order names no open way to pay. Raises NotPossible
    when the order is paid already or was deleted.
    """
    with server.atomic():
        order = _payable(server, trade_no)
        chosen = pay_type or order.type or DEFAULT_TYPE
        paid = replace(
            order,
            status=PAID,
            type=chosen,
            api_trade_no=_new_upstream_number(server, chosen),
            buyer=_BUYERS.get(chosen, "sandbox-payer"),
            paid_at=server.now(),
        )
        server.orders.put(paid)
        owe_payment_callback(server, paid)
    return paid


def fail(server: EasypayServer, trade_no: str) -> Order:
    """The payer tries and fails: the order stays unpaid and no callback is sent.

    Raises NotPossible as ``pay`` does.
    """
    with server.atomic():
        return server.orders.put(replace(_payable(server, trade_no), failed_at=server.now()))


def _payable(server: EasypayServer, trade_no: str) -> Order:
    order = server.order(trade_no)
    if order is None:
        raise NotPossible(_("There is no such order."))
    if order.is_paid:
        raise NotPossible(_("The order is paid already; a payer cannot pay it twice."))
    return order


def _new_upstream_number(server: EasypayServer, pay_type: str) -> str:
    """28 digits, as WeChat Pay and Alipay number their transactions."""
    number, day = server.next_number("upstream"), day_text(server.now())
    if pay_type == "wxpay":
        return f"4200000000{day}{number:010d}"
    return f"{day}2200{number:016d}"
