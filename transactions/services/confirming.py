"""Confirming what a channel claims: a success is booked only when the channel, asked, says so too.

EasyPay platforms sign callbacks with a key that both sides share and that several of them are known
to give away, so a callback proves nothing by itself. It is a reason to ask at once.
"""

import logging
from collections.abc import Callable

from gateway.messages import Outcome, PaymentReport
from merchants.models import ChannelMerchant
from paycenter.kernel.clock import now
from transactions.lifecycle import OPEN_PAYMENT
from transactions.models import Payment
from transactions.services.effects import MOVED, NOTHING, Applied, Effect
from transactions.services.payment_truth import judge_claim

logger = logging.getLogger(__name__)

Ask = Callable[[int], bool]
"""Has the channel asked about the payment with this row id; returns whether it was asked."""


def confirm_claim(channel_merchant: ChannelMerchant, report: PaymentReport, *, ask: Ask) -> Applied:
    """Have what a channel claims of a payment confirmed; only the channel's answer moves anything.

    Belongs outside of any transaction. ``MOVED`` or ``NOTHING`` once a claimed success is booked;
    ``UNCONFIRMED`` or ``NOT_ASKED`` while it is not: then it must come again.
    """
    judged = judge_claim(channel_merchant, report)
    if judged is not None:
        return judged
    payment = Payment.objects.only("pk").get(serial_no=report.serial_no)
    if report.outcome != Outcome.SUCCEEDED:
        _make_due(payment.pk)
        return NOTHING
    asked = ask(payment.pk)
    judged = judge_claim(channel_merchant, report)
    if judged is not None:
        return MOVED if judged == NOTHING else judged
    if asked:
        logger.error("success of %s not confirmed by its channel", report.serial_no)
        return Applied(Effect.UNCONFIRMED, "the channel, asked, does not say that it is paid")
    _make_due(payment.pk)
    return Applied(Effect.NOT_ASKED, "nobody could ask the channel in time")


def _make_due(payment_id: int) -> None:
    """Have the next sweep ask about an open payment; an ended one waits for the claim to return."""
    Payment.objects.filter(pk=payment_id, state__in=OPEN_PAYMENT).update(due_at=now())
