"""DingTalk robots that speak to people, and every message they sent."""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from merchants.models import PropertyGroup
from notifications.models.alerts import Alert
from paycenter.kernel.sealed_model import SealedModel
from paycenter.kernel.texts import printable

_MOBILE = RegexValidator(r"\A1[0-9]{10}\Z", _("Write mobile numbers of eleven digits."))


def usual_severities() -> list[str]:
    """Return what a robot tells of unless it is chosen otherwise."""
    return [Alert.Severity.WARNING.value, Alert.Severity.CRITICAL.value]


class Robot(SealedModel):
    """A custom robot of one DingTalk chat. It tells its audience of what concerns them.

    ``broken_since``: DingTalk refuses it until somebody mends it. ``paused_until``: it was too
    fast, or DingTalk did not answer ``failures`` times in a row. Whatever it cannot tell goes
    through ``fallback``, else to ``emails``. ``daily_due_at``: when its sign of life is due.
    """

    sealed_fields = ("sealed_token", "sealed_secret")

    name = models.CharField(_("name"), max_length=50, unique=True, validators=[printable])
    group = models.ForeignKey(
        PropertyGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("property group"),
        help_text=_("It hears of this group's companies only. Blank: the platform's, of all."),
    )
    severities = ArrayField(
        models.CharField(max_length=8, choices=Alert.Severity.choices),
        verbose_name=_("severities"),
        default=usual_severities,
        help_text=_("What it tells at once. All else is in its daily report only."),
    )
    language = models.CharField(
        _("language"),
        max_length=10,
        choices=[("zh-hans", _("Simplified Chinese")), ("en", _("English"))],
        default="zh-hans",
    )
    keyword = models.CharField(
        _("keyword"),
        max_length=20,
        blank=True,
        validators=[printable],
        help_text=_("As set for the robot in DingTalk: a message without it is refused there."),
    )
    sealed_token = models.TextField(editable=False)
    sealed_secret = models.TextField(blank=True, editable=False)
    mobiles = ArrayField(
        models.CharField(max_length=11, validators=[_MOBILE]),
        verbose_name=_("who is mentioned"),
        default=list,
        blank=True,
        help_text=_("Of critical alerts. Mobile numbers, separated by commas."),
    )
    escalation_mobiles = ArrayField(
        models.CharField(max_length=11, validators=[_MOBILE]),
        verbose_name=_("who is mentioned next"),
        default=list,
        blank=True,
        help_text=_(
            "When nobody acknowledged a critical alert for 15 minutes; after 30 everybody is."
        ),
    )
    fallback = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("speaks instead"),
        help_text=_("Another robot, for when this one does not work."),
    )
    emails = ArrayField(
        models.EmailField(),
        verbose_name=_("e-mail addresses"),
        default=list,
        blank=True,
        help_text=_("For when neither works, separated by commas."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    broken_since = models.DateTimeField(_("broken since"), null=True, editable=False)
    broken_why = models.CharField(_("what DingTalk says"), max_length=200, editable=False)
    paused_until = models.DateTimeField(_("paused until"), null=True, editable=False)
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0, editable=False)
    daily_due_at = models.DateTimeField(_("next daily report"), null=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("robot")
        verbose_name_plural = _("robots")
        constraints = [
            models.CheckConstraint(condition=~models.Q(sealed_token=""), name="robot_has_token"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a fallback that is the robot itself, or that others than its audience read."""
        if self.fallback is None:
            return
        if self.fallback_id == self.pk:
            raise ValidationError({"fallback": _("Choose another robot.")})
        if self.fallback.group_id not in (None, self.group_id):
            raise ValidationError({"fallback": _("Another property group reads that robot.")})


class Post(models.Model):
    """One message: written before it is sent, so that the limit of a minute counts it.

    ``speaker`` is the robot that sends it, empty for an e-mail; ``robot`` the one whose audience it
    is for. ``outcome`` stays ``sending`` when the worker died. ``code`` and ``answer`` are
    DingTalk's words.
    """

    class Kind(models.TextChoices):
        ALERTS = "alerts", _("alerts")
        DAILY = "daily", _("daily report")
        TEST = "test", _("test message")

    class Outcome(models.TextChoices):
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        THROTTLED = "throttled", _("too many in a minute")
        REFUSED = "refused", _("refused until the robot is mended")
        TOO_LONG = "too_long", _("too long")
        FAILED = "failed", _("no answer, or none that helps")

    robot = models.ForeignKey(
        Robot, on_delete=models.PROTECT, related_name="+", verbose_name=_("for the readers of")
    )
    speaker = models.ForeignKey(
        Robot,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("sent by"),
    )
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    outcome = models.CharField(
        _("outcome"), max_length=9, choices=Outcome.choices, default=Outcome.SENDING
    )
    incidents = models.PositiveSmallIntegerField(_("incidents"), default=0)
    alerts = models.PositiveIntegerField(_("alerts told"), default=0)
    code = models.IntegerField(_("DingTalk's code"), null=True)
    answer = models.CharField(_("answer"), max_length=200, blank=True)
    milliseconds = models.PositiveIntegerField(_("milliseconds"), null=True)
    at = models.DateTimeField(_("sent at"))

    class Meta:
        verbose_name = _("message to people")
        verbose_name_plural = _("messages to people")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    outcome__in=["sending", "sent", "throttled", "refused", "too_long", "failed"]
                ),
                name="post_known_outcome",
            )
        ]
        indexes = [models.Index(fields=["speaker", "at"], name="post_by_speaker")]

    def __str__(self) -> str:
        return f"{self.robot} {self.at:%Y-%m-%d %H:%M:%S}"
