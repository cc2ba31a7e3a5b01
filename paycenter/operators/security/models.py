"""What a person proves a sign-in with, and every sign-in there was.

Whoever reads these tables can sign in with nothing of them: an authenticator's secret is sealed,
recovery codes are kept as digests, and a sign-in is found by its session, not the other way round.
"""

import base64
import hashlib
import re
import time

from axes.models import AccessAttempt
from django.conf import settings
from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from paycenter.kernel.clock import now
from paycenter.kernel.sealed_model import SealedModel
from paycenter.operators.security.otp import TOTP, Device, ThrottlingMixin

_CODE = re.compile(r"[0-9]{6}")
NEIGHBOURS = 1
"""Steps of 30 seconds before and after now whose codes count: clocks differ, people type slowly."""


class Authenticator(ThrottlingMixin, Device, SealedModel):
    """An app on a person's phone that shows codes; unconfirmed until it has shown a right one.

    The secret is 20 random bytes in base32, as apps want it.
    """

    sealed_secret = models.CharField(_("sealed secret"), max_length=200)
    last_step = models.BigIntegerField(_("last step"), default=-1)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    sealed_fields = ("sealed_secret",)

    class Meta:
        verbose_name = _("authenticator app")
        verbose_name_plural = _("authenticator apps")
        default_permissions = ()
        permissions = [("reset_authenticator", "Can reset the second factor of others")]
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(confirmed=True),
                name="authenticator_one_per_person",
            )
        ]

    def __str__(self) -> str:
        return str(self.name)

    def get_throttle_factor(self) -> int:
        """Return the seconds to wait after the first wrong code; each further one doubles them."""
        return 1

    def verify_token(self, token: str) -> bool:
        """Whether it is the app's code of now, or a recovery code; each counts once.

        To be asked through ``otp.verify_token``, which holds the row's lock. Too soon after wrong
        ones nothing is looked at.
        """
        if not self.verify_is_allowed()[0]:
            return False
        given = token.replace(" ", "").replace("-", "").lower()
        if self._is_of_now(given) or self._spend(given):
            self.throttle_reset(commit=False)
            self.save()
            return True
        self.throttle_increment()
        return False

    def _is_of_now(self, given: str) -> bool:
        if not _CODE.fullmatch(given):
            return False
        totp = TOTP(base64.b32decode(self.unseal("sealed_secret")))
        totp.time = time.time()
        if not totp.verify(int(given), NEIGHBOURS, self.last_step + 1):
            return False
        self.last_step = totp.t()
        return True

    def _spend(self, given: str) -> bool:
        unused = self.recovery_codes.filter(digest=RecoveryCode.digest_of(given), used_at=None)
        return bool(unused.update(used_at=now()))


class RecoveryCode(models.Model):
    """A code to sign in with once, for who has lost the phone: 80 random bits, kept as a digest."""

    authenticator = models.ForeignKey(
        Authenticator, on_delete=models.CASCADE, related_name="recovery_codes"
    )
    digest = models.CharField(_("digest"), max_length=64, unique=True)
    used_at = models.DateTimeField(_("used at"), null=True)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)

    @staticmethod
    def digest_of(code: str) -> str:
        """Return what is kept of a code written without spaces and hyphens, in lower case."""
        return hashlib.sha256(code.encode()).hexdigest()


class SignIn(models.Model):
    """One session of a person at the site, from the moment everything was proved to its end."""

    class End(models.TextChoices):
        LEFT = "left", _("signed out")
        IDLE = "idle", _("nothing was done for too long")
        AGE = "age", _("it was open for too long")
        PERSON = "person", _("ended from another session")
        PASSWORD = "password", _("the password was changed")
        ROLES = "roles", _("what the person may do was changed")
        FACTOR = "factor", _("the second factor was changed")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="sign_ins",
        verbose_name=_("user"),
    )
    address = models.GenericIPAddressField(_("address"), null=True)
    browser = models.CharField(_("browser"), max_length=200, blank=True)
    second_factor = models.BooleanField(_("with a second factor"))
    started_at = models.DateTimeField(_("since"))
    seen_at = models.DateTimeField(_("last seen"))
    proved_at = models.DateTimeField(_("last proved"))
    ended_at = models.DateTimeField(_("ended at"), null=True)
    end = models.CharField(_("how it ended"), max_length=8, choices=End.choices, blank=True)

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        default_permissions = ("view",)
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_at=None, end="")
                | models.Q(ended_at__isnull=False) & ~models.Q(end=""),
                name="sign_in_end_has_its_time",
            )
        ]
        indexes = [
            models.Index(
                fields=["user"], condition=models.Q(ended_at=None), name="sign_in_open_by_user"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} {localtime(self.started_at):%Y-%m-%d %H:%M}"


class FailedSignIn(AccessAttempt):  # type: ignore[misc]
    """Wrong passwords and codes for one account from one address and browser, as django-axes counts
    them.
    """

    class Meta:
        proxy = True
        verbose_name = _("failed sign-in")
        verbose_name_plural = _("failed sign-ins")
        default_permissions = ("view",)
        permissions = [("lift_lock", "Can open a locked account again")]
