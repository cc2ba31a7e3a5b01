"""Versions of a split rule: written by one person, approved by another, never edited after that.

Of a channel merchant's approved versions whose time has come, the one with the highest number is in
effect. A version that is retired takes the earlier ones with it: nobody who ends a rule wants the
one before it back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from merchants.models import ChannelMerchant
from paycenter.kernel.approvals import Decision, Verdict
from paycenter.kernel.clock import now
from transactions.models import Move, Receiver, SplitRule, SplitRuleItem
from transactions.moves import Because, move
from transactions.split_lifecycle import BindingState, RuleState
from transactions.splits.rule_checks import check_rule
from transactions.splits.shares import PlannedShare, shares_by_rule


@dataclass(frozen=True, slots=True)
class Simulation:
    """What would become of a payment of ``amount`` fen; the company keeps ``kept`` of it."""

    amount: int
    shares: tuple[PlannedShare, ...]

    @property
    def kept(self) -> int:
        """What the shares leave; the channel's fee is taken from it."""
        return self.amount - sum(share.amount for share in self.shares)


def in_force(moment: datetime) -> QuerySet[SplitRule]:
    """Return the approved versions whose time has come; a later one hides an earlier one."""
    return SplitRule.objects.filter(state=RuleState.APPROVED, active_from__lte=moment)


def active_rule(channel_merchant: ChannelMerchant, moment: datetime) -> SplitRule | None:
    """Return the version by which a payment that begins at ``moment`` is divided, if any."""
    return in_force(moment).filter(channel_merchant=channel_merchant).order_by("-edition").first()


def with_effect(rules: QuerySet[SplitRule]) -> QuerySet[Any]:
    """Annotate each version with whether it is ``in_effect`` now."""
    moment = now()
    later = in_force(moment).filter(
        channel_merchant=OuterRef("channel_merchant"), edition__gt=OuterRef("edition")
    )
    has_come = Q(state=RuleState.APPROVED, active_from__lte=moment)
    return rules.annotate(in_effect=Q(has_come, ~Exists(later)))


def simulate(rule: SplitRule, amount: int) -> Simulation:
    """Return what ``rule``, as it is stored, would make of a payment of ``amount`` fen."""
    return Simulation(amount, shares_by_rule(rule, amount))


@transaction.atomic
def write_rule(rule: SplitRule, *, by: str) -> None:
    """Store a new draft as the next version of its channel merchant's rules."""
    lock_rules_of(rule.channel_merchant_id)
    known = SplitRule.objects.filter(channel_merchant=rule.channel_merchant)
    rule.merchant_id = rule.channel_merchant.merchant_id
    rule.edition = (known.aggregate(last=Max("edition"))["last"] or 0) + 1
    rule.written_by = by
    rule.save(force_insert=True)


@transaction.atomic
def write_next_version(rule: SplitRule, *, by: str) -> SplitRule:
    """Return a new draft that says what ``rule`` says, without receivers that are gone."""
    draft = SplitRule(
        channel_merchant=rule.channel_merchant,
        base=rule.base,
        fee_ppm=rule.fee_ppm,
        active_from=now(),
    )
    write_rule(draft, by=by)
    for item in rule.items.filter(receiver__state=BindingState.BOUND):
        item.pk, item.rule = None, draft
        item.save(force_insert=True)
    return draft


def may_edit(rule: SplitRule, *, by: str) -> bool:
    """Whether ``by`` may change or submit a version: a draft is its author's.

    Anybody else writes a version of their own. Whoever had a hand in one must not approve it.
    """
    return rule.state == RuleState.DRAFT and rule.written_by == by


def lock_draft(rule: SplitRule, *, by: str) -> bool:
    """Hold a stored draft until the transaction ends; returns whether ``by`` may edit it still."""
    return may_edit(_locked(rule.pk), by=by)


@transaction.atomic
def submit_rule(rule_id: int, *, by: str, version: int) -> bool:
    """Ask for approval; returns False when somebody else changed the rule meanwhile.

    Raises ``ValidationError`` when the rule cannot be approved as it is.
    """
    rule = _locked(rule_id)
    if rule.version != version or not may_edit(rule, by=by):
        return False
    check_rule(rule, _items(rule))
    return move(rule, "submit", cause=Because(Move.Cause.PERSON, actor=by))


@transaction.atomic
def decide_rule(rule_id: int, decision: Decision) -> bool:
    """Approve or refuse; returns False when somebody else decided meanwhile.

    Raises ``ValidationError`` when its author decides, or when a rule that is to be approved cannot
    be any more.
    """
    rule = _locked(rule_id)
    if rule.version != decision.version or rule.state != RuleState.WAITING:
        return False
    decision.check_second_person(rule.written_by)
    if decision.verdict == Verdict.APPROVE:
        lock_rules_of(rule.channel_merchant_id)
        check_rule(rule, _items(rule))
    because = Because(Move.Cause.PERSON, actor=decision.actor, note=decision.note)
    facts = {"decided_by": decision.actor, "decided_at": now()}
    return move(rule, decision.verdict.value, cause=because, **facts)


@transaction.atomic
def retire_rule(rule_id: int, *, by: str, version: int) -> bool:
    """End a version and all before it; returns False when it was changed meanwhile."""
    rule = _locked(rule_id)
    if rule.version != version or rule.state != RuleState.APPROVED:
        return False
    because = Because(Move.Cause.PERSON, actor=by)
    for ended in _up_to(rule):
        move(ended, "retire", cause=because)
    return True


def is_promised_share(receiver: Receiver) -> bool:
    """Whether a version that is in effect, may come into effect or waits gives it a share."""
    current = active_rule(receiver.channel_merchant, now())
    may_come = Q(state=RuleState.APPROVED, edition__gte=current.edition if current else 0)
    found = SplitRule.objects.filter(items__receiver=receiver)
    return found.filter(may_come | Q(state=RuleState.WAITING)).exists()


def lock_rules_of(channel_merchant_id: int) -> None:
    """Let numbering, approving and unbinding pass one after the other for a channel merchant.

    Payments go on meanwhile: their reference to the row asks for a weaker lock.
    """
    ChannelMerchant.objects.select_for_update(no_key=True).get(pk=channel_merchant_id)


def _locked(rule_id: int) -> SplitRule:
    rules = SplitRule.objects.select_related("channel_merchant")
    return rules.select_for_update(of=("self",)).get(pk=rule_id)


def _items(rule: SplitRule) -> list[SplitRuleItem]:
    return list(rule.items.select_related("receiver"))


def _up_to(rule: SplitRule) -> QuerySet[SplitRule]:
    """Return the approved versions that end with this one, locked, each after the one before."""
    ended = SplitRule.objects.filter(
        channel_merchant=rule.channel_merchant, edition__lte=rule.edition, state=RuleState.APPROVED
    )
    return ended.select_for_update().order_by("edition")
