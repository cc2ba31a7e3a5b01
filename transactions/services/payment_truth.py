"""The one door for truth about payments: what a channel says of one is applied here only.

Callbacks, query results, answers to a close, and bill lines all come through this door, any number
of times and in any order. A report must match our record (account, number, amount, currency) before
it may move anything; the effects of a move belong to the call that made it.
"""

import logging
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from gateway.messages import Outcome, PaymentReport
from merchants.models import ChannelMerchant
from notifications.services.record_event import record_event
from paycenter.kernel.clock import now
from paycenter.kernel.prepared import PreparedRow
from transactions.ledger.events import post_payment
from transactions.lifecycle import OPEN_PAYMENT, PaymentState
from transactions.models import Move, Order, Payment
from transactions.moves import move
from transactions.representations import payment_resource
from transactions.schedule import PENDING_PAYMENT, UNKNOWN_PAYMENT, next_payment_look
from transactions.selectors import is_paid, is_replaced, note_payment, orders_of_group
from transactions.services.attempts import lock_group
from transactions.services.duplicates import receive_duplicate
from transactions.services.effects import (
    CHANNEL_NUMBER,
    MOVED,
    NOTHING,
    Applied,
    Effect,
    Note,
    leave_unnoted,
    words_of,
)
from transactions.splits.planning import plan_by_rule

logger = logging.getLogger(__name__)

ODD_BEFORE = timedelta(minutes=10)
ODD_AHEAD = timedelta(days=1)
"""How far a time of payment may lie before its order or after now without being remarked on."""


def apply_payment_report(
    channel_merchant: ChannelMerchant,
    report: PaymentReport,
    *,
    cause: Move.Cause,
    note: Note = leave_unnoted,
) -> Applied:
    """Apply what a channel merchant's channel said of one payment.

    The payment is looked up within that channel merchant only: a message authentic for one account
    says nothing about another's payment.
    """
    try:
        with transaction.atomic():
            applied = _apply(channel_merchant, report, cause)
            note(applied)
        return applied
    except IntegrityError as error:
        if _violated(error) != "payment_unique_channel_serial":
            raise
    reason = f"channel serial number {report.channel_serial_no!r} is another payment's"
    logger.error("report of %s not believed: %s", report.serial_no, reason)
    if cause == Move.Cause.QUERY:
        _put_off(channel_merchant, report.serial_no)
    applied = Applied(Effect.MISMATCH, reason)
    note(applied)
    return applied


@transaction.atomic
def _put_off(channel_merchant: ChannelMerchant, serial_no: str) -> None:
    """Ask about a payment whose success cannot be believed as seldom as about any other."""
    payment = lock_payment(serial_no, channel_merchant=channel_merchant)
    if payment is not None:
        _look_later(payment)


def _violated(error: IntegrityError) -> str:
    """Return the name of the constraint that PostgreSQL held."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return str(getattr(diagnosis, "constraint_name", ""))


def _apply(channel_merchant: ChannelMerchant, report: PaymentReport, cause: Move.Cause) -> Applied:
    payment = lock_payment(report.serial_no, channel_merchant=channel_merchant)
    if payment is None:
        return _not_its_payment(report)
    if report.outcome == Outcome.SUCCEEDED:
        return _apply_success(payment, report, cause)
    if report.closed:
        return _apply_closed(payment, cause)
    if report.outcome == Outcome.FAILED:
        return _apply_failure(payment, report, cause)
    return _apply_open(payment, cause)


def _not_its_payment(report: PaymentReport) -> Applied:
    """Say why: nobody's number is a mistake, another channel merchant's may be an attack."""
    if not Payment.objects.filter(serial_no=report.serial_no).exists():
        return Applied(Effect.UNKNOWN_NUMBER, "there is no payment with this number")
    logger.error("a channel speaks of %s to another channel merchant", report.serial_no)
    return Applied(Effect.UNKNOWN_NUMBER, "the payment is another channel merchant's")


def _to_lock(serial_no: str) -> QuerySet[Payment]:
    return (
        Payment.objects.select_for_update(of=("self", "order"), no_key=True)
        .select_related("order", "merchant", "payment_account", "channel_merchant")
        .annotate(replaced_by=F("repeated_by"))
        .filter(serial_no=serial_no)
    )


_LOCKED = PreparedRow(_to_lock, str)
_LOCKED_OF = PreparedRow(
    lambda serial_no, owner_id: _to_lock(serial_no).filter(channel_merchant=owner_id), str, int
)


def lock_payment(
    serial_no: str, *, channel_merchant: ChannelMerchant | None = None
) -> Payment | None:
    """Lock and return a payment with its order, everything needed to show it, in one statement.

    ``no_key``: a new attempt that holds the order may meanwhile refer to this payment. With the
    stronger lock the two would wait for each other.
    """
    if channel_merchant is None:
        payment = _LOCKED.find(serial_no)
    else:
        payment = _LOCKED_OF.find(serial_no, channel_merchant.pk)
    if payment is not None:
        note_payment(payment)
    return payment


def judge_claim(channel_merchant: ChannelMerchant, report: PaymentReport) -> Applied | None:
    """Judge what a channel claims and has yet to confirm; None when it is worth asking about.

    Moves nothing. What contradicts our record, or is booked already, need not be confirmed.
    """
    found = Payment.objects.select_related("payment_account", "channel_merchant")
    payment = found.filter(serial_no=report.serial_no, channel_merchant=channel_merchant).first()
    if payment is None:
        return _not_its_payment(report)
    reason = _mismatch(payment, report) if report.outcome == Outcome.SUCCEEDED else ""
    if reason:
        logger.error("claimed success of %s not believed: %s", payment.serial_no, reason)
        return Applied(Effect.MISMATCH, reason)
    return NOTHING if payment.state == PaymentState.SUCCEEDED else None


def _apply_success(payment: Payment, report: PaymentReport, cause: Move.Cause) -> Applied:
    reason = _mismatch(payment, report)
    if reason:
        logger.error("success of %s not believed: %s", payment.serial_no, reason)
        if cause == Move.Cause.QUERY:
            _look_later(payment)
        return Applied(Effect.MISMATCH, reason)
    order = payment.order
    settles = not _is_settled(order)
    paid_at = report.paid_at or now()
    moved = move(
        payment,
        "succeed",
        cause=cause,
        channel_serial_no=report.channel_serial_no,
        paid_at=paid_at,
        settles_order=settles,
    )
    if not moved:
        return NOTHING
    post_payment(payment)
    if settles:
        move(order, "settle", cause=cause, amount=payment.amount, paid_at=paid_at)
        _tell(payment, "payment.succeeded")
        _hurry_others(payment)
        if payment.split_rule_id:
            plan_by_rule(payment)
    else:
        _tell(payment, "payment.duplicated")
        receive_duplicate(payment)
    return Applied(Effect.MOVED, _oddity(payment, paid_at))


def _hurry_others(payment: Payment) -> None:
    """Have what else is open for a paid order or its group closed now.

    Nothing for the only attempt there is. Rows that somebody holds are left: whoever holds one
    waits for the order, and decides then.
    """
    order = payment.order
    grouped = bool(order.order_group_no)
    if not grouped and payment.attempt_no == 1 and not is_replaced(payment):
        return
    orders = Q(order__in=orders_of_group(order)) if grouped else Q(order=order)
    others = Payment.objects.filter(orders, state__in=OPEN_PAYMENT)
    free = others.select_for_update(of=("self",), skip_locked=True, no_key=True)
    Payment.objects.filter(pk__in=list(free.values_list("pk", flat=True))).update(due_at=now())


def _is_settled(order: Order) -> bool:
    """Whether a payment settled this order, or another of its group. The order's row is locked."""
    if order.order_group_no:
        lock_group(order)
    return is_paid(order)


def _oddity(payment: Payment, paid_at: datetime) -> str:
    """Remark on a time of payment that cannot be: the money is real all the same."""
    if payment.created_at - ODD_BEFORE <= paid_at <= now() + ODD_AHEAD:
        return ""
    logger.warning("payment %s was paid at %s", payment.serial_no, paid_at)
    return f"odd: paid at {paid_at.isoformat()}"


def _mismatch(payment: Payment, report: PaymentReport) -> str:
    """Say what in a report of success contradicts our record; blank when nothing does."""
    owner = payment.channel_merchant
    appids = {payment.payment_account.appid, payment.payment_account.mini_program_appid} - {""}
    if report.mchid != owner.mchid:
        return f"channel merchant {report.mchid!r} instead of {owner.mchid!r}"
    if report.appid and appids and report.appid not in appids | {owner.provider_appid}:
        return f"app id {report.appid!r} is not the payment account's"
    if report.amount != payment.amount:
        return f"amount {report.amount} instead of {payment.amount} fen"
    if report.currency != payment.currency:
        return f"currency {report.currency!r} instead of {payment.currency!r}"
    if not CHANNEL_NUMBER.fullmatch(report.channel_serial_no):
        return f"no channel serial number but {report.channel_serial_no[:70]!r}"
    if payment.channel_serial_no not in (None, report.channel_serial_no):
        return f"a second channel serial number {report.channel_serial_no!r}"
    return ""


def _apply_closed(payment: Payment, cause: Move.Cause) -> Applied:
    if not move(payment, "close", cause=cause):
        return NOTHING
    _tell(payment, "payment.closed")
    return MOVED


def _apply_failure(payment: Payment, report: PaymentReport, cause: Move.Cause) -> Applied:
    words = words_of(report.failure, otherwise="failed")
    if not move(payment, "fail", cause=cause, **words):
        return NOTHING
    _tell(payment, "payment.failed")
    return MOVED


def _apply_open(payment: Payment, cause: Move.Cause) -> Applied:
    """It can still be paid, or nobody can say: look again later.

    A payment found waiting whose launch data we never got stays ``unknown``: sending the same
    request again is what gets them (``services.sending``).
    """
    if payment.state == PaymentState.INITIATING:
        moved = move(payment, "lose_track", cause=cause, due_at=_next_look(payment))
        return MOVED if moved else NOTHING
    _look_later(payment)
    return NOTHING


def _look_later(payment: Payment) -> None:
    """Ask about an open payment again when the tables say so. Its row is locked."""
    if payment.state in OPEN_PAYMENT:
        Payment.objects.filter(pk=payment.pk).update(
            due_at=_next_look(payment), asked=payment.asked + 1
        )


def _next_look(payment: Payment) -> datetime:
    table = PENDING_PAYMENT if payment.state == PaymentState.PENDING else UNKNOWN_PAYMENT
    return next_payment_look(table, payment.asked, now(), expires_at=payment.expires_at)


def _tell(payment: Payment, type_: str) -> None:
    record_event(
        application_id=payment.order.application_id,
        merchant_id=payment.merchant_id,
        type=type_,
        data=payment_resource(payment),
        occurred_at=now(),
        url=payment.notify_url,
        dialect=payment.notify_dialect,
    )
