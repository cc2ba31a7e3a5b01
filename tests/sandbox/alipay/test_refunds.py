"""Refunds: what may go back, what a repeat says, and what a query does not say."""

from typing import Any

import pytest

from tests.sandbox.alipay.merchant import Merchant, read_form
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver


@pytest.fixture
def paid(sandbox: Sandbox, merchant: Merchant) -> str:
    """A paid trade of 128.50 yuan."""
    number = merchant.create()
    sandbox.control("alipay/pay", {"serial_no": number})
    return number


def test_refund_fee_is_the_sum_of_all_refunds(merchant: Merchant, paid: str) -> None:
    first, second = merchant.refund(paid, "8.50", "R1"), merchant.refund(paid, "20", "R2")

    assert (first.node["fund_change"], first.node["refund_fee"]) == ("Y", "8.50")
    assert (second.node["fund_change"], second.node["refund_fee"]) == ("Y", "28.50")
    assert merchant.query(paid).node["trade_status"] == "TRADE_SUCCESS"


def test_repeat_moves_nothing_and_says_so(sandbox: Sandbox, merchant: Merchant, paid: str) -> None:
    merchant.refund(paid, "8.50", "R1")

    repeat = merchant.refund(paid, "8.5", "R1")

    assert (repeat.code, repeat.node["fund_change"]) == ("10000", "N")
    assert (repeat.node["refund_fee"], "send_back_fee" in repeat.node) == ("8.50", False)
    assert sandbox.look("alipay/books")["totals"]["returned"] == 850


def test_number_stands_for_one_amount(merchant: Merchant, paid: str) -> None:
    merchant.refund(paid, "8.50", "R1")

    assert merchant.refund(paid, "8.51", "R1").code == "40004:ACQ.DISCORDANT_REPEAT_REQUEST"


def test_full_refund_closes_the_trade(merchant: Merchant, paid: str) -> None:
    merchant.refund(paid, "100.00", "R1")
    merchant.refund(paid, "28.50", "R2")

    assert merchant.query(paid).node["trade_status"] == "TRADE_CLOSED"
    assert merchant.refund(paid, "28.50", "R2").node["fund_change"] == "N"
    assert merchant.refund(paid, "0.01", "R3").code == "40004:ACQ.TRADE_HAS_CLOSE"


def test_more_than_was_paid_never_goes_back(
    sandbox: Sandbox, merchant: Merchant, paid: str
) -> None:
    merchant.refund(paid, "100.00", "R1")

    answer = merchant.refund(paid, "28.51", "R2")

    assert answer.code == "40004:ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"
    totals = sandbox.look("alipay/books")["totals"]
    assert (totals["taken"], totals["returned"]) == (12850, 10000)


def test_partial_refund_needs_a_number(merchant: Merchant, paid: str) -> None:
    assert merchant.refund(paid, "1.00").code == "40004:ACQ.INVALID_PARAMETER"


def test_full_refund_without_a_number_takes_that_of_the_trade(
    merchant: Merchant, paid: str
) -> None:
    assert merchant.refund(paid, "128.50").node["fund_change"] == "Y"

    assert merchant.query_refund(paid, paid).node["refund_status"] == "REFUND_SUCCESS"
    assert merchant.refund(paid, "128.50").node["fund_change"] == "N"


@pytest.mark.parametrize("yuan", ["0", "0.00", "-1", "1.001", "", "x"])
def test_amount_must_be_money(merchant: Merchant, paid: str, yuan: str) -> None:
    assert merchant.refund(paid, yuan, "R1").code == "40004:ACQ.INVALID_PARAMETER"


def test_unpaid_trade_has_nothing_to_return(merchant: Merchant) -> None:
    number = merchant.create()

    assert merchant.refund(number, "1.00", "R1").code == "40004:ACQ.TRADE_STATUS_ERROR"
    merchant.close(number)
    assert merchant.refund(number, "1.00", "R1").code == "40004:ACQ.TRADE_HAS_CLOSE"


def test_query_of_a_refund(merchant: Merchant, paid: str) -> None:
    merchant.refund(paid, "8.50", "R1")

    found = merchant.query_refund(paid, "R1").node

    assert (
        found.items()
        >= {
            "out_trade_no": paid,
            "out_request_no": "R1",
            "total_amount": "128.50",
            "refund_amount": "8.50",
            "refund_status": "REFUND_SUCCESS",
        }.items()
    )
    assert "gmt_refund_pay" not in found
    more = merchant.query_refund(paid, "R1", query_options=["gmt_refund_pay"]).node
    assert len(more["gmt_refund_pay"]) == 19


def test_query_of_a_refund_that_never_happened_is_an_empty_success(
    merchant: Merchant, paid: str
) -> None:
    assert merchant.query_refund(paid, "R1").node == {"code": "10000", "msg": "Success"}


def test_query_of_a_refund_of_no_trade_is_refused(merchant: Merchant) -> None:
    assert merchant.query_refund("NONE", "R1").code == "40004:ACQ.TRADE_NOT_EXIST"


def test_refunds_need_three_seconds_between_them_where_that_is_set(
    sandbox: Sandbox, merchant: Merchant, paid: str
) -> None:
    sandbox.control("alipay/settings", {"refund_gap": True})
    merchant.refund(paid, "1.00", "R1")

    assert merchant.refund(paid, "1.00", "R2").code.startswith("40004:ACQ.")
    sandbox.control("clock", {"advance_seconds": 3})
    assert merchant.refund(paid, "1.00", "R2").node["fund_change"] == "Y"


def test_refund_may_wait(sandbox: Sandbox, merchant: Merchant, paid: str) -> None:
    sandbox.control("alipay/settings", {"refund_finish_seconds": 60})

    answer = merchant.refund(paid, "8.50", "R1")

    assert (answer.node["fund_change"], answer.node["refund_fee"]) == ("N", "0.00")
    assert "refund_status" not in merchant.query_refund(paid, "R1").node
    sandbox.control("clock", {"advance_seconds": 60})
    assert merchant.query_refund(paid, "R1").node["refund_status"] == "REFUND_SUCCESS"


@pytest.mark.parametrize(
    ("state", "fen", "status"),
    [("succeeded", 850, "REFUND_SUCCESS"), ("failed", 0, None), ("processing", 0, None)],
)
def test_control_api_decides_a_waiting_refund(
    sandbox: Sandbox, merchant: Merchant, paid: str, state: str, fen: int, status: str | None
) -> None:
    sandbox.control("alipay/settings", {"refund_finish_seconds": None})
    merchant.refund(paid, "8.50", "R1")

    decided = sandbox.control("alipay/refunds", {"refund_serial_no": "R1", "state": state})

    assert decided["state"] == state
    assert merchant.query_refund(paid, "R1").node.get("refund_status") == status
    assert sandbox.look("alipay/books")["totals"]["returned"] == fen


def test_waiting_refund_is_finished_and_told_once(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    sandbox.control("alipay/settings", {"refund_finish_seconds": None})
    number = merchant.create(notify_url=receiver.url)
    sandbox.control("alipay/pay", {"serial_no": number})
    merchant.refund(number, "8.50", "R1")

    for _ in range(2):
        sandbox.control("alipay/refunds", {"refund_serial_no": "R1", "state": "succeeded"})
    sandbox.control("clock", {"advance_seconds": 1})

    assert len(receiver.wait(2)) == 2  # the payment and the refund


def test_failed_refund_can_be_asked_for_again(
    sandbox: Sandbox, merchant: Merchant, paid: str
) -> None:
    sandbox.control("alipay/settings", {"refund_finish_seconds": None})
    merchant.refund(paid, "8.50", "R1")
    sandbox.control("alipay/refunds", {"refund_serial_no": "R1", "state": "failed"})
    sandbox.control("alipay/settings", {"refund_finish_seconds": 0})

    assert merchant.refund(paid, "128.50", "R1").node["fund_change"] == "Y"


def test_finished_refund_stays_finished(sandbox: Sandbox, merchant: Merchant, paid: str) -> None:
    merchant.refund(paid, "8.50", "R1")

    refused = sandbox.try_control("alipay/refunds", {"refund_serial_no": "R1", "state": "failed"})

    assert (refused.status_code, "refund_finish_seconds" in refused.text) == (409, True)


def _told(receiver: Receiver, count: int) -> dict[str, Any]:
    return read_form(receiver.wait(count)[-1].body)


def test_notifications_of_refunds(sandbox: Sandbox, merchant: Merchant, receiver: Receiver) -> None:
    number = merchant.create(notify_url=receiver.url)
    sandbox.control("alipay/pay", {"serial_no": number})
    receiver.wait()

    merchant.refund(number, "8.50", "R1")
    part = _told(receiver, 2)
    assert (part["trade_status"], part["refund_fee"]) == ("TRADE_SUCCESS", "8.50")
    assert (part["out_biz_no"], part["out_trade_no"]) == ("R1", number)
    assert len(part["gmt_refund"]) == 23
    assert not part.keys() & {"gmt_close", "receipt_amount", "fund_bill_list"}

    merchant.refund(number, "120.00", "R2")
    rest = _told(receiver, 3)
    assert (rest["trade_status"], rest["refund_fee"]) == ("TRADE_CLOSED", "128.50")
    assert rest.keys() >= {"gmt_close", "gmt_payment"}
    assert rest["notify_id"] != part["notify_id"]

    merchant.refund(number, "120.00", "R2")
    assert len(receiver.received) == 3
