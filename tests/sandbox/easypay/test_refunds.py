"""Refunds: at once, silent, without idempotency in V1 and with a trap in V2."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.sandbox.easypay.merchant import Merchant, is_signed
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver


@pytest.fixture
def paid(sandbox: Sandbox, merchant: Merchant) -> str:
    """A paid V2 order of 12.80 yuan."""
    number = merchant.place_v2()
    sandbox.control("easypay/pay", {"serial_no": number})
    return number


def _refund(merchant: Merchant, number: str, money: str, **more: str) -> dict[str, object]:
    return merchant.v2("pay/refund", {"out_trade_no": number, "money": money} | more)


@pytest.mark.parametrize("code", [0, 1])
def test_v1_success_carries_the_code_of_the_profile(
    sandbox: Sandbox, merchant: Merchant, paid: str, code: int
) -> None:
    sandbox.control(f"easypay/merchants/{merchant.holder.pid}", {"refund_success": code})

    answer = merchant.refund(paid, "1.00")

    assert (answer["code"], answer["money"], answer["out_trade_no"]) == (code, "1.00", paid)
    assert "sign" not in answer


def test_status_is_refunded_after_a_part_of_the_money(merchant: Merchant, paid: str) -> None:
    merchant.refund(paid, "0.01")

    assert merchant.query(paid)["status"] == 2
    assert "refundmoney" not in merchant.query(paid)
    assert merchant.v2("pay/query", {"out_trade_no": paid})["refundmoney"] == "0.01"


def test_v1_repeat_is_a_second_refund(merchant: Merchant, paid: str) -> None:
    first, second = (merchant.refund(paid, "1.00", refund_no="R-00001") for _ in range(2))

    assert first["refund_no"] != second["refund_no"]
    assert merchant.v2("pay/query", {"out_trade_no": paid})["refundmoney"] == "2.00"


def test_parallel_refunds_are_all_kept(sandbox: Sandbox, merchant: Merchant, paid: str) -> None:
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: merchant.refund(paid, "1.20"), range(12)))

    refunds = sandbox.look(f"easypay/orders/{paid}")["refunds"]
    assert [answer["code"] for answer in answers].count(0) == len(refunds) == 10
    assert merchant.v2("pay/query", {"out_trade_no": paid})["refundmoney"] == "12.00"


def test_v1_refund_parameters_come_in_the_body(merchant: Merchant, paid: str) -> None:
    answer = merchant.act("refund", out_trade_no=paid, money="1.00")

    assert answer["code"] == -3
    assert merchant.query(paid)["status"] == 1


@pytest.mark.parametrize("changes", [{"money": "2.00"}, {"other_order": "yes"}])
def test_v2_number_answers_the_first_result_whatever_is_asked(
    sandbox: Sandbox, merchant: Merchant, paid: str, changes: dict[str, str]
) -> None:
    other = merchant.place_v2()
    sandbox.control("easypay/pay", {"serial_no": other})
    first = _refund(merchant, paid, "1.00", out_refund_no="R-00001")

    number = other if "other_order" in changes else paid
    money = changes.get("money", "1.00")
    again = _refund(merchant, number, money, out_refund_no="R-00001")

    assert (again["code"], "已存在相同退款单号" in str(again["msg"])) == (0, True)
    same = ("refund_no", "trade_no", "money")
    assert [again[name] for name in same] == [first[name] for name in same]
    assert merchant.query(other)["status"] == 1


def test_v2_number_of_five_letters_is_not_remembered(merchant: Merchant, paid: str) -> None:
    for _ in range(2):
        _refund(merchant, paid, "1.00", out_refund_no="R-001")

    assert merchant.v2("pay/query", {"out_trade_no": paid})["refundmoney"] == "2.00"


def test_refunds_up_to_the_price_and_no_further(
    merchant: Merchant, paid: str, platform_key: str
) -> None:
    assert _refund(merchant, paid, "12.00")["code"] == 0

    too_much = _refund(merchant, paid, "0.81")
    rest = _refund(merchant, paid, "0.80")
    nothing_left = _refund(merchant, paid, "0.01")

    assert "超过剩余可退款金额" in str(too_much["msg"])
    assert rest["code"] == 0
    assert "已全额退款" in str(nothing_left["msg"])
    assert is_signed(too_much, platform_key)
    assert is_signed(nothing_left, platform_key)


def test_unpaid_order_cannot_be_refunded(merchant: Merchant, platform_key: str) -> None:
    answer = _refund(merchant, merchant.place_v2(), "1.00")

    assert (answer["code"], "不支持退款" in str(answer["msg"])) == (-1, True)
    assert is_signed(answer, platform_key)


def test_unknown_order_and_strange_money_are_refused_without_signature(
    merchant: Merchant, paid: str
) -> None:
    assert _refund(merchant, "X", "1.00") == {"code": -1, "msg": "订单号不存在"}
    assert _refund(merchant, paid, "all") == {"code": -1, "msg": "金额输入错误"}


def test_refunds_may_be_switched_off(sandbox: Sandbox, merchant: Merchant, paid: str) -> None:
    sandbox.control(f"easypay/merchants/{merchant.holder.pid}", {"refunds_enabled": False})

    assert merchant.refund(paid, "1.00")["code"] == -2
    assert _refund(merchant, paid, "1.00")["code"] == -1


def test_refund_query_by_either_number(merchant: Merchant, paid: str) -> None:
    made = _refund(merchant, paid, "1.00", out_refund_no="R-00001")

    by_ours = merchant.v2("pay/refundquery", {"out_refund_no": "R-00001"})
    by_theirs = merchant.v2("pay/refundquery", {"refund_no": str(made["refund_no"])})

    assert (by_ours["code"], by_ours["status"], by_ours["money"]) == (0, 1, "1.00")
    assert by_ours["refund_no"] == by_theirs["refund_no"]


def test_other_merchants_refund_is_unknown(sandbox: Sandbox, merchant: Merchant, paid: str) -> None:
    made = _refund(merchant, paid, "1.00", out_refund_no="R-00001")
    told = sandbox.control("easypay/merchants")
    keys = ("pid", "key", "private_key_pem", "public_key_pem")
    holder = replace(merchant.holder, **{name: told[name] for name in keys})
    stranger = Merchant(sandbox.url, holder)

    for number in ("refund_no", "out_refund_no"):
        answer = stranger.v2("pay/refundquery", {number: str(made[number])})
        assert answer == {"code": -1, "msg": "退款记录不存在"}


@pytest.mark.parametrize(
    ("form", "code"), [({"out_refund_no": "R-00001"}, -1), ({"refund_no": "X"}, -1), ({}, -4)]
)
def test_unknown_refund(merchant: Merchant, form: dict[str, str], code: int) -> None:
    answer = merchant.v2("pay/refundquery", form)

    assert (answer["code"], "sign" in answer) == (code, False)


def test_failed_refund_is_kept_and_can_be_tried_again(
    sandbox: Sandbox, merchant: Merchant, paid: str, platform_key: str
) -> None:
    sandbox.fault("refund", "refund_fails", channel="easypay")

    failed = _refund(merchant, paid, "1.00", out_refund_no="R-00001")
    status = merchant.v2("pay/refundquery", {"out_refund_no": "R-00001"})["status"]
    order_status = merchant.query(paid)["status"]
    again = _refund(merchant, paid, "1.00", out_refund_no="R-00001")

    assert (failed["code"], "退款失败" in str(failed["msg"])) == (-1, True)
    assert is_signed(failed, platform_key)
    assert (status, order_status, again["code"]) == (0, 1, 0)
    assert merchant.v2("pay/refundquery", {"out_refund_no": "R-00001"})["status"] == 1
    assert len(sandbox.look(f"easypay/orders/{paid}")["refunds"]) == 1


def test_control_lets_a_refund_have_failed(sandbox: Sandbox, merchant: Merchant, paid: str) -> None:
    _refund(merchant, paid, "12.80", out_refund_no="R-00001")

    told = sandbox.control("easypay/refunds", {"refund_serial_no": "R-00001", "state": "failed"})

    assert (told["state"], told["serial_no"]) == ("failed", paid)
    assert merchant.v2("pay/refundquery", {"out_refund_no": "R-00001"})["status"] == 0
    assert merchant.query(paid)["status"] == 1
    assert sandbox.look("easypay/books")["totals"] == {"taken": 1280, "returned": 0, "shared": 0}


def test_failed_refund_cannot_succeed_beyond_the_price(
    sandbox: Sandbox, merchant: Merchant, paid: str
) -> None:
    wanted = {"refund_serial_no": "R-00001", "state": "failed"}
    _refund(merchant, paid, "12.80", out_refund_no="R-00001")
    sandbox.control("easypay/refunds", wanted)
    _refund(merchant, paid, "0.01", out_refund_no="R-00002")

    response = sandbox.try_control("easypay/refunds", wanted | {"state": "succeeded"})

    assert response.status_code == 409


def test_refunds_are_never_told(sandbox: Sandbox, merchant: Merchant, receiver: Receiver) -> None:
    number = merchant.place_v2(notify_url=receiver.url)
    sandbox.control("easypay/pay", {"serial_no": number})
    receiver.wait()

    _refund(merchant, number, "1.00")
    sandbox.control("clock", {"advance_seconds": 86400})

    assert len(receiver.received) == 1
