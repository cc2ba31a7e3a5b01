"""A split by hand is planned only if the channel, the contract and the money allow it."""

from datetime import timedelta
from typing import Any

import pytest

from gateway.messages import Operation
from merchants.models import ChannelMerchant
from paycenter.kernel.clock import now
from tests.support.clock import Clock
from tests.support.parties import make_channel_merchant
from tests.support.signing import Answer
from tests.support.split_desk import SplitDesk, money, results
from transactions.models import Order, Payment, Split, SplitShare


def _sent(split_desk: SplitDesk) -> int:
    return len(split_desk.desk.channel.calls_of(Operation.SPLIT))


def _errors(answer: Answer) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in answer["errors"]]


def test_a_split_is_planned_sent_and_shown(split_desk: SplitDesk) -> None:
    cleaner, guard = split_desk.receiver(), split_desk.receiver()
    payment = split_desk.ready()
    answer = split_desk.split(payment, {cleaner: 1_000, guard: 500}, release_rest=True)
    assert (answer.status, answer["state"], answer["amount"]) == (201, "processing", 1_500)
    assert [(one["receiver_id"], one["result"]) for one in answer["shares"]] == [
        (cleaner.receiver_no, "pending"),
        (guard.receiver_no, "pending"),
    ]
    assert money(payment) == (1_500, 0, 0)
    [call] = split_desk.desk.channel.calls_of(Operation.SPLIT)
    assert [share.amount for share in call.request.shares] == [1_000, 500]
    assert call.request.shares[0].receiver.account == cleaner.unseal("sealed_account")
    assert call.request.payment.channel_serial_no == payment.channel_serial_no
    assert call.request.release_rest is True


def test_before_the_earliest_time_it_is_planned_and_sent_then(
    clock: Clock, split_desk: SplitDesk
) -> None:
    payment = split_desk.paid()
    answer = split_desk.split(payment, {split_desk.receiver(): 1_000})
    assert (answer.status, answer["state"], _sent(split_desk)) == (201, "planned", 0)
    split_desk.look()
    assert _sent(split_desk) == 0
    clock.shift(60)
    split_desk.look()
    assert (Split.objects.get().state, _sent(split_desk)) == ("processing", 1)


def test_the_sweep_comes_by_itself_when_its_time_has_come(
    clock: Clock, split_desk: SplitDesk
) -> None:
    split_desk.split(split_desk.paid(), {split_desk.receiver(): 1_000})
    assert Split.objects.get().due_at == now() + timedelta(seconds=60)


def test_after_the_latest_time_nothing_is_planned(clock: Clock, split_desk: SplitDesk) -> None:
    payment = split_desk.paid()
    clock.shift(split_desk.splits.terms.latest_seconds + 1)
    answer = split_desk.split(payment, {split_desk.receiver(): 1_000})
    assert (answer.status, answer.code) == (409, "split_not_allowed")


def test_the_same_number_is_the_same_split(split_desk: SplitDesk) -> None:
    receiver, payment = split_desk.receiver(), split_desk.ready()
    first = split_desk.split(payment, {receiver: 1_000})
    again = split_desk.split(payment, {receiver: 1_000})
    assert (again.status, again["split_serial_no"]) == (200, first["split_serial_no"])
    assert (_sent(split_desk), money(payment)) == (1, (1_000, 0, 0))


def test_the_same_number_with_other_content_is_refused(split_desk: SplitDesk) -> None:
    receiver, payment = split_desk.receiver(), split_desk.ready()
    split_desk.split(payment, {receiver: 1_000})
    for answer in (
        split_desk.split(payment, {receiver: 999}),
        split_desk.split(payment, {receiver: 1_000}, release_rest=True),
        split_desk.split(split_desk.ready("A2"), {receiver: 1_000}),
    ):
        assert (answer.status, answer.code) == (409, "split_mismatch")


def test_one_split_at_a_time(split_desk: SplitDesk) -> None:
    receiver, payment = split_desk.receiver(), split_desk.ready()
    split_desk.split(payment, {receiver: 1_000})
    answer = split_desk.split(payment, {receiver: 1_000}, "S2")
    assert (answer.status, answer.code) == (409, "request_in_progress")
    split_desk.look()
    assert split_desk.split(payment, {receiver: 1_000}, "S3").status == 201


@pytest.mark.parametrize(
    "facts",
    [{"state": "refused"}, {"state": "unbound"}, {"state": "binding"}, {"state": "unbinding"}],
)
def test_a_receiver_that_is_not_bound_is_refused_by_its_field(
    facts: dict[str, Any], split_desk: SplitDesk
) -> None:
    shares = {split_desk.receiver(): 1, split_desk.receiver(**facts): 1}
    answer = split_desk.split(split_desk.ready(), shares)
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert _errors(answer) == [("shares[1].receiver_id", "unknown")]


def test_a_receiver_of_another_account_is_refused_as_one_nobody_knows(
    split_desk: SplitDesk,
) -> None:
    own = split_desk.desk.account.channel_merchant
    sibling = make_channel_merchant(own.merchant, channel="alipay")
    stranger = make_channel_merchant()
    payment = split_desk.ready()
    for owner in (sibling, stranger):
        answer = split_desk.split(payment, {split_desk.receiver(channel_merchant=owner): 1})
        assert _errors(answer) == [("shares[0].receiver_id", "unknown")]
    assert not Split.objects.exists()


def test_a_receiver_gets_one_share_of_a_split(split_desk: SplitDesk) -> None:
    share = {"receiver_id": split_desk.receiver().receiver_no, "amount": 1, "description": "费"}
    answer = split_desk.split(split_desk.ready(), {}, shares=[share, share])
    assert _errors(answer) == [("shares[1].receiver_id", "duplicate")]


def test_so_many_shares_at_most(split_desk: SplitDesk) -> None:
    most = split_desk.splits.terms.most_shares
    shares = {split_desk.receiver(): 1 for _ in range(most + 1)}
    answer = split_desk.split(split_desk.ready(), shares)
    assert _errors(answer) == [("shares", "max_length")]


def test_so_many_splits_at_most_and_failed_ones_do_not_count(split_desk: SplitDesk) -> None:
    receiver, payment = split_desk.receiver(), split_desk.ready()
    most = split_desk.splits.terms.most_splits
    for number in range(most):
        assert split_desk.split(payment, {receiver: 1}, f"S{number}").status == 201
        split_desk.look()
    answer = split_desk.split(payment, {receiver: 1}, "S9")
    assert (answer.status, answer.code) == (409, "split_not_allowed")
    Split.objects.filter(split_no="S0").update(state="failed")
    assert split_desk.split(payment, {receiver: 1}, "S9").status == 201


def test_shares_larger_than_what_is_left_are_refused(split_desk: SplitDesk) -> None:
    ChannelMerchant.objects.update(max_split_ppm=1_000_000)
    receiver, payment = split_desk.receiver(), split_desk.ready()
    split_desk.desk.refund(payment, amount=4_000)
    answer = split_desk.split(payment, {receiver: 6_001})
    assert (answer.status, answer.code) == (409, "split_exceeds_payment")
    assert "6000 of 10000 fen" in answer["detail"]
    assert split_desk.split(payment, {receiver: 6_000}, "S2").status == 201


@pytest.mark.parametrize(("agreed", "most"), [(None, 3_000), (200_000, 2_000), (0, 0)])
def test_all_shares_ever_keep_to_the_largest_ratio(
    agreed: int | None, most: int, split_desk: SplitDesk
) -> None:
    ChannelMerchant.objects.update(max_split_ppm=agreed)
    receiver, payment = split_desk.receiver(), split_desk.ready()
    answer = split_desk.split(payment, {receiver: most + 1})
    assert (answer.status, answer.code) == (409, "split_exceeds_payment")
    assert f"{most} fen are allowed" in answer["detail"]


def test_what_came_back_still_counts_against_the_ratio(split_desk: SplitDesk) -> None:
    receiver = split_desk.receiver()
    split = split_desk.shared({receiver: 2_000})
    split_desk.give_back(split, receiver, 2_000)
    answer = split_desk.split(split.payment, {receiver: 1_001}, "S2")
    assert "1000 fen are allowed" in answer["detail"]
    assert split_desk.split(split.payment, {receiver: 1_000}, "S3").status == 201


def test_what_failed_does_not_count_against_the_ratio(split_desk: SplitDesk) -> None:
    receiver = split_desk.receiver(account="1600000001")
    split_desk.splits.failing.add("1600000001")
    split = split_desk.shared({receiver: 3_000})
    assert results(split) == [(3_000, "failed")]
    assert split_desk.split(split.payment, {receiver: 3_000}, "S2").status == 201


@pytest.mark.parametrize("mode", ["none", "rule"])
def test_only_payments_made_for_splits_by_hand_are_split(mode: str, split_desk: SplitDesk) -> None:
    payment = split_desk.ready(mode=mode)
    answer = split_desk.split(payment, {split_desk.receiver(): 1})
    assert (answer.status, answer.code) == (409, "split_not_allowed")


def test_a_payment_that_did_not_succeed_is_not_split(split_desk: SplitDesk) -> None:
    payment = split_desk.desk.pending_payment()
    Order.objects.update(split_mode="manual")
    answer = split_desk.split(payment, {split_desk.receiver(): 1})
    assert (answer.status, answer.code) == (409, "split_not_allowed")


def test_a_duplicate_payment_is_not_split(split_desk: SplitDesk) -> None:
    payment = split_desk.ready()
    Payment.objects.update(settles_order=False)
    answer = split_desk.split(payment, {split_desk.receiver(): 1})
    assert (answer.status, answer.code) == (409, "split_not_allowed")


@pytest.mark.parametrize("split_first", [True, False])
def test_nothing_is_split_after_the_rest_was_freed(
    split_first: bool, split_desk: SplitDesk
) -> None:
    receiver, payment = split_desk.receiver(), split_desk.ready()
    if split_first:
        split_desk.split(payment, {receiver: 1}, release_rest=True)
        split_desk.look()
    else:
        assert split_desk.release(payment)["state"] == "succeeded"
    answer = split_desk.split(payment, {receiver: 1}, "S2")
    assert (answer.status, answer.code) == (409, "split_not_allowed")


def test_another_applications_payment_is_not_found(split_desk: SplitDesk) -> None:
    answer = split_desk.split(
        split_desk.ready(), {split_desk.receiver(): 1}, serial_no=f"P{'0' * 23}"
    )
    assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"shares": []}, "shares"),
        ({"release_rest": 1}, "release_rest"),
        ({"release_rest": "true"}, "release_rest"),
        ({"split_no": ""}, "split_no"),
        (
            {"shares": [{"receiver_id": "V1", "amount": 0, "description": "费"}]},
            "shares[0].amount",
        ),
        (
            {"shares": [{"receiver_id": "V1", "amount": 1, "description": " "}]},
            "shares[0].description",
        ),
    ],
)
def test_a_malformed_request_is_refused_by_its_field(
    changes: dict[str, Any], field: str, split_desk: SplitDesk
) -> None:
    answer = split_desk.split(split_desk.ready(), {split_desk.receiver(): 1}, **changes)
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert _errors(answer)[0][0] == field


def test_a_split_keeps_the_account_as_it_was(split_desk: SplitDesk) -> None:
    receiver = split_desk.receiver(account="1600000001")
    split_desk.split(split_desk.ready(), {receiver: 1})
    receiver.seal("sealed_account", "1600000002").save()
    assert SplitShare.objects.get().unseal("sealed_account") == "1600000001"
