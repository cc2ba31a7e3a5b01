"""What people must hear about: written in the transaction that found it, sent afterwards."""

from typing import Any

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from merchants.models import Merchant


class Alert(models.Model):
    """One anomaly. ``text`` is a msgid whose places ``params`` fill, so every reader's language is
    possible; params that are msgids are translated too. ``rule`` is stable; with the company and
    ``subject`` (what exactly it is about, blank for nothing in particular) it is what alerts are
    grouped by.

    ``lasting``: it holds until another alert says that it is over, which names its rule in
    ``ends``. Any other alert tells of something that happened. ``gathered_at`` is when it was
    counted in its incident.
    """

    class Severity(models.TextChoices):
        INFO = "info", _("for information")
        WARNING = "warning", _("warning")
        CRITICAL = "critical", _("critical")

    rule = models.SlugField(_("rule"), max_length=40, db_index=False)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity.choices)
    merchant = models.ForeignKey(
        Merchant,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("property company"),
    )
    text = models.CharField(_("text"), max_length=200)
    params = models.JSONField(_("details"), default=dict)
    subject = models.CharField(_("about"), max_length=100, blank=True)
    lasting = models.BooleanField(_("lasts until it is over"), default=False)
    ends = models.CharField(_("what is over"), max_length=40, blank=True)
    raised_at = models.DateTimeField(_("raised at"))
    gathered_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(severity__in=["info", "warning", "critical"]),
                name="alert_known_severity",
            )
        ]
        indexes = [
            models.Index(fields=["rule", "-id"], name="alert_by_rule"),
            models.Index(
                fields=["id"], condition=models.Q(gathered_at=None), name="alert_to_be_gathered"
            ),
        ]

    def __str__(self) -> str:
        return self.told

    @property
    def told(self) -> str:
        """What happened, in the reader's language."""
        params: dict[str, Any] = self.params
        words = {
            name: gettext(value) if isinstance(value, str) and value else value
            for name, value in params.items()
        }
        return gettext(self.text) % words if words else gettext(self.text)
