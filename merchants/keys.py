"""Issuing, rotating and revoking what an application signs with and verifies by."""

import base64
import secrets

from django.db import transaction

from merchants.models import Application, ApplicationKey
from paycenter.kernel.clock import now
from paycenter.kernel.errors import Problem

SLOTS = (1, 2)


@transaction.atomic
def issue_key(application: Application) -> tuple[ApplicationKey, str]:
    """Create an access key in a free slot and return it with its secret, shown this once.

    Raises ``Problem`` when both slots are in use: revoke the older key first.
    """
    Application.objects.select_for_update().get(pk=application.pk)
    used = set(application.keys.filter(revoked_at=None).values_list("slot", flat=True))
    free = [slot for slot in SLOTS if slot not in used]
    if not free:
        raise Problem("invalid_request", "Both keys are active. Revoke one before issuing another.")
    secret = f"sk_{secrets.token_urlsafe(32)}"
    key = ApplicationKey(application=application, slot=free[0]).seal("sealed_secret", secret)
    key.save(force_insert=True)
    return key, secret


def revoke_key(key: ApplicationKey) -> None:
    """Refuse a key from now on."""
    ApplicationKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now())


def issue_webhook_secret(application: Application) -> str:
    """Give the application a new notification secret (``whsec_...``) and return it.

    The former one goes on signing beside it until ``retire_webhook_secret``.
    """
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
    former = application.unseal("sealed_webhook_secret")
    application.seal("sealed_previous_webhook_secret", former)
    application.seal("sealed_webhook_secret", secret)
    application.save(update_fields=["sealed_webhook_secret", "sealed_previous_webhook_secret"])
    return secret


def retire_webhook_secret(application: Application) -> None:
    """Stop signing with the former notification secret."""
    application.sealed_previous_webhook_secret = ""
    application.save(update_fields=["sealed_previous_webhook_secret"])
