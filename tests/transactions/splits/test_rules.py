"""A rule is written by one person and approved by another; afterwards nobody edits it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from merchants.models import ChannelMerchant
from paycenter.kernel.approvals import Decision, Verdict
from paycenter.kernel.clock import now
from tests.support.parties import make_channel_merchant
from tests.support.split_rules import LONG_AGO, make_receiver, make_rule
from tests.support.together import together
from transactions.models import Move, Receiver, SplitRule, SplitRuleItem
from transactions.splits import rules
from transactions.splits.rule_checks import check_rule

HALF = ("ppm", 500_000)


@pytest.fixture
def owner(db: None) -> ChannelMerchant:
    """A channel merchant that may split all of a payment."""
    return make_channel_merchant(max_split_ppm=1_000_000)


def _draft(owner: ChannelMerchant, *items: tuple[str, int]) -> SplitRule:
    return make_rule(owner, *items, state="draft", decided_by="", decided_at=None)


def _waiting(owner: ChannelMerchant, *items: tuple[str, int]) -> SplitRule:
    return make_rule(owner, *items, state="waiting", decided_by="", decided_at=None)


def _decide(
    rule: SplitRule, *, by: str = "approver", verdict: Verdict = Verdict.APPROVE, seen: int = 0
) -> bool:
    return rules.decide_rule(rule.pk, Decision(verdict, by, "checked", seen))


def _state(rule: SplitRule) -> str:
    return str(SplitRule.objects.get(pk=rule.pk).state)


class TestWriting:
    """Drafts, version by version."""

    def test_each_draft_is_the_next_version_of_its_channel_merchant(
        self, owner: ChannelMerchant
    ) -> None:
        for wanted in (1, 2):
            rule = SplitRule(channel_merchant=owner, active_from=now())
            rules.write_rule(rule, by="author")
            assert (rule.edition, rule.state, rule.written_by) == (wanted, "draft", "author")
            assert rule.merchant == owner.merchant
        other = SplitRule(channel_merchant=make_channel_merchant(), active_from=now())
        rules.write_rule(other, by="author")
        assert other.edition == 1

    def test_a_next_version_begins_as_the_former_one_without_receivers_that_are_gone(
        self, owner: ChannelMerchant
    ) -> None:
        rule = make_rule(owner, HALF, ("fixed", 100), base="net", fee_ppm=3_800)
        gone = rule.items.get(kind="fixed").receiver
        Receiver.objects.filter(pk=gone.pk).update(state="unbound")
        draft = rules.write_next_version(rule, by="somebody")
        assert (draft.edition, draft.state, draft.written_by) == (
            rule.edition + 1,
            "draft",
            "somebody",
        )
        assert (draft.base, draft.fee_ppm) == ("net", 3_800)
        assert list(draft.items.values_list("kind", "value", "description")) == [
            ("ppm", 500_000, "管理费")
        ]
        assert rule.items.count() == 2

    def test_a_draft_is_its_authors(self, owner: ChannelMerchant) -> None:
        rule = _draft(owner, HALF)
        assert rules.may_edit(rule, by="author")
        assert not rules.may_edit(rule, by="somebody else")
        assert not rules.submit_rule(rule.pk, by="somebody else", version=0)
        assert _state(rule) == "draft"

    @pytest.mark.parametrize("state", ["waiting", "approved", "refused", "retired"])
    def test_what_was_submitted_is_not_edited(self, owner: ChannelMerchant, state: str) -> None:
        rule = make_rule(owner, HALF, state=state)
        assert not rules.may_edit(rule, by="author")

    @pytest.mark.django_db(transaction=True)
    def test_drafts_written_at_once_get_different_numbers(self, owner: ChannelMerchant) -> None:
        def write(_: int) -> int:
            rule = SplitRule(channel_merchant=owner, active_from=LONG_AGO)
            rules.write_rule(rule, by="author")
            return rule.edition

        assert sorted(together(4, write)) == [1, 2, 3, 4]


class TestSubmitting:
    """What may be approved is checked first."""

    def test_a_good_draft_waits_for_approval(self, owner: ChannelMerchant) -> None:
        rule = _draft(owner, HALF)
        assert rules.submit_rule(rule.pk, by="author", version=0)
        assert _state(rule) == "waiting"

    def test_a_draft_that_is_seen_too_late_stays(self, owner: ChannelMerchant) -> None:
        rule = _draft(owner, HALF)
        assert not rules.submit_rule(rule.pk, by="author", version=7)
        assert _state(rule) == "draft"

    def test_a_bad_draft_is_refused(self, owner: ChannelMerchant) -> None:
        rule = _draft(owner)
        with pytest.raises(ValidationError, match="at least one share"):
            rules.submit_rule(rule.pk, by="author", version=0)
        assert _state(rule) == "draft"


class TestDeciding:
    """Two persons."""

    @pytest.mark.parametrize(
        ("verdict", "state"), [(Verdict.APPROVE, "approved"), (Verdict.REFUSE, "refused")]
    )
    def test_somebody_else_decides_and_it_is_kept_who_and_why(
        self, owner: ChannelMerchant, verdict: Verdict, state: str
    ) -> None:
        rule = _waiting(owner, HALF)
        assert _decide(rule, verdict=verdict)
        rule = SplitRule.objects.get(pk=rule.pk)
        assert (rule.state, rule.decided_by) == (state, "approver")
        assert rule.decided_at is not None
        last = Move.objects.get(subject="splitrule", subject_id=rule.pk)
        assert (last.target, last.actor, last.note) == (state, "approver", "checked")

    @pytest.mark.parametrize("verdict", list(Verdict))
    def test_its_author_does_not_decide(self, owner: ChannelMerchant, verdict: Verdict) -> None:
        rule = _waiting(owner, HALF)
        with pytest.raises(ValidationError, match="else than who asked"):
            _decide(rule, by="author", verdict=verdict)
        assert _state(rule) == "waiting"

    @pytest.mark.parametrize("state", ["approved", "refused"])
    def test_the_database_too_wants_two_persons(self, owner: ChannelMerchant, state: str) -> None:
        rule = _waiting(owner, HALF)
        sql = f"UPDATE transactions_splitrule SET state = '{state}', decided_by = %s WHERE id = %s"
        for by, constraint in (("author", "two_people"), ("", "decided_by_somebody")):
            with (
                pytest.raises(IntegrityError, match=constraint),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(sql, [by, rule.pk])

    @pytest.mark.parametrize("state", ["draft", "approved", "refused", "retired"])
    def test_only_what_waits_is_decided(self, owner: ChannelMerchant, state: str) -> None:
        rule = make_rule(owner, HALF, state=state)
        assert not _decide(rule)
        assert _state(rule) == state

    def test_what_was_seen_too_long_ago_is_not_decided(self, owner: ChannelMerchant) -> None:
        rule = _waiting(owner, HALF)
        assert not _decide(rule, seen=7)

    def test_a_rule_whose_receiver_went_meanwhile_is_not_approved(
        self, owner: ChannelMerchant
    ) -> None:
        rule = _waiting(owner, HALF)
        Receiver.objects.update(state="unbound")
        with pytest.raises(ValidationError, match="not bound"):
            _decide(rule)
        assert _decide(rule, verdict=Verdict.REFUSE)

    @pytest.mark.django_db(transaction=True)
    def test_of_two_people_one_decides(self, owner: ChannelMerchant) -> None:
        rule = _waiting(owner, HALF)
        verdicts = [Verdict.APPROVE, Verdict.REFUSE]
        done = together(2, lambda n: _decide(rule, by=f"approver{n}", verdict=verdicts[n]))
        assert sorted(done) == [False, True]


class TestEffect:
    """Which version divides a payment."""

    def test_the_highest_version_whose_time_has_come(self, owner: ChannelMerchant) -> None:
        moment = now()
        first = make_rule(owner, HALF)
        second = make_rule(owner, HALF, active_from=moment)
        make_rule(owner, HALF, active_from=moment + timedelta(days=1))
        assert rules.active_rule(owner, moment) == second
        assert rules.active_rule(owner, moment - timedelta(seconds=1)) == first

    @pytest.mark.parametrize("state", ["draft", "waiting", "refused", "retired"])
    def test_none_that_is_not_approved(self, owner: ChannelMerchant, state: str) -> None:
        make_rule(owner, HALF, state=state)
        assert rules.active_rule(owner, now()) is None

    def test_none_of_another_channel_merchant(self, owner: ChannelMerchant) -> None:
        make_rule(make_channel_merchant(owner.merchant), HALF)
        assert rules.active_rule(owner, now()) is None

    def test_the_list_says_the_same(self, owner: ChannelMerchant) -> None:
        make_rule(owner, HALF)
        second = make_rule(owner, HALF)
        make_rule(owner, HALF, active_from=now() + timedelta(days=1))
        make_rule(owner, HALF, state="retired")
        shown = rules.with_effect(SplitRule.objects.all())
        assert list(shown.filter(in_effect=True)) == [second]

    def test_retiring_a_version_brings_none_before_it_back(self, owner: ChannelMerchant) -> None:
        first = make_rule(owner, HALF)
        second = make_rule(owner, HALF)
        future = make_rule(owner, HALF, active_from=now() + timedelta(days=1))
        assert rules.retire_rule(second.pk, by="somebody", version=0)
        assert [_state(rule) for rule in (first, second, future)] == [
            "retired",
            "retired",
            "approved",
        ]
        assert rules.active_rule(owner, now()) is None
        assert not rules.retire_rule(second.pk, by="somebody", version=1)

    def test_what_was_seen_too_long_ago_is_not_retired(self, owner: ChannelMerchant) -> None:
        rule = make_rule(owner, HALF)
        assert not rules.retire_rule(rule.pk, by="somebody", version=7)
        assert _state(rule) == "approved"


class TestPromises:
    """A receiver that a rule pays."""

    @pytest.mark.parametrize(
        ("state", "promised"),
        [
            ("draft", False),
            ("waiting", True),
            ("approved", True),
            ("refused", False),
            ("retired", False),
        ],
    )
    def test_by_the_state_of_its_rule(
        self, owner: ChannelMerchant, state: str, promised: bool
    ) -> None:
        rule = make_rule(owner, HALF, state=state)
        assert rules.is_promised_share(rule.items.get().receiver) is promised

    @pytest.mark.parametrize(
        ("active_from", "promised"),
        [(LONG_AGO, False), (now() + timedelta(days=9), True)],
        ids=["superseded", "not yet superseded"],
    )
    def test_until_a_later_version_is_in_effect(
        self, owner: ChannelMerchant, active_from: datetime, promised: bool
    ) -> None:
        rule = make_rule(owner, HALF)
        make_rule(owner, HALF, active_from=active_from)
        assert rules.is_promised_share(rule.items.get().receiver) is promised

    def test_by_a_version_that_is_yet_to_come(self, owner: ChannelMerchant) -> None:
        make_rule(owner, HALF)
        coming = make_rule(owner, HALF, active_from=now() + timedelta(days=1))
        assert rules.is_promised_share(coming.items.get().receiver)


def _too_many(owner: ChannelMerchant, rule: SplitRule) -> None:
    for _ in range(5):
        _give(rule, make_receiver(owner))


def _from_elsewhere(_: ChannelMerchant, rule: SplitRule) -> None:
    _give(rule, make_receiver())


def _not_bound(owner: ChannelMerchant, rule: SplitRule) -> None:
    _give(rule, make_receiver(owner, state="binding"))


def _too_much(owner: ChannelMerchant, rule: SplitRule) -> None:
    _give(rule, make_receiver(owner), value=499_901)


def _whole_fee(_: ChannelMerchant, rule: SplitRule) -> None:
    SplitRule.objects.filter(pk=rule.pk).update(fee_ppm=1_000_000)


def _no_item(_: ChannelMerchant, rule: SplitRule) -> None:
    rule.items.all().delete()


def _give(rule: SplitRule, receiver: Receiver, value: int = 100) -> None:
    SplitRuleItem.objects.create(
        rule=rule, receiver=receiver, kind="ppm", value=value, description="x"
    )


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_too_many, "at most 5 shares"),
        (_from_elsewhere, "another channel merchant"),
        (_not_bound, "not bound"),
        (_too_much, "999901 parts per million; 999900 may be split"),
        (_whole_fee, "less than the whole"),
        (_no_item, "at least one share"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said(
    owner: ChannelMerchant, spoil: Callable[[ChannelMerchant, SplitRule], None], words: str
) -> None:
    ChannelMerchant.objects.update(channel="alipay", max_split_ppm=999_900)
    rule = _draft(owner, HALF)
    spoil(owner, rule)
    with pytest.raises(ValidationError, match=words):
        rules.submit_rule(rule.pk, by="author", version=0)


def test_a_channel_that_cannot_split_has_no_rule(db: None) -> None:
    rule = _draft(make_channel_merchant(channel="easypay"), HALF)
    with pytest.raises(ValidationError, match="cannot split"):
        rules.submit_rule(rule.pk, by="author", version=0)


def test_a_receiver_stands_in_a_rule_once(owner: ChannelMerchant) -> None:
    rule = _draft(owner)
    twice = [
        SplitRuleItem(rule=rule, receiver=receiver, kind="ppm", value=1, description="x")
        for receiver in [make_receiver(owner)] * 2
    ]
    with pytest.raises(ValidationError, match="twice"):
        check_rule(rule, twice)


def test_a_simulation_shows_the_shares_and_what_the_company_keeps(owner: ChannelMerchant) -> None:
    rule = _draft(owner, HALF, ("fixed", 100))
    simulation = rules.simulate(rule, 10_001)
    assert [share.amount for share in simulation.shares] == [5_000, 100]
    assert (simulation.amount, simulation.kept) == (10_001, 4_901)
