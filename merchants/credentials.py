"""Keeping a channel merchant's keys: sealed at rest, opened once per process and version."""

import hashlib
from functools import lru_cache

from django.db import transaction
from django.db.models import F, QuerySet

from merchants.models import ChannelMerchant, StoredCredential
from paycenter.kernel.approvals import Decision, Verdict
from paycenter.kernel.clock import now
from paycenter.kernel.credential import Credential


@transaction.atomic
def store_credential(
    channel_merchant: ChannelMerchant, credential: Credential, *, entered_by: str = ""
) -> StoredCredential | None:
    """Seal and keep a credential; returns its row, None when exactly this one is kept already.

    One ``entered_by`` a person waits for a second one where payments are taken already: whoever
    could change a key alone could have the money go elsewhere.
    """
    fingerprint = hashlib.sha256(credential.value.encode()).hexdigest()
    same = channel_merchant.credentials.filter(
        kind=credential.kind,
        identifier=credential.identifier,
        fingerprint=fingerprint,
        revoked_at=None,
    )
    if same.exists():
        return None
    waits = bool(entered_by) and _takes_payments(channel_merchant)
    row = StoredCredential(
        channel_merchant=channel_merchant,
        kind=credential.kind,
        identifier=credential.identifier,
        fingerprint=fingerprint,
        not_before=credential.not_before,
        not_after=credential.not_after,
        waits=waits,
        asked_by=entered_by,
    )
    row.seal("sealed_value", credential.value).save(force_insert=True)
    if not waits:
        bump_version(channel_merchant.pk)
    return row


def _takes_payments(channel_merchant: ChannelMerchant) -> bool:
    return channel_merchant.payment_accounts.filter(is_active=True).exists()


@transaction.atomic
def decide_credential(credential_id: int, decision: Decision) -> bool:
    """Use a credential that waits, or revoke it; returns False when it does not wait any more.

    ``decision.version`` is its row id: what is sealed in a row never changes. Raises
    ``ValidationError`` when the person who entered it decides.
    """
    rows = StoredCredential.objects.select_for_update()
    row = rows.filter(pk=credential_id, waits=True, revoked_at=None).first()
    if row is None or decision.version != row.pk:
        return False
    decision.check_second_person(row.asked_by)
    row.decided_by = decision.actor
    if decision.verdict == Verdict.APPROVE:
        row.waits = False
    else:
        row.revoked_at = now()
    row.save(update_fields=["waits", "decided_by", "revoked_at"])
    bump_version(row.channel_merchant_id)
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
    rows = StoredCredential.objects.filter(channel_merchant_id=channel_merchant_id, waits=False)
    return _unsealed(rows)


def entered_credentials(channel_merchant: ChannelMerchant) -> tuple[Credential, ...]:
    """Return the valid credentials and those that wait: what a new one is compared with."""
    return _unsealed(channel_merchant.credentials.all())


def _unsealed(rows: QuerySet[StoredCredential]) -> tuple[Credential, ...]:
    return tuple(
        Credential(
            kind=row.kind,
            identifier=row.identifier,
            value=row.unseal("sealed_value"),
            not_before=row.not_before,
            not_after=row.not_after,
        )
        for row in rows.filter(revoked_at=None).order_by("-id")
    )


def bump_version(channel_merchant_id: int) -> None:
    """Have every process load the keys anew; also for other changes of how a peer is spoken to."""
    ChannelMerchant.objects.filter(pk=channel_merchant_id).update(
        credentials_version=F("credentials_version") + 1
    )
