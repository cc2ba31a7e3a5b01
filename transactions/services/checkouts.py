"""The hosted page of an order: made once, found by its token, the same for the same order."""

import hashlib
import secrets
from collections.abc import Collection, Iterable
from datetime import timedelta

from django.conf import settings
from django.urls import reverse

from gateway.registry import channel_of
from merchants.models import Application, Merchant
from merchants.selectors import granted_accounts, granted_merchant, offered_accounts
from paycenter.kernel.clock import now
from paycenter.kernel.errors import Problem
from paycenter.kernel.rows import find
from transactions.lifecycle import SETTLED_ORDER, OrderState
from transactions.models import Checkout, CollectionCode, Move, Order, Payment, SplitMode
from transactions.moves import move
from transactions.services.attempts import check_order_open
from transactions.services.commands import CheckoutCommand
from transactions.services.orders import find_or_make_order
from transactions.splits.modes import accounts_that_split

TOKEN_BYTES = 24
"""192 bits: nobody guesses one. As text 32 characters of ``[A-Za-z0-9_-]``."""


def open_checkout(
    application: Application,
    command: CheckoutCommand,
    *,
    collection_code: CollectionCode | None = None,
    made_by: str = "",
) -> tuple[Checkout, bool]:
    """Return the page of the order that ``command`` names and whether it is new.

    Must run in a transaction. An order whose time is over is offered again. What the page offers
    and whom it tells is as the latest request says; ``collection_code`` and ``made_by`` (an
    operator at a front desk) say where a new one came from. Raises ``Problem``:
    ``merchant_not_found``, ``payment_account_not_found``, ``order_mismatch``,
    ``split_not_allowed``.
    """
    merchant = granted_merchant(application, command.merchant_id)
    _check_granted(application, merchant, command.payment_ids)
    order, _ = find_or_make_order(application, merchant, command.order, state=OrderState.CREATED)
    _offer_again(order, seconds=command.order.expires_in)
    checkout = find(Checkout.objects.filter(order=order))
    is_new = checkout is None
    if checkout is None:
        _check_splittable(order, command.payment_ids)
        checkout = _new_checkout(order, collection_code=collection_code, made_by=made_by)
    checkout.order = order
    checkout.payment_nos = list(command.payment_ids)
    checkout.return_url = command.return_url
    checkout.notify_url = command.notify_url
    checkout.metadata = command.metadata
    checkout.save(force_insert=is_new)
    return checkout, is_new


def reopen_checkout(order: Order, *, seconds: int) -> Checkout:
    """Return the page of an order that there is, made now if it has none.

    Must run in a transaction with the order's row locked. From now on at least ``seconds`` are left
    to pay it, also where its time was over. A new page tells the application as it wished for the
    newest attempt, and leads nobody back to it: who pays now did not come from there. Raises
    ``Problem``: ``order_paid``, ``order_closed``.
    """
    check_order_open(order)
    _offer_for(order, seconds=seconds)
    checkout = find(Checkout.objects.filter(order=order))
    if checkout is None:
        checkout = _new_checkout(order)
        attempt = order.payments.order_by("-id").first()
        if attempt is not None:
            checkout.notify_url, checkout.metadata = attempt.notify_url, attempt.metadata
        checkout.save(force_insert=True)
    checkout.order = order
    return checkout


def is_hosted(payment: Payment) -> bool:
    """Whether a payment's channel has a code but no page for its method: the center shows it."""
    channel = channel_of(payment.channel_merchant.channel)
    return payment.invoke_method in channel.hosted_methods


def show_on_page(payment: Payment) -> None:
    """Give the order of a hosted payment a page that offers its account. Its row is locked.

    Whoever pays another way there is told of, and led back, as the application wished for this one.
    """
    order, account = payment.order, payment.payment_account
    checkout = find(Checkout.objects.filter(order=order))
    if checkout is None:
        checkout = _new_checkout(order)
        checkout.payment_nos = [account.payment_no]
        checkout.return_url = payment.launch["return_url"]
        checkout.notify_url = payment.notify_url
        checkout.metadata = payment.metadata
        checkout.save(force_insert=True)
    elif checkout.payment_nos and account.payment_no not in checkout.payment_nos:
        checkout.payment_nos.append(account.payment_no)
        checkout.save(update_fields=["payment_nos"])


def checkout_url(checkout: Checkout) -> str:
    """Return the address of the page. Whoever knows it may pay the order and see receipts."""
    return settings.PUBLIC_BASE_URL + checkout_path(checkout.unseal("sealed_token"))


def checkout_path(token: str) -> str:
    """Return the address of the page with this token, within the center."""
    return reverse("checkout", args=[token])


def token_hash(token: str) -> str:
    """Return what a token is found by. It is random, so a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()


def _new_checkout(
    order: Order, *, collection_code: CollectionCode | None = None, made_by: str = ""
) -> Checkout:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    checkout = Checkout(
        merchant_id=order.merchant_id,
        order=order,
        token_hash=token_hash(token),
        collection_code=collection_code,
        made_by=made_by,
        created_at=now(),
    )
    return checkout.seal("sealed_token", token)


def _check_granted(
    application: Application, merchant: Merchant, payment_nos: Iterable[str]
) -> None:
    """Raise ``Problem`` unless each account is granted to the application and the merchant's."""
    wanted = set(payment_nos)
    if not wanted:
        return
    known = granted_accounts(application).filter(
        channel_merchant__merchant=merchant, payment_no__in=wanted
    )
    unknown = sorted(wanted - set(known.values_list("payment_no", flat=True)))
    if unknown:
        raise Problem("payment_account_not_found", f"Not granted: {', '.join(unknown)}.")


def _check_splittable(order: Order, payment_nos: Collection[str]) -> None:
    """Raise ``Problem`` when the order is to be split and no account on offer can do that."""
    if order.split_mode == SplitMode.NONE:
        return
    offered = offered_accounts(order.application, order.merchant, payment_nos)
    if not accounts_that_split(offered, order.split_mode).exists():
        raise Problem(
            "split_not_allowed",
            f"No account that the page may offer can split by mode {order.split_mode}. Have the "
            "property company approve a split rule, name other payment_ids, or send mode none.",
        )


def _offer_again(order: Order, *, seconds: int) -> None:
    """Give an order its time again if it is over and nobody paid. Its row is locked."""
    if order.expires_at <= now() or order.state == OrderState.EXPIRED:
        _offer_for(order, seconds=seconds)


def _offer_for(order: Order, *, seconds: int) -> None:
    """Leave at least ``seconds`` to pay an order that nobody paid. Its row is locked."""
    if order.state in SETTLED_ORDER or order.state == OrderState.CLOSED:
        return
    expires_at = now() + timedelta(seconds=seconds)
    if order.state == OrderState.EXPIRED:
        move(order, "offer_again", cause=Move.Cause.REQUEST, expires_at=expires_at)
    elif order.expires_at < expires_at:
        order.expires_at = expires_at
        order.save(update_fields=["expires_at"])
