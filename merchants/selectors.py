"""What an application may see and use of the parties and accounts."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from merchants.models import Application, Grant, Merchant, PaymentAccount
from merchants.switches import is_switched_off
from paycenter.kernel.clock import now
from paycenter.kernel.errors import Problem
from paycenter.kernel.prepared import PreparedRow

_IN_USE = Q(
    is_active=True, channel_merchant__is_active=True, channel_merchant__merchant__is_active=True
)


def granted_accounts(application: Application | int) -> QuerySet[PaymentAccount]:
    """Return the payment accounts this application may use, with their owners."""
    return PaymentAccount.objects.select_related("channel_merchant__merchant", "project").filter(
        grants__application=application
    )


_GRANTED = PreparedRow(
    lambda application_id, payment_no, moment: (
        granted_accounts(application_id)
        .filter(payment_no=payment_no)
        .annotate(is_switched_off=is_switched_off(moment))
    ),
    int,
    str,
    datetime,
)


def offered_accounts(
    application: Application, merchant: Merchant, payment_nos: Collection[str] = ()
) -> QuerySet[PaymentAccount]:
    """Return the accounts of one company that a page of this application offers to payers now.

    Those that ``payment_nos`` names; blank offers all that are not kept off such pages.
    """
    usable = granted_accounts(application).filter(_IN_USE, channel_merchant__merchant=merchant)
    if payment_nos:
        return usable.filter(payment_no__in=payment_nos)
    return usable.filter(checkout_weight__gt=0)


def offering_grants() -> QuerySet[Grant]:
    """Return the grants of all accounts that pages offer to payers now, whichever page it is.

    For each, ``offered_accounts`` of its application and company has at least this account.
    """
    offered = PaymentAccount.objects.filter(_IN_USE, checkout_weight__gt=0)
    return Grant.objects.filter(application__is_active=True, payment_account__in=offered)


def granted_account(
    application: Application, *, merchant_no: str, payment_no: str
) -> PaymentAccount:
    """Return one usable payment account in one statement, with whether it ``is_switched_off``.

    Raises ``Problem``: ``merchant_not_found``, ``payment_account_not_found`` (also for what
    belongs to somebody else) or ``payment_account_inactive``.
    """
    account = _GRANTED.find(application.pk, payment_no, now())
    if account is None or account.channel_merchant.merchant.merchant_no != merchant_no:
        granted_merchant(application, merchant_no)
        raise Problem("payment_account_not_found", f"No payment account {payment_no!r} is granted.")
    owner = account.channel_merchant
    if not (account.is_active and owner.is_active and owner.merchant.is_active):
        raise Problem("payment_account_inactive", "Ask the property company to activate it.")
    return account


def granted_merchant(application: Application, merchant_no: str) -> Merchant:
    """Return a merchant of which the application may use an account."""
    merchant = (
        Merchant.objects.filter(
            merchant_no=merchant_no,
            channel_merchants__payment_accounts__grants__application=application,
        )
        .distinct()
        .first()
    )
    if merchant is None:
        raise Problem("merchant_not_found", f"No merchant {merchant_no!r} for this application.")
    return merchant
