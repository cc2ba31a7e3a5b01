"""Finding money rows by any of their numbers, one statement each.

People paste what they have: the application's number, ours, or the channel's. A number is compared
whole, never as a pattern, so that it is found through an index.
"""

from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KT
from django.http import HttpRequest

from gateway.models import Callback, ChannelCall
from notifications.models import Delivery, Event
from paycenter.kernel.money import format_yuan
from paycenter.operators.columns import page_of
from paycenter.operators.theme import SearchResult
from transactions.models import (
    BillLine,
    Difference,
    DuplicatePayment,
    Move,
    Order,
    OrderLine,
    Payment,
    Refund,
    Split,
    SplitRelease,
    SplitReturn,
    SplitShare,
)

AT_MOST = 200
LONGEST = 64
Ids = list[int] | QuerySet[Any, Any]


def as_number(text: str) -> str:
    """Return what a person typed as a number; blank when it cannot be one."""
    number = text.strip()
    return number if number.isprintable() and len(number) <= LONGEST else ""


def orders_by(number: str) -> list[int]:
    """Return orders with this number, or with a payment or refund that has it."""
    return _ids(
        Order.objects.filter(order_no=number).values_list("pk"),
        *(found.values_list("order_id") for found in _payments(number)),
        *(found.values_list("payment__order_id") for found in _refunds(number)),
    )


def payments_by(number: str) -> list[int]:
    """Return payments with this number, of an order that has it, or with a refund that has it."""
    return _ids(
        *(found.values_list("pk") for found in _payments(number)),
        Payment.objects.filter(order__order_no=number).values_list("pk"),
        *(found.values_list("payment_id") for found in _refunds(number)),
    )


def refunds_by(number: str) -> list[int]:
    """Return refunds with this number, or of a payment or order that has it."""
    return _ids(
        *(found.values_list("pk") for found in _refunds(number)),
        Refund.objects.filter(payment__serial_no=number).values_list("pk"),
        Refund.objects.filter(payment__channel_serial_no=number).values_list("pk"),
        Refund.objects.filter(payment__order__order_no=number).values_list("pk"),
    )


def splits_by(number: str) -> list[int]:
    """Return splits with this number, or of the payments a number stands for."""
    return _ids(
        Split.objects.filter(split_serial_no=number).values_list("pk"),
        Split.objects.filter(split_no=number).values_list("pk"),
        Split.objects.filter(payment_id__in=payments_by(number)).values_list("pk"),
    )


def shares_by(number: str) -> list[int]:
    """Return the shares of the splits a number stands for."""
    found = SplitShare.objects.filter(split_id__in=splits_by(number))
    return list(found.values_list("pk", flat=True)[:AT_MOST])


def returns_by(number: str) -> list[int]:
    """Return returns of shares with this number, or of the splits a number stands for."""
    return _ids(
        SplitReturn.objects.filter(return_serial_no=number).values_list("pk"),
        SplitReturn.objects.filter(return_no=number).values_list("pk"),
        SplitReturn.objects.filter(share_id__in=shares_by(number)).values_list("pk"),
    )


def releases_by(number: str) -> list[int]:
    """Return the release with this number, or those of the payments a number stands for."""
    return _ids(
        SplitRelease.objects.filter(release_serial_no=number).values_list("pk"),
        SplitRelease.objects.filter(payment_id__in=payments_by(number)).values_list("pk"),
    )


def duplicates_by(number: str) -> list[int]:
    """Return the duplicate payments among the payments a number stands for."""
    found = DuplicatePayment.objects.filter(payment_id__in=payments_by(number))
    return list(found.values_list("pk", flat=True))


def lines_by(number: str) -> list[int]:
    """Return the lines of the orders a number stands for."""
    return list(
        OrderLine.objects.filter(order_id__in=orders_by(number)).values_list("pk", flat=True)
    )


def moves_by(number: str) -> list[int]:
    """Return the moves of the orders a number stands for, and of all that belongs to them."""
    orders = orders_by(number)
    payments = Payment.objects.filter(order_id__in=orders)
    refunds = Refund.objects.filter(payment__order_id__in=orders)
    duplicates = DuplicatePayment.objects.filter(payment__order_id__in=orders)
    subjects: dict[Move.Subject, Ids] = {
        Move.Subject.ORDER: orders,
        Move.Subject.PAYMENT: payments.values("pk"),
        Move.Subject.REFUND: refunds.values("pk"),
        Move.Subject.DUPLICATE: duplicates.values("pk"),
    }
    # Each by itself: joined by OR, all moves there are would be gone through.
    return _ids(
        *(
            Move.objects.filter(subject=subject, subject_id__in=ids).values_list("pk")
            for subject, ids in subjects.items()
        )
    )


def moves_of(orders: Ids, payments: Ids, refunds: Ids, duplicates: Ids) -> QuerySet[Move]:
    """Return the history of some orders, payments, refunds and duplicate payments, oldest first."""
    return Move.objects.filter(
        Q(subject=Move.Subject.ORDER, subject_id__in=orders)
        | Q(subject=Move.Subject.PAYMENT, subject_id__in=payments)
        | Q(subject=Move.Subject.REFUND, subject_id__in=refunds)
        | Q(subject=Move.Subject.DUPLICATE, subject_id__in=duplicates)
    )


def calls_by(number: str) -> list[int]:
    """Return the channel calls about one payment or refund."""
    return _ids(ChannelCall.objects.filter(number=number).values_list("pk"))


def callbacks_by(number: str) -> list[int]:
    """Return the callbacks about one payment or refund."""
    return _ids(Callback.objects.filter(number=number).values_list("pk"))


def events_by(number: str) -> list[int]:
    """Return the event with this id, or the events that tell of the orders with this number."""
    own = Event.objects.filter(event_id=number).values_list("pk")
    of_orders = (
        events_of(order).values_list("pk") for order in Order.objects.filter(order_no=number)[:10]
    )
    return _ids(own, *of_orders)


def deliveries_by(number: str) -> list[int]:
    """Return the notifications of the events that ``events_by`` finds."""
    return _ids(Delivery.objects.filter(event_id__in=events_by(number)).values_list("pk"))


def events_of(order: Order) -> QuerySet[Event]:
    """Return the events that tell of an order, by the order number they carry."""
    return (
        Event.objects.alias(order_no=KT("data__order_no"))
        .filter(application=order.application_id, merchant=order.merchant_id)
        .filter(order_no=order.order_no)
    )


def bill_lines_by(number: str) -> list[int]:
    """Return lines of channel bills that have this number, or one of a payment or refund it is."""
    own = [
        number,
        *Payment.objects.filter(pk__in=payments_by(number)).values_list("serial_no", flat=True),
    ]
    refunds = Refund.objects.filter(pk__in=refunds_by(number))
    own += refunds.values_list("refund_serial_no", flat=True)
    found = BillLine.objects.filter(number__in=own).exclude(number="")
    return list(found.values_list("pk", flat=True)[:AT_MOST])


def differences_by(number: str) -> list[int]:
    """Return differences with this number, or of a payment or refund that it is."""
    return _ids(
        Difference.objects.filter(number=number).values_list("pk"),
        Difference.objects.filter(payment_id__in=payments_by(number)).values_list("pk"),
    )


def search_results(request: HttpRequest, lowered: str) -> list[SearchResult]:
    """Return what the command palette shows for a number.

    The theme passes the term in lower case; numbers are case-sensitive.
    """
    del lowered
    number = as_number(request.GET["s"])
    if not number or not request.user.has_perm("transactions.view_order"):
        return []
    orders = Order.objects.filter(pk__in=orders_by(number)).select_related("merchant")
    return [
        SearchResult(
            title=order.order_no,
            description=f"{order.merchant} · {order.subject} · ¥{format_yuan(order.amount)}",
            link=page_of(order),
            icon="receipt_long",
        )
        for order in orders
    ]


def _payments(number: str) -> list[QuerySet[Payment]]:
    return [
        Payment.objects.filter(serial_no=number),
        Payment.objects.filter(channel_serial_no=number),
    ]


def _refunds(number: str) -> list[QuerySet[Refund]]:
    return [
        Refund.objects.filter(refund_serial_no=number),
        Refund.objects.filter(refund_no=number),
        Refund.objects.filter(channel_refund_no=number),
    ]


def _ids(*rows: QuerySet[Any, tuple[int]]) -> list[int]:
    # The models' own ordering has no place inside a union.
    first, *others = (found.order_by() for found in rows)
    return [pk for (pk,) in first.union(*others)[:AT_MOST]]
