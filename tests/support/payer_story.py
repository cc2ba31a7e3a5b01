"""The scene of a story about payers: an application, two forgetful channels, and what must hold.

A payer owes something every month: in one under two order numbers of a group, in the next under a
number that stands alone. What was tried in the past goes on beside.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet

from gateway.messages import Operation, Outcome, PaymentReport, RefundReport
from gateway.registry import CHANNELS
from notifications.models import Delivery
from tests.support.clock import START, Clock
from tests.support.deaths import Death, Deaths
from tests.support.desk import open_desk
from tests.support.fake_channel import PAID_AT, callback_body
from tests.support.forgetful_channel import ForgetfulChannel, ForgetfulPageChannel, moved_money
from tests.support.laws import broken_laws
from tests.support.told_application import ToldApplication
from tests.support.workers import Message, Workers
from transactions.invariants.verifying import verify
from transactions.lifecycle import OPEN_PAYMENT, OPEN_REFUND
from transactions.models import DuplicatePayment, Payment, Refund
from transactions.services.closing import expire_orders
from transactions.tasks import sweep_payments, sweep_refunds

WINDOW = 15
REFUSALS = {"attempt_too_soon", "order_paid", "order_closed"}
ROUNDS = 4
"""Within so many rounds of five hours everything has ended that channels answer about."""
FAR_AWAY = START + timedelta(days=9_999)


class Scene:
    """Everybody who takes part. ``words`` is what the channels said, or have still to say."""

    def __init__(self, clock: Clock, workers: Workers) -> None:
        clock.move_to(START)
        workers.resume()
        workers.messages.clear()
        # What another story left open is none of this one's business.
        Payment.objects.filter(due_at__isnull=False).update(due_at=FAR_AWAY)
        Refund.objects.filter(due_at__isnull=False).update(due_at=FAR_AWAY)
        Delivery.objects.filter(due_at__isnull=False).update(due_at=FAR_AWAY)
        self.broken_before = verify(None)
        self.clock = clock
        self.workers = workers
        self.channels = [ForgetfulChannel(), ForgetfulPageChannel()]
        CHANNELS.update({channel.code: channel for channel in self.channels})
        self.desk = open_desk(*self.channels)
        self.month = 1
        self.channel_of: dict[str, ForgetfulChannel] = {}
        self.words: list[PaymentReport | RefundReport] = []
        self.asked: dict[tuple[Operation, str], Any] = {}
        self.deaths = Deaths()
        self.application = ToldApplication(self.desk.application.pk)

    @property
    def serial_nos(self) -> list[str]:
        """The attempts made so far, oldest first."""
        return list(self.channel_of)

    def live(self, step: Callable[[], None]) -> None:
        """Take a step, in which the machine may die; whatever comes next finds it started again."""
        try:
            with self.deaths.possible():
                step()
        except Death:
            self.workers.resume()
            self._find_what_nobody_was_answered()

    def _find_what_nobody_was_answered(self) -> None:
        for payment in self.payments().exclude(serial_no__in=self.channel_of):
            elsewhere = payment.payment_account_id == self.desk.other_account.pk
            self.channel_of[payment.serial_no] = self.channels[elsewhere]

    def unpaid(self) -> list[str]:
        """Return the attempts that a channel knows and nobody paid, oldest first."""
        return [
            serial_no
            for serial_no, channel in self.channel_of.items()
            if channel.is_payable(serial_no) or channel.was_closed(serial_no)
        ]

    def pay(self, *, elsewhere: bool, page: bool, second: bool) -> None:
        """Ask for a payment of this month's order: at the other channel, on its page, ...

        ``second``: under the order's second number, where it has one.
        """
        account = self.desk.other_account if elsewhere else self.desk.account
        grouped = self.month % 2 == 1
        answer = self.desk.pay(
            f"{self.month}-{int(second and grouped)}",
            account=account,
            invoke_method="wap" if page else "qr_code",
            **({"order_group_no": f"{self.month}"} if grouped else {}),
        )
        assert answer.status in {200, 201, 202} or answer.code in REFUSALS, answer
        if answer.code not in REFUSALS:
            self.channel_of.setdefault(answer["serial_no"], self.channels[elsewhere])
        elif answer.code != "attempt_too_soon":
            self.month += 1

    def hurry(self, operation: Operation, *, told: bool) -> None:
        """Let a payer pay what a channel is asked about next, at that very moment."""
        for channel in self.channels:
            channel.meanwhile(operation, partial(self._hurry, channel, told))

    def _hurry(self, channel: ForgetfulChannel, told: bool, serial_no: str) -> None:
        self.channel_of.setdefault(serial_no, channel)
        self.take_money(serial_no, told=told)

    def take_money(self, serial_no: str, *, told: bool) -> None:
        """Let the payer pay; ``told``: the channel says so at once."""
        word = self.channel_of[serial_no].take_money(serial_no)
        if word is not None:
            self.words.append(word)
            if told:
                self.deliver(word)

    def deliver(self, word: PaymentReport | RefundReport) -> None:
        """Let a channel call."""
        first = self.channel_of[word.serial_no] is self.channels[0]
        account = self.desk.account if first else self.desk.other_account
        assert self.desk.callback(word, account=account).content == b"ok"

    def lie(self, serial_no: str, *, more: int, genuine: bool, elsewhere: bool) -> None:
        """Let somebody say that a payment succeeded, which it did not.

        By ``more`` fen than was asked for; in words that are not ``genuine``; or another account's
        channel says so.
        """
        channel = self.channel_of[serial_no]
        known = channel.payments.get(serial_no)
        if known is None or known.outcome == Outcome.SUCCEEDED:
            return
        word = replace(
            known,
            outcome=Outcome.SUCCEEDED,
            amount=(known.amount or 0) + more,
            closed=False,
            channel_serial_no=f"66{serial_no}",
            paid_at=PAID_AT,
        )
        first = channel is self.channels[0]
        account = self.desk.account if first != elsewhere else self.desk.other_account
        headers = {"X-Fake-Signature": "genuine" if genuine else "forged"}
        self.desk.raw_callback(callback_body(word), account=account, headers=headers)

    def sweep(self) -> None:
        """Take up what is due."""
        sweep_payments()
        sweep_refunds()
        expire_orders()

    def messages(self) -> list[Message]:
        """Return the messages to workers of channels, those that were worked on too."""
        return [one for one in self.workers.messages if one.queue.startswith("channel.")]

    def payments(self) -> QuerySet[Payment]:
        """Return the application's payments."""
        return Payment.objects.filter(order__application=self.desk.application)

    def refunds(self) -> QuerySet[Refund]:
        """Return its refunds."""
        return Refund.objects.filter(application=self.desk.application)

    def duplicates(self) -> QuerySet[DuplicatePayment]:
        """Return its duplicate payments."""
        return DuplicatePayment.objects.filter(payment__in=self.payments())

    def assert_nothing_is_wrong(self) -> None:
        """No law is broken, and what the channels say fits what we say."""
        broken = broken_laws(self.desk.application, window=WINDOW)
        assert broken == [], broken
        self._assert_what_we_booked_happened()
        self._assert_what_we_ended_is_not_payable()
        self._assert_one_number_means_one_thing()

    def _assert_what_we_booked_happened(self) -> None:
        paid = self.payments().filter(state="succeeded")
        for number, amount in paid.values_list("serial_no", "amount"):
            known = self.channel_of[number].payments[number]
            assert (known.outcome, known.amount) == (Outcome.SUCCEEDED, amount), known
        returned = self.refunds().filter(state="succeeded")
        named = ("payment__serial_no", "refund_serial_no", "amount")
        for serial_no, number, amount in returned.values_list(*named):
            told = self.channel_of[serial_no].refunds[number]
            assert (told.outcome, told.amount) == (Outcome.SUCCEEDED, amount), told

    def _assert_what_we_ended_is_not_payable(self) -> None:
        """Neither what has ended, nor what another attempt followed inside the window."""
        ended = Q(state__in=["failed", "closed"])
        followed = Q(repeated_by__repeat_gap_ms__lt=WINDOW * 1_000)
        for number in self.payments().filter(ended | followed).values_list("serial_no", flat=True):
            assert not self.channel_of[number].is_payable(number), number

    def _assert_one_number_means_one_thing(self) -> None:
        """Whatever is asked of a channel again under a number is the same as before."""
        for channel in self.channels:
            for call in channel.wishes:
                first = self.asked.setdefault((call.operation, call.number), call.request)
                assert call.request == first, call

    def end(self) -> None:
        """Let the channels say all they know and time pass: then everything has ended."""
        self.workers.resume()
        self.deaths.stay_away()
        for channel in self.channels:
            channel.behave()
        self._tell_everything()
        for _ in range(ROUNDS):
            if self._is_something_open():
                self.clock.shift(5 * 3_600)
                self.sweep()
                self._tell_everything()
        # What succeeded late fits only once the refund that was sent in its place has failed.
        self._tell_everything()
        self.assert_nothing_is_wrong()
        assert not self._is_something_open()
        booked = list(self.payments().filter(state="succeeded"))
        taken = sum(moved_money(channel.payments) for channel in self.channels)
        assert sum(payment.amount for payment in booked) == taken
        returned = sum(moved_money(channel.refunds) for channel in self.channels)
        assert sum(payment.refunded for payment in booked) == returned
        self.application.is_told_everything(self.clock)
        self.application.assert_everything_was_heard()
        assert verify(None) == self.broken_before

    def _is_something_open(self) -> bool:
        payments = self.payments().filter(state__in=OPEN_PAYMENT)
        return payments.exists() or self.refunds().filter(state__in=OPEN_REFUND).exists()

    def _tell_everything(self) -> None:
        for channel in self.channels:
            for number in channel.refunds:
                if channel.refunds[number].outcome == Outcome.PENDING:
                    channel.end_refund(number, Outcome.SUCCEEDED)
            words: list[PaymentReport | RefundReport] = [
                *channel.payments.values(),
                *channel.refunds.values(),
            ]
            for word in words:
                if word.outcome != Outcome.PENDING:
                    self.deliver(word)
