"""How a rule divides an amount: floor each share, what they leave stays with the company."""

from dataclasses import dataclass

from transactions.models import Receiver, SplitRule, SplitRuleItem
from transactions.models.split import PPM


@dataclass(frozen=True, slots=True)
class PlannedShare:
    """``amount`` fen for one receiver; ``description`` is read in the channel's bills."""

    receiver: Receiver
    amount: int
    description: str


def shares_by_rule(rule: SplitRule, amount: int) -> tuple[PlannedShare, ...]:
    """Return the shares that ``rule`` gives of ``amount`` fen; those of nothing are left out."""
    base = amount
    if rule.base == SplitRule.Base.NET:
        base -= amount * rule.fee_ppm // PPM
    divided = ((item, _part(item, base)) for item in rule.items.select_related("receiver"))
    return tuple(
        PlannedShare(item.receiver, part, item.description) for item, part in divided if part
    )


def _part(item: SplitRuleItem, base: int) -> int:
    return item.value if item.kind == SplitRuleItem.Kind.FIXED else base * item.value // PPM
