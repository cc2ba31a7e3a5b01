"""Opening a payment: order found or made and locked, repeat rule, payment row, one commit.

Nothing has been sent when this returns; launch data that need no request are in the row. It is due
already, so whoever dies now leaves it to the sweep, which asks the channel with the same number.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.health.admission import check_admission, check_available
from merchants.models import Application, PaymentAccount
from notifications.services.record_event import record_event
from paycenter.kernel.clock import now, rfc3339
from paycenter.kernel.errors import FieldError, Problem
from paycenter.kernel.inserts import insert
from paycenter.kernel.numbers import mint
from transactions.lifecycle import OrderState
from transactions.models import Move, Order, Payment
from transactions.moves import move
from transactions.schedule import FIRST_LOOK
from transactions.selectors import note_payment
from transactions.services.attempts import (
    EarlierAttempt,
    check_order_open,
    judge_repeat,
    latest_attempt,
    lock_group,
    standing_attempt,
)
from transactions.services.checkouts import is_hosted, show_on_page
from transactions.services.commands import AttemptCommand, PaymentCommand
from transactions.services.orders import find_or_make_order
from transactions.services.sending import launch_locally
from transactions.splits.modes import rule_to_split_by


@dataclass(frozen=True, slots=True)
class Opened:
    """The payment for a request, and whether it was made for it."""

    payment: Payment
    is_new: bool


def open_payment(
    application: Application,
    account: PaymentAccount,
    command: PaymentCommand,
    *,
    cleared_id: int | None = None,
) -> Opened:
    """Return the payment that answers ``command``, made now or returned again.

    Must run in a transaction. ``cleared_id`` names the earlier payment that was just asked and
    closed at its channel. Raises ``Problem`` or ``EarlierAttempt``. A switch and a breaker refuse
    what is new, at whatever door; a payment that is there already is returned all the same.
    """
    check_limits(account, command.order.amount)
    owner, how = account.channel_merchant.merchant, command.attempt
    order, is_new = find_or_make_order(application, owner, command.order, state=OrderState.PAYING)
    if is_new and not order.order_group_no:
        return Opened(_make_payment(order, account, how, earlier=None), is_new=True)
    until = now() + timedelta(seconds=how.expires_in)
    return open_attempt(order, account, how, until=until, cleared_id=cleared_id)


def open_attempt(
    order: Order,
    account: PaymentAccount,
    how: AttemptCommand,
    *,
    until: datetime,
    cleared_id: int | None = None,
) -> Opened:
    """Return the payment that answers a request to pay ``order``, whose row is locked.

    A new attempt lets the order be paid ``until`` then at least. Otherwise as ``open_payment``.
    """
    if order.order_group_no:
        lock_group(order)
    check_order_open(order)
    earlier = latest_attempt(order)
    if earlier is not None:
        try:
            same = judge_repeat(
                order,
                standing_attempt(order, earlier),
                request_hash=how.request_hash,
                moment=now(),
                cleared_id=cleared_id,
            )
        except EarlierAttempt:
            # What may still be paid is not closed for a way that does not work.
            check_available(account)
            rule_to_split_by(account, order.split_mode)
            raise
        if same is not None:
            return Opened(same, is_new=False)
    _revive(order, until=until)
    return Opened(_make_payment(order, account, how, earlier=earlier), is_new=True)


def check_limits(account: PaymentAccount, amount: int) -> None:
    """Raise ``Problem`` when the account does not take this amount."""
    if not account.min_amount <= amount <= account.max_amount:
        text = f"This payment account takes {account.min_amount} to {account.max_amount} fen."
        field = FieldError("amount", "out_of_range", text)
        raise Problem("invalid_request", "Correct the fields listed in errors.", errors=[field])


def _revive(order: Order, *, until: datetime) -> None:
    """A new attempt gives the order its time again, and takes none away from it."""
    expires_at = max(order.expires_at, until)
    if order.state != OrderState.PAYING:
        move(order, "start_paying", cause=Move.Cause.REQUEST, expires_at=expires_at)
    elif order.expires_at < expires_at:
        order.expires_at = expires_at
        order.save(update_fields=["expires_at"])


def _make_payment(
    order: Order,
    account: PaymentAccount,
    how: AttemptCommand,
    *,
    earlier: Payment | None,
) -> Payment:
    check_admission(account)
    rule = rule_to_split_by(account, order.split_mode)
    moment = now()
    payment = Payment(
        merchant=order.merchant,
        order=order,
        payment_account=account,
        channel_merchant=account.channel_merchant,
        serial_no=mint("P", moment),
        invoke_method=how.invoke_method,
        amount=order.amount,
        currency=order.currency,
        split_rule=rule,
        attempt_no=1 if earlier is None else order.payments.count() + 1,
        repeat_of=earlier,
        repeat_gap_ms=None if earlier is None else _milliseconds(earlier.created_at, moment),
        launch={
            "payer": how.payer,
            "return_url": how.return_url,
            "returns_to_page": how.returns_to_page,
        },
        request_hash=how.request_hash,
        metadata=how.metadata,
        notify_url=how.notify_url or order.application.notify_url,
        notify_dialect=how.notify_dialect,
        expires_at=moment + timedelta(seconds=how.expires_in),
        due_at=moment + FIRST_LOOK,
        created_at=moment,
    )
    insert(payment)
    note_payment(payment)
    if earlier is not None:
        _report_repeat(payment, earlier)
    if is_hosted(payment):
        show_on_page(payment)
    launch_locally(payment)
    return payment


def _report_repeat(payment: Payment, earlier: Payment) -> None:
    """Tell the application that a resident tries again: it is what it watches."""
    record_event(
        application_id=payment.order.application_id,
        merchant_id=payment.merchant_id,
        type="order.attempt_repeated",
        data={
            "order_no": payment.order.order_no,
            "order_group_no": payment.order.order_group_no or None,
            "merchant_id": payment.merchant.merchant_no,
            "serial_no": payment.serial_no,
            "payment_id": payment.payment_account.payment_no,
            "repeat_of": earlier.serial_no,
            "gap_ms": payment.repeat_gap_ms,
            "created_at": rfc3339(payment.created_at),
        },
        occurred_at=payment.created_at,
        url=payment.notify_url,
        dialect=payment.notify_dialect,
    )


def _milliseconds(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds() * 1000)
