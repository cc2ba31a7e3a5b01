"""What a split rule must be like before anybody may submit or approve it.

Checked when its shares are saved, so that whoever writes it hears at once, and again when it is
submitted and approved: receivers may have gone and the channel's terms may have changed meanwhile.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from transactions.models import SplitRule, SplitRuleItem
from transactions.models.split import PPM
from transactions.split_lifecycle import BindingState
from transactions.splits.terms import max_split_ppm, split_terms


def check_rule(rule: SplitRule, items: Sequence[SplitRuleItem]) -> None:
    """Raise ``ValidationError`` with everything that is wrong with ``rule`` and its shares.

    The shares may not be stored yet; their receivers must be.
    """
    troubles = [*_of_the_rule(rule, items), *_of_receivers(rule, items)]
    if troubles:
        raise ValidationError(troubles)


def _of_the_rule(rule: SplitRule, items: Sequence[SplitRuleItem]) -> Iterator[ValidationError]:
    terms = split_terms(rule.channel_merchant)
    if terms is None:
        yield ValidationError(_("This channel cannot split payments."))
        return
    if not items:
        yield ValidationError(_("Enter at least one share."))
    if len(items) > terms.most_shares:
        text = _("The channel takes at most %(most)s shares of one payment.")
        yield ValidationError(text, params={"most": terms.most_shares})
    asked = sum(item.value for item in items if item.kind == SplitRuleItem.Kind.PPM)
    allowed = max_split_ppm(rule.channel_merchant)
    if asked > allowed:
        text = _("The shares are %(asked)s parts per million; %(allowed)s may be split.")
        yield ValidationError(text, params={"asked": asked, "allowed": allowed})
    if rule.fee_ppm >= PPM:
        yield ValidationError(_("The channel's fee must be less than the whole (1000000)."))


def _of_receivers(rule: SplitRule, items: Sequence[SplitRuleItem]) -> Iterator[ValidationError]:
    for receiver, times in Counter(item.receiver for item in items).items():
        named = {"receiver": str(receiver)}
        if times > 1:
            yield ValidationError(_("%(receiver)s stands there twice."), params=named)
        if receiver.channel_merchant_id != rule.channel_merchant_id:
            text = _("%(receiver)s belongs to another channel merchant.")
            yield ValidationError(text, params=named)
        elif receiver.state != BindingState.BOUND:
            yield ValidationError(_("%(receiver)s is not bound at the channel."), params=named)
