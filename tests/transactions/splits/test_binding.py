"""Binding and unbinding at the channel: asked until it answers, with the same request."""

import logging
from datetime import timedelta

import pytest

from gateway.contract import ConfigurationError
from gateway.messages import Failure, Operation, Outcome
from gateway.models import ChannelCall
from gateway.split_messages import BindingReport, ReceiverBinding
from paycenter.kernel.clock import now
from tests.support.clock import Clock
from tests.support.split_desk import SplitDesk
from tests.support.workers import Workers
from transactions.models import Move, Receiver
from transactions.schedule import LEASE
from transactions.splits.binding import look_at_receiver
from transactions.splits.receivers import add_receiver, bind_again, unbind
from transactions.splits.sweeps import take_due_receivers
from transactions.tasks import sweep_receivers

ACCOUNT = "1900099301"
NAME = "阳光集团总部有限公司"
LOST = BindingReport(Outcome.UNKNOWN)
REFUSED = BindingReport(Outcome.FAILED, failure=Failure("NAME_MISMATCH", "another name"))
BIND, UNBIND = Operation.BIND_RECEIVER, Operation.UNBIND_RECEIVER


@pytest.fixture
def receiver(split_desk: SplitDesk) -> Receiver:
    """A receiver that is to be bound."""
    receiver = Receiver(
        channel_merchant=split_desk.desk.account.channel_merchant,
        label="总部",
        kind="merchant",
        relation="headquarter",
    )
    add_receiver(receiver, account=ACCOUNT, name=NAME)
    return receiver


def _read(receiver: Receiver) -> Receiver:
    return Receiver.objects.get(pk=receiver.pk)


def _asked(split_desk: SplitDesk, *operations: Operation) -> list[ReceiverBinding]:
    calls = split_desk.desk.channel.calls_of(*operations)
    return [call.request for call in calls if isinstance(call.request, ReceiverBinding)]


def _sweep() -> None:
    Receiver.objects.filter(due_at__isnull=False).update(due_at=now() - timedelta(seconds=1))
    sweep_receivers()


def _bound(receiver: Receiver) -> Receiver:
    look_at_receiver(receiver.pk)
    return _read(receiver)


def test_the_channel_hears_who_it_is(split_desk: SplitDesk, receiver: Receiver) -> None:
    look_at_receiver(receiver.pk)
    [binding] = _asked(split_desk, BIND)
    assert (binding.receiver.kind, binding.receiver.account) == ("merchant", ACCOUNT)
    assert (binding.name, binding.relation) == (NAME, "headquarter")


def test_one_the_channel_took_is_bound(split_desk: SplitDesk, receiver: Receiver) -> None:
    bound = look_at_receiver(receiver.pk)
    assert (bound.state, bound.due_at) == ("bound", None)
    assert Move.objects.get(subject="receiver").target == "bound"
    record = ChannelCall.objects.get(operation=BIND)
    assert (record.number, record.outcome) == (receiver.receiver_no, "succeeded")


def test_one_the_channel_refused_says_why(split_desk: SplitDesk, receiver: Receiver) -> None:
    split_desk.desk.channel.answers(BIND, REFUSED)
    refused = look_at_receiver(receiver.pk)
    assert (refused.state, refused.due_at) == ("refused", None)
    assert (refused.failure_code, refused.failure_message) == ("NAME_MISMATCH", "another name")


def test_a_lost_answer_is_asked_again_with_the_same_request(
    split_desk: SplitDesk, receiver: Receiver, clock: Clock
) -> None:
    split_desk.desk.channel.answers(BIND, LOST, LOST)
    waits = []
    for _ in range(2):
        unknown = look_at_receiver(receiver.pk)
        assert unknown.state == "binding"
        assert unknown.due_at is not None
        waits.append((unknown.due_at - now()).total_seconds())
    assert waits == [5, 15]
    _sweep()
    assert _read(receiver).state == "bound"
    first, second, third = _asked(split_desk, BIND)
    assert first == second == third


def test_one_that_is_tried_again_is_asked_under_another_number(
    split_desk: SplitDesk, receiver: Receiver
) -> None:
    split_desk.desk.channel.answers(BIND, REFUSED)
    refused = look_at_receiver(receiver.pk)
    bind_again(receiver.pk, by="operator", version=refused.version)
    assert _bound(receiver).state == "bound"
    first, second = _asked(split_desk, BIND)
    assert first.binding_serial_no != second.binding_serial_no


def test_unbinding_is_asked_alike(split_desk: SplitDesk, receiver: Receiver) -> None:
    unbind(receiver.pk, by="operator", version=_bound(receiver).version)
    split_desk.desk.channel.answers(UNBIND, LOST)
    assert look_at_receiver(receiver.pk).state == "unbinding"
    _sweep()
    ended = _read(receiver)
    assert (ended.state, ended.due_at) == ("unbound", None)
    first, second = _asked(split_desk, UNBIND)
    assert first == second
    assert first.binding_serial_no != _asked(split_desk, BIND)[0].binding_serial_no


@pytest.mark.parametrize(("missing", "state"), [(True, "unbound"), (False, "refused")])
def test_what_the_channel_does_not_know_is_unbound(
    split_desk: SplitDesk, receiver: Receiver, missing: bool, state: str
) -> None:
    unbind(receiver.pk, by="operator", version=_bound(receiver).version)
    refusal = Failure("INVALID_REQUEST", "no such receiver")
    split_desk.desk.channel.answers(
        UNBIND, BindingReport(Outcome.FAILED, missing=missing, failure=refusal)
    )
    assert look_at_receiver(receiver.pk).state == state


def test_what_is_bound_is_not_asked_about(split_desk: SplitDesk, receiver: Receiver) -> None:
    look_at_receiver(receiver.pk)
    look_at_receiver(receiver.pk)
    assert len(_asked(split_desk, BIND, UNBIND)) == 1


def test_a_late_answer_does_not_undo_what_a_person_wanted_meanwhile(
    split_desk: SplitDesk, receiver: Receiver
) -> None:
    """A worker whose lease ran out hears of the binding after another one, and of a person."""

    def overtaken(_: object) -> BindingReport:
        unbind(receiver.pk, by="operator", version=_bound(receiver).version)
        return BindingReport(Outcome.SUCCEEDED)

    split_desk.desk.channel.answers(BIND, overtaken)
    assert look_at_receiver(receiver.pk).state == "unbinding"


def test_a_late_doubt_does_not_make_due_what_is_bound_meanwhile(
    split_desk: SplitDesk, receiver: Receiver
) -> None:
    def overtaken(_: object) -> BindingReport:
        _bound(receiver)
        return LOST

    split_desk.desk.channel.answers(BIND, overtaken)
    bound = look_at_receiver(receiver.pk)
    assert (bound.state, bound.due_at) == ("bound", None)


def test_an_account_that_cannot_work_refuses_it_and_says_why(
    split_desk: SplitDesk, receiver: Receiver
) -> None:
    split_desk.desk.channel.answers(BIND, ConfigurationError("the key is missing"))
    refused = look_at_receiver(receiver.pk)
    assert (refused.state, refused.failure_code) == ("refused", "account_misconfigured")
    assert refused.failure_message == "the key is missing"


def test_the_sweep_takes_what_is_due_once(
    split_desk: SplitDesk, receiver: Receiver, clock: Clock
) -> None:
    assert take_due_receivers() == []
    Receiver.objects.update(due_at=now())
    assert take_due_receivers() == [(receiver.pk, "wechat")]
    assert take_due_receivers() == []
    clock.shift(LEASE.total_seconds())
    assert take_due_receivers() == [(receiver.pk, "wechat")]


def test_neither_messages_nor_logs_nor_records_tell_who_it_is(
    split_desk: SplitDesk, receiver: Receiver, workers: Workers, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    split_desk.desk.channel.answers(BIND, LOST, ConfigurationError("the key is missing"))
    _sweep()
    _sweep()
    kept = workers.kept("look_at_receiver")
    assert [message.args for message in kept] == [(receiver.pk,)] * 2
    assert {message.queue for message in kept} == {"channel.wechat"}
    records = str(list(ChannelCall.objects.values()))
    for told in (caplog.text, records, repr(_asked(split_desk, BIND))):
        assert NAME not in told
    for told in (caplog.text, records):
        assert ACCOUNT not in told
