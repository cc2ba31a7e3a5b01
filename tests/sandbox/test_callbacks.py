"""Callbacks: repeated for a day on the virtual clock, sent again on request, forged on request."""

import json
from itertools import pairwise

import pytest

from tests.sandbox.merchant import Merchant, is_signed
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Received, Receiver

DAY_OF_REPETITIONS = 86640


def _pay(sandbox: Sandbox, merchant: Merchant, receiver: Receiver) -> str:
    number = merchant.place(notify_url=receiver.url)
    sandbox.control("wechat/pay", {"serial_no": number})
    return number


def _is_good(merchant: Merchant, callback: Received) -> bool:
    return is_signed(callback.headers, callback.body, merchant.holder.public_key_pem)


def _state(sandbox: Sandbox, number: str) -> tuple[str, int]:
    (callback,) = sandbox.look(f"wechat/orders/{number}")["callbacks"]
    return callback["state"], len(callback["attempts"])


def test_refused_callback_is_repeated_fifteen_times_within_a_day(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    receiver.answers = [(500, b'{"code":"FAIL"}')] * 20
    number = _pay(sandbox, merchant, receiver)

    sandbox.control("clock", {"advance_seconds": DAY_OF_REPETITIONS - 5})
    assert _state(sandbox, number) == ("waiting", 15)
    sandbox.control("clock", {"advance_seconds": 3 * DAY_OF_REPETITIONS})

    assert _state(sandbox, number) == ("given_up", 16)
    assert len(receiver.received) == 16


def test_repetitions_follow_the_published_delays(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    receiver.answers = [(500, b"")] * 20
    number = _pay(sandbox, merchant, receiver)
    receiver.wait()

    sandbox.control("clock", {"advance_seconds": DAY_OF_REPETITIONS + 60})

    (callback,) = sandbox.look(f"wechat/orders/{number}")["callbacks"]
    moments = [attempt["at"] for attempt in callback["attempts"]]
    gaps = [after - before for before, after in pairwise(moments)]
    published = [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, *[10800] * 3, *[21600] * 2]
    assert gaps == pytest.approx(published, abs=5)


def test_repetition_has_the_same_content_under_a_new_signature(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    receiver.answers = [(500, b"")]
    _pay(sandbox, merchant, receiver)
    receiver.wait()

    sandbox.control("clock", {"advance_seconds": 15})

    first, second = receiver.wait(2)
    assert first.body == second.body
    assert first.headers["Wechatpay-Nonce"] != second.headers["Wechatpay-Nonce"]
    assert _is_good(merchant, second)


@pytest.mark.parametrize(
    "answer",
    [(200, b""), (204, b""), (200, '{"code":"SUCCESS","message":"成功"}'.encode())],
)
def test_acknowledged_callback_is_not_repeated(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver, answer: tuple[int, bytes]
) -> None:
    receiver.answers = [answer]
    number = _pay(sandbox, merchant, receiver)
    receiver.wait()

    sandbox.control("clock", {"advance_seconds": DAY_OF_REPETITIONS})

    assert _state(sandbox, number) == ("delivered", 1)


@pytest.mark.parametrize(
    "answer", [(307, b""), (404, b""), (500, b""), (201, b""), (200, b'{"code":"FAIL"}')]
)
def test_anything_else_is_a_refusal(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver, answer: tuple[int, bytes]
) -> None:
    receiver.answers = [answer]
    number = _pay(sandbox, merchant, receiver)
    receiver.wait()

    sandbox.control("clock", {"advance_seconds": 15})

    assert _state(sandbox, number) == ("delivered", 2)


def test_unreachable_merchant_is_tried_again(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    number = merchant.place(notify_url="http://127.0.0.1:9/nobody")
    sandbox.control("wechat/pay", {"serial_no": number})

    sandbox.control("clock", {"advance_seconds": 15})

    (callback,) = sandbox.look(f"wechat/orders/{number}")["callbacks"]
    assert [one["error"] for one in callback["attempts"]] == ["ConnectionError"] * 2


def test_answer_after_five_seconds_comes_too_late(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    receiver.delay_seconds = 5.5
    number = _pay(sandbox, merchant, receiver)
    receiver.wait()
    receiver.delay_seconds = 0

    sandbox.control("clock", {"advance_seconds": 15})

    (callback,) = sandbox.look(f"wechat/orders/{number}")["callbacks"]
    assert [one["error"] for one in callback["attempts"]] == ["ReadTimeout", ""]


def test_envelope_has_the_documented_parts(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    _pay(sandbox, merchant, receiver)

    (callback,) = receiver.wait()

    assert callback.headers["Content-Type"] == "application/json"
    assert callback.headers["Request-ID"].endswith("-0")
    assert callback.headers["Wechatpay-Signature-Type"] == "WECHATPAY2-SHA256-RSA2048"
    envelope = callback.envelope
    assert envelope["event_type"] == "TRANSACTION.SUCCESS"
    assert envelope["resource_type"] == "encrypt-resource"
    assert len(envelope["id"]) == 36
    resource = envelope["resource"]
    assert resource["algorithm"] == "AEAD_AES_256_GCM"
    assert (resource["original_type"], len(resource["nonce"])) == ("transaction", 12)


def test_control_sends_a_callback_again_many_times_at_once(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    number = _pay(sandbox, merchant, receiver)
    receiver.wait()

    sent = sandbox.control("wechat/callbacks", {"serial_no": number, "times": 10, "parallel": True})

    assert [one["status"] for one in sent["attempts"]] == [204] * 10
    assert {one.body for one in receiver.wait(11)} == {receiver.received[0].body}


@pytest.mark.parametrize("tamper", [True, "bad_signature", "unknown_serial"])
def test_control_sends_forged_callbacks(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver, tamper: bool | str
) -> None:
    number = _pay(sandbox, merchant, receiver)
    receiver.wait()

    sandbox.control("wechat/callbacks", {"serial_no": number, "tamper": tamper})

    forged = receiver.wait(2)[1]
    is_known = forged.headers["Wechatpay-Serial"] == merchant.holder.public_key_id
    assert not (is_known and _is_good(merchant, forged))


def test_callback_delivered_by_the_control_api_is_not_repeated(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    receiver.answers = [(500, b"")]
    number = _pay(sandbox, merchant, receiver)
    receiver.wait()
    sandbox.control("wechat/callbacks", {"serial_no": number})

    sandbox.control("clock", {"advance_seconds": DAY_OF_REPETITIONS})

    assert _state(sandbox, number) == ("delivered", 2)


def test_accepted_forgery_does_not_deliver_the_true_callback(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    receiver.answers = [(500, b"")]
    number = _pay(sandbox, merchant, receiver)
    receiver.wait()
    sandbox.control("wechat/callbacks", {"serial_no": number, "tamper": "wrong_amount"})

    sandbox.control("clock", {"advance_seconds": 15})

    assert _state(sandbox, number) == ("delivered", 3)


def test_nothing_can_be_sent_before_the_payer_paid(sandbox: Sandbox, merchant: Merchant) -> None:
    response = sandbox.try_control("wechat/callbacks", {"serial_no": merchant.place()})

    assert (response.status_code, response.json()["error"]["code"]) == (409, "no_callback")


def test_wrong_tampering_is_refused_with_the_possible_ones(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    number = _pay(sandbox, merchant, receiver)

    response = sandbox.try_control(
        "wechat/callbacks", {"serial_no": number, "tamper": "rate_limited"}
    )

    assert response.status_code == 400
    assert "wrong_amount" in json.loads(response.text)["error"]["message"]
