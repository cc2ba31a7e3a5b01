"""The event log: what happened, in the order in which it became visible."""

import secrets

from django.db import models
from django.db.models.fields.json import KT
from django.utils.translation import gettext_lazy as _

from merchants.models import Application, Merchant


def new_event_id() -> str:
    """Return a fresh event id, the ``webhook-id`` of its notification."""
    return f"evt_{secrets.token_hex(16)}"


class Event(models.Model):
    """Something an application must learn. Written with the change it tells of, never altered.

    ``position`` is given after the commit (``services.number_events``), because a number taken
    inside a transaction can become visible after a higher one, and a reader would skip it.
    """

    event_id = models.CharField(
        _("event id"), max_length=36, unique=True, default=new_event_id, editable=False
    )
    application = models.ForeignKey(
        Application,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("application"),
    )
    merchant = models.ForeignKey(
        Merchant,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("property company"),
    )
    type = models.CharField(_("type"), max_length=64)
    data = models.JSONField(_("data"))
    occurred_at = models.DateTimeField(_("occurred at"))
    position = models.BigIntegerField(_("position"), null=True, editable=False)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "position"],
                condition=models.Q(position__isnull=False),
                name="event_unique_position",
            ),
            models.CheckConstraint(
                condition=models.Q(position=None) | models.Q(position__gt=0),
                name="event_position_positive",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(position=None), name="event_to_be_numbered"
            ),
            models.Index("merchant", "application", KT("data__order_no"), name="event_by_order"),
        ]

    def __str__(self) -> str:
        return self.event_id


class FeedCounter(models.Model):
    """One row: the last position given. Whoever holds its lock is the only one numbering."""

    last_position = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("feed counter")
        verbose_name_plural = _("feed counters")
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="feed_counter_single_row")
        ]

    def __str__(self) -> str:
        return str(self.last_position)
