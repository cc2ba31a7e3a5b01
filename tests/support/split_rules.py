"""Receivers and split rules for tests, as they are in the database; each call makes new ones."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from merchants.models import ChannelMerchant
from tests.support.parties import make_channel_merchant
from transactions.models import Receiver, SplitRule, SplitRuleItem

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)

_numbers = count(1)


def make_receiver(owner: ChannelMerchant | None = None, **changes: Any) -> Receiver:
    """Return a merchant that is bound to ``owner``, or to a new channel merchant.

    ``account`` is its number at the channel.
    """
    number = next(_numbers)
    owner = owner or make_channel_merchant()
    account = changes.pop("account", f"1800{number:06d}")
    facts = {
        "state": "bound",
        "merchant": owner.merchant,
        "channel_merchant": owner,
        "label": "阳光集团总部",
        "kind": "merchant",
        "account_hash": f"{number:064x}",
        "account_hint": "18***",
        "relation": "headquarter",
    }
    receiver = Receiver(**(facts | changes)).seal("sealed_account", account)
    receiver.save(force_insert=True)
    return receiver


def make_rule(owner: ChannelMerchant, *items: tuple[str, int], **changes: Any) -> SplitRule:
    """Return an approved rule; each item is (kind, value), for a new receiver of the owner's."""
    number = next(_numbers)
    facts = {
        "state": "approved",
        "merchant": owner.merchant,
        "channel_merchant": owner,
        "edition": number,
        "active_from": LONG_AGO,
        "written_by": "author",
        "decided_by": "approver",
        "decided_at": LONG_AGO,
    }
    rule = SplitRule.objects.create(**(facts | changes))
    for kind, value in items:
        SplitRuleItem.objects.create(
            rule=rule, receiver=make_receiver(owner), kind=kind, value=value, description="管理费"
        )
    return rule
