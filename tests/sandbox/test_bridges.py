"""The tills behind the bridges: they take what a page presents as the app demands it."""

from typing import Any

import pytest
import requests

from gateway.sandbox.alipay.identity import AlipayApp
from tests.sandbox.alipay.merchant import Merchant as AlipayMerchant
from tests.sandbox.merchant import OPENID, Merchant
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver


def _take(url: str, channel: str, presented: dict[str, str], act: str = "pay") -> Any:
    """Send what a page presents to the till, as the bridge does."""
    response = requests.post(
        f"{url}/bridge/{channel}/pay",
        data={**presented, "act": act},
        headers={"Origin": "https://shop.example"},
        timeout=10,
    )
    assert response.status_code == 200, response.text
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    return response.json()


def _state(sandbox: Sandbox, channel: str, number: str) -> str:
    return str(sandbox.look(f"{channel}/orders/{number}")["state"])


class TestWechat:
    @pytest.mark.parametrize(
        ("act", "result", "state"),
        [("pay", "ok", "succeeded"), ("fail", "fail", "pending"), ("cancel", "cancel", "pending")],
    )
    def test_payer_acts_on_an_order(
        self, sandbox: Sandbox, merchant: Merchant, act: str, result: str, state: str
    ) -> None:
        number, prepay_id = merchant.prepay()

        answer = _take(sandbox.url, "wechat", merchant.present(prepay_id), act)

        assert answer == {"result": result, "reason": ""}
        assert _state(sandbox, "wechat", number) == state

    def test_merchant_is_called_back(
        self, sandbox: Sandbox, merchant: Merchant, receiver: Receiver
    ) -> None:
        number, prepay_id = merchant.prepay(notify_url=receiver.url)
        _take(sandbox.url, "wechat", merchant.present(prepay_id))

        assert receiver.wait()[0].envelope["event_type"] == "TRANSACTION.SUCCESS"
        order = sandbox.look(f"wechat/orders/{number}")
        assert order["payer_openid"] == OPENID

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"timeStamp": "1767225600"}, "paySign"),
            ({"nonceStr": "another"}, "paySign"),
            ({"paySign": "AAAA"}, "paySign"),
            ({"paySign": ""}, "paySign"),
            ({"signType": "MD5"}, "signType"),
            ({"signType": ""}, "signType"),
            ({"appId": "wxanother"}, "appId"),
            ({"package": "prepay_id=wxinvented"}, "package"),
            ({"package": ""}, "package"),
        ],
    )
    def test_what_the_app_would_not_show_fails_whatever_the_payer_wants(
        self, sandbox: Sandbox, merchant: Merchant, changes: dict[str, str], reason: str
    ) -> None:
        number, prepay_id = merchant.prepay()
        presented = merchant.present(prepay_id) | changes

        for act in ("pay", "cancel"):
            answer = _take(sandbox.url, "wechat", presented, act)
            assert (answer["result"], reason in answer["reason"]) == ("fail", True)
        assert _state(sandbox, "wechat", number) == "pending"

    @pytest.mark.parametrize(
        "signed", [{"appId": "wx5a4db0c0de260002"}, {"package": "{prepay_id}"}]
    )
    def test_a_signature_does_not_make_wrong_parameters_right(
        self, sandbox: Sandbox, merchant: Merchant, signed: dict[str, str]
    ) -> None:
        number, prepay_id = merchant.prepay()
        wrong = {name: text.format(prepay_id=prepay_id) for name, text in signed.items()}

        answer = _take(sandbox.url, "wechat", merchant.present(prepay_id, **wrong))

        assert answer["result"] == "fail"
        assert _state(sandbox, "wechat", number) == "pending"

    def test_earlier_prepay_id_of_the_order_fails(
        self, sandbox: Sandbox, merchant: Merchant
    ) -> None:
        body = merchant.order(payer={"openid": OPENID})
        earlier, latest = (
            merchant.post("/v3/pay/transactions/jsapi", body).json()["prepay_id"] for _ in range(2)
        )

        assert _take(sandbox.url, "wechat", merchant.present(earlier))["result"] == "fail"
        assert _take(sandbox.url, "wechat", merchant.present(latest))["result"] == "ok"

    def test_another_product_is_not_paid_by_a_page(
        self, sandbox: Sandbox, merchant: Merchant
    ) -> None:
        body = merchant.order()
        prepay_id = merchant.post("/v3/pay/transactions/app", body).json()["prepay_id"]

        assert _take(sandbox.url, "wechat", merchant.present(prepay_id))["result"] == "fail"

    def test_paid_order_is_not_paid_again(self, sandbox: Sandbox, merchant: Merchant) -> None:
        _, prepay_id = merchant.prepay()
        presented = merchant.present(prepay_id)
        _take(sandbox.url, "wechat", presented)

        assert _take(sandbox.url, "wechat", presented)["result"] == "fail"

    def test_order_of_a_sub_merchant_is_paid_in_its_app(
        self, sandbox: Sandbox, provider: Merchant
    ) -> None:
        holder = provider.holder
        body = provider.order(appid=None, mchid=None, payer={"sub_openid": OPENID}) | {
            "sp_appid": holder.appid,
            "sp_mchid": holder.mchid,
            "sub_appid": holder.sub_appid,
            "sub_mchid": holder.sub_mchid,
        }
        prepay_id = provider.post("/v3/pay/partner/transactions/jsapi", body).json()["prepay_id"]

        of_provider = _take(sandbox.url, "wechat", provider.present(prepay_id))
        assert "appId" in of_provider["reason"]
        presented = provider.present(prepay_id, appId=str(holder.sub_appid))
        assert _take(sandbox.url, "wechat", presented)["result"] == "ok"

    def test_unknown_act_fails(self, sandbox: Sandbox, merchant: Merchant) -> None:
        number, prepay_id = merchant.prepay()

        answer = _take(sandbox.url, "wechat", merchant.present(prepay_id), "steal")

        assert answer["result"] == "fail"
        assert _state(sandbox, "wechat", number) == "pending"


class TestAlipay:
    @pytest.fixture
    def app(self, sandbox: Sandbox) -> AlipayMerchant:
        """The app in public-key mode."""
        holder: AlipayApp = sandbox.identity.alipay.merchant
        return AlipayMerchant(sandbox.url, holder)

    @pytest.mark.parametrize(
        ("act", "result", "state"),
        [("pay", "ok", "succeeded"), ("fail", "fail", "pending"), ("cancel", "cancel", "pending")],
    )
    def test_payer_acts_on_a_trade(
        self, sandbox: Sandbox, app: AlipayMerchant, act: str, result: str, state: str
    ) -> None:
        number = app.create()
        trade_no = app.query(number).node["trade_no"]

        answer = _take(sandbox.url, "alipay", {"tradeNO": trade_no}, act)

        assert answer == {"result": result, "reason": ""}
        assert _state(sandbox, "alipay", number) == state

    @pytest.mark.parametrize("act", ["pay", "cancel"])
    def test_trade_that_does_not_exist_fails(self, sandbox: Sandbox, act: str) -> None:
        answer = _take(sandbox.url, "alipay", {"tradeNO": "2026"}, act)

        assert (answer["result"], "tradeNO" in answer["reason"]) == ("fail", True)
