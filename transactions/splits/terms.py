"""What a payment's channel and its contract allow of splitting it: when, how much, how often."""

from datetime import datetime, timedelta

from gateway.registry import channel_of
from gateway.split_contract import SplitTerms
from paycenter.kernel.errors import Problem
from transactions.models import Payment, SplitMode
from transactions.models.split import PPM


def terms_of(payment: Payment) -> SplitTerms | None:
    """Return the terms of a payment's channel; None where it splits nothing."""
    splits = channel_of(payment.channel_merchant.channel).splits
    return splits.terms if splits else None


def required_terms(payment: Payment) -> SplitTerms:
    """Return the terms of a payment whose money was frozen to be divided.

    Raises ``Problem`` ``split_not_allowed``.
    """
    terms = terms_of(payment)
    if terms is None or payment.order.split_mode == SplitMode.NONE:
        raise Problem(
            "split_not_allowed", "The payment was not made to be split. Pay with a split mode."
        )
    return terms


def most_shared(payment: Payment, terms: SplitTerms) -> int:
    """Return how many fen of a payment may be given to receivers in all."""
    agreed = payment.channel_merchant.max_split_ppm
    return payment.amount * (terms.usual_ratio if agreed is None else agreed) // PPM


def earliest(payment: Payment, terms: SplitTerms) -> datetime:
    """Return from when on the channel divides a payment that succeeded."""
    return _paid_at(payment) + timedelta(seconds=terms.earliest_seconds)


def latest(payment: Payment, terms: SplitTerms) -> datetime:
    """Return when the channel frees by itself what is left of a payment that succeeded."""
    return _paid_at(payment) + timedelta(seconds=terms.latest_seconds)


def _paid_at(payment: Payment) -> datetime:
    return payment.paid_at or payment.created_at
