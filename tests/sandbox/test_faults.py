"""Every fault of the menu does what its description says, as often as it was asked to."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.sandbox.merchant import Merchant, is_signed
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Received, Receiver

NATIVE = "/v3/pay/transactions/native"


def _is_good(merchant: Merchant, response: requests.Response) -> bool:
    return is_signed(response.headers, response.content, merchant.holder.public_key_pem)


def _exists(merchant: Merchant, number: str) -> bool:
    return merchant.query(number).status_code == 200


@pytest.mark.parametrize(("fault", "is_executed"), [("drop_before", False), ("drop_after", True)])
def test_dropped_connection(
    sandbox: Sandbox, merchant: Merchant, fault: str, is_executed: bool
) -> None:
    sandbox.fault("pay", fault)
    body = merchant.order()

    with pytest.raises(requests.ConnectionError):
        merchant.post(NATIVE, body)

    assert _exists(merchant, body["out_trade_no"]) is is_executed
    assert merchant.post(NATIVE, body).status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "code", "is_executed"),
    [
        ("error_executed", 500, "SYSTEM_ERROR", True),
        ("error_not_executed", 500, "SYSTEM_ERROR", False),
        ("rate_limited", 429, "FREQUENCY_LIMITED", False),
        ("accepted_202", 202, "USERPAYING", False),
    ],
)
def test_error_answers(
    sandbox: Sandbox, merchant: Merchant, fault: str, status: int, code: str, is_executed: bool
) -> None:
    sandbox.fault("pay", fault)
    body = merchant.order()

    response = merchant.post(NATIVE, body)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert _is_good(merchant, response)
    assert _exists(merchant, body["out_trade_no"]) is is_executed


def test_refund_is_refused_for_lack_of_money(sandbox: Sandbox, merchant: Merchant) -> None:
    sandbox.fault("refund", "not_enough")
    number = merchant.place()
    sandbox.control("wechat/pay", {"serial_no": number})

    responses = [merchant.refund(number, 1, out_refund_no="R-1") for _ in range(2)]

    assert responses[0].json()["code"] == "NOT_ENOUGH"
    assert responses[1].status_code == 200


def test_slow_answer_takes_its_seconds(sandbox: Sandbox, merchant: Merchant) -> None:
    sandbox.fault("query", "slow", seconds=1.5)
    number = merchant.place()

    began = time.monotonic()
    merchant.query(number)

    assert time.monotonic() - began >= 1.5


@pytest.mark.parametrize("fault", ["bad_signature", "tampered_body"])
def test_answer_that_does_not_verify(sandbox: Sandbox, merchant: Merchant, fault: str) -> None:
    number = merchant.place()
    sandbox.fault("query", fault)

    assert not _is_good(merchant, merchant.query(number))
    assert _is_good(merchant, merchant.query(number))


def test_signtest_answer(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.place()
    sandbox.fault("query", "signtest")

    response = merchant.query(number)

    assert response.headers["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/")
    assert not _is_good(merchant, response)


def test_answer_of_an_unknown_serial(sandbox: Sandbox, merchant: Merchant) -> None:
    sandbox.fault("certificates", "unknown_serial")

    serial = merchant.get("/v3/certificates").headers["Wechatpay-Serial"]

    assert (len(serial), serial == merchant.holder.public_key_id) == (40, False)


def test_stale_answer_is_properly_signed(sandbox: Sandbox, merchant: Merchant) -> None:
    sandbox.fault("certificates", "stale_timestamp")

    response = merchant.get("/v3/certificates")

    assert time.time() - int(response.headers["Wechatpay-Timestamp"]) > 300
    assert _is_good(merchant, response)


def test_answer_without_signature_type(sandbox: Sandbox, merchant: Merchant) -> None:
    sandbox.fault("certificates", "missing_signature_type")

    response = merchant.get("/v3/certificates")

    assert "Wechatpay-Signature-Type" not in response.headers
    assert _is_good(merchant, response)


def test_query_of_a_wrong_amount_or_merchant(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.place()
    sandbox.fault("query", "wrong_amount")
    assert merchant.query(number).json()["amount"]["total"] == 12851

    sandbox.fault("query", "wrong_merchant")
    assert merchant.query(number).json()["mchid"] == "1999999999"


def test_processing_refund_with_a_zero_success_time(sandbox: Sandbox, merchant: Merchant) -> None:
    sandbox.fault("refund", "zero_success_time")
    number = merchant.place()
    sandbox.control("wechat/pay", {"serial_no": number})

    answer = merchant.refund(number, 1).json()

    assert (answer["status"], answer["success_time"]) == ("PROCESSING", "0001-01-01T00:00:00Z")


def _callback(sandbox: Sandbox, merchant: Merchant, receiver: Receiver, count: int = 1) -> Received:
    number = merchant.place(notify_url=receiver.url)
    sandbox.control("wechat/pay", {"serial_no": number})
    return receiver.wait(count)[0]


def _opens(merchant: Merchant, callback: Received) -> bool:
    try:
        callback.open(merchant.holder.apiv3_key)
    except Exception:  # noqa: BLE001 - any reason is a no
        return False
    return True


CALLBACK_FAULTS: dict[str, Callable[[Merchant, Received], bool]] = {
    "bad_signature": lambda who, one: (
        not is_signed(one.headers, one.body, who.holder.public_key_pem)
    ),
    "signtest": lambda _, one: "SIGNTEST" in one.headers["Wechatpay-Signature"],
    "unknown_serial": lambda who, one: one.headers["Wechatpay-Serial"] != who.holder.public_key_id,
    "stale_timestamp": lambda _, one: time.time() - int(one.headers["Wechatpay-Timestamp"]) > 300,
    "missing_signature_type": lambda _, one: "Wechatpay-Signature-Type" not in one.headers,
    "tampered_body": lambda who, one: (
        not is_signed(one.headers, one.body, who.holder.public_key_pem)
    ),
    "wrong_key": lambda who, one: not _opens(who, one),
    "wrong_amount": lambda who, one: one.open(who.holder.apiv3_key)["amount"]["total"] == 12851,
    "wrong_merchant": lambda who, one: one.open(who.holder.apiv3_key)["mchid"] == "1999999999",
}


@pytest.mark.parametrize("fault", CALLBACK_FAULTS)
def test_bent_callback_is_followed_by_a_good_one(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver, fault: str
) -> None:
    receiver.answers = [(500, b"")]
    sandbox.fault("callback", fault)

    assert CALLBACK_FAULTS[fault](merchant, _callback(sandbox, merchant, receiver))

    sandbox.control("clock", {"advance_seconds": 15})
    good = receiver.wait(2)[1]
    assert not CALLBACK_FAULTS[fault](merchant, good)
    assert is_signed(good.headers, good.body, merchant.holder.public_key_pem)
    assert good.open(merchant.holder.apiv3_key)["amount"]["total"] == 12850


def test_duplicate_callbacks_come_twice(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    sandbox.fault("callback", "duplicate_callbacks")

    _callback(sandbox, merchant, receiver, count=2)

    assert receiver.received[0].body == receiver.received[1].body


def test_held_callback_waits_for_the_control_api(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    sandbox.fault("callback", "hold_callbacks")
    number = merchant.place(notify_url=receiver.url)
    sandbox.control("wechat/pay", {"serial_no": number})
    sandbox.control("clock", {"advance_seconds": 86400})
    assert receiver.received == []

    sandbox.control("wechat/callbacks", {"serial_no": number})

    (callback,) = sandbox.look(f"wechat/orders/{number}")["callbacks"]
    assert (len(receiver.wait()), callback["state"]) == (1, "delivered")


def test_early_callback_arrives_before_the_order_call_is_answered(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    sandbox.fault("pay", "early_callback")

    number = merchant.place(notify_url=receiver.url)

    assert len(receiver.received) == 1
    assert merchant.query(number).json()["trade_state"] == "SUCCESS"


def test_fault_strikes_as_often_as_asked(sandbox: Sandbox, merchant: Merchant) -> None:
    sandbox.fault("*", "rate_limited", times=2)

    statuses = [merchant.get("/v3/certificates").status_code for _ in range(4)]

    assert statuses == [429, 429, 200, 200]
    assert sandbox.look("faults")["data"] == []


def test_fault_for_ever_ends_when_cleared(sandbox: Sandbox, merchant: Merchant) -> None:
    sandbox.fault("query", "rate_limited", times=None)
    assert {merchant.query("ABCDEF").status_code for _ in range(5)} == {429}

    requests.delete(f"{sandbox.url}/control/faults", timeout=5)

    assert merchant.query("ABCDEF").status_code == 404


def test_fault_by_chance_strikes_sometimes(sandbox: Sandbox, merchant: Merchant) -> None:
    sandbox.fault("query", "rate_limited", times=None, probability=0.5)

    statuses = {merchant.query("ABCDEF").status_code for _ in range(40)}

    assert statuses == {429, 404}


def test_fault_of_one_operation_spares_the_others(sandbox: Sandbox, merchant: Merchant) -> None:
    sandbox.fault("query", "rate_limited")

    assert _exists(merchant, merchant.place()) is False
    assert len(sandbox.look("faults")["data"]) == 0


def test_stranger_does_not_use_up_a_fault(sandbox: Sandbox, merchant: Merchant) -> None:
    sandbox.fault("certificates", "rate_limited")

    merchant.get("/v3/certificates", headers={"Authorization": "x"})

    assert len(sandbox.look("faults")["data"]) == 1


def test_menu_explains_every_fault(sandbox: Sandbox) -> None:
    menu = sandbox.look("faults/menu")["wechat"]

    assert len(menu) == 36
    assert all(entry["meaning"] and entry["operations"] for entry in menu)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"fault": "no_such"}, "unknown_fault"),
        ({"operation": "pay", "fault": "wrong_key"}, "unknown_operation"),
        ({"channel": "paypal"}, "unknown_channel"),
        ({"times": 0}, "invalid_times"),
        ({"times": "1"}, "wrong_type"),
        ({"probability": 0}, "invalid_probability"),
        ({"secs": 1}, "unknown_field"),
    ],
)
def test_wrong_fault_is_refused(sandbox: Sandbox, wanted: dict[str, Any], code: str) -> None:
    body = {"channel": "wechat", "operation": "*", "fault": "slow"} | wanted

    response = sandbox.try_control("faults", body)

    assert (response.status_code, response.json()["error"]["code"]) == (400, code)
