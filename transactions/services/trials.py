"""Trial payments: the least an account takes, really paid, before residents pay through it.

A trial is an order of an application like any other: the application is told of it, and the company
has the money until it is returned. Trials of an account are numbered, ``trial-P0000000001-1`` and
on, so that they are found through the unique key of orders however many orders there are.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction

from merchants.models import Application, Grant, PaymentAccount
from paycenter.kernel.money import CURRENCY
from transactions.lifecycle import PaymentState
from transactions.models import Checkout, Order, Payment, Refund
from transactions.services.checkouts import open_checkout
from transactions.services.commands import CheckoutCommand, OrderCommand, RefundCommand
from transactions.services.payment_codes import may_be_offered, offer_order
from transactions.services.refunds import request_refund

AT_MOST = 20
"""Trials of one account for one application."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The order of a trial, and the payment of it that succeeded, if one did."""

    order: Order
    payment: Payment | None

    @property
    def is_returned(self) -> bool:
        """Whether a refund has returned, or reserved, what was paid."""
        return self.payment is not None and self.payment.left == 0


def trials_of(accounts: Collection[PaymentAccount]) -> dict[int, list[Trial]]:
    """Return the trials of each account, newest first, by its primary key; two statements."""
    owner_of = {number: account.pk for account in accounts for number in _numbers(account)}
    users = Grant.objects.filter(payment_account__in=accounts).values("application")
    orders = (
        Order.objects.filter(application__in=users, order_no__in=owner_of)
        .filter(merchant__in={account.channel_merchant.merchant_id for account in accounts})
        .filter(checkout__made_by__gt="")
        .select_related("application")
        .prefetch_related("payments")
        .order_by("-pk")
    )
    found: dict[int, list[Trial]] = {}
    for order in orders:
        account_id = owner_of[order.order_no]
        trial = Trial(order, _success(order, account_id))
        found.setdefault(account_id, []).append(trial)
    return found


@transaction.atomic
def open_trial(
    application: Application, account: PaymentAccount, *, subject: str, made_by: str
) -> Checkout | None:
    """Return the page of a trial through this very account: one that waits, or a new one.

    None when there were too many. ``made_by`` is the operator's name. Raises ``Problem``:
    ``merchant_not_found``, ``payment_account_not_found``, ``order_mismatch``, ``order_paid``,
    ``order_closed``.
    """
    mine = [one.order for one in trials_of([account]).get(account.pk, [])]
    for order in mine:
        if order.application_id == application.pk and may_be_offered(order):
            return offer_order(order)
    number = _free_number(application, account)
    if number is None:
        return None
    facts = OrderCommand(
        order_no=number, amount=account.min_amount, currency=CURRENCY, subject=subject
    )
    merchant_no = account.channel_merchant.merchant.merchant_no
    command = CheckoutCommand(
        merchant_id=merchant_no, order=facts, payment_ids=(account.payment_no,)
    )
    return open_checkout(application, command, made_by=made_by)[0]


@transaction.atomic
def return_trial(trial: Trial, *, reason: str) -> Refund:
    """Ask for what is left of a trial's money to go back; asked twice at once it is one refund.

    One that failed is followed by another. Raises ``Problem`` as ``request_refund`` does, and
    ``AssertionError`` for a trial that nobody paid.
    """
    payment = trial.payment
    assert payment is not None  # noqa: S101 (the caller looked)
    number = Refund.objects.filter(payment=payment).count() + 1
    command = RefundCommand(
        serial_no=payment.serial_no,
        refund_no=f"{trial.order.order_no}-back-{number}",
        amount=payment.left,
        reason=reason,
    )
    return request_refund(trial.order.application, command)[0]


def _numbers(account: PaymentAccount) -> list[str]:
    return [f"trial-{account.payment_no}-{number}" for number in range(1, AT_MOST + 1)]


def _free_number(application: Application, account: PaymentAccount) -> str | None:
    merchant = account.channel_merchant.merchant_id
    orders = Order.objects.filter(application=application, merchant=merchant)
    used = set(orders.filter(order_no__in=_numbers(account)).values_list("order_no", flat=True))
    return next((number for number in _numbers(account) if number not in used), None)


def _success(order: Order, account_id: int) -> Payment | None:
    """Return the payment that succeeded through this account; another one proves nothing of it."""
    mine = (one for one in order.payments.all() if one.payment_account_id == account_id)
    return next((one for one in mine if one.state == PaymentState.SUCCEEDED), None)
