"""What an order brought that came through an EasyPay door, and the number it is known by there."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from merchants.models import EasyPayDoor
from transactions.models.order import Order


class DoorOrder(models.Model):
    """An order as EasyPay knows it: one number however many attempts are made to pay it.

    ``notify_url``, ``return_url`` and ``param`` come back to the application as it gave them.
    """

    class Version(models.TextChoices):
        V1 = "v1", "V1"
        V2 = "v2", "V2"

    order = models.OneToOneField(
        Order, on_delete=models.PROTECT, related_name="door_order", verbose_name=_("order")
    )
    door = models.ForeignKey(
        EasyPayDoor, on_delete=models.PROTECT, db_index=False, verbose_name=_("EasyPay door")
    )
    trade_no = models.CharField(_("EasyPay number"), max_length=19, unique=True)
    out_trade_no = models.CharField(_("order number"), max_length=64)
    version = models.CharField(_("version"), max_length=2, choices=Version.choices)
    notify_url = models.CharField(_("notification URL"), max_length=500)
    return_url = models.CharField(_("return URL"), max_length=500, blank=True)
    param = models.CharField(_("param"), max_length=255, blank=True)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("EasyPay door order")
        verbose_name_plural = _("EasyPay door orders")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["door", "out_trade_no"], name="door_order_unique_number"
            ),
        ]
        indexes = [models.Index(fields=["door", "-id"], name="door_order_by_door")]

    def __str__(self) -> str:
        return self.trade_no
