"""The login of Alipay's browser to an app: there and back, then code for the payer's id."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests

from tests.sandbox.alipay.merchant import Answer, Merchant
from tests.sandbox.process import Sandbox

METHOD = "alipay.system.oauth.token"
BACK = "http://127.0.0.1:9/back"


def _open(sandbox: Sandbox, app_id: str, **changes: str | None) -> requests.Response:
    wanted = {"app_id": app_id, "scope": "auth_base", "redirect_uri": BACK, "state": "s1"}
    named = {name: value for name, value in (wanted | changes).items() if value is not None}
    address = f"{sandbox.url}/oauth2/publicAppAuthorize.htm?{urlencode(named)}"
    return requests.get(address, timeout=10, allow_redirects=False)


def _code(sandbox: Sandbox, merchant: Merchant) -> str:
    """A code that the payer comes back with."""
    response = _open(sandbox, merchant.holder.app_id)
    assert response.status_code == 302, response.text
    return dict(parse_qsl(urlsplit(response.headers["Location"]).query))["auth_code"]


def _exchange(merchant: Merchant, code: str | None, **changes: str | None) -> Answer:
    beside = {"grant_type": "authorization_code", "code": code, **changes}
    return merchant.call(METHOD, "", biz_content=None, **beside)


def test_browser_comes_back_with_a_code_beside_what_was_there(
    sandbox: Sandbox, merchant: Merchant
) -> None:
    app_id = merchant.holder.app_id

    response = _open(sandbox, app_id, redirect_uri=f"{BACK}?order=A%261&n=%E8%B4%B9")

    address = response.headers["Location"]
    assert address.startswith(f"{BACK}?order=A%261&n=%E8%B4%B9&")
    told = dict(parse_qsl(urlsplit(address).query))
    assert (told["app_id"], told["scope"], told["state"]) == (app_id, "auth_base", "s1")
    assert told["auth_code"]


@pytest.mark.parametrize(
    "changes",
    [
        {"app_id": "9021000000000000"},
        {"scope": "auth_user"},
        {"scope": None},
        {"redirect_uri": None},
        {"redirect_uri": "javascript:alert(1)"},
    ],
)
def test_wrong_page_is_shown_to_the_payer_and_leads_nowhere(
    sandbox: Sandbox, merchant: Merchant, changes: dict[str, Any]
) -> None:
    response = _open(sandbox, **{"app_id": merchant.holder.app_id, **changes})

    assert (response.status_code, "isv.invalid-" in response.text) == (200, True)
    assert "Location" not in response.headers


def test_code_is_exchanged_for_the_payer(sandbox: Sandbox, merchant: Merchant) -> None:
    answer = _exchange(merchant, _code(sandbox, merchant))

    assert answer.name == "alipay_system_oauth_token_response"
    assert answer.is_signed
    assert answer.node["user_id"] == "2088260200000012"
    assert answer.node.keys() & {"code", "msg", "open_id"} == set()


def test_payer_and_how_a_login_names_the_payer_can_be_chosen(
    sandbox: Sandbox, merchant: Merchant
) -> None:
    sandbox.control("alipay/settings", {"payer": "2088260200000777"})
    assert _exchange(merchant, _code(sandbox, merchant)).node["user_id"] == "2088260200000777"
    sandbox.control("alipay/settings", {"payer_id": "open_id"})
    first, second = (_exchange(merchant, _code(sandbox, merchant)).node for _ in range(2))
    assert first["open_id"] == second["open_id"]
    assert "user_id" not in first


@pytest.mark.parametrize("changes", [{"payer": "1"}, {"payer_id": "email"}])
def test_impossible_payer_is_refused(sandbox: Sandbox, changes: dict[str, str]) -> None:
    response = sandbox.try_control("alipay/settings", changes)

    assert response.status_code == 400
    assert response.json()["error"]["message"].endswith(".")


def test_app_in_certificate_mode_is_answered_by_certificate(sandbox: Sandbox) -> None:
    held = sandbox.identity.alipay.certificate_merchant
    merchant = Merchant(sandbox.url, held)

    answer = _exchange(merchant, _code(sandbox, merchant))

    assert answer.code == "40001:isv.missing-app-cert-sn"
    assert (answer.name, answer.is_signed) == ("error_response", True)


@pytest.mark.parametrize(
    ("changes", "sub_code"),
    [
        ({"code": "invented"}, "isv.code-invalid"),
        ({"code": None}, "isv.code-invalid"),
        ({"grant_type": None}, "isv.grant-type-invalid"),
        ({"grant_type": "refresh_token"}, "isv.grant-type-invalid"),
    ],
)
def test_wrong_exchange_is_refused_and_leaves_the_code_good(
    sandbox: Sandbox, merchant: Merchant, changes: dict[str, str | None], sub_code: str
) -> None:
    code = _code(sandbox, merchant)

    answer = _exchange(merchant, **{"code": code, **changes})

    assert (answer.code, answer.name) == (f"40002:{sub_code}", "error_response")
    assert answer.is_signed
    assert "user_id" in _exchange(merchant, code).node


def test_code_serves_once(sandbox: Sandbox, merchant: Merchant) -> None:
    code = _code(sandbox, merchant)
    _exchange(merchant, code)

    assert _exchange(merchant, code).code == "40002:isv.code-invalid"


def test_code_of_another_app_is_unknown(sandbox: Sandbox, merchant: Merchant) -> None:
    provider = Merchant(sandbox.url, sandbox.identity.alipay.service_provider)

    assert _exchange(merchant, _code(sandbox, provider)).code == "40002:isv.code-invalid"


def test_code_of_a_providers_app_is_not_its_merchants(sandbox: Sandbox) -> None:
    provider = Merchant(sandbox.url, sandbox.identity.alipay.service_provider)
    code = _code(sandbox, provider)

    refused = _exchange(provider, code, app_auth_token=provider.holder.app_auth_token)

    assert refused.code == "40002:isv.code-invalid"
    assert "user_id" in _exchange(provider, code).node


@pytest.mark.parametrize(("seconds", "is_good"), [(170, True), (180, False)])
def test_code_is_good_for_three_minutes(
    sandbox: Sandbox, merchant: Merchant, seconds: int, is_good: bool
) -> None:
    code = _code(sandbox, merchant)
    sandbox.control("clock", {"advance_seconds": seconds})

    assert ("user_id" in _exchange(merchant, code).node) is is_good


@pytest.mark.parametrize(
    ("fault", "is_used"), [("error_not_executed", False), ("error_executed", True)]
)
def test_answer_that_tells_nothing(
    sandbox: Sandbox, merchant: Merchant, fault: str, is_used: bool
) -> None:
    sandbox.control("faults", {"channel": "alipay", "operation": "identify", "fault": fault})
    code = _code(sandbox, merchant)

    assert _exchange(merchant, code).code == "20000:isp.unknow-error"
    assert ("user_id" in _exchange(merchant, code).node) is not is_used


def test_badly_signed_answer(sandbox: Sandbox, merchant: Merchant) -> None:
    wanted = {"channel": "alipay", "operation": "identify", "fault": "bad_signature"}
    sandbox.control("faults", wanted)

    assert not _exchange(merchant, _code(sandbox, merchant)).is_signed


def test_reset_forgets_logins(sandbox: Sandbox, merchant: Merchant) -> None:
    code = _code(sandbox, merchant)
    sandbox.control("reset")

    assert _exchange(merchant, code).code == "40002:isv.code-invalid"
