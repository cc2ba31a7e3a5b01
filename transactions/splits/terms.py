"""Whether a channel merchant's payments can be split, and on which terms."""

from datetime import datetime, timedelta

from gateway.registry import channel_of
from gateway.split_contract import SplitTerms
from merchants.models import ChannelMerchant
from paycenter.kernel.errors import Problem
from transactions.models import Payment, SplitMode
from transactions.models.split import PPM


def split_terms(owner: ChannelMerchant) -> SplitTerms | None:
    """Return the terms of the owner's channel, None where it cannot split payments."""
    splits = channel_of(owner.channel).splits
    return splits.terms if splits else None


def max_split_ppm(owner: ChannelMerchant) -> int:
    """Return how much of a payment may be split, in parts per million.

    As agreed with the channel; where nothing was, what the channel usually allows. 0 where it
    cannot split at all.
    """
    terms = split_terms(owner)
    if terms is None:
        return 0
    return terms.usual_ratio if owner.max_split_ppm is None else owner.max_split_ppm


def required_terms(payment: Payment) -> SplitTerms:
    """Return the terms of a payment whose money was frozen to be divided.

    Raises ``Problem`` ``split_not_allowed``.
    """
    terms = split_terms(payment.channel_merchant)
    if terms is None or payment.order.split_mode == SplitMode.NONE:
        raise Problem(
            "split_not_allowed", "The payment was not made to be split. Pay with a split mode."
        )
    return terms


def most_shared(payment: Payment) -> int:
    """Return how many fen of a payment may be given to receivers in all."""
    return payment.amount * max_split_ppm(payment.channel_merchant) // PPM


def earliest(payment: Payment, terms: SplitTerms) -> datetime:
    """Return from when on the channel divides a payment that succeeded."""
    return _paid_at(payment) + timedelta(seconds=terms.earliest_seconds)


def latest(payment: Payment, terms: SplitTerms) -> datetime:
    """Return when the channel frees by itself what is left of a payment that succeeded."""
    return _paid_at(payment) + timedelta(seconds=terms.latest_seconds)


def _paid_at(payment: Payment) -> datetime:
    return payment.paid_at or payment.created_at
