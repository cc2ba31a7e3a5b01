"""Closed, open, half open: what opens a breaker, what closes it, and who changes it."""

from collections import Counter

import pytest
from pytest_django import Settings

from gateway.health.breaker import (
    LONGEST_SECONDS,
    NOTED_ACCOUNTS,
    PROBE_SECONDS,
    Change,
    open_scopes,
    read_breakers,
    seconds_to_wait,
)
from gateway.health.observation import Observation
from gateway.health.scopes import failing_key, probe_key, state_key
from gateway.health.window import BUCKET_SECONDS, SECONDS, bucket_of
from gateway.messages import Trouble
from paycenter.kernel.clock import now
from tests.support.clock import Clock
from tests.support.health import (
    ACCOUNT,
    ASKED,
    ENDPOINT,
    OTHER_PAIR,
    PAID,
    PAIR,
    REFUSED,
    failed,
    names,
    record,
    server,
)
from tests.support.together import together

THIRD_PAIR = (ENDPOINT, "account:3")
COOL_DOWN = 30


@pytest.fixture(autouse=True)
def _stopped(clock: Clock) -> None:
    """Time passes where a test says so."""


def _open() -> None:
    assert names(record(failed(), 20)) == [(ENDPOINT, "closed", "open")]


class TestClosed:
    def test_it_opens_when_half_of_enough_calls_failed(self) -> None:
        record(PAID, 10)
        assert record(failed(), 9) == []
        assert record(failed()) == [Change(ENDPOINT, "closed", "open", 20, 10, COOL_DOWN)]

    def test_fewer_calls_prove_nothing(self) -> None:
        assert record(failed(), 19) == []
        assert seconds_to_wait(PAIR) == 0

    def test_fewer_failures_are_bearable(self) -> None:
        record(PAID, 21, pair=THIRD_PAIR)
        assert record(failed(), 20) == []
        assert names(record(failed())) == [(ENDPOINT, "closed", "open")]

    @pytest.mark.parametrize("answer", [PAID, ASKED, REFUSED])
    def test_answers_never_open_it_refusals_least_of_all(self, answer: Observation) -> None:
        record(failed(), 15)
        assert record(answer, 200) == []
        assert record(REFUSED, 200) == []

    def test_the_limits_are_settings(self, settings: Settings) -> None:
        settings.BREAKER_MIN_SAMPLE, settings.BREAKER_FAILURE_PERCENT = 4, 75
        settings.BREAKER_COOL_DOWN_SECONDS = 7
        record(PAID)
        assert record(failed(), 2) == []
        assert record(failed()) == [Change(ENDPOINT, "closed", "open", 4, 3, 7)]

    def test_what_left_the_window_does_not_count(self, clock: Clock) -> None:
        record(failed(), 19)
        clock.shift(SECONDS)
        assert record(failed()) == []

    def test_orders_that_are_not_taken_open_it_although_questions_are_answered(self) -> None:
        record(ASKED, 100)
        assert record(failed(), 19) == []
        assert record(failed()) == [Change(ENDPOINT, "closed", "open", 20, 20, COOL_DOWN)]

    def test_questions_that_are_not_answered_open_it_too(self) -> None:
        assert names(record(failed(paying=False), 20)) == [(ENDPOINT, "closed", "open")]


class TestScopes:
    @pytest.mark.parametrize("trouble", [Trouble.UNVERIFIED, Trouble.LIMITED])
    def test_trouble_of_one_account_is_no_reason_to_refuse_others(self, trouble: Trouble) -> None:
        assert names(record(failed(trouble), 20, pair=PAIR)) == [(ACCOUNT, "closed", "open")]
        assert seconds_to_wait(PAIR) > 0
        assert seconds_to_wait(OTHER_PAIR) == 0

    def test_an_account_opens_where_the_channel_works_for_others(self) -> None:
        record(PAID, 21, pair=OTHER_PAIR)
        assert names(record(failed(), 20, pair=PAIR)) == [(ACCOUNT, "closed", "open")]
        assert seconds_to_wait(OTHER_PAIR) == 0

    @pytest.mark.parametrize("paying", [True, False])
    def test_an_account_that_fails_alone_opens_its_own_breaker_only(self, *, paying: bool) -> None:
        call = failed(Trouble.SERVER_ERROR, paying=paying)
        assert names(record(call, 200, pair=PAIR)) == [(ACCOUNT, "closed", "open")]
        assert seconds_to_wait(PAIR) == COOL_DOWN
        assert seconds_to_wait(OTHER_PAIR) == 0

    def test_orders_of_one_account_that_fail_alone_open_nobody_elses(self) -> None:
        record(ASKED, 100)
        record(failed(paying=False), 1, pair=OTHER_PAIR)
        assert names(record(failed(), 40, pair=PAIR)) == [(ACCOUNT, "closed", "open")]
        assert open_scopes() == [ACCOUNT]

    def test_what_its_own_breaker_dealt_with_speaks_for_nobody_else(self, clock: Clock) -> None:
        record(failed(), 40, pair=PAIR)
        assert record(failed(), pair=OTHER_PAIR) == []
        clock.shift(COOL_DOWN)
        assert names(record(PAID, pair=PAIR)) == [(ACCOUNT, "half_open", "closed")]
        assert record(failed(), 10, pair=OTHER_PAIR) == []
        assert names(record(failed(), pair=THIRD_PAIR)) == [(ENDPOINT, "closed", "open")]

    def test_an_account_may_fail_for_the_channel_again_once_its_breaker_closed(
        self, clock: Clock
    ) -> None:
        record(failed(), 20, pair=PAIR)
        clock.shift(COOL_DOWN)
        record(PAID, pair=PAIR)
        clock.shift(BUCKET_SECONDS)
        record(failed(), pair=OTHER_PAIR)
        assert names(record(failed(), pair=PAIR)) == [(ENDPOINT, "closed", "open")]

    def test_an_account_whose_breaker_is_open_keeps_no_channel_from_closing(
        self, clock: Clock
    ) -> None:
        record(failed(), 20, pair=PAIR)
        record(failed(), pair=OTHER_PAIR)
        assert names(record(failed(), pair=THIRD_PAIR)) == [(ENDPOINT, "closed", "open")]
        clock.shift(COOL_DOWN)
        assert names(record(failed(), pair=PAIR)) == [(ACCOUNT, "half_open", "open")]
        assert names(record(PAID, pair=OTHER_PAIR)) == [(ENDPOINT, "half_open", "closed")]

    def test_accounts_that_failed_apart_are_one_outage(self, clock: Clock) -> None:
        record(failed(), 19, pair=PAIR)
        clock.shift(SECONDS - BUCKET_SECONDS)
        assert names(record(failed(), pair=OTHER_PAIR)) == [(ENDPOINT, "closed", "open")]

    def test_an_account_that_failed_before_the_window_is_forgotten(self, clock: Clock) -> None:
        record(failed(), pair=OTHER_PAIR)
        clock.shift(SECONDS)
        assert names(record(failed(), 20, pair=PAIR)) == [(ACCOUNT, "closed", "open")]

    def test_of_a_bucket_few_accounts_are_kept_and_not_for_long(self, clock: Clock) -> None:
        for number in range(NOTED_ACCOUNTS + 5):
            record(PAID, pair=(ENDPOINT, f"account:{number}"))
            record(failed(), pair=(ENDPOINT, f"account:{number}"))
        key = f"{failing_key(ENDPOINT)}{bucket_of(now())}"
        assert server().scard(key) == NOTED_ACCOUNTS
        assert 0 < server().ttl(key) <= SECONDS

    def test_an_outage_of_the_channel_is_one_change(self) -> None:
        for number in range(4):
            record(failed(), 5, pair=(ENDPOINT, f"account:{number}"))
        assert open_scopes() == [ENDPOINT]
        assert record(failed(), 50) == []
        assert seconds_to_wait((ENDPOINT, "account:99")) == COOL_DOWN

    def test_accounts_are_not_blamed_afterwards(self, clock: Clock) -> None:
        record(failed(), 50)
        clock.shift(COOL_DOWN)
        assert names(record(PAID, pair=OTHER_PAIR)) == [(ENDPOINT, "half_open", "closed")]
        assert record(failed(), 19) == []
        clock.shift(BUCKET_SECONDS)
        assert record(failed(), 19) == []
        assert names(record(failed())) == [(ENDPOINT, "closed", "open")]

    def test_one_answer_may_close_both(self, clock: Clock) -> None:
        record(failed(Trouble.UNVERIFIED), 20, pair=PAIR)
        record(failed(), 10, pair=OTHER_PAIR)
        record(failed(), 10, pair=THIRD_PAIR)
        assert open_scopes() == [ACCOUNT, ENDPOINT]
        clock.shift(COOL_DOWN)
        assert [change.scope for change in record(PAID)] == [ACCOUNT, ENDPOINT]
        assert open_scopes() == []


class TestOpen:
    def test_nothing_new_passes_for_the_cool_down(self, clock: Clock) -> None:
        _open()
        assert seconds_to_wait(PAIR) == COOL_DOWN
        clock.shift(COOL_DOWN - 1)
        assert seconds_to_wait(PAIR) == 1
        clock.shift(1)
        assert seconds_to_wait(PAIR) == 0

    def test_during_the_cool_down_no_word_counts(self) -> None:
        _open()
        assert record(PAID, 50) == []
        assert record(failed(), 50) == []
        assert seconds_to_wait(PAIR) == COOL_DOWN

    def test_it_is_shown_with_its_times(self, clock: Clock) -> None:
        _open()
        opened_at = now()
        breaker = read_breakers([ENDPOINT, ACCOUNT])[ENDPOINT]
        assert (breaker.since, breaker.is_half_open) == (opened_at, False)
        assert breaker.until is not None
        assert (breaker.until - opened_at).total_seconds() == COOL_DOWN
        clock.shift(COOL_DOWN)
        record(failed())
        assert read_breakers([ENDPOINT])[ENDPOINT].since == opened_at


class TestHalfOpen:
    @pytest.fixture(autouse=True)
    def _cooled_down(self, clock: Clock) -> None:
        _open()
        clock.shift(COOL_DOWN)

    def test_one_payment_at_a_time_is_the_probe(self) -> None:
        assert seconds_to_wait(PAIR) == 0
        assert 0 < seconds_to_wait(PAIR) <= PROBE_SECONDS
        assert 0 < seconds_to_wait(OTHER_PAIR) <= PROBE_SECONDS

    def test_a_probe_that_is_never_sent_makes_room_by_itself(self) -> None:
        assert seconds_to_wait(PAIR) == 0
        assert 0 < server().ttl(probe_key(ENDPOINT)) <= PROBE_SECONDS

    def test_looking_takes_no_probe(self) -> None:
        for _ in range(2):
            assert read_breakers([ENDPOINT])[ENDPOINT].until is None
        assert seconds_to_wait(PAIR) == 0
        assert read_breakers([ENDPOINT])[ENDPOINT].until is not None

    @pytest.mark.parametrize("answer", [PAID, REFUSED])
    def test_an_answer_closes_it(self, answer: Observation) -> None:
        seconds_to_wait(PAIR)
        assert record(answer) == [Change(ENDPOINT, "half_open", "closed", 0, 0, 0)]
        assert [seconds_to_wait(PAIR) for _ in range(3)] == [0, 0, 0]
        assert open_scopes() == []

    def test_a_failure_opens_it_for_twice_as_long_up_to_five_minutes(self, clock: Clock) -> None:
        for expected in (60, 120, 240, LONGEST_SECONDS, LONGEST_SECONDS):
            assert seconds_to_wait(PAIR) == 0
            assert record(failed()) == [Change(ENDPOINT, "half_open", "open", 0, 0, expected)]
            assert seconds_to_wait(PAIR) == expected
            clock.shift(expected)

    def test_the_next_outage_begins_with_the_short_cool_down(self, clock: Clock) -> None:
        record(failed())
        clock.shift(60)
        record(PAID)
        clock.shift(BUCKET_SECONDS)
        assert record(failed(), 20)[0].cool_down == COOL_DOWN

    def test_what_failed_before_it_closed_is_not_held_against_it(self, clock: Clock) -> None:
        record(PAID)
        clock.shift(BUCKET_SECONDS)
        assert record(failed(), 19) == []
        assert names(record(failed())) == [(ENDPOINT, "closed", "open")]

    def test_trouble_of_one_account_decides_nothing_for_all(self) -> None:
        assert record(failed(Trouble.UNVERIFIED)) == []
        assert open_scopes() == [ENDPOINT]

    def test_a_closed_breaker_is_forgotten_with_its_window(self) -> None:
        record(PAID)
        assert 0 < server().ttl(state_key(ENDPOINT)) <= SECONDS

    def test_an_open_one_is_not_forgotten(self) -> None:
        record(PAID)
        server().hset(state_key(ENDPOINT), "closed", bucket_of(now()) - 1)
        record(failed(), 20)
        assert server().ttl(state_key(ENDPOINT)) == -1


class TestWhoDecides:
    """The questions about payments may be answered while no payment can be placed."""

    @pytest.fixture(autouse=True)
    def _orders_failed(self, clock: Clock) -> None:
        _open()
        clock.shift(COOL_DOWN)

    @pytest.mark.parametrize("call", [ASKED, failed(paying=False)])
    def test_a_question_decides_nothing_where_orders_had_failed(self, call: Observation) -> None:
        assert record(call, 30) == []

    def test_an_order_decides(self) -> None:
        assert names(record(PAID)) == [(ENDPOINT, "half_open", "closed")]

    def test_a_question_decides_where_no_order_comes_for_a_cool_down_more(
        self, clock: Clock
    ) -> None:
        clock.shift(COOL_DOWN - 1)
        assert record(ASKED) == []
        clock.shift(1)
        assert names(record(ASKED)) == [(ENDPOINT, "half_open", "closed")]

    def test_an_order_that_fails_keeps_the_word(self, clock: Clock) -> None:
        record(failed())
        clock.shift(60)
        assert record(ASKED) == []


@pytest.mark.parametrize("orders", [0, 30])
def test_a_question_decides_where_only_questions_had_failed(clock: Clock, orders: int) -> None:
    record(PAID, orders, pair=THIRD_PAIR)
    for number in range(10, 20):
        record(failed(paying=False), 3, pair=(ENDPOINT, f"account:{number}"))
    clock.shift(COOL_DOWN)
    assert names(record(ASKED)) == [(ENDPOINT, "half_open", "closed")]


def test_of_many_workers_one_opens_it() -> None:
    record(failed(), 19)
    changes = [change for found in together(8, lambda _: record(failed())) for change in found]
    assert names(changes) == [(ENDPOINT, "closed", "open")]


def test_of_many_workers_one_closes_it(clock: Clock) -> None:
    _open()
    clock.shift(COOL_DOWN)
    changes = [change for found in together(8, lambda _: record(PAID)) for change in found]
    assert names(changes) == [(ENDPOINT, "half_open", "closed")]


def test_of_many_payments_one_becomes_the_probe(clock: Clock) -> None:
    _open()
    clock.shift(COOL_DOWN)
    waits = together(8, lambda _: seconds_to_wait(PAIR))
    assert Counter(wait > 0 for wait in waits) == {True: 7, False: 1}


def test_a_payment_that_one_breaker_refuses_is_not_the_probe_of_another(clock: Clock) -> None:
    record(failed(Trouble.UNVERIFIED), 20, pair=PAIR)
    clock.shift(COOL_DOWN)
    record(failed(), 10, pair=OTHER_PAIR)
    record(failed(), 10, pair=THIRD_PAIR)
    assert seconds_to_wait(PAIR) == COOL_DOWN
    assert not server().exists(probe_key(ACCOUNT))


class TestModes:
    def test_a_dry_run_does_everything_but_refuse(self, settings: Settings, clock: Clock) -> None:
        settings.BREAKER_MODE = "dry_run"
        _open()
        assert seconds_to_wait(PAIR) == 0
        clock.shift(COOL_DOWN)
        assert [seconds_to_wait(PAIR) for _ in range(3)] == [0, 0, 0]
        assert names(record(failed())) == [(ENDPOINT, "half_open", "open")]

    def test_switched_off_it_only_counts(self, settings: Settings) -> None:
        _open()
        settings.BREAKER_MODE = "off"
        assert seconds_to_wait(PAIR) == 0
        assert record(failed(), 50, pair=("channel:alipay", ACCOUNT)) == []
        assert open_scopes() == [ENDPOINT]
