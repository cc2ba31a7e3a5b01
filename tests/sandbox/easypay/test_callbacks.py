"""Notifications: by GET, five times, in the version of the order, with the platform's quirks."""

import time
from urllib.parse import urlsplit

import pytest

from tests.sandbox.easypay.merchant import Merchant, is_signed, md5
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Received, Receiver

MINUTE = 60
#: Seconds between the deliveries after the first.
DELAYS = (1 * MINUTE, 3 * MINUTE, 19 * MINUTE, 55 * MINUTE)


def _pay(sandbox: Sandbox, merchant: Merchant, receiver: Receiver, **changes: str) -> str:
    number = merchant.place(**{"notify_url": receiver.url} | changes)
    sandbox.control("easypay/pay", {"serial_no": number})
    return number


def _state(sandbox: Sandbox, number: str) -> tuple[str, int]:
    (callback,) = sandbox.look(f"easypay/orders/{number}")["callbacks"]
    return callback["state"], len(callback["attempts"])


def _is_good(merchant: Merchant, one: Received) -> bool:
    return one.parameters["sign"] == md5(one.parameters, merchant.holder.key)


def test_v1_payment_is_told_by_get_with_md5(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    number = _pay(sandbox, merchant, receiver, param="a=1&b=中")

    (told,) = receiver.wait()

    assert told.method == "GET"
    assert "Mozilla" in told.headers["User-Agent"]
    assert list(told.parameters) == [
        *("pid", "trade_no", "out_trade_no", "type", "name", "money", "trade_status", "param"),
        *("sign", "sign_type"),
    ]
    assert told.parameters["out_trade_no"] == number
    assert told.parameters["trade_status"] == "TRADE_SUCCESS"
    assert told.parameters["name"] == "product"
    assert told.parameters["money"] == "12.8"
    assert told.parameters["param"] == "a=1&amp;b=中"
    assert told.parameters["sign_type"] == "MD5"
    assert _is_good(merchant, told)


def test_v2_payment_is_told_with_rsa(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver, platform_key: str
) -> None:
    number = merchant.place_v2(notify_url=receiver.url, param="p", type="wxpay")
    sandbox.control("easypay/pay", {"serial_no": number})

    (told,) = receiver.wait()

    assert list(told.parameters)[6:] == [
        *("trade_status", "api_trade_no", "buyer", "param", "timestamp", "sign_type", "sign")
    ]
    assert told.parameters["api_trade_no"].startswith("42")
    assert abs(time.time() - int(told.parameters["timestamp"])) < 60
    assert is_signed(told.parameters, platform_key)


def test_v1_order_signed_with_rsa_is_still_told_with_md5(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    form = merchant.order(notify_url=receiver.url)
    merchant.post("mapi.php", merchant.signed_rsa(form))
    sandbox.control("easypay/pay", {"serial_no": form["out_trade_no"]})

    assert _is_good(merchant, receiver.wait()[0])


def test_key_suffix_of_the_profile_is_used(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    number = merchant.place(notify_url=receiver.url)
    sandbox.control(f"easypay/merchants/{merchant.holder.pid}", {"key_suffix": "ampersand"})
    sandbox.control("easypay/pay", {"serial_no": number})

    (told,) = receiver.wait()

    assert told.parameters["sign"] == md5(told.parameters, f"&key={merchant.holder.key}")


def test_own_query_comes_back_escaped_and_unsigned(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    _pay(sandbox, merchant, receiver, notify_url=f"{receiver.url}?a=1&b=2")

    (told,) = receiver.wait()

    assert urlsplit(told.path).query.startswith("a=1&amp;b=2&pid=")


@pytest.mark.parametrize(
    ("platform", "name", "value"),
    [
        ({"hide_names": False}, "name", "2026 物业费"),
        ({"callback_money": "two"}, "money", "12.80"),
        ({"callback_money": "four"}, "money", "12.8000"),
    ],
)
def test_platforms_differ_in_what_they_tell(
    sandbox: Sandbox,
    merchant: Merchant,
    receiver: Receiver,
    platform: dict[str, object],
    name: str,
    value: str,
) -> None:
    sandbox.control("easypay/settings", platform)
    _pay(sandbox, merchant, receiver)

    (told,) = receiver.wait()

    assert told.parameters[name] == value
    assert _is_good(merchant, told)


def test_some_platforms_post(sandbox: Sandbox, merchant: Merchant, receiver: Receiver) -> None:
    sandbox.control("easypay/settings", {"callback_method": "POST"})
    _pay(sandbox, merchant, receiver)

    (told,) = receiver.wait()

    assert (told.method, _is_good(merchant, told)) == ("POST", True)


def test_five_deliveries_and_no_more(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    receiver.usual_answer = (200, b"fail")
    number = _pay(sandbox, merchant, receiver)
    receiver.wait()

    for count, delay in enumerate(DELAYS, start=2):
        sandbox.control("clock", {"advance_seconds": delay - 5})
        assert len(receiver.received) == count - 1
        sandbox.control("clock", {"advance_seconds": 5})
        assert len(receiver.received) == count

    sandbox.control("clock", {"advance_seconds": 86400})
    assert _state(sandbox, number) == ("given_up", 5)


@pytest.mark.parametrize(
    ("answer", "is_enough"),
    [
        ((200, b"success"), True),
        ((200, b"SUCCESS"), True),
        ((200, b"<p>Success!</p>"), True),
        ((500, b"success"), True),
        ((200, b"unsuccessful"), True),
        ((200, b"ok"), False),
        ((200, b"sUCCESS"), False),
        ((200, b""), False),
        ((204, b""), False),
        ((302, b""), False),
    ],
)
def test_acknowledgement_is_the_word_anywhere(
    sandbox: Sandbox,
    merchant: Merchant,
    receiver: Receiver,
    answer: tuple[int, bytes],
    is_enough: bool,
) -> None:
    receiver.answers = [answer]
    number = _pay(sandbox, merchant, receiver)
    receiver.wait()

    sandbox.control("clock", {"advance_seconds": MINUTE})

    assert _state(sandbox, number) == ("delivered", 1 if is_enough else 2)


def test_unpaid_failed_and_closed_orders_are_not_told(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    number = merchant.place_v2(notify_url=receiver.url)
    sandbox.control("easypay/fail", {"serial_no": number})
    merchant.v2("pay/close", {"out_trade_no": number})

    sandbox.control("clock", {"advance_seconds": 7200})

    assert receiver.received == []
    assert sandbox.look(f"easypay/orders/{number}")["failed_at"] is not None


def test_control_sends_a_callback_again_many_times_at_once(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    number = _pay(sandbox, merchant, receiver)
    receiver.wait()

    sent = sandbox.control(
        "easypay/callbacks", {"serial_no": number, "times": 10, "parallel": True}
    )

    assert [one["status"] for one in sent["attempts"]] == [200] * 10
    assert {one.path for one in receiver.wait(11)} == {receiver.received[0].path}


@pytest.mark.parametrize("tamper", [True, "bad_signature", "tampered_body"])
def test_control_sends_forged_callbacks(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver, tamper: bool | str
) -> None:
    number = _pay(sandbox, merchant, receiver)
    receiver.wait()

    sandbox.control("easypay/callbacks", {"serial_no": number, "tamper": tamper})

    assert not _is_good(merchant, receiver.wait(2)[1])


def test_nothing_can_be_sent_before_the_payer_paid(sandbox: Sandbox, merchant: Merchant) -> None:
    response = sandbox.try_control("easypay/callbacks", {"serial_no": merchant.place()})

    assert (response.status_code, response.json()["error"]["code"]) == (409, "no_callback")
