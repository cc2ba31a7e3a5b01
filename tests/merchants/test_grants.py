"""What an application may use: what was granted to it, by the numbers it was given."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from merchants.models import Grant, PaymentAccount
from merchants.selectors import granted_account, granted_merchant
from paycenter.kernel.errors import Problem
from tests.support.desk import Desk, open_desk
from tests.support.parties import make_account, make_application, make_channel_merchant

pytestmark = pytest.mark.django_db


def _merchant_no(account: PaymentAccount) -> str:
    return account.channel_merchant.merchant.merchant_no


def _code(account: PaymentAccount, merchant_no: str = "") -> str:
    application = make_application(account)
    try:
        granted_account(
            application,
            merchant_no=merchant_no or _merchant_no(account),
            payment_no=account.payment_no,
        )
    except Problem as problem:
        return problem.code
    return ""


def test_a_granted_account_is_found() -> None:
    assert _code(make_account()) == ""


def test_an_account_that_is_not_granted_is_not_found() -> None:
    granted = make_account()
    other = make_account(granted.channel_merchant)
    with pytest.raises(Problem) as refused:
        granted_account(
            make_application(granted), merchant_no=_merchant_no(other), payment_no=other.payment_no
        )
    assert refused.value.code == "payment_account_not_found"


def test_a_merchant_of_whom_nothing_is_granted_is_not_found() -> None:
    other = make_account()
    with pytest.raises(Problem) as refused:
        granted_merchant(make_application(make_account()), _merchant_no(other))
    assert refused.value.code == "merchant_not_found"


def test_the_merchant_must_be_the_accounts() -> None:
    account = make_account()
    elsewhere = make_account()
    assert _code(account, merchant_no=_merchant_no(elsewhere)) == "merchant_not_found"


@pytest.mark.parametrize("level", ["account", "channel_merchant", "merchant"])
def test_what_is_switched_off_at_any_level_is_inactive(level: str) -> None:
    account = make_account()
    rows: dict[str, Any] = {
        "account": account,
        "channel_merchant": account.channel_merchant,
        "merchant": account.channel_merchant.merchant,
    }
    rows[level].is_active = False
    rows[level].save()
    assert _code(PaymentAccount.objects.get(pk=account.pk)) == "payment_account_inactive"


def test_an_application_of_a_group_uses_its_own_groups_accounts_only() -> None:
    account = make_account()
    own = make_application(group=account.channel_merchant.merchant.group)
    Grant(application=own, payment_account=account).clean()
    stranger = make_application(group=make_channel_merchant().merchant.group)
    with pytest.raises(ValidationError):
        Grant(application=stranger, payment_account=account).clean()


def test_a_grant_is_given_once() -> None:
    account = make_account()
    application = make_application(account)
    with pytest.raises(IntegrityError, match="grant_unique_pair"), transaction.atomic():
        Grant.objects.create(application=application, payment_account=account)


def test_an_application_lists_its_own_accounts_only(desk: Desk) -> None:
    open_desk(desk.channel, desk.other_channel)
    listed = desk.client.get("/api/v1/payment-accounts")["data"]
    own = {desk.account.payment_no, desk.other_account.payment_no}
    assert {account["payment_id"] for account in listed} == own
