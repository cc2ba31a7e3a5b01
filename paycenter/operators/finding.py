"""Finding money rows by any of their numbers, one statement each.

People paste what they have: the application's number, ours, or the channel's; of an order also the
room, or how a phone number ends. A text is compared whole, never as a pattern, so that it is found
through an index.
"""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.admin import site
from django.db.models import Model, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Right
from django.http import HttpRequest

from gateway.models import Callback, ChannelCall
from merchants.models import AuditEvent
from notifications.models import Delivery, Event
from paycenter.kernel.money import format_yuan
from paycenter.operators.columns import page_of
from paycenter.operators.theme import SearchResult
from transactions.models import (
    BillLine,
    Checkout,
    Difference,
    DoorOrder,
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
SHOWN = 20
"""Lines of the command palette."""
PHONE_TAIL = 4
"""Digits by which people name a phone number."""
LONGEST = 64


def as_number(text: str) -> str:
    """Return what a person typed as a number; blank when it cannot be one."""
    number = text.strip()
    return number if number.isprintable() and len(number) <= LONGEST else ""


def orders_by(number: str) -> list[int]:
    """Return orders with this number, or with a payment, refund or split that has it."""
    return _ids(
        Order.objects.filter(order_no=number).values_list("pk"),
        DoorOrder.objects.filter(trade_no=number).values_list("order_id"),
        *(found.values_list("order_id") for found in _payments(number)),
        *(found.values_list("payment__order_id") for found in _refunds(number)),
        *(found.values_list(f"{payment}__order_id") for found, payment in _split_rows(number)),
    )


def orders_about(text: str, among: QuerySet[Order]) -> list[int]:
    """Return the newest of these orders that a text stands for, the newest first.

    It is a number, a room, or the last four digits of a phone number that the application sent.
    Rooms and digits are not unique: among others' orders they would crowd out the reader's own.
    """
    numbered = among.filter(pk__in=orders_by(text))
    others = (among.filter(pk__in=found) for found in (_lines_of_room(text), *_of_phone(text)))
    found = [rows.order_by().values_list("pk") for rows in (numbered, *others)]
    newest = found[0].union(*found[1:]).order_by("-pk")
    return [pk for (pk,) in newest[:AT_MOST]]


def payments_by(number: str) -> list[int]:
    """Return payments with this number, of an order that has it, or with a refund or split."""
    split = (found.values_list(f"{payment}_id") for found, payment in _split_rows(number))
    return _ids(*_own_payments(number), *split)


def refunds_by(number: str) -> list[int]:
    """Return refunds with this number, or of a payment or order that has it."""
    return _ids(
        *(found.values_list("pk") for found in _refunds(number)),
        Refund.objects.filter(payment__serial_no=number).values_list("pk"),
        Refund.objects.filter(payment__channel_serial_no=number).values_list("pk"),
        Refund.objects.filter(payment__order__order_no=number).values_list("pk"),
    )


def splits_by(number: str) -> list[int]:
    """Return splits with this number, or a share or return that has it, or of such payments."""
    return _ids(
        *(found.values_list("pk") for found in _splits(number)),
        *(found.values_list("split_id") for found in _shares(number)),
        *(found.values_list("share__split_id") for found in _returns(number)),
        Split.objects.filter(payment_id__in=_ids(*_own_payments(number))).values_list("pk"),
    )


def shares_by(number: str) -> list[int]:
    """Return the shares of the splits a number stands for."""
    found = SplitShare.objects.filter(split_id__in=splits_by(number))
    return list(found.values_list("pk", flat=True)[:AT_MOST])


def returns_by(number: str) -> list[int]:
    """Return returns of shares with this number, or of the splits a number stands for."""
    return _ids(
        *(found.values_list("pk") for found in _returns(number)),
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
    payments = _ids(Payment.objects.filter(order_id__in=orders).values_list("pk"))
    refunds = _ids(Refund.objects.filter(payment_id__in=payments).values_list("pk"))
    duplicates = DuplicatePayment.objects.filter(payment_id__in=payments)
    subjects = {
        Move.Subject.ORDER: orders,
        Move.Subject.PAYMENT: payments,
        Move.Subject.REFUND: refunds,
        Move.Subject.DUPLICATE: _ids(duplicates.values_list("pk")),
    }
    # Each by itself, and by ids: joined by OR, all moves there are would be gone through.
    return _ids(
        *(
            Move.objects.filter(subject=subject, subject_id__in=ids).values_list("pk")
            for subject, ids in subjects.items()
        )
    )


def moves_of(
    orders: list[int], payments: list[int], refunds: list[int], duplicates: list[int]
) -> QuerySet[Move]:
    """Return the history of some orders, payments, refunds and duplicate payments, oldest first."""
    return Move.objects.filter(
        Q(subject=Move.Subject.ORDER, subject_id__in=orders)
        | Q(subject=Move.Subject.PAYMENT, subject_id__in=payments)
        | Q(subject=Move.Subject.REFUND, subject_id__in=refunds)
        | Q(subject=Move.Subject.DUPLICATE, subject_id__in=duplicates)
    )


def deeds_on(rows: Iterable[Model]) -> QuerySet[AuditEvent]:
    """Return what people did on some rows."""
    wanted: dict[str, list[str]] = {}
    for row in rows:
        wanted.setdefault(row._meta.label_lower, []).append(str(row.pk))
    about = (Q(object_type=kind, object_id__in=ids) for kind, ids in wanted.items())
    return AuditEvent.objects.filter(reduce(or_, about, Q(pk__in=())))


def deeds_by(number: str) -> list[int]:
    """Return the audit event with this number, or the events of what is called by it."""
    chained = int(number) if number.isascii() and number.isdigit() else 0
    return _ids(
        AuditEvent.objects.filter(number=chained).values_list("pk"),
        AuditEvent.objects.filter(object_text=number).order_by("-id").values_list("pk"),
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
    """Return what the command palette shows for a number, a room or the end of a phone number.

    The theme passes the term in lower case; numbers are case-sensitive.
    """
    del lowered
    number = as_number(request.GET["s"])
    if not number or not request.user.has_perm("transactions.view_order"):
        return []
    own = site._registry[Order].get_queryset(request)
    found = own.filter(pk__in=orders_about(number, own)[:SHOWN]).select_related("merchant")
    orders = found.order_by("-pk")
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


def _own_payments(number: str) -> list[QuerySet[Any, tuple[int]]]:
    """Return the payments that a number of an order, payment or refund stands for."""
    return [
        *(found.values_list("pk") for found in _payments(number)),
        Payment.objects.filter(order__order_no=number).values_list("pk"),
        *(found.values_list("payment_id") for found in _refunds(number)),
    ]


def _splits(number: str) -> list[QuerySet[Split]]:
    return [
        Split.objects.filter(split_serial_no=number),
        Split.objects.filter(split_no=number),
        Split.objects.filter(channel_split_no=number),
    ]


def _shares(number: str) -> list[QuerySet[SplitShare]]:
    return [SplitShare.objects.filter(channel_share_no=number)]


def _returns(number: str) -> list[QuerySet[SplitReturn]]:
    return [
        SplitReturn.objects.filter(return_serial_no=number),
        SplitReturn.objects.filter(return_no=number),
        SplitReturn.objects.filter(channel_return_no=number),
    ]


def _split_rows(number: str) -> list[tuple[QuerySet[Any], str]]:
    """Return what has a number around splits, each with the way to its payment."""
    return [
        *((found, "payment") for found in _splits(number)),
        *((found, "split__payment") for found in _shares(number)),
        *((found, "share__split__payment") for found in _returns(number)),
        (SplitRelease.objects.filter(release_serial_no=number), "payment"),
    ]


def _lines_of_room(text: str) -> QuerySet[Any, Any]:
    return OrderLine.objects.filter(room=text).values("order_id")


def _of_phone(digits: str) -> list[QuerySet[Any, Any]]:
    """Return the orders of payers whose phone number ends so (``metadata.phone``)."""
    if not (len(digits) == PHONE_TAIL and digits.isascii() and digits.isdigit()):
        return []
    ending: dict[str, Any] = {"metadata__has_key": "phone", "tail": digits}
    tail = Right(KT("metadata__phone"), PHONE_TAIL)
    return [
        model._default_manager.alias(tail=tail).filter(**ending).values("order_id")
        for model in (Payment, Checkout)
    ]


def _ids(*rows: QuerySet[Any, tuple[int]]) -> list[int]:
    # The models' own ordering has no place inside a union.
    first, *others = (found.order_by() for found in rows)
    return [pk for (pk,) in first.union(*others)[:AT_MOST]]
