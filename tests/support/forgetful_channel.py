"""Two fake channels whose answers get lost, and whose payers act while they are being asked.

They keep their books like the others. A test says of the next call of an operation that its answer
does not arrive, whether or not what was asked for happened, or what else happens meanwhile.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeVar

from gateway.contract import Transport
from gateway.messages import (
    ChannelAccount,
    Operation,
    Outcome,
    PaymentRef,
    PaymentReport,
    PayRequest,
    PayResult,
    RefundReport,
    RefundRequest,
)
from paycenter.kernel.clock import now
from tests.support.fake_channel import Call, FakeChannel, PageFakeChannel, Result

R = TypeVar("R", bound=Result)
Meanwhile = Callable[[str], None]
"""What else happens while the payment with this serial number is asked about."""


def moved_money(books: Mapping[str, PaymentReport | RefundReport]) -> int:
    """Return the sum of what succeeded, in fen."""
    return sum(one.amount or 0 for one in books.values() if one.outcome == Outcome.SUCCEEDED)


class ForgetfulChannel(FakeChannel):
    """Loses answers when told to; its payers pay even what was closed a moment too late."""

    def __init__(self) -> None:
        super().__init__()
        self.wishes: list[Call] = []
        """What was asked for under which number, also what got lost on the way."""
        self._losses: dict[Operation, bool] = {}
        self._meanwhile: dict[Operation, Meanwhile] = {}

    def lose(self, operation: Operation, *, happens: bool) -> None:
        """Lose the next answer of an operation; ``happens``: only the answer, not the request."""
        self._losses[operation] = happens

    def meanwhile(self, operation: Operation, what: Meanwhile) -> None:
        """Let something happen at the next call of an operation: before a close, after others."""
        self._meanwhile[operation] = what

    def behave(self) -> None:
        """Forget what was to go wrong."""
        self._losses.clear()
        self._meanwhile.clear()

    def is_payable(self, serial_no: str) -> bool:
        """Whether a payer could pay this now."""
        known = self.payments.get(serial_no)
        return known is not None and known.outcome == Outcome.PENDING

    def was_closed(self, serial_no: str) -> bool:
        """Whether it was closed before anybody paid."""
        known = self.payments.get(serial_no)
        return known is not None and known.closed

    def take_money(self, serial_no: str) -> PaymentReport | None:
        """Let the payer pay; returns the channel's word, None when there is nothing to pay."""
        known = self.payments.get(serial_no)
        if known is None or known.outcome == Outcome.SUCCEEDED:
            return None
        return self.paid(serial_no)

    def end(self, serial_no: str) -> PaymentReport | None:
        """End a payment that nobody paid; returns the channel's word, None when it had ended."""
        known = self.payments.get(serial_no)
        if known is None or known.outcome != Outcome.PENDING:
            return None
        self.payments[serial_no] = replace(known, outcome=Outcome.FAILED, closed=True)
        return self.payments[serial_no]

    def end_refund(self, refund_serial_no: str, outcome: Outcome) -> RefundReport:
        """Return money or refuse to, also what was refused before; returns the channel's word.

        What went back stays so, and never more goes back than was paid.
        """
        known = self.refunds[refund_serial_no]
        if known.outcome == Outcome.SUCCEEDED:
            return known
        siblings = {no: one for no, one in self.refunds.items() if one.serial_no == known.serial_no}
        paid = self.payments[known.serial_no].amount or 0
        fits = moved_money(siblings) + (known.amount or 0) <= paid
        return self.refunded(refund_serial_no, outcome=outcome if fits else Outcome.FAILED)

    def pay(self, account: ChannelAccount, request: PayRequest, transport: Transport) -> PayResult:
        """Take the payment; launch data that are computed here cannot get lost."""
        self.wishes.append(Call(Operation.PAY, request.serial_no, request))
        take = partial(super().pay, account, request, transport)
        if request.invoke_method in self.local_launch:
            return take()
        return self._answer(Operation.PAY, request.serial_no, take, PayResult(Outcome.UNKNOWN))

    def query(
        self, account: ChannelAccount, payment: PaymentRef, transport: Transport
    ) -> PaymentReport:
        """Say what the books say."""
        look = partial(super().query, account, payment, transport)
        unknown = PaymentReport(Outcome.UNKNOWN, payment.serial_no)
        return self._answer(Operation.QUERY, payment.serial_no, look, unknown)

    def close(
        self, account: ChannelAccount, payment: PaymentRef, transport: Transport
    ) -> PaymentReport:
        """Close what is open."""
        shut = partial(super().close, account, payment, transport)
        unknown = PaymentReport(Outcome.UNKNOWN, payment.serial_no)
        return self._answer(Operation.CLOSE, payment.serial_no, shut, unknown)

    def refund(
        self, account: ChannelAccount, request: RefundRequest, transport: Transport
    ) -> RefundReport:
        """Take the refund and work on it."""
        self.wishes.append(Call(Operation.REFUND, request.refund_serial_no, request))
        take = partial(super().refund, account, request, transport)
        unknown = RefundReport(Outcome.UNKNOWN, request.refund_serial_no)
        return self._answer(Operation.REFUND, request.payment.serial_no, take, unknown)

    def _answer(self, operation: Operation, serial_no: str, act: Callable[[], R], unknown: R) -> R:
        meanwhile = self._meanwhile.pop(operation, None)
        happens = self._losses.pop(operation, None)
        if meanwhile and operation == Operation.CLOSE:
            meanwhile(serial_no)
        answer = unknown if happens is False else act()
        if meanwhile and operation != Operation.CLOSE:
            meanwhile(serial_no)
        return answer if happens is None else unknown


class ForgetfulPageChannel(ForgetfulChannel, PageFakeChannel):
    """The same, whose own page is only a link that can be followed until it expires."""

    def is_payable(self, serial_no: str) -> bool:
        """Whoever holds a link can follow it, until it expires."""
        return super().is_payable(serial_no) or self._is_unused_link(serial_no)

    def take_money(self, serial_no: str) -> PaymentReport | None:
        """Let the payer come first, where the channel does not know the payment."""
        if self._is_unused_link(serial_no):
            self.come(serial_no)
        return super().take_money(serial_no)

    def _is_unused_link(self, serial_no: str) -> bool:
        if serial_no in self.payments or serial_no not in self.links:
            return False
        request, _, _ = self.links[serial_no]
        return now() < request.expires_at
