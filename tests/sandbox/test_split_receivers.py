"""Receivers of shares: bound by name, for a merchant or for one of a service provider."""

from typing import Any

import pytest

from tests.sandbox.merchant import Merchant, new_number
from tests.sandbox.process import Sandbox
from tests.sandbox.sharing import HEADQUARTERS, MANAGER, ROOT, Sharer, refusal, results

INVALID = (400, "INVALID_REQUEST")
PARAM_ERROR = (400, "PARAM_ERROR")
MISSING = (404, "RESOURCE_NOT_EXISTS")


def test_receiver_is_told_as_it_was_bound(sharer: Sharer) -> None:
    told = sharer.bind(relation_type="CUSTOM", custom_relation="业委会").json()
    assert (told["account"], told["custom_relation"]) == (HEADQUARTERS, "业委会")


@pytest.mark.parametrize(
    "changes",
    [
        {"name": None},
        {"name": "示例商户全称"},
        {"name": "AAAA"},
        {"relation_type": "FRIEND"},
        {"relation_type": "CUSTOM"},
        {"custom_relation": "x"},
        {"type": "COMPANY"},
        {"sub_mchid": "1"},
        {"unknown": "x"},
    ],
)
def test_wrong_field_is_refused(sharer: Sharer, changes: dict[str, Any]) -> None:
    assert refusal(sharer.bind("1900099399", **changes)) == PARAM_ERROR


def test_name_without_the_serial_of_its_key_is_refused(sharer: Sharer) -> None:
    body = {
        "appid": sharer.merchant.holder.appid,
        "type": "MERCHANT_ID",
        "account": "1900099399",
        "name": sharer.encrypted("示例商户全称"),
        "relation_type": "PARTNER",
    }
    answer = sharer.merchant.post(f"{ROOT}/receivers/add", body)
    assert refusal(answer) == PARAM_ERROR
    assert "Wechatpay-Serial" in answer.json()["message"]


def test_name_of_a_merchant_the_platform_knows_is_checked(sandbox: Sandbox, sharer: Sharer) -> None:
    provider = sandbox.identity.wechat.service_provider
    assert refusal(sharer.bind(provider.mchid)) == INVALID
    assert sharer.bind(provider.mchid, name=sharer.encrypted(provider.name)).status_code == 200


def test_name_the_control_api_gave_an_account_is_checked(sandbox: Sandbox, sharer: Sharer) -> None:
    sandbox.control("wechat/receivers", {"account": MANAGER, "name": "张三"})
    person = {"type": "PERSONAL_OPENID", "relation_type": "STAFF"}
    assert refusal(sharer.bind(MANAGER, **person)) == INVALID
    assert sharer.bind(MANAGER, **person, name=sharer.encrypted("张三")).status_code == 200


@pytest.fixture
def partner(sandbox: Sandbox, provider: Merchant) -> Sharer:
    """A service provider that shares for its merchant."""
    return Sharer(sandbox, provider)


def _paid(partner: Sharer) -> str:
    holder = partner.merchant.holder
    body = {
        "sp_appid": holder.appid,
        "sp_mchid": holder.mchid,
        "sub_mchid": holder.sub_mchid,
        "description": "2026 物业费",
        "out_trade_no": new_number(),
        "notify_url": "http://127.0.0.1:9/notify",
        "amount": {"total": 12850, "currency": "CNY"},
        "settle_info": {"profit_sharing": True},
    }
    response = partner.merchant.post("/v3/pay/partner/transactions/native", body)
    assert response.status_code == 200, response.text
    partner.sandbox.control("wechat/pay", {"serial_no": body["out_trade_no"]})
    (order,) = partner.sandbox.look("wechat/books")["orders"]
    return str(order["channel_serial_no"])


def test_provider_shares_for_its_merchant(sandbox: Sandbox, partner: Sharer) -> None:
    sub: dict[str, Any] = {"sub_mchid": partner.merchant.holder.sub_mchid}
    paid = _paid(partner)
    assert partner.bind(**sub).status_code == 200

    answer = partner.split(paid, (HEADQUARTERS, 500), **sub, unfreeze_unsplit=True)

    assert answer.json()["sub_mchid"] == sub["sub_mchid"]
    sandbox.control("clock", {"advance_seconds": 1})
    number = answer.json()["out_order_no"]
    done = partner.ask(paid, number, f"&sub_mchid={sub['sub_mchid']}")
    assert results(done)[1] == (sub["sub_mchid"], 12350, "SUCCESS")
    back = partner.take_back(number, 100, **sub)
    assert (back.json()["result"], back.json()["sub_mchid"]) == ("SUCCESS", sub["sub_mchid"])


def test_provider_must_name_its_merchant(partner: Sharer) -> None:
    paid = _paid(partner)
    assert refusal(partner.bind()) == (403, "NO_AUTH")
    assert refusal(partner.split(paid, (HEADQUARTERS, 1))) == (403, "NO_AUTH")
    assert refusal(partner.ask(paid, "S-1")) == (403, "NO_AUTH")
    assert refusal(partner.bind(sub_mchid="1")) == (403, "NO_AUTH")


def test_app_of_the_merchant_must_be_its_own(partner: Sharer) -> None:
    holder = partner.merchant.holder
    sub: dict[str, Any] = {"sub_mchid": holder.sub_mchid}
    answer = partner.bind(**sub, sub_appid="wx0")
    assert refusal(answer) == (400, "APPID_MCHID_NOT_MATCH")
    person = {"type": "PERSONAL_SUB_OPENID", "name": None, "relation_type": "STAFF"}
    assert partner.bind(MANAGER, **sub, **person, sub_appid=holder.sub_appid).status_code == 200


def test_only_a_provider_is_told_the_ratio(
    sandbox: Sandbox, merchant: Merchant, partner: Sharer
) -> None:
    sub_mchid = partner.merchant.holder.sub_mchid
    sandbox.settle(max_ratio=2000)
    told = partner.merchant.get(f"{ROOT}/merchant-configs/{sub_mchid}")
    assert told.json() == {"sub_mchid": sub_mchid, "max_ratio": 2000}
    for stranger, asked in ((merchant, sub_mchid), (partner.merchant, "1")):
        answer = stranger.get(f"{ROOT}/merchant-configs/{asked}")
        assert refusal(answer) == (403, "NO_AUTH")
