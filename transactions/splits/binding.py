"""Making a receiver known to its channel, and ending that.

A binding moves no money, and a repeat of one is a success again: what is unknown is sent again with
the same request until the channel answers.
"""

import logging

from django.db import transaction

from gateway.calls import Called, call_channel
from gateway.contract import Channel, ConfigurationError, Transport
from gateway.messages import ChannelAccount, Failure, Operation, Outcome
from gateway.split_messages import BindingReport, ReceiverBinding, ReceiverKind, Relation
from gateway.split_messages import Receiver as KnownReceiver
from paycenter.kernel.clock import now
from paycenter.kernel.configuration import gettext_noop as _
from paycenter.kernel.inserts import insert
from transactions.models import Move, Receiver
from transactions.moves import move
from transactions.schedule import SPLIT, next_look
from transactions.services.effects import words_of
from transactions.split_lifecycle import BindingState
from transactions.splits.receivers import speaking_account

logger = logging.getLogger(__name__)

OPERATIONS = {
    BindingState.BINDING.value: Operation.BIND_RECEIVER,
    BindingState.UNBINDING.value: Operation.UNBIND_RECEIVER,
}
"""What is asked of the channel, by the state that waits for it."""


def look_at_receiver(receiver_id: int) -> Receiver:
    """Bind or unbind a receiver that is to be; returns it as it is now.

    An account that cannot work refuses it, as the channel would: whoever mends the account tries
    again.
    """
    receiver = Receiver.objects.select_related("channel_merchant").get(pk=receiver_id)
    if receiver.state not in OPERATIONS:
        return receiver
    try:
        called = _ask(receiver, OPERATIONS[receiver.state])
    except ConfigurationError as error:
        logger.error("receiver %s not sent: %s", receiver.receiver_no, error)
        refusal = Failure("account_misconfigured", str(error))
        _apply(receiver, BindingReport(Outcome.FAILED, failure=refusal))
    else:
        with transaction.atomic():
            insert(called.record)
            _apply(receiver, called.answer)
    return Receiver.objects.get(pk=receiver_id)


def _ask(receiver: Receiver, operation: Operation) -> Called[BindingReport]:
    account = speaking_account(receiver.channel_merchant)
    if account is None:
        raise ConfigurationError(_("the channel merchant has no payment account"))
    binding = _binding(receiver)

    def ask(channel: Channel, known: ChannelAccount, transport: Transport) -> BindingReport:
        splits = channel.splitting()
        if operation == Operation.BIND_RECEIVER:
            return splits.bind_receiver(known, binding, transport)
        return splits.unbind_receiver(known, binding, transport)

    Receiver.objects.filter(pk=receiver.pk).update(sent_at=now())
    return call_channel(account, operation, receiver.receiver_no, ask)


def _binding(receiver: Receiver) -> ReceiverBinding:
    """Return what is sent: the same until a person wants something else of the receiver."""
    return ReceiverBinding(
        binding_serial_no=f"{receiver.receiver_no}{receiver.version:05d}",
        receiver=KnownReceiver(ReceiverKind(receiver.kind), receiver.unseal("sealed_account")),
        name=receiver.unseal("sealed_name"),
        relation=Relation(receiver.relation),
        relation_text=receiver.relation_text,
    )


def _apply(receiver: Receiver, report: BindingReport) -> None:
    """Conclude from an answer; ``receiver`` is the row as it was before the channel was asked."""
    ends = receiver.state == BindingState.UNBINDING
    if report.outcome == Outcome.SUCCEEDED or (ends and report.missing):
        move(receiver, "confirm_end" if ends else "confirm", cause=Move.Cause.ANSWER)
    elif report.outcome == Outcome.FAILED:
        words = words_of(report.failure, otherwise="rejected")
        move(receiver, "refuse", cause=Move.Cause.ANSWER, **words)
    else:
        due_at = next_look(SPLIT, receiver.asked, now())
        unchanged = Receiver.objects.filter(pk=receiver.pk, version=receiver.version)
        unchanged.update(due_at=due_at, asked=receiver.asked + 1)
