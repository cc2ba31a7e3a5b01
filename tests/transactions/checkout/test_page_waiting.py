"""What a resident sees while a payment is under way, and after one that came to nothing."""

import pytest

from gateway.contract import ConfigurationError
from gateway.messages import (
    Failure,
    Operation,
    Outcome,
    PayResult,
)
from tests.support.clock import Clock
from tests.support.desk import Desk
from tests.support.resident import (
    COMPUTER,
    IN_ALIPAY,
    IN_WECHAT,
    PHONE,
    Face,
    Resident,
    resident_of,
)
from tests.support.workers import Workers
from transactions.lifecycle import OrderState
from transactions.models import Order, Payment

NOTHING_TAKEN = "Nothing was taken from you"
AGENTS = {"computer": COMPUTER, "phone": PHONE, "wechat": IN_WECHAT, "alipay": IN_ALIPAY}


def test_code_is_shown_where_the_payer_has_a_second_screen(desk: Desk) -> None:
    face = resident_of(desk).pay_by("wechat")
    assert face.state == "waiting"
    assert "<svg" in face.html
    assert "Waiting for your payment Scan this code with Code Pay." in face.text
    assert 'id="launch"' not in face.html


def test_page_of_the_channel_is_opened_by_a_page_of_ours(desk: Desk) -> None:
    resident = resident_of(desk, agent=PHONE)
    jump = resident.pay_by("wechat")
    url = f"https://channel.test/pay/{desk.the_payment().serial_no}"
    assert f'content="0; url={url}"' in jump.html
    assert f'href="{url}"' in jump.html
    face = resident.look()
    assert face.state == "waiting"
    assert f'href="{resident.path}go"' in face.html
    assert "Continue to the payment" in face.text


@pytest.mark.parametrize(
    ("agent", "way", "launch", "param"),
    [
        (IN_WECHAT, "wechat", "wechat_jsapi", "package"),
        (IN_ALIPAY, "alipay", "alipay_trade", "trade_no"),
    ],
)
def test_inside_an_app_the_page_starts_the_payment(
    desk: Desk, agent: str, way: str, launch: str, param: str
) -> None:
    resident = resident_of(desk, agent=agent)
    face = resident.log_in(way)
    assert (face.state, face.attribute("data-launch")) == ("waiting", launch)
    assert f'"{param}":' in face.attribute("data-params")
    assert face.attribute("data-begun") == "yes"
    assert 'id="launch"' in face.html
    assert "This app needs JavaScript to pay." in face.text
    assert resident.look().attribute("data-begun") == "", "a reload starts nothing by itself"


ELSEWHERE = "The payment was begun on another device or in another app."


@pytest.mark.parametrize("where", ["computer", "phone", "alipay"])
def test_payment_begun_in_an_app_goes_on_there(desk: Desk, where: str) -> None:
    resident = resident_of(desk, agent=IN_WECHAT)
    resident.log_in("wechat")
    face = Resident(resident.path, AGENTS[where]).look()
    assert face.state == "waiting"
    assert ELSEWHERE in face.text
    assert 'id="launch"' not in face.html
    assert face.attribute("data-params") == ""


@pytest.mark.parametrize("where", ["computer", "wechat", "alipay"])
def test_page_for_a_phone_is_not_opened_anywhere_else(desk: Desk, where: str) -> None:
    resident = resident_of(desk, agent=PHONE)
    resident.press("wechat")
    elsewhere = Resident(resident.path, AGENTS[where])
    assert ELSEWHERE in elsewhere.look().text
    assert elsewhere.look("go").response["Location"] == resident.path


def test_payment_of_a_mini_program_is_not_started_by_the_page(desk: Desk) -> None:
    """Its launch data are signed for another app id than that of pages inside WeChat."""
    payer = {"openid": "o1"}
    assert desk.pay(invoke_method="mini_program", payer=payer)["action"]["type"] == "wechat_jsapi"
    face = resident_of(desk, agent=IN_WECHAT).look()
    assert face.state == "waiting"
    assert ELSEWHERE in face.text
    assert 'id="launch"' not in face.html


def test_code_may_be_scanned_off_any_screen(desk: Desk) -> None:
    resident = resident_of(desk)
    resident.press("wechat")
    for agent in AGENTS.values():
        assert "<svg" in Resident(resident.path, agent).look().html


def test_page_waits_for_a_channel_that_has_not_answered(desk: Desk, workers: Workers) -> None:
    workers.pause()
    resident = resident_of(desk)
    face = resident.pay_by("wechat")
    assert face.state == "waiting"
    assert "The channel has not answered yet." in face.text
    workers.resume()
    desk.sweep_payments()
    assert resident.look().state == "waiting"


def test_broker_that_is_away_loses_nothing(desk: Desk, workers: Workers) -> None:
    workers.lose()
    resident = resident_of(desk)
    assert "The channel has not answered yet." in resident.pay_by("wechat").text
    workers.resume()
    desk.sweep_payments()
    desk.sweep_payments()
    assert desk.channel.calls, "the sweep goes on with it"


def test_channel_whose_answer_was_lost_keeps_the_page_waiting(desk: Desk) -> None:
    desk.channel.answers(Operation.PAY, PayResult(Outcome.UNKNOWN))
    face = resident_of(desk).pay_by("wechat")
    assert face.state == "waiting"
    assert "The channel has not answered yet." in face.text
    assert NOTHING_TAKEN not in face.text


def test_waiting_page_looks_again_without_javascript(desk: Desk) -> None:
    resident = resident_of(desk)
    refresh = f'<noscript><meta http-equiv="refresh" content="5; url={resident.path}"></noscript>'
    assert refresh not in resident.look().html
    assert refresh in resident.pay_by("wechat").html


def test_switch_is_offered_while_waiting(desk: Desk, clock: Clock) -> None:
    face = resident_of(desk).pay_by("wechat")
    assert "Pay another way" in face.text
    assert face.ways == ["wechat", "alipay"]
    assert "another one can begin in 15 seconds" in face.text
    assert '<details id="switch">' in face.html


def test_reload_and_back_repeat_nothing(desk: Desk) -> None:
    resident = resident_of(desk)
    there = resident.press("wechat")
    for _ in range(3):
        assert Face(resident.client.get(there)).state == "waiting"
        assert resident.look().state == "waiting"
    assert Payment.objects.count() == 1
    assert len(desk.channel.calls_of(Operation.PAY)) == 1


def test_refused_try_is_told_but_not_in_the_words_meant_for_the_merchant(desk: Desk) -> None:
    refusal = Failure("SIGN_ERROR", "商户证书序列号有误")
    desk.channel.answers(Operation.PAY, PayResult(Outcome.FAILED, failure=refusal))
    face = resident_of(desk).pay_by("wechat")
    assert face.state == "choose"
    assert f"The last try did not go through. {NOTHING_TAKEN}." in face.text
    assert "商户证书序列号有误" not in face.text
    assert "SIGN_ERROR" not in face.text
    assert face.ways == ["wechat", "alipay"]


def test_try_that_was_closed_is_told_apart(desk: Desk) -> None:
    resident = resident_of(desk)
    resident.press("wechat")
    desk.close(desk.the_payment().serial_no)
    Order.objects.update(state=OrderState.PAYING)
    face = resident.look()
    assert f"The last try was not finished. {NOTHING_TAKEN}." in face.text


def test_account_that_cannot_work_is_a_refused_try(desk: Desk) -> None:
    desk.channel.answers(Operation.PAY, ConfigurationError("the key is missing"))
    face = resident_of(desk).pay_by("wechat")
    assert face.state == "choose"
    assert "The last try did not go through." in face.text
