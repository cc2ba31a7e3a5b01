"""What others wrote is only text on a page, and every face is drawn in every language."""

import pytest
from django.conf import settings

from gateway.messages import (
    Failure,
    Operation,
    Outcome,
    PayResult,
)
from merchants.models import Merchant, PaymentAccount, Project
from tests.support.clock import Clock
from tests.support.desk import Desk
from tests.support.resident import (
    IN_WECHAT,
    PHONE,
    Face,
    Resident,
    paid_resident,
    resident_of,
)
from tests.support.workers import Workers
from transactions.models import Order, OrderLine, Payment
from transactions.services.closing import close_order

LINES = [
    {"fee_type": "物业费", "room": "1-101", "period": "2026-11", "amount": 9_000},
    {"fee_type": "停车费", "amount": 1_000, "description": "车位 B12"},
]


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></main></body>",
    "{{ 7|add:7 }}{% now 'Y' %}",
    "\u202eabc\u202c\u2066x",
    "&lt;b&gt;",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_texts_of_others_are_only_text(desk: Desk, text: str) -> None:
    resident, payment = paid_resident(desk, lines=LINES)
    waiting = resident_of(desk, "A2")
    Order.objects.update(subject=text)
    OrderLine.objects.update(description=text, room=text, period=text, fee_type=text[:32])
    Merchant.objects.update(display_name=text, name=text)
    garden = Project.objects.create(merchant=payment.merchant, name=text)
    PaymentAccount.objects.update(project=garden)
    Payment.objects.update(channel_serial_no=text)
    desk.channel.answers(Operation.PAY, PayResult(Outcome.FAILED, failure=Failure(text[:64], text)))
    faces = [waiting.look(), waiting.pay_by("wechat"), resident.look(), resident.look("receipt")]
    for face in faces:
        assert face.status == 200
        assert text in face.text, "a person reads what was written"
        assert "<script>alert" not in face.html
        assert "<img" not in face.html
        assert "onmouseover='" not in face.html
        assert face.html.count("</main>") == face.html.count("</title>") == 1
        assert "¥100.00" in face.text
    assert resident.look("receipt.pdf").status == 200


def test_launch_data_cannot_break_out_of_their_attribute(desk: Desk) -> None:
    resident = resident_of(desk, agent=IN_WECHAT)
    resident.log_in("wechat")
    params = {"package": "\"'><script>alert(1)</script>&amp;"}
    Payment.objects.update(action={"type": "wechat_jsapi", "params": params})
    face = resident.look()
    assert "<script>alert" not in face.html
    assert face.attribute("data-params") == '{"package":"\\"\'><script>alert(1)</script>&amp;"}'


def test_address_of_the_channel_cannot_break_out_of_its_attribute(desk: Desk) -> None:
    resident = resident_of(desk, agent=PHONE)
    resident.press("wechat")
    url = 'https://channel.test/?a="><script>alert(1)</script>'
    Payment.objects.update(action={"type": "redirect", "params": {"url": url}})
    assert "<script>" not in resident.look("go").html


@pytest.mark.parametrize("said", ["<script>alert(1)</script>", "nonsense", "", "__class__"])
def test_only_known_words_are_said(desk: Desk, said: str) -> None:
    resident = resident_of(desk)
    face = Face(resident.client.get(resident.path, {"said": said}))
    assert face.status == 200
    assert face.text == resident.look().text
    assert "<script>alert" not in face.html


def test_page_is_chinese_unless_the_reader_chose_otherwise(desk: Desk) -> None:
    resident = resident_of(desk)
    del resident.client.cookies[settings.LANGUAGE_COOKIE_NAME]
    english = resident.client.get(resident.path, headers={"Accept-Language": "en"})
    assert '<html lang="zh-hans">' in english.content.decode()
    assert english["Content-Language"] == "zh-hans"


def test_reader_switches_the_language_by_a_link(desk: Desk) -> None:
    resident = resident_of(desk)
    assert 'href="?lang=zh-hans"' in resident.look().html
    answer = resident.client.get(f"{resident.path}?lang=zh-hans")
    assert (answer.status_code, answer["Location"]) == (303, resident.path)
    chinese = resident.look()
    assert '<html lang="zh-hans">' in chinese.html
    assert 'href="?lang=en"' in chinese.html
    cookie = answer.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    resident.client.get(f"{resident.path}?lang=en")
    assert '<html lang="en">' in resident.look().html


@pytest.mark.parametrize("language", ["fr", "", "zh", "en\r\nSet-Cookie: a=b", "../en"])
def test_language_nobody_offers_changes_nothing(desk: Desk, language: str) -> None:
    resident = resident_of(desk)
    answer = resident.client.get(resident.path, {"lang": language})
    assert (answer.status_code, answer["Location"]) == (303, resident.path)
    assert not answer.cookies


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
def test_every_face_is_drawn_in_every_language(
    desk: Desk, language: str, workers: Workers, clock: Clock
) -> None:
    resident = resident_of(desk, lines=LINES, return_url="https://app.test/back")
    resident.client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    states = [resident.look()]
    states.append(resident.pay_by("wechat"))
    desk.callback(desk.channel.paid(desk.the_payment().serial_no))
    desk.refund(desk.the_payment())
    states += [resident.look(), resident.look("receipt"), Resident("/checkout/wrong/").look()]
    over = resident_of(desk, "A2")
    clock.shift(3_600)
    states.append(over.look())
    close_order(desk.order("A2").pk)
    states.append(over.look())
    for face in states:
        assert face.status in {200, 404}
        assert "%(" not in face.text
