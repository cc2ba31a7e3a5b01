"""Through which accounts an order can be paid whose money is to be split.

The channel must know when a payment is made that its money stays frozen, so what cannot be split
later is refused then.
"""

from django.db.models import Exists, OuterRef, QuerySet

from gateway.registry import CHANNELS
from merchants.models import PaymentAccount
from paycenter.kernel.clock import now
from paycenter.kernel.errors import Problem
from transactions.models import SplitMode, SplitRule
from transactions.splits.rules import active_rule, in_force
from transactions.splits.terms import split_terms


def rule_to_split_by(account: PaymentAccount, mode: str) -> SplitRule | None:
    """Return the rule by which a payment that begins now will be split; none by other modes.

    Takes no statement for an order that is not split. Raises ``Problem`` ``split_not_allowed``.
    """
    if mode == SplitMode.NONE:
        return None
    owner = account.channel_merchant
    if split_terms(owner) is None:
        raise Problem(
            "split_not_allowed",
            f"The channel of this payment account ({owner.channel}) cannot split payments. "
            "Use another payment_id, or send mode none with another order_no.",
        )
    if mode == SplitMode.MANUAL:
        return None
    rule = active_rule(owner, now())
    if rule is None:
        raise Problem(
            "split_not_allowed",
            "The property company has no split rule in effect for this payment account. Ask it "
            "to approve one, or use another mode.",
        )
    return rule


def accounts_that_split(accounts: QuerySet[PaymentAccount], mode: str) -> QuerySet[PaymentAccount]:
    """Leave the accounts through which an order of this mode can be paid now."""
    if mode == SplitMode.NONE:
        return accounts
    able = [code for code, channel in CHANNELS.items() if channel.splits is not None]
    accounts = accounts.filter(channel_merchant__channel__in=able)
    if mode == SplitMode.MANUAL:
        return accounts
    rules = in_force(now()).filter(channel_merchant=OuterRef("channel_merchant"))
    return accounts.filter(Exists(rules))
