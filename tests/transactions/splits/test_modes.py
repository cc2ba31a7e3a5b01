"""How an order says that its money is to be split, and what that does when a payment begins."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.messages import Browser, Operation, Outcome, PayResult
from merchants.models import PaymentAccount
from tests.support.desk import Desk
from tests.support.fake_splits import FakeSplits
from tests.support.signing import Answer
from tests.support.split_rules import make_rule
from tests.support.statements import counting
from tests.transactions.test_statement_counts import INITIATION
from transactions.checkout.offers import offers_of
from transactions.models import Checkout, Order, Payment, Split, SplitRule
from transactions.services.commands import Line, OrderCommand
from transactions.splits import rules
from transactions.splits.modes import accounts_that_split

CHECKOUTS = "/api/v1/checkouts"
SHARE = ("ppm", 100_000)


@pytest.fixture
def desk(desk: Desk, splits: FakeSplits) -> Desk:
    """A desk whose ``account`` can split; the channel of its ``other_account`` cannot."""
    return desk


@pytest.fixture
def rule(desk: Desk) -> SplitRule:
    """The rule in effect for the desk's account."""
    return make_rule(desk.account.channel_merchant, SHARE)


def _pay(desk: Desk, mode: str, **changes: Any) -> Answer:
    return desk.pay(split={"mode": mode}, **changes)


def _page(desk: Desk, mode: str, **changes: Any) -> Answer:
    body = {
        "merchant_id": desk.account.channel_merchant.merchant.merchant_no,
        "order_no": "A1",
        "amount": 10_000,
        "subject": "物业费",
        "split": {"mode": mode},
    }
    return desk.client.post(CHECKOUTS, body | changes)


def _frozen(desk: Desk) -> list[bool]:
    return [call.request.freeze_for_split for call in desk.channel.calls_of(Operation.PAY)]


class TestPayments:
    """``POST /api/v1/payments``."""

    @pytest.mark.parametrize("changes", [{}, {"split": {"mode": "none"}}], ids=["silent", "none"])
    def test_nothing_is_frozen_unless_asked_for(
        self, desk: Desk, rule: SplitRule, changes: dict[str, Any]
    ) -> None:
        assert desk.pay(**changes).status == 201
        assert _frozen(desk) == [False]
        assert (desk.order().split_mode, desk.the_payment().split_rule) == ("none", None)

    def test_by_rule_the_money_is_frozen_and_the_rule_is_fixed(
        self, desk: Desk, rule: SplitRule
    ) -> None:
        assert _pay(desk, "rule").status == 201
        make_rule(desk.account.channel_merchant, SHARE)
        assert _frozen(desk) == [True]
        assert (desk.order().split_mode, desk.the_payment().split_rule) == ("rule", rule)

    def test_by_rule_the_money_is_divided_once_it_came(self, desk: Desk, rule: SplitRule) -> None:
        payment = desk.payment(_pay(desk, "rule")["serial_no"])
        desk.callback(desk.channel.paid(payment.serial_no))
        split = Split.objects.get()
        assert (split.payment, split.rule, split.amount) == (payment, rule, 1_000)
        assert desk.payment(payment.serial_no).shared == 1_000

    def test_by_hand_the_money_is_frozen_and_no_rule_is_needed(self, desk: Desk) -> None:
        assert _pay(desk, "manual").status == 201
        assert _frozen(desk) == [True]
        assert (desk.order().split_mode, desk.the_payment().split_rule) == ("manual", None)

    def test_by_hand_no_rule_applies(self, desk: Desk, rule: SplitRule) -> None:
        _pay(desk, "manual")
        assert desk.the_payment().split_rule is None

    @pytest.mark.parametrize("state", ["draft", "waiting", "refused", "retired"])
    def test_a_rule_that_is_not_in_effect_is_none(self, desk: Desk, state: str) -> None:
        make_rule(desk.account.channel_merchant, SHARE, state=state)
        refused = _pay(desk, "rule")
        assert (refused.status, refused.code) == (409, "split_not_allowed")
        assert "no split rule in effect" in refused["detail"]
        assert not Order.objects.exists()

    @pytest.mark.parametrize("mode", ["rule", "manual"])
    def test_a_channel_that_cannot_split_is_refused(self, desk: Desk, mode: str) -> None:
        make_rule(desk.other_account.channel_merchant, SHARE)
        refused = _pay(desk, mode, account=desk.other_account)
        assert (refused.status, refused.code) == (409, "split_not_allowed")
        assert "cannot split" in refused["detail"]
        assert not Payment.objects.exists()

    @pytest.mark.parametrize("mode", ["none", "manual"])
    def test_another_mode_is_another_order(self, desk: Desk, rule: SplitRule, mode: str) -> None:
        _pay(desk, "rule")
        refused = _pay(desk, mode)
        assert (refused.status, refused.code) == (409, "order_mismatch")

    def test_the_same_request_is_the_same_payment_also_without_the_rule(
        self, desk: Desk, rule: SplitRule
    ) -> None:
        first = _pay(desk, "rule")
        rules.retire_rule(rule.pk, by="somebody", version=0)
        again = _pay(desk, "rule")
        assert (again.status, again["serial_no"]) == (200, first["serial_no"])

    def test_what_may_still_be_paid_is_not_closed_for_a_way_that_cannot_split(
        self, desk: Desk
    ) -> None:
        _pay(desk, "manual")
        refused = _pay(desk, "manual", account=desk.other_account)
        assert refused.code == "split_not_allowed"
        assert desk.the_payment().state == "pending"
        assert not desk.channel.calls_of(Operation.CLOSE)

    def test_it_is_sent_again_as_it_was(self, desk: Desk) -> None:
        desk.channel.answers(Operation.PAY, PayResult(Outcome.UNKNOWN))
        _pay(desk, "manual")
        desk.sweep_payments()
        first, again = (call.request for call in desk.channel.calls_of(Operation.PAY))
        assert first == again

    def test_an_order_that_is_not_split_costs_no_statement_more(
        self, desk: Desk, rule: SplitRule
    ) -> None:
        desk.pay("A0")
        with counting() as cost:
            assert desk.pay("A2", split={"mode": "none"}).status == 201
        assert len(cost.statements) <= INITIATION[0], cost
        with counting() as cost:
            assert desk.pay("A3", split={"mode": "rule"}).status == 201
        assert len(cost.statements) <= INITIATION[0] + 1, cost


class TestCheckouts:
    """``POST /api/v1/checkouts``, and what the page offers."""

    @pytest.mark.parametrize("mode", ["rule", "manual"])
    def test_the_order_keeps_the_mode(self, desk: Desk, rule: SplitRule, mode: str) -> None:
        assert _page(desk, mode).status == 201
        assert desk.order().split_mode == mode

    @pytest.mark.parametrize("mode", ["rule", "manual"])
    def test_a_page_that_could_offer_nothing_is_refused(self, desk: Desk, mode: str) -> None:
        refused = _page(desk, mode, payment_ids=[desk.other_account.payment_no])
        assert (refused.status, refused.code) == (409, "split_not_allowed")
        assert not Order.objects.exists()

    def test_a_page_without_a_rule_is_refused(self, desk: Desk) -> None:
        refused = _page(desk, "rule")
        assert (refused.status, refused.code) == (409, "split_not_allowed")
        assert "approve a split rule" in refused["detail"]

    def test_a_page_that_there_is_stays(self, desk: Desk, rule: SplitRule) -> None:
        first = _page(desk, "rule")
        rules.retire_rule(rule.pk, by="somebody", version=0)
        assert _page(desk, "rule")["checkout_url"] == first["checkout_url"]

    def test_another_mode_is_another_order(self, desk: Desk) -> None:
        _page(desk, "none")
        assert _page(desk, "manual").code == "order_mismatch"


class TestOffers:
    """Only accounts that can do it are offered."""

    def _accounts(self, mode: str) -> list[PaymentAccount]:
        return list(accounts_that_split(PaymentAccount.objects.order_by("pk"), mode))

    def test_whose_channel_can_split(self, desk: Desk, rule: SplitRule) -> None:
        make_rule(desk.other_account.channel_merchant, SHARE)
        both = [desk.account, desk.other_account]
        assert self._accounts("none") == both
        assert self._accounts("manual") == [desk.account]
        assert self._accounts("rule") == [desk.account]

    def test_by_rule_only_with_a_rule_in_effect(self, desk: Desk) -> None:
        assert self._accounts("rule") == []
        make_rule(desk.account.channel_merchant, SHARE, state="retired")
        assert self._accounts("rule") == []


def test_a_page_offers_only_accounts_that_can_split(
    checkout_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    splits = FakeSplits(checkout_desk.channel)
    monkeypatch.setattr(checkout_desk.channel, "splits", splits, raising=False)
    assert _page(checkout_desk, "manual").status == 201
    checkout = Checkout.objects.select_related("order__application", "order__merchant").get()
    assert [offer.account for offer in offers_of(checkout, Browser.PC)] == [checkout_desk.account]
    checkout.order.split_mode = "none"
    assert len(offers_of(checkout, Browser.PC)) == 2


def test_an_order_that_is_not_split_keeps_the_hash_it_had_before_there_were_splits() -> None:
    lines = (Line("物业费", 100, "3-1", "2026-11"),)
    order = OrderCommand(
        order_no="A1",
        amount=100,
        currency="CNY",
        subject="物业费",
        order_group_no="G1",
        lines=lines,
    )
    assert order.content_hash == "cf06ee70b67692f1e0c823455fed11e6b60ea6e3e92237ed6503e9f85d85e3be"
    hashes = {replace(order, split_mode=mode).content_hash for mode in ("none", "rule", "manual")}
    assert len(hashes) == 3
