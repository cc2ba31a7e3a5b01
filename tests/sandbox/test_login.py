"""The login of WeChat's browser to an official account: there and back, then code for openid."""

from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

import pytest
import requests

from gateway.sandbox.wechat.identity import WechatMerchant
from tests.sandbox.merchant import Merchant
from tests.sandbox.process import Sandbox

BACK = "http://127.0.0.1:9/back"


def _open(url: str, query: str) -> requests.Response:
    """The page, as a browser asks for it: nothing behind # leaves the browser."""
    address = f"{url}/connect/oauth2/authorize?{query}#wechat_redirect"
    return requests.get(address, timeout=10, allow_redirects=False)


def _query(appid: str | None, **changes: str | None) -> str:
    wanted = {
        "appid": appid,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "s1",
        **changes,
    }
    named = {name: value for name, value in wanted.items() if value is not None}
    return urlencode(named, quote_via=quote)


def _code(merchant: Merchant, appid: str = "") -> str:
    """A code that the payer comes back with."""
    response = _open(merchant.url, _query(appid or merchant.holder.appid))
    assert response.status_code == 302, response.text
    return parse_qs(urlsplit(response.headers["Location"]).query)["code"][0]


def _exchange(
    url: str, holder: WechatMerchant, code: str | None, **changes: str | None
) -> requests.Response:
    wanted = {
        "appid": holder.appid,
        "secret": holder.app_secret,
        "code": code,
        "grant_type": "authorization_code",
        **changes,
    }
    named = {name: value for name, value in wanted.items() if value is not None}
    return requests.get(f"{url}/sns/oauth2/access_token", params=named, timeout=10)


def _told(merchant: Merchant, code: str | None, **changes: str | None) -> dict[str, Any]:
    return dict(_exchange(merchant.url, merchant.holder, code, **changes).json())


def _openid(merchant: Merchant, appid: str = "") -> str:
    appid = appid or merchant.holder.appid
    return str(_told(merchant, _code(merchant, appid), appid=appid)["openid"])


def test_browser_comes_back_with_a_code_beside_what_was_there(merchant: Merchant) -> None:
    back = f"{BACK}?order=A%261&n=%E8%B4%B9#part"

    response = _open(merchant.url, _query(merchant.holder.appid, redirect_uri=back))

    address = urlsplit(response.headers["Location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == BACK
    assert address.query.startswith("order=A%261&n=%E8%B4%B9&code=")
    assert address.fragment == "part"
    assert dict(parse_qsl(address.query))["state"] == "s1"


def test_state_may_be_left_out(merchant: Merchant) -> None:
    query = _query(merchant.holder.appid, state=None)

    assert _open(merchant.url, query).status_code == 302


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"appid": "wxunknown"}, "10012"),
        ({"appid": None}, "10012"),
        ({"redirect_uri": None}, "10003"),
        ({"redirect_uri": "javascript:alert(1)"}, "10003"),
        ({"redirect_uri": "//x.example/"}, "10003"),
        ({"redirect_uri": "http://[x"}, "10003"),
        ({"scope": "snsapi_userinfo"}, "10005"),
        ({"scope": None}, "10005"),
        ({"response_type": "token"}, "10000"),
        ({"response_type": None}, "10000"),
    ],
)
def test_wrong_page_is_shown_to_the_payer_and_leads_nowhere(
    merchant: Merchant, changes: dict[str, str | None], code: str
) -> None:
    query = _query(**{"appid": merchant.holder.appid, **changes})

    response = _open(merchant.url, query)

    assert (response.status_code, f"{code}: " in response.text) == (200, True)
    assert "Location" not in response.headers


def test_parameters_in_another_order_are_refused(merchant: Merchant) -> None:
    right = _query(merchant.holder.appid).split("&")
    for order in ([1, 0, 2, 3, 4], [0, 1, 3, 2, 4], [4, 0, 1, 2, 3]):
        response = _open(merchant.url, "&".join(right[place] for place in order))
        assert "Location" not in response.headers
    assert _open(merchant.url, "&".join([*right, "connect_redirect=1"])).status_code == 302


def test_code_is_exchanged_for_the_payer(merchant: Merchant) -> None:
    response = _exchange(merchant.url, merchant.holder, _code(merchant))

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/plain"
    assert response.json().keys() == {
        "access_token", "expires_in", "refresh_token", "openid", "scope",
    }  # fmt: skip


def test_payer_has_one_openid_in_an_app_and_another_in_another(
    sandbox: Sandbox, merchant: Merchant
) -> None:
    here = _openid(merchant)

    assert _openid(merchant) == here
    assert _openid(merchant, merchant.holder.mini_program_appid) != here
    sandbox.settle(payer="somebody else")
    assert _openid(merchant) != here


def test_payer_logs_in_to_the_app_of_a_sub_merchant(provider: Merchant) -> None:
    assert _openid(provider, str(provider.holder.sub_appid)) != _openid(provider)


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"appid": None}, 41002),
        ({"secret": None}, 41004),
        ({"code": ""}, 41008),
        ({"grant_type": "refresh_token"}, 40002),
        ({"appid": "wxunknown"}, 40013),
        ({"secret": "0" * 32}, 40125),
        ({"code": "invented"}, 40029),
    ],
)
def test_wrong_exchange_is_refused_and_leaves_the_code_good(
    merchant: Merchant, changes: dict[str, str | None], errcode: int
) -> None:
    code = _code(merchant)

    told = _told(merchant, **{"code": code, **changes})

    assert told["errcode"] == errcode
    assert ", rid: " in told["errmsg"]
    assert "openid" in _told(merchant, code)


def test_code_serves_once(merchant: Merchant) -> None:
    code = _code(merchant)
    _told(merchant, code)

    told = _told(merchant, code)

    assert (told["errcode"], "openid" in told) == (40163, False)


def test_code_of_another_app_is_unknown(merchant: Merchant) -> None:
    code = _code(merchant, merchant.holder.mini_program_appid)

    assert _told(merchant, code)["errcode"] == 40029


@pytest.mark.parametrize(("seconds", "is_good"), [(290, True), (300, False)])
def test_code_is_good_for_five_minutes(
    sandbox: Sandbox, merchant: Merchant, seconds: int, is_good: bool
) -> None:
    code = _code(merchant)
    sandbox.control("clock", {"advance_seconds": seconds})

    assert ("openid" in _told(merchant, code)) is is_good


def test_registered_merchant_is_handed_its_secret(sandbox: Sandbox) -> None:
    held = sandbox.control("wechat/merchants", {"sub_merchants": {"1900099009": ["wxsub9"]}})
    newcomer = Merchant(sandbox.url, sandbox.identity.wechat.merchant)
    for appid in (held["appids"][0], "wxsub9"):
        told = _told(newcomer, _code(newcomer, appid), appid=appid, secret=held["app_secret"])
        assert told["openid"].startswith("o")


def test_busy_answer_leaves_the_code_good(sandbox: Sandbox, merchant: Merchant) -> None:
    sandbox.fault("identify", "system_busy")
    code = _code(merchant)

    assert _told(merchant, code)["errcode"] == -1
    assert "openid" in _told(merchant, code)


@pytest.mark.parametrize(("fault", "is_used"), [("drop_before", False), ("drop_after", True)])
def test_dropped_connection(
    sandbox: Sandbox, merchant: Merchant, fault: str, is_used: bool
) -> None:
    sandbox.fault("identify", fault)
    code = _code(merchant)

    with pytest.raises(requests.ConnectionError):
        _told(merchant, code)

    assert (_told(merchant, code).get("errcode") == 40163) is is_used


@pytest.mark.parametrize("fault", ["error_executed", "bad_signature", "tampered_body"])
def test_faults_of_signed_answers_do_not_befall_a_login(
    sandbox: Sandbox, merchant: Merchant, fault: str
) -> None:
    wanted = {"channel": "wechat", "operation": "identify", "fault": fault}

    assert sandbox.try_control("faults", wanted).status_code == 400
    sandbox.fault("*", fault)
    assert "openid" in _told(merchant, _code(merchant))


def test_reset_forgets_logins(sandbox: Sandbox, merchant: Merchant) -> None:
    code = _code(merchant)
    sandbox.control("reset")

    assert _told(merchant, code)["errcode"] == 40029
