"""What was refused at the door: one row per rejected request or callback."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SecurityRecord(models.Model):
    """Somebody sent something that was not authentic or not allowed. Never changed or deleted."""

    class Door(models.TextChoices):
        API = "api", _("application API")
        CALLBACK = "callback", _("channel callback")
        EASYPAY = "easypay", _("EasyPay door")

    door = models.CharField(_("door"), max_length=16, choices=Door.choices)
    reason = models.CharField(_("reason"), max_length=200)
    claimed = models.CharField(_("claimed identity"), max_length=64, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True)
    path = models.CharField(_("path"), max_length=200)
    request_id = models.CharField(_("request id"), max_length=64)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("security record")
        verbose_name_plural = _("security records")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_door_display()} {self.request_id}"
