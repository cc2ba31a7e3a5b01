"""Test vocabulary: attempts and refunds at given moments, and their figures added up in Python."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count

from merchants.models import PaymentAccount
from paycenter.kernel.numbers import mint
from tests.support.money import make_order, make_payment, make_refund
from transactions.lifecycle import PaymentState, RefundState
from transactions.models import Move, Payment, Refund
from transactions.moves import move
from transactions.tallies.counting import HOUR
from transactions.tallies.facts import Span
from transactions.tallies.reading import Figures

_numbers = count(1)

OVER = {PaymentState.FAILED, PaymentState.CLOSED}


def attempt(
    account: PaymentAccount, opened: datetime, *, follows: Payment | None = None
) -> Payment:
    """Open an attempt at a moment: of an order of its own, or another one of an earlier order."""
    if follows is None:
        order = make_order(account=account, order_no=f"T{next(_numbers)}")
    else:
        order = follows.order
    return make_payment(
        order,
        account,
        state=PaymentState.INITIATING,
        serial_no=mint("P", opened),
        created_at=opened,
        repeat_of=follows,
    )


def send(payment: Payment) -> None:
    """Let the channel take an attempt."""
    due_at = payment.created_at + timedelta(seconds=5)
    assert move(payment, "accept", cause=Move.Cause.ANSWER, action={}, due_at=due_at)


def lose(payment: Payment) -> None:
    """Let nobody know what became of an attempt."""
    assert move(payment, "lose_track", cause=Move.Cause.ANSWER, due_at=payment.created_at)


def fail(payment: Payment) -> None:
    """Let the channel refuse an attempt."""
    assert move(payment, "fail", cause=Move.Cause.QUERY, code="REFUSED", message="")


def close(payment: Payment) -> None:
    """Let an attempt be over, unpaid."""
    assert move(payment, "close", cause=Move.Cause.CLOSE)


def pay(payment: Payment, at: datetime, *, settles: bool = True) -> None:
    """Let the money of an attempt come."""
    number = f"42{next(_numbers):026d}"
    facts = {"channel_serial_no": number, "paid_at": at, "settles_order": settles}
    assert move(payment, "succeed", cause=Move.Cause.CALLBACK, **facts)


def give_back(payment: Payment, at: datetime, *, amount: int = 100) -> Refund:
    """Let some of the money of an attempt go back."""
    refund = make_refund(payment, amount=amount, created_at=at, refund_serial_no=mint("R", at))
    facts = {"succeeded_at": at, "channel_refund_no": f"50{next(_numbers):026d}"}
    assert move(refund, "succeed", cause=Move.Cause.CALLBACK, **facts)
    return refund


def added_up(accounts: Sequence[int], span: Span) -> dict[tuple[datetime, str], Figures]:
    """Return the figures by hour and channel, row by row."""
    found: dict[tuple[datetime, str], Figures] = defaultdict(Figures)

    def add(payment: Payment, moment: datetime | None, figures: Figures) -> None:
        if moment is not None and span[0] <= moment < span[1]:
            hour = moment.replace(minute=0, second=0, microsecond=0)
            found[hour, payment.channel_merchant.channel] += figures

    rows = Payment.objects.select_related("channel_merchant").filter(payment_account__in=accounts)
    for payment in rows:
        moves = Move.objects.filter(subject="payment", subject_id=payment.pk)
        sent = payment.state == "succeeded" or moves.filter(target="pending").exists()
        over = payment.state in OVER
        add(
            payment,
            payment.created_at,
            Figures(
                opened=1,
                repeated=int(payment.repeat_of_id is not None),
                sent=int(sent),
                succeeded=int(payment.state == "succeeded"),
                at_payer=int(over and sent),
                on_way=int(over and not sent),
            ),
        )
        if payment.settles_order:
            add(payment, payment.paid_at, Figures(paid=1, taken=payment.amount))
    refunds = Refund.objects.select_related("payment__channel_merchant")
    for refund in refunds.filter(payment__in=rows, state=RefundState.SUCCEEDED):
        add(refund.payment, refund.succeeded_at, Figures(refunds=1, refunded=refund.amount))
    return dict(found)


def by_hour(found: "dict[tuple[Span, str], Figures]") -> dict[tuple[datetime, str], Figures]:
    """Return what was read by the beginning of each span."""
    for start, end in (span for span, _ in found):
        assert start < end <= start + HOUR
    return {(start, channel): figures for ((start, _), channel), figures in found.items()}
