"""Two tabs, two channels, late money: the order is settled once, and the rest goes back."""

import pytest

from tests.browser.conftest import GUARD_SECONDS, MakePayer
from tests.browser.house import AMOUNT, Bill, House
from tests.browser.payer import DESKTOP, PHONE, Payer
from tests.faults.waiting import eventually

pytestmark = pytest.mark.slow


def assert_settled_once_and_the_rest_returned(house: House, bill: Bill) -> None:
    """Exactly one attempt settles; every other one that took money gave it back, whole."""

    def agree() -> None:
        attempts = house.attempts(bill)
        paid = [one for one in attempts if one.state == "succeeded"]
        assert [one.settles for one in paid].count(True) == 1
        assert [one.refunded for one in paid if not one.settles] == [AMOUNT] * (len(paid) - 1)
        assert [one.refunded for one in paid if one.settles] == [0]
        assert len(paid) > 1

    eventually(agree, within=40)


def test_payer_who_pays_in_two_tabs_gets_the_surplus_back(
    house: House, payer_with: MakePayer
) -> None:
    """Alipay knows no payment its payer has not signed in for, so nobody can close that one."""
    first, second, bill = _both_cashiers_open(house, payer_with, "alipay", "wechat")

    second.acts_at_channel("pay")
    second.comes_back_to(bill)
    second.sees("paid")
    first.acts_at_channel("pay")
    first.comes_back_to(bill)

    first.sees("paid")
    first.reads("您付了不止一次")
    assert_settled_once_and_the_rest_returned(house, bill)
    first.looks_again()
    first.reads("已经原路退回")


def test_other_cashier_is_closed_once_the_order_is_paid(
    house: House, payer_with: MakePayer
) -> None:
    first, second, bill = _both_cashiers_open(house, payer_with, "wechat", "alipay")

    second.acts_at_channel("pay")
    second.comes_back_to(bill)
    second.sees("paid")

    def closed() -> None:
        assert [one.state for one in house.attempts(bill)] == ["closed", "succeeded"]

    eventually(closed, within=40)
    first.page.goto(bill.url)
    first.sees("paid")


def _both_cashiers_open(
    house: House, payer_with: MakePayer, earlier: str, later: str
) -> tuple[Payer, Payer, Bill]:
    """Open a channel's cashier in one tab and, after the guard window, another's in another."""
    first, bill = payer_with(PHONE), house.new_bill()
    first.open(bill)
    second = first.second_tab()
    second.open(bill)
    first.choose(earlier)
    expect_cashier(first)
    for operation in ("close", "query"):
        house.control("faults", channel=earlier, operation=operation, fault="drop_before", times=1)
    first.page.wait_for_timeout(GUARD_SECONDS * 1000)
    second.choose(later)
    expect_cashier(second)
    return first, second, bill


def test_same_way_pressed_in_two_tabs_is_one_attempt(house: House, payer_with: MakePayer) -> None:
    first, bill = payer_with(DESKTOP), house.new_bill()
    first.open(bill)
    second = first.second_tab()
    second.open(bill)

    first.choose("wechat")
    second.choose("wechat")

    first.sees("waiting")
    second.sees("waiting")
    assert len(house.attempts(bill)) == 1


def test_money_that_comes_after_the_close_pays_the_order(
    house: House, payer_with: MakePayer
) -> None:
    payer, bill = payer_with(DESKTOP), house.new_bill()
    payer.open(bill)
    payer.choose("wechat")
    payer.sees("waiting")
    (attempt,) = house.attempts(bill)

    house.close(attempt.serial_no)
    payer.sees("closed")
    house.control("wechat/pay", serial_no=attempt.serial_no, late=True)

    payer.looks_again()
    payer.sees("paid")
    assert house.order_state(bill) == "paid"
    assert [(one.state, one.settles) for one in house.attempts(bill)] == [("succeeded", True)]


def test_money_that_comes_after_a_switch_goes_back(house: House, payer_with: MakePayer) -> None:
    payer, bill = payer_with(DESKTOP), house.new_bill()
    payer.open(bill)
    payer.choose("wechat")
    payer.sees("waiting")
    payer.choose("alipay")
    payer.acts_at_channel("pay")
    payer.comes_back_to(bill)
    payer.sees("paid")

    house.control("wechat/pay", serial_no=house.attempts(bill)[0].serial_no, late=True)

    assert_settled_once_and_the_rest_returned(house, bill)
    payer.looks_again()
    payer.reads("您付了不止一次", "已经原路退回")


def expect_cashier(payer: Payer) -> None:
    """Wait for the channel's page without pressing anything."""
    payer.page.locator("button[name='act'][value='pay']").wait_for()
