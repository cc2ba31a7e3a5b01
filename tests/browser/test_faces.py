"""The page for everybody: old phones, no JavaScript, another language, reload and back."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakePayer
from tests.browser.house import House
from tests.browser.payer import DESKTOP, PHONE, SMALL_PHONE, Payer

pytestmark = pytest.mark.slow


def overflows(payer: Payer) -> bool:
    """Whether the page is wider than the screen."""
    return bool(
        payer.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
    )


def test_nothing_is_wider_than_the_smallest_phone(house: House, payer_with: MakePayer) -> None:
    payer = payer_with(SMALL_PHONE)
    bill = house.new_bill(subject="物业服务费及公共能耗分摊" * 8)
    payer.open(bill)
    assert not overflows(payer)
    payer.choose("wechat")
    payer.is_at_channel()
    payer.page.goto(bill.url)
    payer.sees("waiting")
    assert not overflows(payer)
    house.control("wechat/pay", serial_no=house.attempts(bill)[0].serial_no)
    payer.sees("paid")
    assert not overflows(payer)


def test_payer_without_javascript_pays_and_sees_it(house: House, payer_with: MakePayer) -> None:
    payer, bill = payer_with(PHONE, javascript=False), house.new_bill()
    payer.open(bill)
    payer.choose("alipay")
    payer.page.locator("button[name='act'][value='pay']").click()
    payer.comes_back_to(bill)
    payer.looks_again()

    payer.sees("paid")
    assert house.order_state(bill) == "paid"


def test_reload_and_back_begin_nothing_again(house: House, payer_with: MakePayer) -> None:
    payer, bill = payer_with(DESKTOP), house.new_bill()
    payer.open(bill)
    payer.choose("wechat")
    payer.sees("waiting")

    payer.looks_again()
    payer.sees("waiting")
    payer.page.go_back()
    payer.sees("waiting")

    assert len(house.attempts(bill)) == 1


def test_page_speaks_english_when_asked_and_remembers_it(
    house: House, payer_with: MakePayer
) -> None:
    payer, bill = payer_with(PHONE), house.new_bill()
    payer.open(bill)
    expect(payer.page.locator("html")).to_have_attribute("lang", "zh-hans")
    payer.page.get_by_role("link", name="English").click()

    payer.reads("Choose how to pay", "Time left")
    payer.looks_again()
    expect(payer.page.locator("html")).to_have_attribute("lang", "en")


def test_receipt_is_a_page_and_a_pdf(house: House, payer_with: MakePayer) -> None:
    payer, bill = payer_with(DESKTOP), house.new_bill()
    payer.open(bill)
    payer.choose("wechat")
    payer.sees("waiting")
    house.control("wechat/pay", serial_no=house.attempts(bill)[0].serial_no)
    payer.sees("paid")

    with payer.page.expect_download() as download:
        payer.page.locator("a[href$='receipt.pdf']").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    payer.page.locator("a[href$='/receipt']").click()
    payer.reads("阳光物业服务有限公司", house.attempts(bill)[0].serial_no)


def test_unknown_link_says_what_to_do(house: House, payer_with: MakePayer) -> None:
    payer = payer_with(PHONE)
    answer = payer.page.goto(f"{house.center.at.web_url}/checkout/{'x' * 32}/")
    assert answer is not None
    assert answer.status == 404
    assert payer.page.locator("h1").inner_text()
