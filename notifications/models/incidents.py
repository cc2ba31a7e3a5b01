"""What people are told of: alerts that belong together, and what each robot has said of them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from merchants.models import Merchant
from notifications.models.alerts import Alert
from notifications.models.robots import Post, Robot


class Incident(models.Model):
    """All alerts of one rule, company and subject, from the first one until it is over.

    ``lasting``: it is over when an alert says so (``closing``). Any other is over when a person
    acknowledges it or, unless it is critical, after an hour without another alert. ``count`` is of
    its alerts, ``newest`` the one to show; ``seen_at`` is when a monitor last saw that it goes on.
    """

    class State(models.TextChoices):
        OPEN = "open", _("not acknowledged")
        ACKNOWLEDGED = "acknowledged", _("acknowledged")
        OVER = "over", _("over")

    rule = models.SlugField(_("what it is about"), max_length=40, db_index=False)
    merchant = models.ForeignKey(
        Merchant,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("property company"),
    )
    subject = models.CharField(_("about"), max_length=100, blank=True)
    severity = models.CharField(_("severity"), max_length=8, choices=Alert.Severity.choices)
    lasting = models.BooleanField(_("lasts until it is over"), default=False)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.OPEN)
    count = models.PositiveIntegerField(_("alerts"), default=1)
    first_at = models.DateTimeField(_("since"))
    newest_at = models.DateTimeField(_("last alert at"))
    seen_at = models.DateTimeField(_("last seen to last at"), null=True)
    newest = models.ForeignKey(
        Alert, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("alert")
    )
    closing = models.ForeignKey(
        Alert,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("what ended it"),
    )
    over_at = models.DateTimeField(_("over since"), null=True)
    acknowledged_by = models.CharField(_("acknowledged by"), max_length=150, blank=True)
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True)
    acknowledged_why = models.CharField(_("acknowledged because"), max_length=200, blank=True)
    muted_by = models.CharField(_("muted by"), max_length=150, blank=True)
    muted_until = models.DateTimeField(_("muted until"), null=True)
    muted_why = models.CharField(_("muted because"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "merchant", "subject"],
                condition=~Q(state="over"),
                nulls_distinct=False,
                name="incident_one_open",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "acknowledged", "over"]), name="incident_known_state"
            ),
            models.CheckConstraint(
                condition=Q(state="over", over_at__isnull=False)
                | ~Q(state="over") & Q(over_at=None),
                name="incident_over_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["newest_at"], condition=~Q(state="over"), name="incident_not_over"
            ),
            models.Index(fields=["rule", "-id"], name="incident_by_rule"),
            models.Index(fields=["newest_at", "rule"], name="incident_by_newest"),
        ]

    def __str__(self) -> str:
        return self.newest.told

    @property
    def is_critical(self) -> bool:
        """Whether somebody must look at once."""
        return self.severity == Alert.Severity.CRITICAL

    @property
    def is_open(self) -> bool:
        """Whether nobody has acknowledged it and it goes on."""
        return self.state == self.State.OPEN

    @property
    def was_mended(self) -> bool:
        """Whether an alert said that it is over; else people just heard no more of it."""
        return self.closing_id is not None

    @property
    def page(self) -> str:
        """The address of its page, for somebody who reads elsewhere."""
        return f"{settings.PUBLIC_BASE_URL}/admin/notifications/incident/{self.pk}/change/"


class Telling(models.Model):
    """What one robot has said of one incident, and when it speaks of it again (``due_at``).

    ``told_count`` alerts were told, ``told_over``: and that it is over. While a message is under
    way, ``leased_until`` keeps others from saying the same; ``post`` is the newest such message.
    ``step`` is who was mentioned of a critical incident that nobody acknowledges
    (``notifications.alerting.timing``).
    """

    incident = models.ForeignKey(
        Incident, on_delete=models.PROTECT, related_name="tellings", verbose_name=_("incident")
    )
    robot = models.ForeignKey(
        Robot, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("robot")
    )
    due_at = models.DateTimeField(_("due at"), null=True)
    leased_until = models.DateTimeField(_("being sent until"), null=True)
    post = models.ForeignKey(
        Post,
        on_delete=models.PROTECT,
        null=True,
        related_name="tellings",
        verbose_name=_("message"),
    )
    told_count = models.PositiveIntegerField(_("alerts told"), default=0)
    told_over = models.BooleanField(_("told that it is over"), default=False)
    first_told_at = models.DateTimeField(_("first told at"), null=True)
    told_at = models.DateTimeField(_("last told at"), null=True)
    step = models.PositiveSmallIntegerField(_("escalated"), default=0)

    class Meta:
        verbose_name = _("what was told")
        verbose_name_plural = _("what was told")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "robot"], name="telling_once_per_robot"),
            models.CheckConstraint(
                condition=Q(told_count=0) | Q(told_at__isnull=False, first_told_at__isnull=False),
                name="telling_told_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["robot", "due_at"],
                condition=Q(due_at__isnull=False),
                name="telling_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.robot}: {self.incident_id}"
