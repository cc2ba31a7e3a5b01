"""The company's rule divides a payment when its money comes, and never stands in its way."""

from gateway.messages import Operation, Outcome
from gateway.split_messages import SplitReport, SplitRequest
from merchants.models import ChannelMerchant
from tests.support.desk import events
from tests.support.split_desk import SplitDesk, alerts, assert_books_agree, money, results
from tests.support.statements import counting
from transactions.models import Receiver, Split, SplitRelease


def test_money_that_came_is_divided_by_the_rule(split_desk: SplitDesk) -> None:
    rule = split_desk.rule({split_desk.receiver(): 100_000, split_desk.receiver(): 50_000})
    payment = split_desk.ready(rule=rule)
    split = Split.objects.get()
    assert (split.state, split.rule, split.split_no) == ("planned", rule, None)
    assert (split.release_rest, money(payment)) == (True, (1_500, 0, 0))
    split_desk.look()
    split_desk.look()
    assert results(split) == [(1_000, "succeeded"), (500, "succeeded")]
    [call] = split_desk.desk.channel.calls_of(Operation.SPLIT)
    assert call.request.release_rest is True
    assert len(events("split.finished")) == 1
    assert_books_agree(payment)


def test_the_same_success_again_plans_nothing(split_desk: SplitDesk) -> None:
    payment = split_desk.ready(rule=split_desk.rule({split_desk.receiver(): 100_000}))
    report = split_desk.desk.channel.payments[payment.serial_no]
    split_desk.desk.callback(report)
    assert Split.objects.count() == 1


def test_a_rule_that_gives_nothing_frees_the_money(split_desk: SplitDesk) -> None:
    split_desk.ready(rule=split_desk.rule({split_desk.receiver(): 1}))
    assert not Split.objects.exists()
    split_desk.look()
    assert SplitRelease.objects.get().state == "succeeded"


def test_who_is_not_bound_any_more_is_left_out_and_people_are_told(split_desk: SplitDesk) -> None:
    lost, kept = split_desk.receiver(), split_desk.receiver()
    rule = split_desk.rule({lost: 100_000, kept: 50_000})
    Receiver.objects.filter(pk=lost.pk).update(state="unbound")
    split_desk.ready(rule=rule)
    assert results(Split.objects.get()) == [(500, "pending")]
    [alert] = alerts("split_receiver_not_bound")
    assert alert.params["receivers"] == lost.receiver_no


def test_a_rule_that_gives_more_than_allowed_frees_the_money(split_desk: SplitDesk) -> None:
    rule = split_desk.rule({split_desk.receiver(): 300_000})
    ChannelMerchant.objects.update(max_split_ppm=299_999)
    payment = split_desk.ready(rule=rule)
    assert (payment.state, money(payment)) == ("succeeded", (0, 0, 0))
    assert not Split.objects.exists()
    split_desk.look()
    assert SplitRelease.objects.get().state == "succeeded"


def test_after_a_failed_rule_split_somebody_frees_the_money(split_desk: SplitDesk) -> None:
    def refusal(request: SplitRequest) -> SplitReport:
        return SplitReport(Outcome.FAILED, request.split_serial_no)

    split_desk.desk.channel.answers(Operation.SPLIT, refusal)
    payment = split_desk.ready(rule=split_desk.rule({split_desk.receiver(): 100_000}))
    split_desk.look()
    assert Split.objects.get().state == "failed"
    [alert] = alerts("split_failed")
    assert "releases it" in alert.text
    assert not SplitRelease.objects.exists()
    assert split_desk.release(payment)["state"] == "succeeded"


def test_a_payment_without_a_rule_costs_no_statement_more(split_desk: SplitDesk) -> None:
    payment = split_desk.desk.pending_payment()
    report = split_desk.desk.channel.paid(payment.serial_no)
    with counting() as cost:
        split_desk.desk.callback(report)
    assert not any("split" in text for text in cost.statements if text.startswith("INSERT"))
    assert len(cost.statements) == 10, cost
