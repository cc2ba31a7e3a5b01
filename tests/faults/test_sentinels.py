"""Redis behind Sentinels: another server takes the place of the one that died, by itself."""

import secrets
import time
from collections.abc import Iterator

import pytest
import requests

from tests.faults.agreement import assert_paid_and_refunded
from tests.faults.application import REFUND, Application
from tests.faults.center import INITIATE_WAIT_SECONDS, Center, running_center
from tests.faults.channel import Channel
from tests.faults.conftest import Installation
from tests.faults.load import (
    assert_all_ordered_once,
    assert_some_can_be_paid,
    assert_worker_hears_at_once,
    load,
)
from tests.faults.sentinels import assert_replaceable, name_of_primary, watched_valkeys
from tests.faults.stories import paid_order
from tests.faults.waiting import eventually
from transactions.checkout.guarding import WRONG_TOKENS_PER_MINUTE
from transactions.services.checkouts import checkout_path

pytestmark = pytest.mark.slow

LONGEST_ANSWER = INITIATE_WAIT_SECONDS + 1.0
"""Seconds; what a request waits for its worker, and half a second twice for the broker."""
REST_SECONDS = 0.5


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """A center that asks Sentinels, in place of the one that knows a single Valkey."""
    with running_center(plan_messaging=watched_valkeys) as (center, credentials):
        application = Application(credentials, receiver_url=center.at.receiver_url)
        yield Installation(center, application, Channel(center.at.sandbox_url))


@pytest.fixture
def primary(center: Center) -> str:
    """The server that is to die, once another one can take its place."""
    eventually(lambda: assert_replaceable(center.at.redis_url))
    return name_of_primary(center.at.redis_url)


def test_payments_go_on_while_the_primary_is_replaced_and_hints_go_on_after(
    primary: str, center: Center, application: Application, channel: Channel
) -> None:
    refunded_order, refunded = paid_order(application, channel)
    with load(application, keep_alive=True, pause=REST_SECONDS) as seen:
        time.sleep(1)
        center.kill(primary)
        started = time.monotonic()
        assert application.ask_refund(refunded, f"RF-{refunded_order}").status == 201
        assert application.ask(application.new_order()).status == 202
        assert time.monotonic() - started < 2 * LONGEST_ANSWER
        eventually(lambda: assert_worker_hears_at_once(application))
    assert name_of_primary(center.at.redis_url) != primary
    assert {status for _, status in seen.answered} == {201, 202}, "some were asked meanwhile"
    assert_all_ordered_once(center, application, seen)
    assert_some_can_be_paid(application, channel, seen)
    assert_paid_and_refunded(application, channel, refunded_order, refunded=REFUND)


def test_without_a_primary_limits_let_pass_and_a_nonce_still_serves_once(
    primary: str, center: Center, application: Application
) -> None:
    question = application.signed_question()
    assert _status(question) == 200
    eventually(lambda: _assert_guessing_is_limited(center))
    center.kill(primary)
    assert _guess(center) == 404
    assert _status(question) == 401
    eventually(lambda: _assert_guessing_is_limited(center))
    assert name_of_primary(center.at.redis_url) != primary
    assert _status(question) == 401


def _assert_guessing_is_limited(center: Center) -> None:
    assert 429 in [_guess(center) for _ in range(WRONG_TOKENS_PER_MINUTE + 1)]


def _guess(center: Center) -> int:
    """Ask for a payer's page that does not exist, as somebody who tries addresses does."""
    path = checkout_path(secrets.token_urlsafe(24))
    return requests.get(f"{center.at.web_url}{path}", timeout=10).status_code


def _status(question: requests.PreparedRequest) -> int:
    return requests.Session().send(question, timeout=10).status_code
