"""django-otp, in one place, with the types that it lacks.

Of the package: how a code is computed (RFC 6238), the slowing down of guesses, and the row lock
under which a code is judged. Its own devices keep their secrets in clear, so ours are models of
``models.py``.
"""

from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db import models

    class Device(models.Model):
        """Something by which a person proves who they are."""

        user = models.ForeignKey(User, on_delete=models.CASCADE)
        name = models.CharField(max_length=64)
        confirmed = models.BooleanField(default=True)
        persistent_id: str

        objects: "ClassVar[models.Manager[Self]]" = models.Manager()

        class Meta:
            abstract = True

    class ThrottlingMixin(models.Model):
        """After each wrong code the next one is looked at only later: 1, 2, 4, 8 ... seconds."""

        throttling_failure_timestamp = models.DateTimeField(null=True)
        throttling_failure_count = models.PositiveIntegerField(default=0)

        class Meta:
            abstract = True

        def verify_is_allowed(self) -> tuple[bool, dict[str, Any] | None]:
            """Whether a code is looked at now; if not, ``locked_until`` says when."""

        def throttle_reset(self, commit: bool = True) -> None:
            """Look at the next code at once."""

        def throttle_increment(self, commit: bool = True) -> None:
            """Wait twice as long as the last time."""

    class TOTP:
        """The codes of one secret. ``t`` is the number of the step that matched."""

        time: float

        def __init__(self, key: bytes) -> None:
            """Take the secret."""

        def token(self) -> int:
            """Return the code of ``time``."""

        def t(self) -> int:
            """Return the number of the step."""

        def verify(self, token: int, tolerance: int = 0, min_t: int | None = None) -> bool:
            """Whether it is the code of this step or of one beside it."""

    def verify_token(user: User, device_id: str, token: str) -> Device | None:
        """Have the person's device judge a code, under the lock of its row."""

else:
    from django_otp import verify_token
    from django_otp.models import Device, ThrottlingMixin
    from django_otp.oath import TOTP

__all__ = ["TOTP", "Device", "ThrottlingMixin", "verify_token"]
