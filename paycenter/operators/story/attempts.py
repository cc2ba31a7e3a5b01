"""What the center did by itself: attempts opened, refunds requested, duplicates found, moves."""

from django.utils.translation import gettext as _

from paycenter.kernel.money import format_yuan
from paycenter.operators.columns import channel_name, page_of, seconds, word_label
from paycenter.operators.story.entry import Entry, Fact, facts
from paycenter.operators.story.rows import Rows
from paycenter.operators.words import INVOKE_METHODS, MOVE_STATES, word_of
from transactions.models import DuplicatePayment, Move, Order, Payment, Refund


def entries(rows: Rows) -> list[Entry]:
    """Return the order, its attempts, refunds and duplicates as they began, and every move."""
    duplicates = [payment.duplicate for payment in rows.payments if payment.is_duplicate]
    subjects = {(Move.Subject.ORDER.value, rows.order.pk): rows.order.order_no}
    subjects |= {(Move.Subject.PAYMENT.value, row.pk): row.serial_no for row in rows.payments}
    subjects |= {(Move.Subject.REFUND.value, row.pk): row.refund_serial_no for row in rows.refunds}
    subjects |= {
        (Move.Subject.DUPLICATE.value, row.pk): row.payment.serial_no for row in duplicates
    }
    return [
        _received(rows.order),
        *(_opened(payment) for payment in rows.payments),
        *(_requested(refund) for refund in rows.refunds),
        *(_found(duplicate) for duplicate in duplicates),
        *(moved(move, subjects[move.subject, move.subject_id]) for move in rows.moves),
    ]


def _received(order: Order) -> Entry:
    return Entry(
        at=order.created_at,
        order=(0, order.pk),
        kind="request",
        icon="receipt_long",
        title=_("Order received"),
        facts=facts(
            Fact(_("Application"), str(order.application)),
            Fact(_("Amount (yuan)"), format_yuan(order.amount)),
        ),
    )


def _opened(payment: Payment) -> Entry:
    return Entry(
        at=payment.created_at,
        order=(1, payment.pk),
        kind="request",
        icon="add_card",
        title=_("Attempt %(number)s opened") % {"number": payment.attempt_no},
        url=page_of(payment),
        facts=facts(
            Fact(_("Payment"), payment.serial_no, page_of(payment)),
            Fact(_("Channel"), channel_name(payment.channel_merchant)),
            Fact(_("Payment account"), str(payment.payment_account)),
            Fact(_("Invoke method"), word_of(INVOKE_METHODS, payment.invoke_method).text),
            *_repeated(payment),
        ),
    )


def _repeated(payment: Payment) -> tuple[Fact, ...]:
    earlier = payment.repeat_of
    if earlier is None:
        return ()
    return (
        Fact(_("Repeats"), earlier.serial_no, page_of(earlier)),
        Fact(_("After"), seconds(payment.repeat_gap_ms)),
    )


def _requested(refund: Refund) -> Entry:
    return Entry(
        at=refund.created_at,
        order=(2, refund.pk),
        kind="request",
        icon="undo",
        title=_("Refund requested"),
        url=page_of(refund),
        facts=facts(
            Fact(_("Refund"), refund.refund_serial_no, page_of(refund)),
            Fact(_("Refund number"), refund.refund_no or _("none: made by the center itself")),
            Fact(_("Amount (yuan)"), format_yuan(refund.amount)),
            Fact(_("Reason"), refund.reason),
        ),
    )


def _found(duplicate: DuplicatePayment) -> Entry:
    payment = duplicate.payment
    return Entry(
        at=duplicate.created_at,
        order=(6, 0),
        kind="request",
        icon="content_copy",
        title=_("Paid a second time"),
        url=page_of(duplicate),
        facts=facts(
            Fact(_("Payment"), payment.serial_no, page_of(payment)),
            Fact(_("Amount (yuan)"), format_yuan(payment.amount)),
        ),
    )


def moved(move: Move, number: str = "") -> Entry:
    """Return one move; on the page of a single row without its number."""
    words = MOVE_STATES[move.subject]
    return Entry(
        at=move.created_at,
        order=(5, move.pk),
        kind="move",
        icon="trending_flat",
        title=_("%(what)s: from %(state)s to")
        % {"what": move.get_subject_display(), "state": word_of(words, move.source).text},
        label=word_label(words, move.target),
        facts=facts(
            Fact(_("Number"), number),
            Fact(_("Because of"), move.get_cause_display()),
            Fact(_("decided by"), move.actor),
            Fact(_("note"), move.note),
        ),
    )
