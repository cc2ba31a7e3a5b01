"""Residents pay by each channel, on each device; the page and the books agree."""

import pytest

from tests.browser.conftest import MakePayer
from tests.browser.house import AMOUNT, Bill, House
from tests.browser.payer import DESKTOP, IN_ALIPAY, IN_WECHAT, PHONE, Device, Payer

pytestmark = pytest.mark.slow


def assert_paid(house: House, payer: Payer, bill: Bill, *, channel: str) -> None:
    """The page says so with the three numbers, and one row in the database settles the order."""
    payer.sees("paid")
    (attempt,) = house.attempts(bill)
    facts = (attempt.channel, attempt.state, attempt.settles, attempt.amount)
    assert facts == (channel, "succeeded", True, AMOUNT)
    assert house.order_state(bill) == "paid"
    shown = payer.numbers()
    books = house.center.query(
        "SELECT channel_serial_no FROM transactions_payment WHERE serial_no = %s", attempt.serial_no
    )
    assert all(number in shown for number in (bill.order_no, attempt.serial_no, books[0][0]))


@pytest.mark.parametrize("way", ["wechat", "alipay", "easypay-alipay"])
def test_payer_with_a_phone_is_handed_over_and_comes_back(
    house: House, payer_with: MakePayer, way: str
) -> None:
    payer, bill = payer_with(PHONE), house.new_bill()
    payer.open(bill)
    payer.reads("阳光物业", "物业费 2026-11", "¥128.50", "3-1201")

    payer.choose(way)
    payer.acts_at_channel("pay")
    payer.comes_back_to(bill)

    assert_paid(house, payer, bill, channel=way.partition("-")[0])


@pytest.mark.parametrize("way", ["alipay", "easypay-alipay"])
def test_payer_at_a_computer_pays_on_the_channels_page(
    house: House, payer_with: MakePayer, way: str
) -> None:
    payer, bill = payer_with(DESKTOP), house.new_bill()
    payer.open(bill)

    payer.choose(way)
    payer.acts_at_channel("pay")
    payer.comes_back_to(bill)

    assert_paid(house, payer, bill, channel=way.partition("-")[0])


def test_payer_at_a_computer_scans_wechats_code_and_the_page_changes_by_itself(
    house: House, payer_with: MakePayer
) -> None:
    payer, bill = payer_with(DESKTOP), house.new_bill()
    payer.open(bill)

    payer.choose("wechat")
    payer.sees("waiting")
    assert payer.page.locator(".code svg").bounding_box()
    house.control("wechat/pay", serial_no=house.attempts(bill)[0].serial_no)

    assert_paid(house, payer, bill, channel="wechat")


@pytest.mark.parametrize("device", [IN_WECHAT, IN_ALIPAY], ids=lambda device: device.name)
def test_payer_inside_an_app_is_known_by_it_and_pays_there(
    house: House, payer_with: MakePayer, device: Device
) -> None:
    payer, bill = payer_with(device), house.new_bill()
    payer.open(bill)

    payer.choose(device.app)

    assert_paid(house, payer, bill, channel=device.app)
    known = house.center.query(
        "SELECT launch->'payer' FROM transactions_payment WHERE serial_no = %s",
        house.attempts(bill)[0].serial_no,
    )[0][0]
    assert known.keys() & {"openid", "buyer_id", "buyer_open_id"}


def test_code_of_a_hosted_payment_is_shown_on_our_page(house: House, payer_with: MakePayer) -> None:
    """WeChat has no page for computers: an application that asks for one gets ours."""
    order_no = f"{house.new_bill().order_no}-PC"
    body = {
        "merchant_id": house.credentials.merchant_id,
        "payment_id": house.credentials.payment_id("wechat"),
        "order_no": order_no,
        "amount": AMOUNT,
        "currency": "CNY",
        "invoke_method": "pc",
        "subject": "物业费",
    }
    payment = house.credentials.client().post("/api/v1/payments", body).body
    assert payment["action"]["type"] == "redirect"
    hosted = Bill(order_no, payment["action"]["params"]["url"])

    payer = payer_with(DESKTOP)
    payer.open(hosted)
    payer.sees("waiting")
    house.control("wechat/pay", serial_no=payment["serial_no"])

    assert_paid(house, payer, hosted, channel="wechat")
