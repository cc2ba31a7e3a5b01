"""Every fault of the platform's menu does what its description says."""

import time
from collections.abc import Callable

import pytest
import requests

from tests.sandbox.easypay.merchant import Merchant, is_signed, md5
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Received, Receiver


def _fault(sandbox: Sandbox, operation: str, fault: str) -> None:
    sandbox.fault(operation, fault, channel="easypay")


@pytest.fixture
def paid(sandbox: Sandbox, merchant: Merchant) -> str:
    """A paid V2 order of 12.80 yuan."""
    number = merchant.place_v2()
    sandbox.control("easypay/pay", {"serial_no": number})
    return number


@pytest.mark.parametrize(("fault", "is_executed"), [("drop_before", False), ("drop_after", True)])
def test_dropped_connection(
    sandbox: Sandbox, merchant: Merchant, fault: str, is_executed: bool
) -> None:
    _fault(sandbox, "pay", fault)
    form = merchant.order()

    with pytest.raises(requests.ConnectionError):
        merchant.mapi(form)

    assert (merchant.query(form["out_trade_no"])["code"] == 1) is is_executed
    assert merchant.mapi(form)["code"] == 1


@pytest.mark.parametrize(
    ("fault", "status", "is_executed"),
    [
        ("error_executed", 502, True),
        ("error_not_executed", 502, False),
        ("rate_limited", 429, False),
        ("html_answer", 200, True),
        ("garbage", 200, True),
    ],
)
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_answers_that_are_no_json(
    sandbox: Sandbox,
    merchant: Merchant,
    version: str,
    fault: str,
    status: int,
    is_executed: bool,
) -> None:
    _fault(sandbox, "pay", fault)
    form = merchant.order(method="web")

    if version == "v1":
        response = merchant.post("mapi.php", merchant.signed(form))
    else:
        response = merchant.post_v2("pay/create", form)

    assert response.status_code == status
    with pytest.raises(requests.JSONDecodeError):
        response.json()
    assert (merchant.query(form["out_trade_no"])["code"] == 1) is is_executed


def test_upstream_error_is_code_minus_two(sandbox: Sandbox, merchant: Merchant) -> None:
    _fault(sandbox, "pay", "upstream_error")
    form = merchant.order()

    assert merchant.mapi(form)["code"] == -2
    assert merchant.query(form["out_trade_no"])["code"] == -1


def test_refund_is_refused_for_lack_of_money(
    sandbox: Sandbox, merchant: Merchant, paid: str, platform_key: str
) -> None:
    _fault(sandbox, "refund", "not_enough")
    form = {"out_trade_no": paid, "money": "1.00", "out_refund_no": "R-00001"}

    refused, accepted = (merchant.v2("pay/refund", form) for _ in range(2))

    assert (refused["code"], "商户余额不足" in refused["msg"]) == (-1, True)
    assert is_signed(refused, platform_key)
    assert accepted["code"] == 0


@pytest.mark.parametrize("operation", ["query", "refund", "refund_query", "close"])
def test_every_call_can_be_lost(
    sandbox: Sandbox, merchant: Merchant, paid: str, operation: str
) -> None:
    routes = {
        "query": "pay/query",
        "refund": "pay/refund",
        "refund_query": "pay/refundquery",
        "close": "pay/close",
    }
    _fault(sandbox, operation, "drop_before")
    form = {"out_trade_no": paid, "money": "1.00", "out_refund_no": "R-00001"}

    with pytest.raises(requests.ConnectionError):
        merchant.v2(routes[operation], form)
    merchant.v2(routes[operation], form)


def test_lost_answer_of_a_refund_leaves_the_money_returned(
    sandbox: Sandbox, merchant: Merchant, paid: str
) -> None:
    _fault(sandbox, "refund", "drop_after")

    with pytest.raises(requests.ConnectionError):
        merchant.refund(paid, "1.00")

    assert merchant.query(paid)["status"] == 2


def test_slow_answer_takes_its_seconds(sandbox: Sandbox, merchant: Merchant) -> None:
    sandbox.fault("query", "slow", seconds=1.5, channel="easypay")

    began = time.monotonic()
    merchant.query("X")

    assert time.monotonic() - began >= 1.5


@pytest.mark.parametrize("fault", ["bad_signature", "tampered_body"])
def test_answer_that_does_not_verify(
    sandbox: Sandbox, merchant: Merchant, paid: str, platform_key: str, fault: str
) -> None:
    _fault(sandbox, "query", fault)

    bent, good = (merchant.v2("pay/query", {"out_trade_no": paid}) for _ in range(2))

    assert (is_signed(bent, platform_key), is_signed(good, platform_key)) == (False, True)


def test_answer_without_signature(sandbox: Sandbox, merchant: Merchant, paid: str) -> None:
    _fault(sandbox, "query", "missing_signature")

    assert "sign" not in merchant.v2("pay/query", {"out_trade_no": paid})


def test_stale_answer_is_properly_signed(
    sandbox: Sandbox, merchant: Merchant, paid: str, platform_key: str
) -> None:
    _fault(sandbox, "query", "stale_timestamp")

    answer = merchant.v2("pay/query", {"out_trade_no": paid})

    assert time.time() - int(answer["timestamp"]) > 300
    assert is_signed(answer, platform_key)


@pytest.mark.parametrize(
    ("fault", "name", "value"),
    [
        ("wrong_amount", "money", "12.81"),
        ("wrong_order", "trade_no", "2020010100000012345"),
        ("wrong_merchant", "pid", 9999),
    ],
)
def test_query_of_wrong_facts_is_properly_signed(
    sandbox: Sandbox,
    merchant: Merchant,
    paid: str,
    platform_key: str,
    fault: str,
    name: str,
    value: object,
) -> None:
    _fault(sandbox, "query", fault)

    answer = merchant.v2("pay/query", {"out_trade_no": paid})

    assert (answer[name], is_signed(answer, platform_key)) == (value, True)


def _is_good(merchant: Merchant, one: Received) -> bool:
    return one.parameters.get("sign") == md5(one.parameters, merchant.holder.key)


CALLBACK_FAULTS: dict[str, Callable[[Merchant, Received], bool]] = {
    "bad_signature": lambda who, one: not _is_good(who, one),
    "missing_signature": lambda _, one: "sign" not in one.parameters,
    "missing_sign_type": lambda who, one: "sign_type" not in one.parameters and _is_good(who, one),
    "tampered_body": lambda who, one: one.parameters["money"] == "912.8" and not _is_good(who, one),
    "wrong_amount": lambda who, one: one.parameters["money"] == "12.81" and _is_good(who, one),
    "wrong_order": lambda who, one: (
        one.parameters["trade_no"] == "2020010100000012345" and _is_good(who, one)
    ),
    "wrong_merchant": lambda who, one: one.parameters["pid"] == "9999" and _is_good(who, one),
}


@pytest.mark.parametrize("fault", CALLBACK_FAULTS)
def test_bent_callback_is_followed_by_a_good_one(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver, fault: str
) -> None:
    receiver.answers = [(200, b"fail")]
    _fault(sandbox, "callback", fault)
    number = merchant.place(notify_url=receiver.url)
    sandbox.control("easypay/pay", {"serial_no": number})

    assert CALLBACK_FAULTS[fault](merchant, receiver.wait()[0])

    sandbox.control("clock", {"advance_seconds": 60})
    good = receiver.wait(2)[1]
    assert not CALLBACK_FAULTS[fault](merchant, good)
    assert _is_good(merchant, good)


def test_stale_callback_is_properly_signed(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver, platform_key: str
) -> None:
    _fault(sandbox, "callback", "stale_timestamp")
    number = merchant.place_v2(notify_url=receiver.url)
    sandbox.control("easypay/pay", {"serial_no": number})

    told = receiver.wait()[0].parameters

    assert time.time() - int(told["timestamp"]) > 300
    assert is_signed(told, platform_key)


def test_held_callback_waits_for_the_control_api(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    _fault(sandbox, "callback", "hold_callbacks")
    number = merchant.place(notify_url=receiver.url)
    sandbox.control("easypay/pay", {"serial_no": number})
    sandbox.control("clock", {"advance_seconds": 86400})
    assert receiver.received == []

    sandbox.control("easypay/callbacks", {"serial_no": number})

    assert len(receiver.wait()) == 1


def test_duplicate_callbacks_come_twice(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    _fault(sandbox, "callback", "duplicate_callbacks")
    number = merchant.place(notify_url=receiver.url)
    sandbox.control("easypay/pay", {"serial_no": number})

    assert len({one.path for one in receiver.wait(2)}) == 1


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_early_callback_arrives_before_the_order_call_is_answered(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver, version: str
) -> None:
    _fault(sandbox, "pay", "early_callback")

    place = merchant.place if version == "v1" else merchant.place_v2
    number = place(notify_url=receiver.url)

    assert len(receiver.received) == 1
    assert merchant.query(number)["status"] == 1


def test_early_callback_of_a_payment_code_comes_once(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    _fault(sandbox, "pay", "early_callback")

    merchant.place_v2(notify_url=receiver.url, method="scan", auth_code="280000000000000000")

    assert len(receiver.wait()) == 1


def test_submit_page_can_be_lost_too(sandbox: Sandbox, merchant: Merchant) -> None:
    _fault(sandbox, "submit", "drop_after")
    form = merchant.order()

    with pytest.raises(requests.ConnectionError):
        requests.get(merchant.submit_link(form), timeout=10)

    assert merchant.query(form["out_trade_no"])["code"] == 1


def test_stranger_does_not_use_up_a_fault(sandbox: Sandbox, merchant: Merchant) -> None:
    _fault(sandbox, "query", "rate_limited")

    merchant.act("order", key="wrong")

    assert len(sandbox.look("faults")["data"]) == 1


def test_menu_explains_every_fault(sandbox: Sandbox) -> None:
    menu = sandbox.look("faults/menu")["easypay"]

    assert len(menu) == 26
    assert all(entry["meaning"] and entry["operations"] for entry in menu)
