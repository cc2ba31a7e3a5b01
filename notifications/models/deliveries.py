"""Bringing events to applications: what is due where, and every attempt made."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from merchants.models import Application, Merchant
from notifications.models.events import Event

URL_LENGTH = 500
ANSWER_LENGTH = 2048


class Delivery(models.Model):
    """One event for one URL. While it is pending, ``due_at`` says when to look at it next."""

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        DELIVERED = "delivered", _("delivered")
        DEAD = "dead", _("given up")
        CANCELLED = "cancelled", _("not sent: address switched off")

    event = models.ForeignKey(
        Event,
        on_delete=models.PROTECT,
        related_name="deliveries",
        db_index=False,
        verbose_name=_("event"),
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
    url = models.CharField(_("URL"), max_length=URL_LENGTH)
    dialect = models.CharField(_("dialect"), max_length=16, blank=True, editable=False)
    state = models.CharField(
        _("state"), max_length=16, choices=State.choices, default=State.PENDING, editable=False
    )
    attempts = models.PositiveIntegerField(_("attempts begun"), default=0)
    ladder_step = models.PositiveSmallIntegerField(
        _("attempts begun since it was last put in line"), default=0
    )
    due_at = models.DateTimeField(_("due at"), null=True)
    leased_until = models.DateTimeField(_("being sent until"), null=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True)
    last_status = models.PositiveSmallIntegerField(_("last HTTP status"), null=True)
    last_error = models.CharField(_("last error"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(fields=["event", "url"], name="delivery_once_per_url"),
            models.CheckConstraint(
                condition=models.Q(state__in=["pending", "delivered", "dead", "cancelled"]),
                name="delivery_known_state",
            ),
            models.CheckConstraint(
                condition=models.Q(state="pending", due_at__isnull=False)
                | ~models.Q(state="pending") & models.Q(due_at=None, leased_until=None),
                name="delivery_due_while_pending",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="delivered") | models.Q(delivered_at__isnull=False),
                name="delivery_delivered_has_time",
            ),
            models.CheckConstraint(condition=~models.Q(url=""), name="delivery_has_url"),
        ]
        indexes = [
            models.Index(
                fields=["application", "due_at"],
                condition=models.Q(due_at__isnull=False),
                name="delivery_due",
            ),
            models.Index(
                fields=["application", "leased_until"],
                condition=models.Q(leased_until__isnull=False),
                name="delivery_being_sent",
            ),
            models.Index(
                fields=["state", "-id"],
                condition=~models.Q(state="delivered"),
                name="delivery_by_rare_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} → {self.url}"


class DeliveryAttempt(models.Model):
    """One POST and what came of it. Never changed."""

    delivery = models.ForeignKey(
        Delivery,
        on_delete=models.PROTECT,
        related_name="tries",
        db_index=False,
        verbose_name=_("notification"),
    )
    merchant = models.ForeignKey(
        Merchant,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("property company"),
    )
    number = models.PositiveIntegerField(_("number"))
    at = models.DateTimeField(_("sent at"))
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    milliseconds = models.PositiveIntegerField(_("milliseconds"))
    answer = models.CharField(_("answer"), max_length=ANSWER_LENGTH, blank=True)
    error = models.CharField(_("error"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("notification attempt")
        verbose_name_plural = _("notification attempts")
        ordering = ["delivery_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "number"], name="attempt_unique_number"),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id}/{self.number}"


class Endpoint(models.Model):
    """A URL of an application that once answered 410 Gone. Off while ``disabled_at`` is set."""

    application = models.ForeignKey(
        Application,
        on_delete=models.CASCADE,
        related_name="endpoints",
        db_index=False,
        verbose_name=_("application"),
    )
    url = models.CharField(_("URL"), max_length=URL_LENGTH)
    disabled_at = models.DateTimeField(_("switched off at"), null=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("notification address")
        verbose_name_plural = _("notification addresses")
        constraints = [
            models.UniqueConstraint(fields=["application", "url"], name="endpoint_unique_url"),
        ]

    def __str__(self) -> str:
        return self.url
