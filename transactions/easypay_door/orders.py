"""Placing an order through the door: the same service as the API, and the number EasyPay adds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse

from gateway.messages import InvokeMethod
from gateway.parser import route_payment
from merchants.models import EasyPayDoor
from merchants.selectors import granted_account
from paycenter.kernel.clock import BUSINESS_ZONE
from paycenter.kernel.errors import Problem
from paycenter.kernel.money import CURRENCY
from paycenter.kernel.rows import find
from transactions.easypay_door.methods import account_of
from transactions.easypay_door.notifying import DIALECT
from transactions.easypay_door.wanted import Wanted
from transactions.easypay_door.words import CHANGED, Refused
from transactions.lifecycle import SETTLED_ORDER
from transactions.models import DoorOrder, Order
from transactions.services.commands import AttemptCommand, OrderCommand, PaymentCommand
from transactions.services.initiation import Opened, open_payment
from transactions.starting import start_payment

_PAGE = signing.Signer(salt="easypay-door.page")


@dataclass(frozen=True, slots=True)
class Placed:
    """An order and the payment that was started for it, as a resource."""

    order: DoorOrder
    payment: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Placing:
    """One request for an order: at which door, in which version, for which kind of device."""

    door: EasyPayDoor
    version: str
    wanted: Wanted
    method: InvokeMethod


def place(placing: Placing) -> Placed:
    """Open a payment for an order, which keeps its number however often this is asked for.

    Raises ``Refused`` or ``Problem``. A repeat must say the same as the first request; only the way
    to pay may differ.
    """

    @transaction.atomic
    def open_once(cleared_id: int | None) -> Opened:
        return _open(placing, cleared_id)

    started = start_payment(placing.door.application, open_once)
    order = DoorOrder.objects.select_related("order").get(
        door=placing.door, out_trade_no=placing.wanted.out_trade_no
    )
    return Placed(order, started.resource)


def page_url(door_pid: int, out_trade_no: str) -> str:
    """Return the address of an order's page, which nobody can guess."""
    token = _PAGE.sign_object([door_pid, out_trade_no])
    return settings.PUBLIC_BASE_URL + reverse("easypay-page", args=[token])


def order_of_page(token: str) -> DoorOrder | None:
    """Return the order whose page this is, with its door and order."""
    try:
        pid, out_trade_no = _PAGE.unsign_object(token)
    except signing.BadSignature:
        return None
    orders = DoorOrder.objects.select_related("order", "door__application")
    return find(orders.filter(door__pid=pid, out_trade_no=out_trade_no))


def _open(placing: Placing, cleared_id: int | None) -> Opened:
    """Open the payment; before and after it, hold a repeat to what the first request said."""
    door, wanted = placing.door, placing.wanted
    mine = account_of(door, wanted.type)
    merchant = mine.channel_merchant.merchant
    account = granted_account(
        door.application, merchant_no=merchant.merchant_no, payment_no=mine.payment_no
    )
    payer = {"client_ip": wanted.client_ip} if placing.method == InvokeMethod.WAP else {}
    route_payment(account, placing.method, payer=payer)
    known = _known(placing)
    if known is not None:
        _check_repeat(known, placing, merchant_id=merchant.pk)
    elif _is_taken(placing, merchant_id=merchant.pk) and _known(placing) is None:
        # Another door's order is left alone, whatever it says.
        raise Refused(CHANGED)
    what = OrderCommand(
        order_no=wanted.out_trade_no,
        amount=wanted.amount,
        currency=CURRENCY,
        subject=wanted.name,
    )
    how = AttemptCommand(
        payment_id=account.payment_no,
        invoke_method=placing.method,
        payer=payer,
        return_url=page_url(door.pid, wanted.out_trade_no),
        notify_url=wanted.notify_url,
        notify_dialect=DIALECT,
    )
    command = PaymentCommand(merchant.merchant_no, what, how)
    opened = open_payment(door.application, account, command, cleared_id=cleared_id)
    _keep(placing, opened)
    return opened


def _is_taken(placing: Placing, *, merchant_id: int) -> bool:
    """Whether the application placed an order with this number through another door."""
    return Order.objects.filter(
        application=placing.door.application,
        merchant_id=merchant_id,
        order_no=placing.wanted.out_trade_no,
    ).exists()


def _known(placing: Placing) -> DoorOrder | None:
    orders = DoorOrder.objects.select_related("order")
    return find(orders.filter(door=placing.door, out_trade_no=placing.wanted.out_trade_no))


def _check_repeat(known: DoorOrder, placing: Placing, *, merchant_id: int) -> None:
    wanted, order = placing.wanted, known.order
    if order.state in SETTLED_ORDER:
        raise Problem("order_paid", "")
    now_asked = (wanted.amount, wanted.name, wanted.notify_url, wanted.return_url, wanted.param)
    first = (order.amount, order.subject, known.notify_url, known.return_url, known.param)
    if now_asked != first or order.merchant_id != merchant_id:
        raise Refused(CHANGED)


def _keep(placing: Placing, opened: Opened) -> None:
    """Keep what the order brought. Its row is locked, so of two first requests one writes."""
    order, known = opened.payment.order, _known(placing)
    if known is not None:
        _check_repeat(known, placing, merchant_id=order.merchant_id)
        return
    if not opened.is_new or opened.payment.attempt_no > 1:
        # The application placed it through the API; who asks here was not the first to.
        raise Refused(CHANGED)
    wanted = placing.wanted
    DoorOrder.objects.create(
        order=order,
        door=placing.door,
        trade_no=_trade_no(order),
        out_trade_no=wanted.out_trade_no,
        version=placing.version,
        notify_url=wanted.notify_url,
        return_url=wanted.return_url,
        param=wanted.param,
        created_at=order.created_at,
    )


def _trade_no(order: Order) -> str:
    """Return 19 digits: the second in China, and five of the order's row number.

    Row numbers rise by one, so two orders could share a number only if a hundred thousand were
    placed within a second.
    """
    created_at: datetime = order.created_at
    return f"{created_at.astimezone(BUSINESS_ZONE):%Y%m%d%H%M%S}{order.pk % 100_000:05d}"
