"""A person's second factor: an app that shows codes, and ten recovery codes for when it is lost."""

import base64
import secrets
from urllib.parse import quote, urlencode

from django.contrib.auth.models import User
from django.db import transaction

from paycenter.kernel.clock import now
from paycenter.operators.security.models import Authenticator, RecoveryCode
from paycenter.operators.security.otp import verify_token

SECRET_BYTES = 20
RECOVERY_CODES = 10
_GROUPS, _GROUP = 4, 4
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""32 characters that are not mistaken for each other: five bits each."""
ISSUER = "Payment center"
"""What the app shows above the code."""


def authenticator_of(user: User) -> Authenticator | None:
    """Return the app by which the person signs in, or None."""
    return Authenticator.objects.filter(user=user, confirmed=True).first()


def new_authenticator(user: User) -> Authenticator:
    """Begin with a new app: until it has shown a right code it counts for nothing."""
    secret = base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()
    with transaction.atomic():
        Authenticator.objects.filter(user=user, confirmed=False).delete()
        app = Authenticator(user=user, name=user.get_username()[:64], confirmed=False)
        app.seal("sealed_secret", secret).save(force_insert=True)
    return app


def app_address(app: Authenticator) -> str:
    """Return what the QR code says to an app, the secret included."""
    label = quote(f"{ISSUER}:{app.user.get_username()}")
    query = urlencode({"secret": app.unseal("sealed_secret"), "issuer": ISSUER}, quote_via=quote)
    return f"otpauth://totp/{label}?{query}"


def accepts(app: Authenticator, code: str) -> bool:
    """Whether the app's code, or a recovery code, is right. A right one never counts again."""
    return verify_token(app.user, app.persistent_id, code) is not None


@transaction.atomic
def confirm(app: Authenticator) -> list[str]:
    """Make an app that has shown a right code the person's only one; returns recovery codes.

    They are shown once: only their digests are kept. Raises ``Authenticator.DoesNotExist`` where
    another app of theirs was confirmed meanwhile.
    """
    User.objects.select_for_update().get(pk=app.user_id)
    apps = Authenticator.objects.filter(user_id=app.user_id)
    apps.exclude(pk=app.pk).delete()
    apps.update(confirmed=True)
    return new_recovery_codes(app)


@transaction.atomic
def new_recovery_codes(app: Authenticator) -> list[str]:
    """Make ten new codes; the former ones stop. Returns them to be shown once."""
    Authenticator.objects.select_for_update().get(pk=app.pk)
    app.recovery_codes.all().delete()
    codes = [_new_code() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(authenticator=app, digest=RecoveryCode.digest_of(code.replace("-", "")))
        for code in codes
    )
    return codes


def codes_left(app: Authenticator) -> int:
    """Return how many recovery codes are unused."""
    return app.recovery_codes.filter(used_at=None).count()


def seconds_to_wait(app: Authenticator) -> int:
    """Return the seconds until a code is looked at again after wrong ones, else 0."""
    allowed, why = app.verify_is_allowed()
    return 0 if allowed or why is None else int((why["locked_until"] - now()).total_seconds()) + 1


def _new_code() -> str:
    def group() -> str:
        return "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP))

    return "-".join(group() for _ in range(_GROUPS))
