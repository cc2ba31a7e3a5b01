"""What each receiver gets of one payment by a rule: the only place that rounds a share.

Each share is rounded down to the fen, and what is left stays with the company, so shares and rest
always add up to the amount. Where the base is net, the channel's fee is taken off first, rounded
up.

A payment too small for the rule is not split at all: when the shares together come to more than
the base, or to more than the channel lets be split, all of it stays with the company. Only fixed
amounts and a lowered maximum can bring that about, since a rule is checked when it is submitted.
Cutting shares instead would pay somebody less than the rule says, and nobody said whom.
"""

from dataclasses import dataclass

from transactions.models import Receiver, SplitRule, SplitRuleItem
from transactions.models.split import PPM
from transactions.splits.terms import max_split_ppm


@dataclass(frozen=True, slots=True)
class PlannedShare:
    """``amount`` fen for one receiver, 1 at least."""

    receiver: Receiver
    amount: int
    description: str


def shares_by_rule(rule: SplitRule, amount: int) -> tuple[PlannedShare, ...]:
    """Return the shares of ``amount`` fen by ``rule``; none where it is too small for the rule.

    They are never more than the base nor than the channel lets be split. What they leave of the
    amount stays with the company.
    """
    base = _base(rule, amount)
    items = rule.items.select_related("receiver")
    shares = tuple(PlannedShare(i.receiver, _part(i, base), i.description) for i in items)
    splittable = amount * max_split_ppm(rule.channel_merchant) // PPM
    if sum(share.amount for share in shares) > min(base, splittable):
        return ()
    return tuple(share for share in shares if share.amount)


def _base(rule: SplitRule, amount: int) -> int:
    """Return what parts per million are parts of."""
    if rule.base == SplitRule.Base.GROSS:
        return amount
    fee = -(-amount * rule.fee_ppm // PPM)
    return max(0, amount - fee)


def _part(item: SplitRuleItem, base: int) -> int:
    return item.value if item.kind == SplitRuleItem.Kind.FIXED else base * item.value // PPM
