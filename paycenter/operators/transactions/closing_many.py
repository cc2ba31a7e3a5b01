"""Closing several payments that nobody has paid."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from paycenter.operators.bulk.deed import Deed, Failed, Skipped, Wish
from paycenter.operators.columns import Text
from transactions.lifecycle import OPEN_PAYMENT, PaymentState
from transactions.models import Payment
from transactions.services.asking import close_payment

ENDED = _("It has ended.")
PAID = _("The channel says that it was paid.")


class ClosePayments(Deed):
    """Have several payments closed at their channels; their orders can still be paid."""

    code = "close"
    title = _("Close the selected unpaid payments")
    explanation = _(
        "Each payment is closed at its channel: its payer cannot pay it any more. The order stays, "
        "and can be paid by another attempt until it expires."
    )
    permission = "transactions.change_payment"
    told = _("Closed at the channel.")
    proved = True
    at_channel = True

    def rows(self) -> QuerySet[Payment]:
        """Return payments with their channels."""
        return Payment.objects.select_related("merchant", "channel_merchant")

    def why_not(self, row: Payment, by: str) -> Text:
        """Leave out what is over."""
        del by
        return "" if row.state in OPEN_PAYMENT else ENDED

    def about(self, row: Payment) -> Text:
        """Show the state it is in."""
        return str(row.get_state_display())

    def amount(self, row: Payment) -> int | None:
        """Return what is not collected then."""
        return row.amount

    def channel(self, row: Payment) -> str:
        """Return where it is."""
        return row.channel_merchant.channel

    def do(self, row: Payment, wish: Wish) -> Text:
        """Close it; closed twice is closed once."""
        del wish
        closing = close_payment(row.pk)
        if closing.payment.state == PaymentState.SUCCEEDED:
            raise Skipped(PAID)
        if closing.payment.state not in OPEN_PAYMENT:
            return ""
        if closing.missing:
            raise Failed(_("The channel does not know it yet: its link works until it expires."))
        raise Failed(_("The channel has not confirmed that it is closed."))
