"""Learning who pays: only the browser that left for the login comes back, once and in time."""

import re
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from django.conf import settings

from gateway.contract import ConfigurationError
from gateway.messages import Failure, Operation, Outcome, Payer, PayerIdentity, PayRequest
from merchants.models import PaymentAccount
from tests.support.checkout_channels import LOGIN
from tests.support.clock import Clock
from tests.support.desk import Desk, events
from tests.support.resident import (
    COMPUTER,
    IN_ALIPAY,
    IN_WECHAT,
    LOGIN_DONE,
    Face,
    Resident,
    resident_of,
)
from tests.support.together import together
from transactions.checkout import login
from transactions.models import Order, Payment

SECONDS = 600
NOT_KNOWN = "The app did not say who you are. Try again, or choose another way."
OPENID = "oPAYER0123456789"


@pytest.fixture
def resident(desk: Desk) -> Resident:
    """Somebody who opened the page inside WeChat."""
    return resident_of(desk, agent=IN_WECHAT)


def _leave(resident: Resident, way: str = "wechat") -> str:
    """Leave for the login and return the state that the channel was given."""
    answer: Any = resident.client.get(f"{resident.path}login/{way}")
    assert answer.status_code == 302
    return _asked(answer)["state"]


def _asked(answer: Any) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(answer["Location"]).query))


def _arrive(resident: Resident, state: str, code: str = f"of-{OPENID}", **more: str) -> Any:
    """Come back from the login."""
    return resident.client.get(LOGIN_DONE, {"state": state, "code": code, **more})


def _cookie(resident: Resident) -> Any:
    (name,) = (name for name in resident.client.cookies if name.startswith("checkout_login_"))
    return resident.client.cookies[name]


def test_payer_is_sent_to_the_login_of_the_account(desk: Desk, resident: Resident) -> None:
    answer = resident.client.get(f"{resident.path}login/wechat")
    assert answer["Location"].startswith(f"{LOGIN}?")
    asked = _asked(answer)
    assert asked["appid"] == desk.account.appid
    assert asked["redirect_uri"] == settings.PUBLIC_BASE_URL + LOGIN_DONE
    assert re.fullmatch(r"[0-9a-f]{32}", asked["state"])
    assert resident.token not in answer["Location"]
    assert not Payment.objects.exists()


def test_cookie_is_for_the_way_back_alone(resident: Resident) -> None:
    _leave(resident)
    cookie = _cookie(resident)
    assert (cookie["path"], cookie["max-age"]) == (LOGIN_DONE, SECONDS)
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert not cookie["domain"]


def test_cookie_is_for_https_alone_where_the_center_is(resident: Resident, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = True
    _leave(resident)
    assert _cookie(resident)["secure"]


def test_states_are_never_the_same(resident: Resident) -> None:
    assert len({_leave(resident) for _ in range(15)}) == 15


def test_payer_who_comes_back_pays(desk: Desk, resident: Resident) -> None:
    answer = _arrive(resident, _leave(resident))
    assert (answer.status_code, answer["Location"]) == (303, f"{resident.path}?begun=1")
    (identified, paid) = desk.channel.calls
    assert (identified.operation, identified.request) == (Operation.IDENTIFY, f"of-{OPENID}")
    assert isinstance(paid.request, PayRequest)
    assert paid.request.payer.openid == OPENID
    assert paid.request.payer.client_ip == resident.client.defaults["REMOTE_ADDR"]
    assert paid.request.return_url == settings.PUBLIC_BASE_URL + resident.path
    assert Face(resident.client.get(answer["Location"])).attribute("data-launch") == "wechat_jsapi"


def test_each_channel_hands_over_its_code_by_its_own_name(desk: Desk) -> None:
    resident = resident_of(desk, agent=IN_ALIPAY)
    state = _leave(resident, "alipay")
    wrong = resident.client.get(LOGIN_DONE, {"state": state, "code": "of-x"})
    assert wrong["Location"] == f"{resident.path}?said=login"
    state = _leave(resident, "alipay")
    resident.client.get(LOGIN_DONE, {"state": state, "auth_code": f"of-{OPENID}"})
    (call,) = desk.other_channel.calls_of(Operation.PAY)
    assert isinstance(call.request, PayRequest)
    assert call.request.payer.buyer_open_id == OPENID


# --- Whose way back it is -------------------------------------------------------------------------


def _assert_leads_nowhere(answer: Any, desk: Desk) -> None:
    assert answer.status_code == 404
    assert not Payment.objects.exists()
    assert desk.channel.calls == []


def test_code_without_the_cookie_begins_nothing(desk: Desk, resident: Resident) -> None:
    """Whoever lures a payer to a login's way back pays nothing with the payer's name."""
    state = _leave(resident)
    stranger = Resident(resident.path, IN_WECHAT)
    _assert_leads_nowhere(_arrive(stranger, state), desk)


def test_cookie_of_another_login_begins_nothing(desk: Desk, resident: Resident) -> None:
    other = Resident(resident.path, IN_WECHAT)
    mine, theirs = _leave(resident), _leave(other)
    other.client.cookies[f"checkout_login_{mine[:12]}"] = _cookie(other).value
    _assert_leads_nowhere(_arrive(other, mine), desk)
    twisted = theirs[:12] + mine[12:]
    _assert_leads_nowhere(_arrive(other, twisted), desk)


def test_cookie_of_another_page_pays_that_page(desk: Desk, resident: Resident) -> None:
    """What is paid was chosen before leaving; nothing in the way back can change it."""
    other = resident_of(desk, "A2", agent=IN_WECHAT)
    answer = _arrive(resident, _leave(resident), token=other.token, way="alipay")
    assert answer["Location"] == f"{resident.path}?begun=1"
    assert desk.the_payment().order.order_no == "A1"


def test_way_back_serves_once(desk: Desk, resident: Resident) -> None:
    state = _leave(resident)
    _arrive(resident, state)
    before = len(desk.channel.calls)
    assert _arrive(resident, state).status_code == 404
    assert len(desk.channel.calls) == before
    assert Payment.objects.count() == 1


def test_way_back_is_open_for_ten_minutes(desk: Desk, resident: Resident, clock: Clock) -> None:
    early, late = _leave(resident), _leave(resident)
    clock.shift(SECONDS)
    assert _arrive(resident, early).status_code == 303
    clock.shift(1)
    before = len(desk.channel.calls)
    # The browser would not send the cookie any more; whoever kept it does.
    resident.client.cookies[f"checkout_login_{late[:12]}"]["max-age"] = ""
    assert _arrive(resident, late).status_code == 404
    assert len(desk.channel.calls) == before


@pytest.mark.parametrize("part", ["token", "way", "signature", "cut", "empty", "unsigned"])
def test_cookie_that_was_altered_begins_nothing(desk: Desk, resident: Resident, part: str) -> None:
    state = _leave(resident)
    cookie = _cookie(resident)
    value = str(cookie.value)
    altered = {
        "token": value.replace(resident.token, resident.token[::-1]),
        "way": value.replace(":wechat:", ":alipay:"),
        "signature": value[:-1] + ("A" if value[-1] != "A" else "B"),
        "cut": value[: len(value) // 2],
        "empty": "",
        "unsigned": f"{resident.token}:wechat",
    }[part]
    assert altered != value
    resident.client.cookies[cookie.key] = altered
    _assert_leads_nowhere(_arrive(resident, state), desk)


@pytest.mark.parametrize(
    "state",
    [
        *("", "x", "0" * 31, "0" * 32, "0" * 33, "0" * 5_000, "é" * 32, "；" * 32, "../" * 11),
        *("a\r\nSet-Cookie: a=b".ljust(32, "0"), "<script>alert(1)</script>0000000", "\x00" * 32),
    ],
    ids=lambda state: ascii(state)[:24],
)
def test_state_nobody_gave_leads_nowhere(desk: Desk, resident: Resident, state: str) -> None:
    _leave(resident)
    answer = _arrive(resident, state)
    _assert_leads_nowhere(answer, desk)
    assert "<script>alert" not in answer.content.decode()


def test_two_tabs_come_back_each_with_its_own(desk: Desk, resident: Resident) -> None:
    other_page = resident_of(desk, "A2", agent=IN_WECHAT)
    other_page.client = resident.client
    first, second = _leave(resident), _leave(other_page)
    assert _arrive(resident, second)["Location"] == f"{other_page.path}?begun=1"
    assert _arrive(resident, first)["Location"] == f"{resident.path}?begun=1"
    assert Payment.objects.count() == 2


def test_two_tabs_of_one_page_that_come_back_at_once_are_one_payment(
    desk: Desk, resident: Resident
) -> None:
    states = [_leave(resident) for _ in range(4)]
    tabs = [Resident(resident.path, IN_WECHAT, REMOTE_ADDR="10.1.2.3") for _ in states]
    for tab in tabs:
        tab.client.cookies = resident.client.cookies
    answers = together(4, lambda index: _arrive(tabs[index], states[index]))
    assert {answer["Location"] for answer in answers} == {f"{resident.path}?begun=1"}
    assert Payment.objects.count() == 1
    assert len(desk.channel.calls_of(Operation.PAY)) == 1


# --- When it does not work out --------------------------------------------------------------------


@pytest.mark.parametrize("query", [{}, {"code": ""}, {"error": "access_denied"}], ids=str)
def test_payer_who_declines_is_asked_again(
    desk: Desk, resident: Resident, query: dict[str, str]
) -> None:
    answer = resident.client.get(LOGIN_DONE, {"state": _leave(resident), **query})
    assert answer["Location"] == f"{resident.path}?said=login"
    face = resident.look("?said=login")
    assert (face.state, NOT_KNOWN in face.text) == ("choose", True)
    assert desk.channel.calls == []


REFUSED = Failure("40029", "invalid code")


@pytest.mark.parametrize(
    "answer",
    [
        PayerIdentity(Outcome.FAILED, failure=REFUSED),
        PayerIdentity(Outcome.UNKNOWN),
        PayerIdentity(Outcome.UNKNOWN, failure=REFUSED),
        ConfigurationError("the secret of the app is missing"),
    ],
    ids=str,
)
def test_channel_that_does_not_say_who_it_is_begins_nothing(
    desk: Desk, resident: Resident, answer: Any
) -> None:
    desk.channel.answers(Operation.IDENTIFY, answer)
    back = _arrive(resident, _leave(resident))
    assert back["Location"] == f"{resident.path}?said=login"
    assert not Payment.objects.exists()
    assert resident.look("?said=login").ways == ["wechat"]


def test_code_is_asked_about_once(desk: Desk, resident: Resident) -> None:
    """A code serves once; asking again would only be refused."""
    desk.channel.answers(Operation.IDENTIFY, PayerIdentity(Outcome.UNKNOWN))
    _arrive(resident, _leave(resident))
    assert len(desk.channel.calls_of(Operation.IDENTIFY)) == 1


def test_account_that_cannot_log_anybody_in_says_so(
    resident: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its keys were changed after the page had offered it."""

    def refuse(*args: object, **rest: object) -> str:
        raise ConfigurationError("the app id is missing")

    monkeypatch.setattr(login, "login_url", refuse)
    face = resident.client.get(f"{resident.path}login/wechat", follow=True)
    assert "This way to pay is out of order right now." in Face(face).text
    assert not [name for name in resident.client.cookies if name.startswith("checkout_login_")]


@pytest.mark.parametrize("way", ["alipay", "easypay-any", "x"])
def test_way_that_is_not_offered_here_has_no_login(
    desk: Desk, resident: Resident, way: str
) -> None:
    answer = resident.client.get(f"{resident.path}login/{way}")
    assert answer["Location"] == f"{resident.path}?said=way"


def test_way_that_needs_no_login_has_none(desk: Desk) -> None:
    resident = resident_of(desk, agent=COMPUTER)
    answer = resident.client.get(f"{resident.path}login/wechat")
    assert answer["Location"] == f"{resident.path}?said=way"
    assert not Payment.objects.exists()


def test_account_withdrawn_meanwhile_begins_nothing(desk: Desk, resident: Resident) -> None:
    state = _leave(resident)
    PaymentAccount.objects.update(is_active=False)
    assert _arrive(resident, state)["Location"] == f"{resident.path}?said=way"
    assert desk.channel.calls == []


def test_way_back_in_another_browser_begins_nothing(desk: Desk, resident: Resident) -> None:
    """The cookie alone is not enough: the way must be one of the browser it arrives in."""
    state = _leave(resident)
    answer = resident.client.get(
        LOGIN_DONE, {"state": state, "code": "of-x"}, headers={"User-Agent": IN_ALIPAY}
    )
    assert answer["Location"] == f"{resident.path}?said=way"
    assert desk.channel.calls == []


def test_order_that_is_over_meanwhile_begins_nothing(desk: Desk, clock: Clock) -> None:
    resident = resident_of(desk, agent=IN_WECHAT)
    clock.shift(1_500)
    state = _leave(resident)
    clock.shift(400)
    assert _arrive(resident, state)["Location"] == resident.path
    assert not Payment.objects.exists()


def test_page_that_is_gone_leads_nowhere(desk: Desk, resident: Resident) -> None:
    state = _leave(resident)
    desk.order().checkout.delete()
    _assert_leads_nowhere(_arrive(resident, state), desk)


def test_too_many_logins_must_wait_and_the_way_back_stays_open(
    desk: Desk, resident: Resident, clock: Clock
) -> None:
    states = [_leave(resident) for _ in range(20)]
    refused = _arrive(resident, states[0])
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert desk.channel.calls == []
    clock.shift(60)
    assert _arrive(resident, states[0]).status_code == 303


# --- Who somebody is stays inside -----------------------------------------------------------------


def test_name_of_a_payer_is_in_no_url_page_or_log(
    desk: Desk, resident: Resident, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    answer = _arrive(resident, _leave(resident))
    shown = [repr(dict(answer.headers)), answer.content.decode(), repr(answer.cookies)]
    desk.callback(desk.channel.paid(desk.the_payment().serial_no))
    for below in ("", "status", "receipt", "receipt.pdf", "?begun=1"):
        got = resident.client.get(resident.path + below)
        shown += [repr(dict(got.headers)), got.content.decode("latin-1")]
    shown += [repr(event.data) for event in events()]
    shown.append(repr(desk.client.get(f"/api/v1/payments/{desk.the_payment().serial_no}").body))
    shown.append(caplog.text)
    assert [text for text in shown if OPENID in text] == []


def test_code_of_a_login_is_not_kept(desk: Desk, resident: Resident) -> None:
    _arrive(resident, _leave(resident), code="of-secret-code")
    assert "of-secret-code" not in repr(list(Payment.objects.values_list()))
    assert "of-secret-code" not in repr(list(Order.objects.values_list()))


def test_payer_without_a_name_is_told_nothing_of_the_channel(
    desk: Desk, resident: Resident
) -> None:
    desk.channel.answers(Operation.IDENTIFY, PayerIdentity(Outcome.SUCCEEDED, Payer()))
    answer = _arrive(resident, _leave(resident))
    assert answer["Location"] == f"{resident.path}?said=way"
    assert not Payment.objects.exists()


def test_way_with_a_slash_is_no_way(desk: Desk, resident: Resident) -> None:
    answer = resident.client.get(f"{resident.path}login/{quote('a/b', safe='')}")
    assert answer.status_code == 404
