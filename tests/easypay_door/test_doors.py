"""Opening a door: whose accounts it may use, and what becomes of its keys."""

import pytest
from django.core.exceptions import ValidationError

from merchants.doors import FIRST_PID, open_door, platform_public_key, rotate_key
from merchants.models import EasyPayDoor
from tests.easypay_door.client import OldApplication
from tests.support.parties import make_account, make_application, make_channel_merchant


@pytest.mark.django_db
def test_door_has_a_number_and_keys_of_its_own() -> None:
    (one, key), (other, other_key) = (open_door(make_application()) for _ in range(2))

    assert FIRST_PID <= one.pid < other.pid
    assert (len(key), key.isalnum(), key != other_key) == (32, True, True)
    assert key not in str(vars(EasyPayDoor.objects.get(pk=one.pk)))
    assert platform_public_key(one) != platform_public_key(other)


def test_former_key_counts_no_more(old: OldApplication) -> None:
    new = rotate_key(old.door)

    assert old.act("query")["code"] == -3
    assert OldApplication(old.door, new).act("query")["code"] == 1


@pytest.mark.django_db
def test_account_must_be_granted() -> None:
    door = EasyPayDoor(application=make_application(), wxpay_account=make_account())

    with pytest.raises(ValidationError) as refusal:
        door.clean()
    assert "wxpay_account" in refusal.value.message_dict


@pytest.mark.django_db
def test_account_must_be_of_its_channel() -> None:
    account = make_account()
    door = EasyPayDoor(application=make_application(account), alipay_account=account)

    with pytest.raises(ValidationError) as refusal:
        door.clean()
    assert "alipay_account" in refusal.value.message_dict


@pytest.mark.django_db
def test_accounts_must_be_of_one_company() -> None:
    wxpay, alipay = make_account(), make_account(make_channel_merchant(channel="alipay"))
    application = make_application(wxpay, alipay)
    door = EasyPayDoor(application=application, wxpay_account=wxpay, alipay_account=alipay)

    with pytest.raises(ValidationError):
        door.clean()


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA"])
def test_public_key_must_be_one(key: str) -> None:
    door = EasyPayDoor(application=make_application(), merchant_public_key=key)

    with pytest.raises(ValidationError) as refusal:
        door.clean()
    assert "merchant_public_key" in refusal.value.message_dict
