"""When each periodic job and each queue was last seen at work."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Heartbeat(models.Model):
    """One thing that must be heard of regularly: a job by its task's name, or ``queue:`` a name."""

    name = models.CharField(_("what"), max_length=100, unique=True)
    at = models.DateTimeField(_("last seen at"))

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
