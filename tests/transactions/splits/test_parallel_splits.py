"""Splits, refunds and returns of one payment at the same moment never exceed what was paid."""

from collections import Counter

from gateway.messages import Operation
from merchants.models import ChannelMerchant
from tests.support.signing import Answer
from tests.support.split_desk import SplitDesk, assert_books_agree, money
from tests.support.together import together
from transactions.models import Payment, Receiver, Refund, Split, SplitRelease, SplitReturn

AT_ONCE = 20


def _all_may_be_shared() -> None:
    ChannelMerchant.objects.update(max_split_ppm=1_000_000)


def _settle(split_desk: SplitDesk, payment: Payment) -> None:
    """Let everything that is due end, refunds as the channel's success."""
    for _ in range(4):
        split_desk.look()
        split_desk.desk.sweep_refunds()
        for number in list(split_desk.desk.channel.refunds):
            split_desk.desk.callback(split_desk.desk.channel.refunded(number))


def _assert_all_is_decided() -> None:
    for model in (Split, SplitReturn, SplitRelease, Refund):
        assert not model._default_manager.filter(due_at__isnull=False).exists(), model


def test_of_twenty_splits_at_once_one_is_taken(split_desk: SplitDesk) -> None:
    receiver, payment = split_desk.receiver(), split_desk.ready()
    answers = together(AT_ONCE, lambda n: split_desk.split(payment, {receiver: 3_000}, f"S{n}"))
    kinds = Counter(answer.code or answer.status for answer in answers)
    assert kinds == {201: 1, "request_in_progress": AT_ONCE - 1}
    assert money(payment) == (3_000, 0, 0)
    assert len(split_desk.desk.channel.calls_of(Operation.SPLIT)) == 1


def test_the_same_split_twenty_times_at_once_is_one(split_desk: SplitDesk) -> None:
    receiver, payment = split_desk.receiver(), split_desk.ready()
    answers = together(AT_ONCE, lambda _: split_desk.split(payment, {receiver: 3_000}))
    assert Counter(answer.status for answer in answers) == {201: 1, 200: AT_ONCE - 1}
    assert len({answer["split_serial_no"] for answer in answers}) == 1
    assert money(payment) == (3_000, 0, 0)


def test_twenty_returns_at_once_keep_to_the_share(split_desk: SplitDesk) -> None:
    receiver = split_desk.receiver()
    split = split_desk.shared({receiver: 3_000})
    answers = together(AT_ONCE, lambda n: split_desk.give_back(split, receiver, 1_000, f"T{n}"))
    kinds = Counter(answer.code or answer.status for answer in answers)
    assert kinds == {201: 3, "split_exceeds_payment": AT_ONCE - 3}
    _settle(split_desk, split.payment)
    assert money(split.payment) == (0, 0, 0)
    _assert_all_is_decided()
    assert_books_agree(split.payment)


def test_the_same_release_twenty_times_at_once_is_one(split_desk: SplitDesk) -> None:
    payment = split_desk.ready()
    answers = together(AT_ONCE, lambda _: split_desk.release(payment))
    assert Counter(answer.status for answer in answers) == {201: 1, 200: AT_ONCE - 1}
    assert SplitRelease.objects.count() == 1


def test_splits_refunds_and_returns_at_once_never_exceed_the_payment(
    split_desk: SplitDesk,
) -> None:
    _all_may_be_shared()
    first, second = split_desk.receiver(), split_desk.receiver()
    split = split_desk.shared({first: 2_000, second: 2_000})
    payment = split.payment

    def ask(n: int) -> Answer:
        return _one_of_three(split_desk, split, [first, second], n)

    answers = together(AT_ONCE, ask)
    assert {answer.status for answer in answers} <= {201, 409}
    shared, reserved, refunded = money(payment)
    assert shared + reserved + refunded <= payment.amount
    assert_books_agree(payment)
    _settle(split_desk, payment)
    _assert_all_is_decided()
    assert_books_agree(payment)


def _one_of_three(split_desk: SplitDesk, split: Split, receivers: list[Receiver], n: int) -> Answer:
    receiver = receivers[n % 2]
    if n % 3 == 0:
        return split_desk.split(split.payment, {receiver: 2_500}, f"P{n}")
    if n % 3 == 1:
        return split_desk.desk.refund(split.payment, f"R{n}", amount=3_300)
    return split_desk.give_back(split, receiver, 700, f"T{n}")


def test_a_refund_and_the_sending_of_the_split_it_needs_exclude_each_other(
    split_desk: SplitDesk,
) -> None:
    _all_may_be_shared()
    receiver = split_desk.receiver()
    for number in range(10):
        payment = split_desk.ready(f"A{number}", rule=split_desk.rule({receiver: 900_000}))
        split = Split.objects.get(payment=payment)

        def act(n: int, payment: Payment = payment) -> int:
            if n:
                return split_desk.desk.refund(payment, f"R{payment.pk}", amount=5_000).status
            split_desk.look()
            return 0

        refused = together(2, act)[1] == 409
        split.refresh_from_db()
        was_sent = split.split_serial_no in split_desk.splits.splits
        assert was_sent == (split.state != "cancelled") == refused
        assert money(payment) == ((9_000, 0, 0) if was_sent else (0, 5_000, 0))
