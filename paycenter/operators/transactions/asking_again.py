"""Having channels asked about several payments, refunds or splits: what they say is applied."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from paycenter.operators.bulk.deed import Deed, Wish
from paycenter.operators.columns import Text
from transactions.lifecycle import OPEN_REFUND, PaymentState, RefundState
from transactions.models import Payment, Refund, Split
from transactions.selectors import was_sent
from transactions.services.asking import look_at_refund, sync_payment
from transactions.split_lifecycle import OPEN_SPLIT, SplitState
from transactions.splits.sending import look_at_split

ASKED = _("Asked the channel.")
NOT_SENT = _("Nothing was sent to the channel that it could be asked about.")
ENDED = _("It has ended.")


class _AskChannel(Deed):
    """What asking about a row has in common, whatever the row is."""

    code = "ask_channel"
    title = _("Ask the channel about the selected")
    explanation = _("The channel is asked what became of each, and what it answers is applied.")
    told = ASKED
    at_channel = True

    def about(self, row: Any) -> Text:
        """Show the state it is in."""
        return str(row.get_state_display())


class AskAboutPayments(_AskChannel):
    """Ask about payments, whatever state they are believed to be in."""

    permission = "transactions.change_payment"

    def rows(self) -> QuerySet[Payment]:
        """Return payments with their channels."""
        return Payment.objects.select_related("merchant", "channel_merchant")

    def why_not(self, row: Payment, by: str) -> Text:
        """Any payment may be asked about."""
        del row, by
        return ""

    def channel(self, row: Payment) -> str:
        """Return where it is."""
        return row.channel_merchant.channel

    def do(self, row: Payment, wish: Wish) -> Text:
        """Ask, and say what state it is in now."""
        del wish
        return PaymentState(sync_payment(row.pk).state).label


class AskAboutRefunds(_AskChannel):
    """Ask about refunds that were sent and have not ended."""

    permission = "transactions.change_refund"

    def rows(self) -> QuerySet[Refund]:
        """Return refunds with their channels."""
        return Refund.objects.select_related("merchant", "payment__channel_merchant")

    def why_not(self, row: Refund, by: str) -> Text:
        """Leave out what the channel does not have, and what is over."""
        del by
        if not was_sent(row) or row.is_offline:
            return NOT_SENT
        return "" if row.state in OPEN_REFUND else ENDED

    def channel(self, row: Refund) -> str:
        """Return where it is."""
        return row.payment.channel_merchant.channel

    def do(self, row: Refund, wish: Wish) -> Text:
        """Ask, and say what state it is in now."""
        del wish
        return RefundState(look_at_refund(row.pk).state).label


class AskAboutSplits(_AskChannel):
    """Ask about splits that were sent and have not ended."""

    permission = "transactions.change_split"

    def rows(self) -> QuerySet[Split]:
        """Return splits with their channels."""
        return Split.objects.select_related("merchant", "payment__channel_merchant")

    def why_not(self, row: Split, by: str) -> Text:
        """Leave out what the channel does not have, and what is over."""
        del by
        if row.sent_at is None:
            return NOT_SENT
        return "" if row.state in OPEN_SPLIT else ENDED

    def channel(self, row: Split) -> str:
        """Return where it is."""
        return row.payment.channel_merchant.channel

    def do(self, row: Split, wish: Wish) -> Text:
        """Ask, and say what state it is in now."""
        del wish
        return SplitState(look_at_split(row.pk).state).label
