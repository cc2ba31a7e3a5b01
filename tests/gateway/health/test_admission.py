"""May a new payment start here? What refuses it, for how long, and what it costs to find out."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from gateway.health.admission import (
    Reason,
    Unavailable,
    availability_of,
    check_admission,
    check_available,
)
from gateway.health.breaker import PROBE_SECONDS, seconds_to_wait
from gateway.health.scopes import scopes_of
from gateway.health.switching import switch_off
from merchants.models import ChannelSwitch, PaymentAccount
from paycenter.kernel import quick_redis
from paycenter.kernel.clock import now
from paycenter.kernel.errors import Problem
from tests.support.clock import Clock
from tests.support.health import open_breakers
from tests.support.parties import make_account, make_channel_merchant
from tests.support.statements import counting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

SECRET_REASON = "CANARY-the-company-is-being-audited"


@pytest.fixture
def account() -> PaymentAccount:
    """An account that works."""
    return make_account()


def _switch_off(account: PaymentAccount, *, seconds: int | None = None) -> None:
    ends_at = None if seconds is None else now() + timedelta(seconds=seconds)
    switch = ChannelSwitch(payment_account=account, reason=SECRET_REASON, ends_at=ends_at)
    switch_off(switch, by="operator")


def _refusal(account: PaymentAccount) -> Problem:
    with pytest.raises(Problem) as caught:
        check_admission(account)
    assert (caught.value.status, caught.value.code) == (503, "channel_unavailable")
    return caught.value


def test_what_works_is_admitted(account: PaymentAccount) -> None:
    check_admission(account)
    check_available(account)
    assert availability_of([account]) == {account.pk: None}


@pytest.mark.parametrize(
    ("seconds", "retry_after"), [(None, 300), (1, 1), (90, 90), (3_600, 3_600), (86_400, 3_600)]
)
def test_a_switch_refuses_until_its_end(
    account: PaymentAccount, seconds: int | None, retry_after: int
) -> None:
    _switch_off(account, seconds=seconds)
    problem = _refusal(account)
    assert problem.retry_after == retry_after
    assert SECRET_REASON not in problem.detail


def test_a_breaker_refuses_for_what_is_left_of_its_cool_down(
    account: PaymentAccount, clock: Clock
) -> None:
    open_breakers(account)
    assert _refusal(account).retry_after == 30
    clock.shift(20.5)
    assert _refusal(account).retry_after == 10


def test_a_breaker_that_is_half_open_refuses_all_but_one(
    account: PaymentAccount, clock: Clock
) -> None:
    open_breakers(account)
    clock.shift(30)
    check_available(account)
    check_admission(account)
    assert 0 < (_refusal(account).retry_after or 0) <= PROBE_SECONDS
    unavailable = availability_of([account])[account.pk]
    assert unavailable is not None
    assert unavailable.reason is Reason.CIRCUIT_OPEN


def test_looking_makes_no_probe(account: PaymentAccount, clock: Clock) -> None:
    open_breakers(account)
    clock.shift(30)
    for _ in range(3):
        check_available(account)
    assert seconds_to_wait(scopes_of(account)) == 0


def test_a_switch_comes_before_a_breaker_and_takes_no_probe(
    account: PaymentAccount, clock: Clock
) -> None:
    open_breakers(account)
    clock.shift(30)
    _switch_off(account, seconds=60)
    assert _refusal(account).retry_after == 60
    assert availability_of([account]) == {
        account.pk: Unavailable(Reason.SWITCHED_OFF, now() + timedelta(seconds=60))
    }
    assert seconds_to_wait(scopes_of(account)) == 0


def test_of_two_breakers_the_later_end_counts(account: PaymentAccount, clock: Clock) -> None:
    open_breakers(account, of_account_only=True)
    clock.shift(10)
    open_breakers(make_account(account.channel_merchant))
    assert _refusal(account).retry_after == 30
    ends = now() + timedelta(seconds=30)
    assert availability_of([account])[account.pk] == Unavailable(Reason.CIRCUIT_OPEN, ends)


@pytest.mark.parametrize("mode", ["dry_run", "off"])
def test_only_a_breaker_that_is_on_refuses(
    account: PaymentAccount, settings: Settings, mode: str
) -> None:
    open_breakers(account)
    settings.BREAKER_MODE = mode
    check_admission(account)
    assert availability_of([account]) == {account.pk: None}


def test_the_channels_breaker_refuses_every_account_of_it_the_accounts_own_one(
    account: PaymentAccount,
) -> None:
    sister = make_account(account.channel_merchant)
    elsewhere = make_account(make_channel_merchant(channel="alipay"))
    open_breakers(account, of_account_only=True)
    unavailable = availability_of([account, sister, elsewhere])
    assert [pk for pk, why in unavailable.items() if why] == [account.pk]
    open_breakers(sister)
    unavailable = availability_of([account, sister, elsewhere])
    assert [pk for pk, why in unavailable.items() if why] == [account.pk, sister.pk]


def test_a_list_costs_one_statement_and_one_round_trip(
    account: PaymentAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = [account, *(make_account(account.channel_merchant) for _ in range(20))]
    asked = []
    send = quick_redis._client().connection_pool.connection_class.send_packed_command

    def counted(self: object, *args: object, **options: object) -> None:
        asked.append(1)
        send(self, *args, **options)

    monkeypatch.setattr(
        quick_redis._client().connection_pool.connection_class, "send_packed_command", counted
    )
    availability_of(accounts)
    asked.clear()
    with counting() as cost:
        assert set(availability_of(accounts)) == {one.pk for one in accounts}
    assert (len(cost.statements), len(asked)) == (1, 1)


def test_an_account_known_to_be_on_costs_no_statement(account: PaymentAccount) -> None:
    vars(account)["is_switched_off"] = False
    with counting() as cost:
        check_admission(account)
    assert cost.statements == []


def test_a_switch_that_ended_since_the_account_was_read_refuses_nothing(
    account: PaymentAccount, clock: Clock
) -> None:
    _switch_off(account, seconds=5)
    vars(account)["is_switched_off"] = True
    clock.shift(5)
    check_admission(account)
