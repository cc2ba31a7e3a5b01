"""What each hour brought to each payment account: counted once, so that pages need not.

A roll-up, never a money fact: whatever stands here is recounted from the payments and refunds.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from merchants.models import Merchant, PaymentAccount


class HourTally(models.Model):
    """One hour of one payment account that has any figures. Amounts in fen.

    Attempts count in the hour in which they were opened, whatever became of them later: ``sent``
    are those the channel took, ``succeeded`` those paid. What ended unpaid ended ``at_payer``
    when the channel had taken it, else ``on_way``: refused, or never there. Money counts in the
    hour in which it was paid (``paid`` and ``taken``, of payments that settle their order) or went
    back (``refunds`` and ``refunded``).
    """

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, db_index=False, verbose_name=_("property company")
    )
    payment_account = models.ForeignKey(
        PaymentAccount,
        on_delete=models.PROTECT,
        db_index=False,
        verbose_name=_("payment account"),
    )
    hour = models.DateTimeField(_("hour"))
    opened = models.PositiveIntegerField(_("attempts"))
    repeated = models.PositiveIntegerField(_("repeated"))
    sent = models.PositiveIntegerField(_("taken up by the channel"))
    succeeded = models.PositiveIntegerField(_("succeeded"))
    at_payer = models.PositiveIntegerField(_("not paid by the payer"))
    on_way = models.PositiveIntegerField(_("failed on the way"))
    paid = models.PositiveIntegerField(_("payments"))
    taken = models.BigIntegerField(_("taken (fen)"))
    refunds = models.PositiveIntegerField(_("refunds"))
    refunded = models.BigIntegerField(_("refunded (fen)"))

    class Meta:
        verbose_name = _("figures of an hour")
        verbose_name_plural = _("figures by hour")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "payment_account", "hour"], name="hour_tally_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment_account_id} {self.hour:%Y-%m-%d %H}"


class TallyProgress(models.Model):
    """The one row that says how far the hours are counted.

    Hours before ``until`` are counted. Whatever moves up to ``moves`` changed in them is in their
    figures. Moves up to ``moves_marked`` were made, or given up, once every transaction older than
    ``marked_by`` is over.
    """

    until = models.DateTimeField(_("hours counted before"))
    moves = models.BigIntegerField(_("moves read up to"))
    moves_marked = models.BigIntegerField(_("moves marked up to"))
    marked_by = models.BigIntegerField(_("marked by transaction"))

    class Meta:
        verbose_name = _("progress of counting hours")
        verbose_name_plural = _("progress of counting hours")

    def __str__(self) -> str:
        return f"{self.until:%Y-%m-%d %H}"
