"""What the payer's device receives to start the payment."""

from dataclasses import replace

import pytest

from gateway.channels.wechat.config import load_keys
from gateway.channels.wechat.launch import action_of
from gateway.channels.wechat.parsing import Unreadable
from gateway.channels.wechat.signing import Stamp
from gateway.messages import Action, ActionType, ChannelAccount, InvokeMethod
from tests.contract.channel_contract import pay_request
from tests.gateway.channels.wechat.peer import (
    APPID,
    MCHID,
    PROVIDER_MCHID,
    VECTORS,
    account,
    partner_account,
)

VECTOR = {item["name"]: item for item in VECTORS["generated"]["client_invoke"]}
PREPAY = {"prepay_id": "wx01080000000000a1b2c3d4e5f60000000"}
H5 = {"h5_url": "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx01"}


@pytest.fixture(autouse=True)
def _vector_stamp(monkeypatch: pytest.MonkeyPatch) -> None:
    stamp = Stamp("1767225600", "593BEC0C930BF1AFEB40B4A08C8FB242")
    monkeypatch.setattr(Stamp, "fresh", lambda: stamp)


def launch(
    method: InvokeMethod, content: dict[str, str], owner: ChannelAccount | None = None
) -> Action:
    owner = owner or account()
    return action_of(owner, pay_request(method), content, load_keys(owner).signer)


@pytest.mark.parametrize("method", [InvokeMethod.OFFICIAL_ACCOUNT, InvokeMethod.MINI_PROGRAM])
def test_jsapi_and_mini_program_get_the_parameters_of_the_vector(method: InvokeMethod) -> None:
    action = launch(method, PREPAY)
    assert action == Action(ActionType.WECHAT_JSAPI, VECTOR["jsapi"]["client_params"])


def test_app_gets_the_parameters_of_the_vector() -> None:
    action = launch(InvokeMethod.APP, PREPAY)
    assert action == Action(ActionType.WECHAT_APP, VECTOR["app"]["client_params"])
    assert action.params["partnerid"] == MCHID


def test_mini_program_is_signed_for_its_own_app() -> None:
    action = launch(InvokeMethod.MINI_PROGRAM, PREPAY, account(mini_program_appid="wxmini"))
    assert action.params["appId"] == "wxmini"
    assert action.params["paySign"] != VECTOR["jsapi"]["client_params"]["paySign"]


@pytest.mark.parametrize(("appid", "running"), [("", APPID), ("wxsub", "wxsub")])
def test_partner_launch_runs_in_the_app_the_openid_belongs_to(appid: str, running: str) -> None:
    owner = partner_account(appid=appid)
    assert launch(InvokeMethod.OFFICIAL_ACCOUNT, PREPAY, owner).params["appId"] == running
    app = launch(InvokeMethod.APP, PREPAY, owner).params
    assert (app["appid"], app["partnerid"]) == (running, PROVIDER_MCHID)


@pytest.mark.parametrize("method", [InvokeMethod.QR_CODE, InvokeMethod.PC])
def test_native_code_is_handed_on(method: InvokeMethod) -> None:
    action = launch(method, {"code_url": "weixin://wxpay/bizpayurl?pr=JyC91EIz1"})
    assert action.type is ActionType.QR_CODE
    assert action.params == {"content": "weixin://wxpay/bizpayurl?pr=JyC91EIz1"}


def test_h5_page_returns_to_the_application() -> None:
    action = launch(InvokeMethod.WAP, H5)
    assert action.type is ActionType.REDIRECT
    returning = "https%3A%2F%2Fapp.test%2Fpaid%3Forder%3DA1"
    assert action.params == {"url": f"{H5['h5_url']}&redirect_url={returning}"}


def test_h5_page_without_a_return_url_is_left_alone() -> None:
    request = replace(pay_request(InvokeMethod.WAP), return_url="")
    action = action_of(account(), request, H5, load_keys(account()).signer)
    assert action.params == {"url": H5["h5_url"]}


@pytest.mark.parametrize("method", InvokeMethod)
@pytest.mark.parametrize("content", [{}, {"prepay_id": "", "h5_url": "", "code_url": ""}])
def test_answer_without_a_launch_is_unreadable(
    method: InvokeMethod, content: dict[str, str]
) -> None:
    with pytest.raises(Unreadable):
        launch(method, content)
