"""A nonce serves once per key: in a row, at once, after a refusal, and whatever Redis forgot."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from gateway.messages import Operation
from merchants.models import UsedNonce
from merchants.signed_requests import CLOCK_TOLERANCE_SECONDS, NONCE_LIFETIME
from merchants.tasks import forget_nonces
from paycenter.kernel.clock import now
from tests.support.clock import Clock
from tests.support.desk import PAYMENTS, Desk
from tests.support.parties import make_key
from tests.support.signing import SigningClient
from tests.support.together import together
from transactions.models import Payment

ACCOUNTS = "/api/v1/payment-accounts"
NONCE = "0123456789abcdef"
AT_ONCE = 20


def test_a_read_is_answered_once(desk: Desk) -> None:
    assert desk.client.get(ACCOUNTS, nonce=NONCE).status == 200
    answer = desk.client.get(ACCOUNTS, nonce=NONCE)
    assert (answer.status, answer.code) == (401, "nonce_reused")


def test_a_write_is_done_once(desk: Desk) -> None:
    body = desk.order_body()
    assert desk.client.post(PAYMENTS, body, nonce=NONCE).status == 201
    assert desk.client.post(PAYMENTS, body, nonce=NONCE).code == "nonce_reused"
    assert desk.client.post(PAYMENTS, desk.order_body("A2"), nonce=NONCE).code == "nonce_reused"
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    "changes", [{"amount": 0}, {"payment_id": "P0000000000"}, {"invoke_method": "app"}]
)
def test_a_refused_request_spends_its_nonce(desk: Desk, changes: dict[str, Any]) -> None:
    refused = desk.client.post(PAYMENTS, desk.order_body(**changes), nonce=NONCE)
    assert refused.status in {400, 404}
    assert desk.client.post(PAYMENTS, desk.order_body(), nonce=NONCE).code == "nonce_reused"


@pytest.mark.parametrize("command", ["close", "sync"])
def test_a_command_refused_for_its_body_spends_its_nonce(desk: Desk, command: str) -> None:
    path = f"{PAYMENTS}/{desk.pay()['serial_no']}/{command}"
    assert desk.client.post(path, {"force": True}, nonce=NONCE).code == "invalid_request"
    assert desk.client.post(path, nonce=NONCE).code == "nonce_reused"


def test_a_request_that_came_too_soon_spends_its_nonce(desk: Desk) -> None:
    serial_no = desk.pay()["serial_no"]
    desk.channel.answers(Operation.QUERY, desk.channel.payments[serial_no])
    body = desk.order_body(account=desk.other_account)
    assert desk.client.post(PAYMENTS, body, nonce=NONCE).code == "attempt_too_soon"
    assert desk.client.post(PAYMENTS, body, nonce=NONCE).code == "nonce_reused"


def test_a_request_nobody_signed_spends_nothing(desk: Desk) -> None:
    """Otherwise anybody could use up the nonces of others."""
    SigningClient(desk.client.key_id, "sk_wrong").get(ACCOUNTS, nonce=NONCE)
    assert desk.client.get(ACCOUNTS, nonce=NONCE).status == 200


def test_of_twenty_at_once_one_is_answered(desk: Desk) -> None:
    answers = together(AT_ONCE, lambda _: desk.client.get(ACCOUNTS, nonce=NONCE))
    kinds = Counter(answer.code or answer.status for answer in answers)
    assert kinds == {200: 1, "nonce_reused": AT_ONCE - 1}


def test_of_twenty_writes_at_once_one_is_done(desk: Desk) -> None:
    body = desk.order_body()
    answers = together(AT_ONCE, lambda _: desk.client.post(PAYMENTS, body, nonce=NONCE))
    kinds = Counter(answer.code or answer.status for answer in answers)
    assert kinds == {201: 1, "nonce_reused": AT_ONCE - 1}


def test_a_nonce_belongs_to_one_key(desk: Desk) -> None:
    key, secret = make_key(desk.application)
    assert desk.client.get(ACCOUNTS, nonce=NONCE).status == 200
    assert SigningClient(key.key_id, secret).get(ACCOUNTS, nonce=NONCE).status == 200


def test_a_nonce_outlives_every_clock_that_would_be_accepted() -> None:
    assert timedelta(seconds=2 * CLOCK_TOLERANCE_SECONDS) < NONCE_LIFETIME


def test_only_nonces_that_can_no_longer_be_in_time_are_forgotten(desk: Desk, clock: Clock) -> None:
    desk.client.get(ACCOUNTS, nonce=NONCE)
    clock.shift(NONCE_LIFETIME.total_seconds())
    forget_nonces()
    assert UsedNonce.objects.count() == 1
    clock.shift(1)
    forget_nonces()
    assert not UsedNonce.objects.filter(expires_at__lt=now()).exists()
