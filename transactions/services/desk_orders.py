"""Orders that the center makes itself: for who scans a collection code, and at a front desk.

Their numbers begin with a word and are such as an application may use itself, so that it reads and
filters them like its own. What follows is 80 bits of a digest: two orders meet by chance no more
than two tokens do, and if they did, the second would be refused as a mismatch.

The digest is that of what is ordered and of a value drawn once for each form. The same form sent
twice is the same order, another amount is another one, and who has read an order's number still
cannot send the form that leads to its page.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from merchants.models import Application, Merchant
from paycenter.kernel.money import CURRENCY
from paycenter.kernel.numbers import ALPHABET
from transactions.models import Checkout, CollectionCode, Order
from transactions.services.checkouts import open_checkout
from transactions.services.commands import CheckoutCommand, Line, OrderCommand

ONCE = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
"""What ``new_once`` draws: 128 bits."""

_BY_CODE = "code-"
_AT_DESK = "desk-"
_DRAWN = 16  # characters of 5 bits
_LONGEST_FEE_TYPE = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be paid: ``amount`` in fen, ``expires_in`` in seconds."""

    subject: str
    amount: int
    fee_type: str = ""
    room: str = ""
    period: str = ""
    expires_in: int = 1800


def new_once() -> str:
    """Return the value a form carries, so that sending it again makes nothing new."""
    return secrets.token_urlsafe(16)


@transaction.atomic
def open_code_order(code: CollectionCode, *, once: str, amount: int, room: str) -> Checkout:
    """Return the page of the order that one form of a collection code makes.

    ``room`` is what the payer says, where the code does not say it. Raises ``Problem``
    ``merchant_not_found`` when the code's application may use no account of its company.
    """
    command = _code_command(code, once=once, amount=amount, room=room)
    return open_checkout(code.application, command, collection_code=code)[0]


def has_code_order(code: CollectionCode, *, once: str, amount: int, room: str) -> bool:
    """Whether ``open_code_order`` would return a page that there is."""
    command = _code_command(code, once=once, amount=amount, room=room)
    known = Order.objects.filter(application=code.application, merchant=code.merchant)
    return known.filter(order_no=command.order.order_no).exists()


@transaction.atomic
def open_desk_order(
    application: Application, merchant: Merchant, wish: Wish, *, once: str, made_by: str
) -> Checkout:
    """Return the page of the order that one form at a front desk makes. As ``open_code_order``.

    ``made_by`` is the operator's name.
    """
    command = _command(merchant, wish, _AT_DESK, drawn_from=once)
    return open_checkout(application, command, made_by=made_by)[0]


def collect_url(code: CollectionCode) -> str:
    """Return the address that a collection code stands for. It is public: it hangs on a wall."""
    return settings.PUBLIC_BASE_URL + reverse("collect", args=[code.token])


def _code_command(code: CollectionCode, *, once: str, amount: int, room: str) -> CheckoutCommand:
    wish = Wish(subject=code.subject, amount=amount, fee_type=code.fee_type, room=code.room or room)
    return _command(code.merchant, wish, _BY_CODE, drawn_from=f"{code.pk}:{once}")


def _command(merchant: Merchant, wish: Wish, prefix: str, *, drawn_from: str) -> CheckoutCommand:
    facts = OrderCommand(
        order_no=_number(prefix, f"{drawn_from}:{wish}"),
        amount=wish.amount,
        currency=CURRENCY,
        subject=wish.subject,
        lines=_lines(wish),
        expires_in=wish.expires_in,
    )
    return CheckoutCommand(merchant_id=merchant.merchant_no, order=facts)


def _number(prefix: str, text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()[:_DRAWN]
    return prefix + "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest)


def _lines(wish: Wish) -> tuple[Line, ...]:
    """Return the one line of an order of which more is known than what it is for."""
    if not (wish.fee_type or wish.room or wish.period):
        return ()
    fee_type = wish.fee_type or wish.subject[:_LONGEST_FEE_TYPE]
    return (Line(fee_type, wish.amount, room=wish.room, period=wish.period),)
