"""What each money event books. The accounts are explained in ``transactions.models.ledger``."""

from collections.abc import Sequence

from django.db.models import Sum
from psycopg.types.numeric import Int8

from paycenter.kernel.clock import now
from paycenter.kernel.statements import prepared_cursor
from transactions.ledger.posting import Posting, Side, post, reverse
from transactions.models import Account, JournalEntry, Order, Payment, Refund

Kind = JournalEntry.Kind

_LINES = "SELECT fee_type, amount FROM transactions_orderline WHERE order_id = %s ORDER BY line_no"


def post_payment(payment: Payment) -> None:
    """Book money that came: income by fee type, or money to be returned when it is a duplicate."""
    settles = payment.settles_order
    duplicate = [Side(Account.DUPLICATE, payment.amount)]
    post(
        Posting(
            kind=Kind.PAYMENT if settles else Kind.DUPLICATE,
            reference=payment.serial_no,
            channel_merchant=payment.channel_merchant,
            occurred_at=payment.paid_at or now(),
            debits=[Side(Account.CHANNEL, payment.amount)],
            credits=_by_fee_type(payment.order, payment.amount) if settles else duplicate,
            payment=payment,
        )
    )


def post_refund(refund: Refund) -> None:
    """Book money that went back, out of what its payment was booked to.

    What the company returned by itself came out of its bank account.
    """
    payment = refund.payment
    source = Account.BANK if refund.is_offline else Account.CHANNEL
    post(
        Posting(
            kind=Kind.REFUND,
            reference=refund.refund_serial_no,
            channel_merchant=payment.channel_merchant,
            occurred_at=refund.succeeded_at or now(),
            debits=_given_back(refund),
            credits=[Side(source, refund.amount)],
            payment=payment,
            refund=refund,
        )
    )


def book_kept(payment: Payment, kept: int, *, by: str = "", note: str = "") -> None:
    """Have ``kept`` fen of a duplicate payment booked as income, no more and no less.

    What was booked as kept before is reversed. The payment's row is locked.
    """
    entries = payment.journal_entries.filter(kind=Kind.DUPLICATE_KEPT)
    standing = entries.filter(reversed_by=None).annotate(kept=Sum("lines__credit")).first()
    if (standing.kept if standing else 0) == kept:
        return
    if standing:
        reverse(standing.pk, by=by, note=note)
    if kept:
        _post_kept(payment, kept, number=entries.count() + 1, by=by, note=note)


def _post_kept(payment: Payment, kept: int, *, number: int, by: str, note: str) -> None:
    post(
        Posting(
            kind=Kind.DUPLICATE_KEPT,
            reference=payment.serial_no if number == 1 else f"{payment.serial_no}-{number}",
            channel_merchant=payment.channel_merchant,
            occurred_at=now(),
            debits=[Side(Account.DUPLICATE, kept)],
            credits=_by_fee_type(payment.order, kept),
            payment=payment,
            posted_by=by,
            note=note,
        )
    )


def _given_back(refund: Refund) -> Sequence[Side]:
    if not refund.payment.settles_order:
        return [Side(Account.DUPLICATE, refund.amount)]
    if refund.lines:
        return [Side(Account.INCOME, line["amount"], line["fee_type"]) for line in refund.lines]
    return _by_fee_type(refund.payment.order, refund.amount)


def _by_fee_type(order: Order, amount: int) -> Sequence[Side]:
    """Divide ``amount`` fen of an order among its fee types: floor each, the rest to the last."""
    with prepared_cursor() as cursor:
        cursor.execute(_LINES, [Int8(order.pk)])
        lines = cursor.fetchall()
    if not lines:
        return [Side(Account.INCOME, amount)]
    parts = [whole * amount // order.amount for _, whole in lines]
    parts[-1] += amount - sum(parts)
    return [
        Side(Account.INCOME, part, fee_type)
        for (fee_type, _), part in zip(lines, parts, strict=True)
    ]
