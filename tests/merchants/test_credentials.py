"""Keys of a channel merchant: sealed, kept once, opened by version, revoked at once."""

import pytest
from django.db import IntegrityError, connection

from merchants.credentials import open_credentials, revoke_credential, store_credential
from merchants.models import ChannelMerchant, StoredCredential
from paycenter.kernel.credential import Credential
from paycenter.kernel.sealing import SealError
from tests.support.parties import make_channel_merchant

pytestmark = pytest.mark.django_db

KEY = Credential("apiv3_key", "", "canary-of-32-characters-00000001")


def _reread(row: ChannelMerchant) -> ChannelMerchant:
    return ChannelMerchant.objects.get(pk=row.pk)


def test_a_credential_is_kept_sealed_and_opens_again() -> None:
    owner = make_channel_merchant()
    assert store_credential(owner, KEY)
    stored = StoredCredential.objects.get()
    assert KEY.value not in stored.sealed_value + stored.fingerprint
    assert open_credentials(_reread(owner)) == (KEY,)


def test_the_same_credential_is_kept_once() -> None:
    owner = make_channel_merchant()
    store_credential(owner, KEY)
    assert not store_credential(owner, KEY)
    assert StoredCredential.objects.count() == 1


def test_a_new_credential_is_used_at_once_newest_first() -> None:
    owner = make_channel_merchant()
    newer = Credential(KEY.kind, "", "canary-of-32-characters-00000002")
    store_credential(owner, KEY)
    assert open_credentials(_reread(owner)) == (KEY,)
    store_credential(owner, newer)
    assert open_credentials(_reread(owner)) == (newer, KEY)


def test_a_revoked_credential_is_not_used_any_more() -> None:
    owner = make_channel_merchant()
    store_credential(owner, KEY)
    assert open_credentials(_reread(owner)) == (KEY,)
    revoke_credential(StoredCredential.objects.get())
    assert open_credentials(_reread(owner)) == ()


def test_a_sealed_value_copied_to_another_merchant_does_not_open() -> None:
    store_credential(make_channel_merchant(), KEY)
    store_credential(make_channel_merchant(), KEY)
    first, second = StoredCredential.objects.order_by("pk")
    second.sealed_value = first.sealed_value
    with pytest.raises(SealError):
        second.unseal("sealed_value")


def test_the_database_refuses_a_blank_credential() -> None:
    store_credential(make_channel_merchant(), KEY)
    with (
        pytest.raises(IntegrityError, match="credential_value_not_blank"),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE merchants_storedcredential SET sealed_value = ''")


def test_the_database_refuses_the_same_credential_twice() -> None:
    store_credential(make_channel_merchant(), KEY)
    store_credential(make_channel_merchant(), KEY)
    owner = StoredCredential.objects.order_by("pk")[0].channel_merchant_id
    with (
        pytest.raises(IntegrityError, match="credential_stored_once"),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE merchants_storedcredential SET channel_merchant_id = %s", [owner])
