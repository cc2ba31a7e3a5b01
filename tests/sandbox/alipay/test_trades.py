"""Calls about trades: what is accepted, when a trade exists, and how it ends."""

from typing import Any

import pytest

from tests.sandbox.alipay.merchant import Merchant, moment
from tests.sandbox.merchant import new_number
from tests.sandbox.process import Sandbox

DAY = 24 * 3600
NOT_THERE = "40004:ACQ.TRADE_NOT_EXIST"
NOTHING = {
    "buyer_pay_amount": "0.00",
    "invoice_amount": "0.00",
    "point_amount": "0.00",
    "receipt_amount": "0.00",
}


@pytest.mark.parametrize(
    "changes",
    [
        {"out_trade_no": None},
        {"out_trade_no": ""},
        {"out_trade_no": "A-1"},
        {"out_trade_no": "A" * 65},
        {"out_trade_no": 1},
        {"total_amount": None},
        {"total_amount": "0.00"},
        {"total_amount": "100000000.01"},
        {"total_amount": "1.001"},
        {"total_amount": "1e2"},
        {"total_amount": True},
        {"total_amount": "-1"},
        {"subject": None},
        {"subject": "x" * 257},
        {"subject": "a/b"},
        {"subject": "a=b"},
        {"subject": "a&b"},
        {"product_code": "QUICK_WAP_WAY"},
        {"time_expire": "tomorrow"},
        {"time_expire": moment(16 * DAY)},
        {"timeout_express": "1.5h"},
        {"passback_params": "x" * 513},
    ],
)
def test_content_nobody_could_pay_is_refused(merchant: Merchant, changes: dict[str, Any]) -> None:
    answer = merchant.call("precreate", merchant.order(**changes))

    assert (answer.code, answer.is_signed) == ("40004:ACQ.INVALID_PARAMETER", True)


@pytest.mark.parametrize("text", ["{", "[]", '"x"', "NaN", '{"total_amount":NaN}'])
def test_content_must_be_a_json_object(merchant: Merchant, text: str) -> None:
    assert merchant.call("precreate", text).code == "40002:isv.illegal-json"


@pytest.mark.parametrize("amount", [128.5, 128, "128", "128.5", "0.01", "100000000.00"])
def test_amount_may_be_a_number_or_short(
    sandbox: Sandbox, merchant: Merchant, amount: object
) -> None:
    number = merchant.place(total_amount=amount)

    fen = sandbox.look(f"alipay/orders/{number}")["amount"]
    assert fen == round(float(str(amount)) * 100)


@pytest.mark.parametrize("url", ["ftp://x.example/", "javascript:alert(1)", "http://", "x"])
def test_notify_url_must_be_a_web_address(merchant: Merchant, url: str) -> None:
    answer = merchant.call("precreate", merchant.order(), notify_url=url)

    assert answer.code == "40004:ACQ.INVALID_PARAMETER"


def test_members_the_gateway_does_not_know_are_ignored(merchant: Merchant) -> None:
    merchant.place(brand_new_member={"a": 1}, goods_detail=[])


def test_another_seller_is_refused(merchant: Merchant) -> None:
    answer = merchant.call("precreate", merchant.order(seller_id="2088999999999999"))

    assert answer.code == "40004:ACQ.SELLER_NOT_EXIST"


def test_code_makes_no_trade_before_somebody_scans_it(merchant: Merchant) -> None:
    number = merchant.place()

    answer = merchant.query(number)
    assert (answer.code, answer.is_signed) == (NOT_THERE, True)
    assert answer.node.items() >= {**NOTHING, "out_trade_no": number}.items()
    assert merchant.close(number).code == NOT_THERE
    assert merchant.refund(number, "1.00").code == NOT_THERE


def test_same_content_gets_the_same_code(merchant: Merchant) -> None:
    biz = merchant.order()

    codes = {merchant.call("precreate", biz).node["qr_code"] for _ in range(2)}

    assert len(codes) == 1


@pytest.mark.parametrize("call", ["precreate", "create"])
@pytest.mark.parametrize("changes", [{"total_amount": "1.00"}, {"subject": "another"}])
def test_number_stands_for_one_price_and_subject(
    merchant: Merchant, call: str, changes: dict[str, str]
) -> None:
    biz = merchant.order(buyer_id="2088260200000099")
    assert merchant.call(call, biz).code == "10000"

    assert merchant.call(call, biz | changes).code == "40004:ACQ.CONTEXT_INCONSISTENT"


def test_create_makes_the_trade_at_once_and_only_once(merchant: Merchant) -> None:
    biz = merchant.order(buyer_id="2088260200000099")

    first, second = merchant.call("create", biz), merchant.call("create", biz)

    assert first.node["trade_no"] == second.node["trade_no"]
    assert len(first.node["trade_no"]) == 28
    waiting = merchant.query(biz["out_trade_no"]).node
    assert (waiting["trade_status"], waiting["total_amount"]) == ("WAIT_BUYER_PAY", "128.50")
    assert waiting.items() >= NOTHING.items()
    assert "send_pay_date" not in waiting


def test_create_must_name_its_payer(merchant: Merchant) -> None:
    assert merchant.call("create", merchant.order()).code == "40004:ACQ.INVALID_PARAMETER"


def test_payer_known_by_open_id_is_answered_by_open_id(
    sandbox: Sandbox, merchant: Merchant
) -> None:
    number = merchant.order()["out_trade_no"]
    merchant.call("create", merchant.order(out_trade_no=number, buyer_open_id="oOne"))
    sandbox.control("alipay/pay", {"serial_no": number})

    found = merchant.query(number).node

    assert (found["buyer_open_id"], "buyer_user_id" in found) == ("oOne", False)


def test_query_takes_either_number_and_prefers_its_own(merchant: Merchant) -> None:
    number = merchant.create()
    trade_no = merchant.query(number).node["trade_no"]

    found = merchant.call("query", {"trade_no": trade_no, "out_trade_no": "ANOTHER"})

    assert found.node["out_trade_no"] == number
    assert merchant.call("query", {"trade_no": "1"}).code == NOT_THERE
    assert merchant.call("query", {}).code == "40004:ACQ.INVALID_PARAMETER"


def test_query_tells_the_money_of_a_paid_trade(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.create()
    sandbox.control("alipay/pay", {"serial_no": number, "coupon": 50})

    found = merchant.query(number, query_options=["fund_bill_list"]).node

    assert (found["total_amount"], found["buyer_pay_amount"]) == ("128.50", "128.00")
    assert found["receipt_amount"] == "128.00"
    assert found["fund_bill_list"] == [
        {"amount": "128.00", "fund_channel": "ALIPAYACCOUNT"},
        {"amount": "0.50", "fund_channel": "MDISCOUNT"},
    ]
    assert len(found["send_pay_date"]) == 19
    assert "fund_bill_list" not in merchant.query(number).node


def test_merchants_do_not_see_each_other(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.create()
    trade_no = merchant.query(number).node["trade_no"]
    stranger = Merchant(sandbox.url, sandbox.identity.alipay.service_provider)

    assert stranger.query(number).code == NOT_THERE
    assert stranger.call("query", {"trade_no": trade_no}).code == NOT_THERE
    assert stranger.create(out_trade_no=number) == number


def test_close_ends_a_waiting_trade_and_no_other(sandbox: Sandbox, merchant: Merchant) -> None:
    waiting, paid = merchant.create(), merchant.create()
    sandbox.control("alipay/pay", {"serial_no": paid})

    answer = merchant.close(waiting)

    assert (answer.code, answer.node["out_trade_no"]) == ("10000", waiting)
    assert merchant.query(waiting).node["trade_status"] == "TRADE_CLOSED"
    assert merchant.close(waiting).code == "40004:ACQ.TRADE_STATUS_ERROR"
    assert merchant.close(paid).code == "40004:ACQ.TRADE_STATUS_ERROR"


@pytest.mark.parametrize("call", ["create", "precreate"])
def test_number_of_a_finished_trade_is_spent(
    sandbox: Sandbox, merchant: Merchant, call: str
) -> None:
    closed, paid = merchant.create(), merchant.create()
    merchant.close(closed)
    sandbox.control("alipay/pay", {"serial_no": paid})

    for number, code in ((closed, "TRADE_HAS_CLOSE"), (paid, "TRADE_HAS_SUCCESS")):
        biz = merchant.order(out_trade_no=number, buyer_id="2088260200000099")
        assert merchant.call(call, biz).code == f"40004:ACQ.{code}"


@pytest.mark.parametrize("ends", [{"time_expire": moment(600)}, {"timeout_express": "10m"}])
def test_trade_closes_when_its_time_is_over(
    sandbox: Sandbox, merchant: Merchant, ends: dict[str, str]
) -> None:
    if "time_expire" in ends:
        ends = {"time_expire": moment(600)}
    number = merchant.create(**ends)

    sandbox.control("clock", {"advance_seconds": 540})
    assert merchant.query(number).node["trade_status"] == "WAIT_BUYER_PAY"
    sandbox.control("clock", {"advance_seconds": 61})
    assert merchant.query(number).node["trade_status"] == "TRADE_CLOSED"


def test_time_expire_in_the_past_is_refused(merchant: Merchant) -> None:
    answer = merchant.call("precreate", merchant.order(time_expire=moment(-1)))

    assert answer.code == "40004:ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR"


def test_time_expire_counts_from_the_time_it_was_written(
    sandbox: Sandbox, merchant: Merchant
) -> None:
    sandbox.control("clock", {"advance_seconds": DAY})

    number = merchant.create(time_expire=moment(600))

    assert merchant.query(number).node["trade_status"] == "WAIT_BUYER_PAY"
    sandbox.control("clock", {"advance_seconds": 601})
    assert merchant.query(number).node["trade_status"] == "TRADE_CLOSED"


def test_paid_trade_is_finished_after_a_year(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.create()
    sandbox.control("alipay/pay", {"serial_no": number})

    sandbox.control("clock", {"advance_seconds": 366 * DAY})

    assert merchant.query(number).node["trade_status"] == "TRADE_FINISHED"
    assert merchant.refund(number, "1.00", "R1").code == "40004:ACQ.TRADE_HAS_FINISHED"


def test_numbers_that_differ_are_different_trades(merchant: Merchant) -> None:
    numbers = [merchant.create(out_trade_no=new_number()) for _ in range(2)]

    trade_nos = {merchant.query(number).node["trade_no"] for number in numbers}

    assert len(trade_nos) == 2
