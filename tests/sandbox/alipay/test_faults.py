"""Every fault of Alipay's menu does what its description says, as often as it was asked to."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from gateway.sandbox.alipay.identity import AlipayApp
from gateway.sandbox.alipay.serials import certificate_sn, root_certificate_sn
from tests.sandbox.alipay.merchant import Answer, Merchant, is_genuine, read_form
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver


def _fault(sandbox: Sandbox, operation: str, fault: str, **more: Any) -> None:
    sandbox.fault(operation, fault, **{"channel": "alipay", **more})


def _exists(sandbox: Sandbox, number: str) -> bool:
    url = f"{sandbox.url}/control/alipay/orders/{number}"
    return requests.get(url, timeout=5).status_code == 200


@pytest.mark.parametrize(("fault", "is_executed"), [("drop_before", False), ("drop_after", True)])
def test_dropped_connection(
    sandbox: Sandbox, merchant: Merchant, fault: str, is_executed: bool
) -> None:
    _fault(sandbox, "pay", fault)
    biz = merchant.order()

    with pytest.raises(requests.ConnectionError):
        merchant.call("precreate", biz)

    assert _exists(sandbox, biz["out_trade_no"]) is is_executed
    assert merchant.call("precreate", biz).code == "10000"


@pytest.mark.parametrize(
    ("fault", "code", "is_executed"),
    [
        ("error_executed", "20000:isp.unknow-error", True),
        ("error_not_executed", "20000:isp.unknow-error", False),
        ("system_error_executed", "40004:ACQ.SYSTEM_ERROR", True),
        ("system_error_not_executed", "40004:ACQ.SYSTEM_ERROR", False),
        ("rate_limited", "40005:isv.app-call-limited", False),
    ],
)
@pytest.mark.parametrize("operation", ["pay", "close", "refund"])
def test_error_answers(
    sandbox: Sandbox, merchant: Merchant, operation: str, fault: str, code: str, is_executed: bool
) -> None:
    number = merchant.order()["out_trade_no"] if operation == "pay" else merchant.create()
    if operation == "refund":
        sandbox.control("alipay/pay", {"serial_no": number})
    _fault(sandbox, operation, fault)

    calls: dict[str, Callable[[], Answer]] = {
        "pay": lambda: merchant.call("precreate", merchant.order(out_trade_no=number)),
        "close": lambda: merchant.close(number),
        "refund": lambda: merchant.refund(number, "1.00", "R1"),
    }
    answer = calls[operation]()

    assert (answer.code, answer.is_signed) == (code, True)
    happened: dict[str, Callable[[], bool]] = {
        "pay": lambda: _exists(sandbox, number),
        "close": lambda: merchant.query(number).node["trade_status"] == "TRADE_CLOSED",
        "refund": lambda: sandbox.look("alipay/books")["totals"]["returned"] == 100,
    }
    assert happened[operation]() is is_executed


def test_page_of_html_instead_of_an_answer(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.create()
    _fault(sandbox, "close", "bad_gateway")

    with pytest.raises(requests.JSONDecodeError):
        merchant.close(number)

    assert merchant.query(number).node["trade_status"] == "TRADE_CLOSED"


def test_refund_is_refused_for_lack_of_money(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.create()
    sandbox.control("alipay/pay", {"serial_no": number})
    _fault(sandbox, "refund", "not_enough")

    answers = [merchant.refund(number, "1.00", "R1") for _ in range(2)]

    assert answers[0].code == "40004:ACQ.SELLER_BALANCE_NOT_ENOUGH"
    assert answers[1].node["fund_change"] == "Y"


def test_refund_that_hides_that_it_moved_money(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.create()
    sandbox.control("alipay/pay", {"serial_no": number})
    _fault(sandbox, "refund", "no_fund_change")

    assert merchant.refund(number, "1.00", "R1").node["fund_change"] == "N"
    assert merchant.query_refund(number, "R1").node["refund_status"] == "REFUND_SUCCESS"


def test_slow_answer_takes_its_seconds(sandbox: Sandbox, merchant: Merchant) -> None:
    _fault(sandbox, "query", "slow", seconds=1.5)

    began = time.monotonic()
    merchant.query("NONE")

    assert time.monotonic() - began >= 1.5


@pytest.mark.parametrize("fault", ["bad_signature", "tampered_body", "unsigned"])
def test_answer_that_does_not_verify(sandbox: Sandbox, merchant: Merchant, fault: str) -> None:
    number = merchant.create()
    _fault(sandbox, "query", fault)

    bent, good = merchant.query(number), merchant.query(number)

    assert (bent.code, bent.is_signed) == ("10000", False)
    assert good.is_signed


def test_answer_in_another_spelling(sandbox: Sandbox, merchant: Merchant) -> None:
    _fault(sandbox, "pay", "escaped_json")
    _fault(sandbox, "query", "escaped_json")

    placed, missing = merchant.call("precreate", merchant.order()), merchant.query("NONE")

    assert (b"https:\\/\\/qr.alipay.com\\/" in placed.body, placed.is_signed) == (True, True)
    assert (b"\\u4ea4\\u6613" in missing.body, missing.is_signed) == (True, True)


def test_answer_under_a_certificate_nobody_has(sandbox: Sandbox) -> None:
    holder: AlipayApp = sandbox.identity.alipay.certificate_merchant
    certified = Merchant(
        sandbox.url,
        holder,
        app_cert_sn=certificate_sn(holder.app_certificate_pem),
        alipay_root_cert_sn=root_certificate_sn(sandbox.identity.alipay.root_certificates_pem),
    )
    _fault(sandbox, "query", "unknown_certificate")

    serial = certified.query("NONE").envelope["alipay_cert_sn"]

    assert (len(serial), serial == certificate_sn(holder.alipay_certificate_pem)) == (32, False)


def test_query_of_a_wrong_amount_or_number(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.create()
    _fault(sandbox, "query", "wrong_amount")
    assert merchant.query(number).node["total_amount"] == "128.51"

    _fault(sandbox, "query", "wrong_number")
    assert merchant.query(number).node["out_trade_no"] != number


def test_refund_query_of_a_wrong_amount(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.create()
    sandbox.control("alipay/pay", {"serial_no": number})
    merchant.refund(number, "1.00", "R1")
    _fault(sandbox, "refund_query", "wrong_amount")

    found = merchant.query_refund(number, "R1").node

    assert (found["refund_amount"], found["total_amount"]) == ("1.01", "128.50")


@pytest.mark.parametrize("call", ["precreate", "create"])
def test_payer_who_is_faster_than_the_answer(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver, call: str
) -> None:
    _fault(sandbox, "pay", "early_callback")
    biz = merchant.order(buyer_id="2088260200000099")

    merchant.call(call, biz, notify_url=receiver.url)

    assert len(receiver.received) == 1
    assert merchant.query(biz["out_trade_no"]).node["trade_status"] == "TRADE_SUCCESS"


def _told(sandbox: Sandbox, merchant: Merchant, receiver: Receiver) -> dict[str, str]:
    number = merchant.create(notify_url=receiver.url)
    sandbox.control("alipay/pay", {"serial_no": number})
    return read_form(receiver.wait()[0].body)


@pytest.mark.parametrize("fault", ["bad_signature", "tampered_body"])
def test_notification_that_does_not_verify(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver, fault: str
) -> None:
    _fault(sandbox, "callback", fault)

    told = _told(sandbox, merchant, receiver)

    assert not is_genuine(told, merchant.holder.alipay_public_key_pem)


def test_unsigned_notification(sandbox: Sandbox, merchant: Merchant, receiver: Receiver) -> None:
    _fault(sandbox, "callback", "unsigned")

    assert "sign" not in _told(sandbox, merchant, receiver)


@pytest.mark.parametrize(
    ("fault", "name", "value"),
    [
        ("wrong_amount", "total_amount", "128.51"),
        ("wrong_number", "out_trade_no", "SANDBOX0ANOTHER0NUMBER01"),
        ("wrong_app", "app_id", "9021000199999999"),
        ("wrong_seller", "seller_id", "2088999999999999"),
    ],
)
def test_notification_of_wrong_facts_is_properly_signed(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver, fault: str, name: str, value: str
) -> None:
    _fault(sandbox, "callback", fault)

    told = _told(sandbox, merchant, receiver)

    assert told[name] == value
    assert is_genuine(told, merchant.holder.alipay_public_key_pem)


def test_held_notification_comes_when_it_is_sent(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    _fault(sandbox, "callback", "hold_callbacks")
    number = merchant.create(notify_url=receiver.url)
    sandbox.control("alipay/pay", {"serial_no": number})
    sandbox.control("clock", {"advance_seconds": 3600})
    assert receiver.received == []

    sandbox.control("alipay/callbacks", {"serial_no": number})

    assert len(receiver.received) == 1


def test_notification_comes_twice(sandbox: Sandbox, merchant: Merchant, receiver: Receiver) -> None:
    _fault(sandbox, "callback", "duplicate_callbacks")
    number = merchant.create(notify_url=receiver.url)

    sandbox.control("alipay/pay", {"serial_no": number})

    first, second = (read_form(received.body) for received in receiver.wait(2))
    assert first["notify_id"] == second["notify_id"]


def test_menu_names_what_can_befall_which_operation(sandbox: Sandbox) -> None:
    menu = {one["fault"]: one["operations"] for one in sandbox.look("faults/menu")["alipay"]}

    assert menu["not_enough"] == ["refund"]
    assert "callback" in menu["unsigned"]
    assert "callback" not in menu["error_executed"]
