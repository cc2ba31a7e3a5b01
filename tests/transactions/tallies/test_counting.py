"""Hours are counted when they are over and again when something in them changed, however late."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction

from merchants.models import PaymentAccount
from paycenter.kernel.clock import now
from tests.support.clock import START, Clock
from tests.support.parties import make_account
from tests.support.together import PATIENCE_SECONDS, together
from tests.transactions.tallies.facts import attempt, close, give_back, pay, send
from transactions.models import HourTally, Move, TallyProgress
from transactions.tallies import counting
from transactions.tallies.counting import HOUR, OVER_AFTER, count_due_hours, hour_of

MOMENT = START + timedelta(minutes=10)


@pytest.fixture
def account(transactional_db: None, clock: Clock) -> PaymentAccount:
    """A payment account; it is 16:00 in Shanghai."""
    return make_account()


def tally(account: PaymentAccount, hours: int = 0) -> HourTally:
    """Return the figures of the hour that began at the start, or of a later one."""
    return HourTally.objects.get(payment_account=account, hour=START + HOUR * hours)


def test_an_hour_is_counted_once_it_is_over(account: PaymentAccount, clock: Clock) -> None:
    payment = attempt(account, MOMENT)
    send(payment)
    clock.shift(HOUR)
    assert count_due_hours() == 0
    clock.shift(OVER_AFTER)
    assert count_due_hours() == 1
    found = tally(account)
    assert (found.opened, found.sent, found.succeeded) == (1, 1, 0)
    assert found.merchant == payment.merchant


def test_money_that_comes_late_counts_in_both_hours_it_concerns(
    account: PaymentAccount, clock: Clock
) -> None:
    payment = attempt(account, MOMENT)
    send(payment)
    clock.shift(3 * HOUR + OVER_AFTER)
    count_due_hours()
    assert tally(account).taken == 0
    pay(payment, MOMENT + HOUR)
    count_due_hours()
    assert (tally(account).succeeded, tally(account).taken) == (1, 0)
    later = tally(account, 1)
    assert (later.opened, later.paid, later.taken) == (0, 1, payment.amount)


def test_a_refund_of_an_hour_that_is_counted_is_found(
    account: PaymentAccount, clock: Clock
) -> None:
    payment = attempt(account, MOMENT)
    pay(payment, MOMENT)
    clock.shift(2 * HOUR + OVER_AFTER)
    count_due_hours()
    give_back(payment, MOMENT, amount=300)
    count_due_hours()
    assert (tally(account).refunds, tally(account).refunded) == (1, 300)


def test_counting_again_changes_nothing(account: PaymentAccount, clock: Clock) -> None:
    pay(attempt(account, MOMENT), MOMENT)
    clock.shift(HOUR + OVER_AFTER)
    count_due_hours()
    before = list(HourTally.objects.values())
    for _ in range(3):
        count_due_hours()
    counting.count_hours([START])
    assert list(HourTally.objects.values()) == before


def test_what_was_there_before_counting_began_is_counted(
    account: PaymentAccount, clock: Clock
) -> None:
    payment = attempt(account, MOMENT - timedelta(days=2))
    pay(payment, MOMENT - timedelta(days=3))
    count_due_hours()
    assert tally(account, -48).succeeded == 1
    assert tally(account, -72).taken == payment.amount


def test_a_round_is_bounded_and_the_next_one_goes_on(
    account: PaymentAccount, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "HOURS_AT_ONCE", 2)
    for hours in range(5):
        pay(attempt(account, MOMENT + HOUR * hours), MOMENT + HOUR * hours)
    clock.shift(5 * HOUR + OVER_AFTER)
    counts = [count_due_hours(), HourTally.objects.count(), count_due_hours()]
    assert counts[1] == 2
    count_due_hours()
    assert HourTally.objects.count() == 5
    assert TallyProgress.objects.get().until == hour_of(now())


def test_moves_are_read_in_bounded_parts(
    account: PaymentAccount, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    payments = [attempt(account, MOMENT) for _ in range(4)]
    clock.shift(HOUR + OVER_AFTER)
    count_due_hours()
    wait_until_settled()
    for payment in payments:
        close(payment)
    monkeypatch.setattr(counting, "MOVES_AT_ONCE", 3)
    begun, last = TallyProgress.objects.get().moves, Move.objects.latest("id").pk
    while (read := TallyProgress.objects.get().moves) < last:
        wait_until_settled()
        assert TallyProgress.objects.get().moves <= read + 3
    assert begun < last
    assert tally(account).on_way == 4


def wait_until_settled() -> None:
    """Let rounds pass until the marks are no longer held up by transactions of other tests."""
    for _ in range(100):
        progress = TallyProgress.objects.get()
        count_due_hours()
        if TallyProgress.objects.get().marked_by != progress.marked_by:
            return
        threading.Event().wait(0.1)
    raise AssertionError("a transaction of somebody else does not end")


def test_a_move_that_commits_after_later_ones_is_not_lost(
    account: PaymentAccount, clock: Clock
) -> None:
    slow, quick = attempt(account, MOMENT), attempt(account, MOMENT)
    clock.shift(HOUR + OVER_AFTER)
    count_due_hours()
    moved, may_commit = threading.Event(), threading.Event()

    def close_slowly() -> None:
        try:
            with transaction.atomic():
                close(slow)
                moved.set()
                assert may_commit.wait(PATIENCE_SECONDS)
        finally:
            connections.close_all()

    thread = threading.Thread(target=close_slowly)
    thread.start()
    assert moved.wait(PATIENCE_SECONDS)
    close(quick)
    for _ in range(3):
        count_due_hours()
    assert tally(account).on_way == 1
    may_commit.set()
    thread.join()
    count_due_hours()
    assert tally(account).on_way == 2


def test_moves_that_are_over_are_not_read_again(account: PaymentAccount, clock: Clock) -> None:
    payment = attempt(account, MOMENT)
    clock.shift(HOUR + OVER_AFTER)
    count_due_hours()
    close(payment)
    assert count_due_hours() == 1
    wait_until_settled()
    wait_until_settled()
    assert count_due_hours() == 0


def test_a_database_restored_elsewhere_counts_on(account: PaymentAccount, clock: Clock) -> None:
    payment = attempt(account, MOMENT)
    clock.shift(HOUR + OVER_AFTER)
    count_due_hours()
    close(payment)
    TallyProgress.objects.update(marked_by=2**60)
    count_due_hours()
    assert TallyProgress.objects.get().marked_by < 2**60
    wait_until_settled()
    assert TallyProgress.objects.get().moves == Move.objects.latest("id").pk


def test_of_many_who_count_at_once_one_does(account: PaymentAccount, clock: Clock) -> None:
    for hours in range(6):
        pay(attempt(account, MOMENT + HOUR * hours), MOMENT + HOUR * hours)
    clock.shift(6 * HOUR + OVER_AFTER)
    together(4, lambda _: count_due_hours())
    count_due_hours()
    assert HourTally.objects.count() == 6
    assert TallyProgress.objects.get().until == hour_of(now())


def test_whoever_comes_while_another_one_counts_does_nothing(
    account: PaymentAccount, clock: Clock
) -> None:
    attempt(account, MOMENT)
    count_due_hours()
    clock.shift(HOUR + OVER_AFTER)

    def count_at_once(_: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        return count_due_hours()

    with transaction.atomic():
        TallyProgress.objects.select_for_update().get()
        assert together(1, count_at_once) == [0]
    assert count_due_hours() == 1
