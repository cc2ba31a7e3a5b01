"""Whether a channel merchant's payments can be split, and on which terms."""

from gateway.registry import channel_of
from gateway.split_contract import SplitTerms
from merchants.models import ChannelMerchant


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
