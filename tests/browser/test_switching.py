"""A resident whose payment fails switches, under the repeat rule, without fear of paying twice."""

import pytest

from tests.browser.conftest import GUARD_SECONDS, MakePayer
from tests.browser.house import House
from tests.browser.payer import DESKTOP, PHONE

pytestmark = pytest.mark.slow

NO_ANSWERS = {"channel": "wechat", "fault": "drop_before", "times": None}


def test_payer_who_failed_at_one_channel_pays_at_another_at_once(
    house: House, payer_with: MakePayer
) -> None:
    payer, bill = payer_with(PHONE), house.new_bill()
    payer.open(bill)
    payer.choose("wechat")
    payer.acts_at_channel("fail")
    payer.page.goto(bill.url)
    payer.sees("waiting")

    payer.choose("alipay")
    payer.acts_at_channel("pay")
    payer.comes_back_to(bill)

    payer.sees("paid")
    first, second = house.attempts(bill)
    assert (first.channel, first.state, first.settles) == ("wechat", "closed", False)
    assert (second.channel, second.state, second.settles) == ("alipay", "succeeded", True)
    assert second.is_repeat


def test_payer_waits_the_guard_out_while_nobody_knows_about_the_first_attempt(
    house: House, payer_with: MakePayer
) -> None:
    payer, bill = payer_with(DESKTOP), house.new_bill()
    payer.open(bill)
    payer.choose("wechat")
    payer.sees("waiting")
    for operation in ("close", "query"):
        house.control("faults", operation=operation, **NO_ANSWERS)

    payer.choose("alipay")
    payer.reads("不会马上开始第二笔")
    countdown = payer.page.locator("#switch [data-seconds]")
    assert 0 < int(countdown.get_attribute("data-seconds") or 0) <= GUARD_SECONDS
    assert len(house.attempts(bill)) == 1

    payer.page.wait_for_timeout(GUARD_SECONDS * 1000)
    payer.choose("alipay")
    payer.acts_at_channel("pay")
    payer.comes_back_to(bill)

    payer.sees("paid")
    first, second = house.attempts(bill)
    assert not first.settles
    assert (second.channel, second.settles, second.is_repeat) == ("alipay", True, True)


def test_payer_whom_the_channel_refuses_reads_so_and_chooses_again(
    house: House, payer_with: MakePayer
) -> None:
    payer, bill = payer_with(DESKTOP), house.new_bill(amount=1, lines=[])
    payer.open(bill)
    house.center.query(
        "UPDATE merchants_channelmerchant SET mchid = mchid || '9' WHERE channel = 'wechat' "
        "RETURNING id"
    )
    try:
        payer.choose("wechat")
        payer.sees("choose")
        payer.reads("没有扣您的钱")
    finally:
        house.center.query(
            "UPDATE merchants_channelmerchant SET mchid = left(mchid, -1) "
            "WHERE channel = 'wechat' RETURNING id"
        )

    payer.choose("wechat")
    payer.sees("waiting")

    assert [attempt.state for attempt in house.attempts(bill)] == ["failed", "pending"]
