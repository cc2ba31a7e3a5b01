"""What a resident sees before anything was tried."""

import re

import pytest

from merchants.models import PaymentAccount, Project
from tests.support.clock import Clock
from tests.support.desk import Desk
from tests.support.resident import (
    COMPUTER,
    IN_ALIPAY,
    IN_WECHAT,
    PHONE,
    resident_of,
)

LINES = [
    {"fee_type": "物业费", "room": "1-101", "period": "2026-11", "amount": 9_000},
    {"fee_type": "停车费", "amount": 1_000, "description": "车位 B12"},
]


def test_order_to_be_paid_says_whom_for_what_and_how(desk: Desk, clock: Clock) -> None:
    face = resident_of(desk, lines=LINES).look()
    assert (face.status, face.state) == (200, "choose")
    for text in ("阳光物业", "物业费", "¥100.00", "Order number A1", "until 16:30"):
        assert text in face.text
    for text in ("1-101 2026-11", "¥90.00", "车位 B12", "¥10.00", "What it is made of"):
        assert text in face.text
    assert face.ways == ["wechat", "alipay"]
    for text in ("Code Pay", "Link Pay", "Choose how to pay", "Look again"):
        assert text in face.text


def test_order_to_be_paid_says_nothing_else(desk: Desk) -> None:
    face = resident_of(desk).look()
    for text in ("Paid", "Receipt", "Refund", "Serial number", "try", "What it is made of"):
        assert text not in face.text
    order = desk.order()
    hidden = [
        *(desk.account.payment_no, desk.account.channel_merchant.mchid, desk.account.appid),
        *(desk.application.code, order.merchant.merchant_no, order.merchant.credit_code),
        order.merchant.name,
    ]
    assert not [text for text in hidden if text in face.html]


def test_way_is_a_form_that_a_browser_sends_by_itself(desk: Desk) -> None:
    resident = resident_of(desk)
    forms = re.findall(r'<form method="post" action="([^"]+)">', resident.look().html)
    assert forms == [f"{resident.path}pay"] * 2


def test_many_lines_are_folded(desk: Desk) -> None:
    few = resident_of(desk, "A1", lines=LINES).look()
    lines = [{"fee_type": "a", "amount": 2_500}] * 4
    many = resident_of(desk, "A2", lines=lines).look()
    assert "<details open>" in few.html
    assert "<details open>" not in many.html
    assert many.text.count("¥25.00") == 4


def test_community_is_named_where_the_accounts_agree(desk: Desk) -> None:
    resident = resident_of(desk)
    assert "阳光花园" not in resident.look().text
    garden = Project.objects.create(merchant=desk.order().merchant, name="阳光花园")
    PaymentAccount.objects.update(project=garden)
    assert "阳光花园" in resident.look().text
    PaymentAccount.objects.filter(pk=desk.account.pk).update(project=None)
    assert "阳光花园" not in resident.look().text


@pytest.mark.parametrize(
    ("agent", "text"),
    [
        (COMPUTER, "There is no way to pay at the moment."),
        (PHONE, "There is no way to pay at the moment."),
        (IN_WECHAT, "Nothing here can be paid inside WeChat. Open the link in your browser"),
        (IN_ALIPAY, "Nothing here can be paid inside Alipay. Open the link in your browser"),
    ],
)
def test_page_without_a_way_says_what_to_do(desk: Desk, agent: str, text: str) -> None:
    PaymentAccount.objects.update(is_active=False)
    face = resident_of(desk, agent=agent).look()
    assert face.ways == []
    assert text in face.text


@pytest.mark.parametrize(
    ("agent", "ways"), [(IN_WECHAT, ["wechat"]), (IN_ALIPAY, ["alipay"])], ids=["wechat", "alipay"]
)
def test_inside_an_app_the_way_begins_with_its_login(
    desk: Desk, agent: str, ways: list[str]
) -> None:
    resident = resident_of(desk, agent=agent)
    face = resident.look()
    assert face.ways == ways
    assert f'href="{resident.path}login/{ways[0]}"' in face.html
    assert "<form" not in face.html


def test_way_back_is_shown_where_the_application_named_one(desk: Desk) -> None:
    assert "Back to the merchant" not in resident_of(desk, "A1").look().text
    face = resident_of(desk, "A2", return_url="https://app.test/back?a=1&b=2").look()
    assert 'href="https://app.test/back?a=1&amp;b=2"' in face.html
    assert "Back to the merchant" in face.text
