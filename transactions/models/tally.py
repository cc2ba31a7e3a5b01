"""What each hour brought to each payment account: counted once, so that pages need not.

A roll-up, never a money fact: whatever stands here is recounted from the payments and refunds.
"""

from django.db import models

from merchants.models import Merchant, PaymentAccount


class HourTally(models.Model):
    """One hour of one payment account that has any figures. Amounts in fen.

    Attempts count in the hour in which they were opened, whatever became of them later: ``sent``
    are those the channel took, ``succeeded`` those paid. What ended unpaid ended ``at_payer``
    when the channel had taken it, else ``on_way``: refused, or never there. Money counts in the
    hour in which it was paid (``paid`` and ``taken``, of payments that settle their order) or went
    back (``refunds`` and ``refunded``).
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, db_index=False)
    payment_account = models.ForeignKey(PaymentAccount, on_delete=models.PROTECT, db_index=False)
    hour = models.DateTimeField()
    opened = models.PositiveIntegerField()
    repeated = models.PositiveIntegerField()
    sent = models.PositiveIntegerField()
    succeeded = models.PositiveIntegerField()
    at_payer = models.PositiveIntegerField()
    on_way = models.PositiveIntegerField()
    paid = models.PositiveIntegerField()
    taken = models.BigIntegerField()
    refunds = models.PositiveIntegerField()
    refunded = models.BigIntegerField()

    class Meta:
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

    until = models.DateTimeField()
    moves = models.BigIntegerField()
    moves_marked = models.BigIntegerField()
    marked_by = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.until:%Y-%m-%d %H}"
