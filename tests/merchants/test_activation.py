"""A payment account is switched on by a passed test of the credentials it has now."""

import pytest

from merchants.activation import activate, deactivate, note_test
from merchants.credentials import store_credential
from merchants.models import PaymentAccount
from paycenter.kernel.credential import Credential
from tests.support.parties import make_account

pytestmark = pytest.mark.django_db


def test_an_account_is_not_active_before_its_test() -> None:
    assert not PaymentAccount().is_active


def test_a_passed_test_activates() -> None:
    account = make_account(is_active=False)
    assert activate(account, finding="works")
    account.refresh_from_db()
    assert (account.is_active, account.finding) == (True, "works")
    assert account.tested_at is not None


def test_a_test_of_other_credentials_does_not_activate() -> None:
    account = make_account(is_active=False)
    store_credential(account.channel_merchant, Credential("apiv3_key", "", "a newer one"))
    assert not activate(account, finding="works")
    account.refresh_from_db()
    assert (account.is_active, account.finding, account.tested_at) == (False, "", None)


def test_a_failed_test_is_noted_and_stops_nothing() -> None:
    account = make_account(is_active=True)
    note_test(account, finding="unreachable")
    account.refresh_from_db()
    assert (account.is_active, account.finding) == (True, "unreachable")


def test_an_account_is_switched_off_at_once() -> None:
    account = make_account(is_active=True)
    deactivate(account)
    account.refresh_from_db()
    assert not account.is_active
