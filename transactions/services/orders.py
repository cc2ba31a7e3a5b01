"""Finding the order a request names, or making it: one row per number, whoever comes first."""

from datetime import datetime, timedelta

from merchants.models import Application, Merchant
from paycenter.kernel.clock import now
from paycenter.kernel.errors import Problem
from paycenter.kernel.inserts import insert_or_lock
from transactions.lifecycle import OrderState
from transactions.models import Order, OrderLine
from transactions.services.commands import Line, OrderCommand


def find_or_make_order(
    application: Application, merchant: Merchant, what: OrderCommand, *, state: OrderState
) -> tuple[Order, bool]:
    """Return the order, locked, and whether it is new; a new one begins in ``state``.

    Must run in a transaction. Raises ``Problem`` ``order_mismatch`` when the number stands for
    other content.
    """
    order, is_new = insert_or_lock(
        _made_of(application, merchant, what, state), unique=("application", "merchant", "order_no")
    )
    order.application, order.merchant = application, merchant
    if not is_new and order.content_hash != what.content_hash:
        raise Problem("order_mismatch", "The order number stands for other content. Use a new one.")
    if is_new and what.lines:
        _make_lines(order, what.lines)
    return order, is_new


def _made_of(
    application: Application, merchant: Merchant, what: OrderCommand, state: OrderState
) -> Order:
    moment: datetime = now()
    return Order(
        application=application,
        merchant=merchant,
        order_no=what.order_no,
        order_group_no=what.order_group_no,
        amount=what.amount,
        currency=what.currency,
        subject=what.subject,
        split_mode=what.split_mode,
        content_hash=what.content_hash,
        state=state,
        expires_at=moment + timedelta(seconds=what.expires_in),
        created_at=moment,
    )


def _make_lines(order: Order, lines: tuple[Line, ...]) -> None:
    OrderLine.objects.bulk_create(
        OrderLine(
            merchant_id=order.merchant_id,
            order=order,
            line_no=number,
            fee_type=line.fee_type,
            room=line.room,
            period=line.period,
            description=line.description,
            amount=line.amount,
        )
        for number, line in enumerate(lines, start=1)
    )
