"""Keeping a channel merchant's keys: sealed at rest, opened once per process and version."""

import hashlib
from functools import lru_cache

from django.db import transaction
from django.db.models import F

from merchants.models import ChannelMerchant, StoredCredential
from paycenter.kernel.clock import now
from paycenter.kernel.credential import Credential


@transaction.atomic
def store_credential(channel_merchant: ChannelMerchant, credential: Credential) -> bool:
    """Seal and keep a credential; returns False when exactly this one is kept already."""
    fingerprint = hashlib.sha256(credential.value.encode()).hexdigest()
    same = channel_merchant.credentials.filter(
        kind=credential.kind,
        identifier=credential.identifier,
        fingerprint=fingerprint,
        revoked_at=None,
    )
    if same.exists():
        return False
    row = StoredCredential(
        channel_merchant=channel_merchant,
        kind=credential.kind,
        identifier=credential.identifier,
        fingerprint=fingerprint,
        not_before=credential.not_before,
        not_after=credential.not_after,
    )
    row.seal("sealed_value", credential.value).save(force_insert=True)
    bump_version(channel_merchant.pk)
    return True


@transaction.atomic
def revoke_credential(row: StoredCredential) -> None:
    """Stop using and accepting a credential at once, in every process."""
    StoredCredential.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=now())
    bump_version(row.channel_merchant_id)


def open_credentials(channel_merchant: ChannelMerchant) -> tuple[Credential, ...]:
    """Return all valid credentials, newest first. Cached by the version read with the row."""
    return _open(channel_merchant.pk, channel_merchant.credentials_version)


@lru_cache(maxsize=1024)
def _open(channel_merchant_id: int, version: int) -> tuple[Credential, ...]:
    del version  # part of the cache key: every change of the credentials raises it
    rows = StoredCredential.objects.filter(
        channel_merchant_id=channel_merchant_id, revoked_at=None
    ).order_by("-id")
    return tuple(
        Credential(
            kind=row.kind,
            identifier=row.identifier,
            value=row.unseal("sealed_value"),
            not_before=row.not_before,
            not_after=row.not_after,
        )
        for row in rows
    )


def bump_version(channel_merchant_id: int) -> None:
    """Have every process load the keys anew; also for other changes of how a peer is spoken to."""
    ChannelMerchant.objects.filter(pk=channel_merchant_id).update(
        credentials_version=F("credentials_version") + 1
    )
