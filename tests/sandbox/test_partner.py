"""The service provider's API: its own paths, its own field names, merchants it may act for."""

from dataclasses import replace
from typing import Any

import pytest

from tests.sandbox.merchant import Merchant, new_number
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver

NATIVE = "/v3/pay/partner/transactions/native"


def _order(provider: Merchant, **changes: Any) -> dict[str, Any]:
    body = {
        "sp_appid": provider.holder.appid,
        "sp_mchid": provider.holder.mchid,
        "sub_mchid": provider.holder.sub_mchid,
        "description": "2026 物业费",
        "out_trade_no": new_number(),
        "notify_url": "http://127.0.0.1:9/notify",
        "amount": {"total": 12850, "currency": "CNY"},
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


def _parties(provider: Merchant) -> str:
    return f"sp_mchid={provider.holder.mchid}&sub_mchid={provider.holder.sub_mchid}"


def _refusal(provider: Merchant, path: str, body: dict[str, Any]) -> tuple[int, str]:
    response = provider.post(path, body)
    return response.status_code, response.json()["code"]


def test_partner_order_is_paid_told_and_refunded(
    sandbox: Sandbox, provider: Merchant, receiver: Receiver
) -> None:
    body = _order(provider, notify_url=receiver.url)
    assert "code_url" in provider.post(NATIVE, body).json()
    sandbox.control("wechat/pay", {"serial_no": body["out_trade_no"]})

    (callback,) = receiver.wait()
    content = callback.open(provider.holder.apiv3_key)
    assert content["sp_mchid"] == provider.holder.mchid
    assert content["sub_mchid"] == provider.holder.sub_mchid
    assert set(content["payer"]) == {"sp_openid"}
    refund = provider.refund(
        body["out_trade_no"], 850, sub_mchid=provider.holder.sub_mchid, out_refund_no="R-1"
    )
    assert refund.status_code == 200
    path = f"/v3/refund/domestic/refunds/R-1?sub_mchid={provider.holder.sub_mchid}"
    assert provider.get(path).json()["refund_id"] == refund.json()["refund_id"]
    assert provider.query_refund("R-1").status_code == 404


def test_partner_order_is_queried_and_closed_by_both_parties(provider: Merchant) -> None:
    body = _order(provider)
    provider.post(NATIVE, body)
    path = f"/v3/pay/partner/transactions/out-trade-no/{body['out_trade_no']}"
    parties = {"sp_mchid": provider.holder.mchid, "sub_mchid": provider.holder.sub_mchid}

    assert provider.get(f"{path}?{_parties(provider)}").json()["trade_state"] == "NOTPAY"
    assert provider.post(f"{path}/close", parties).status_code == 204


def test_sub_openid_needs_the_sub_appid_it_belongs_to(provider: Merchant) -> None:
    path = "/v3/pay/partner/transactions/jsapi"
    payer = {"sub_openid": "oSub"}

    assert _refusal(provider, path, _order(provider, payer=payer))[0] == 400
    assert _refusal(provider, path, _order(provider, payer={}))[0] == 400
    body = _order(provider, payer=payer, sub_appid=provider.holder.sub_appid)
    assert "prepay_id" in provider.post(path, body).json()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sub_mchid": "1900000109"}, (403, "NO_AUTH")),
        ({"sub_appid": "wx0000000000000000"}, (400, "APPID_MCHID_NOT_MATCH")),
        ({"sp_appid": "wx0000000000000000"}, (400, "APPID_MCHID_NOT_MATCH")),
        ({"mchid": "1900012602"}, (400, "PARAM_ERROR")),
    ],
)
def test_foreign_party_is_refused(
    provider: Merchant, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert _refusal(provider, NATIVE, _order(provider, **changes)) == expected


def test_direct_and_partner_api_are_not_for_each_other_s_merchants(
    merchant: Merchant, provider: Merchant
) -> None:
    direct = "/v3/pay/transactions/native"

    assert _refusal(provider, direct, provider.order()) == (403, "NO_AUTH")
    as_provider = _order(provider, sp_mchid=merchant.holder.mchid)
    assert _refusal(merchant, NATIVE, as_provider) == (403, "NO_AUTH")


def test_order_of_one_sub_merchant_is_not_found_through_another(sandbox: Sandbox) -> None:
    own, other = "1900099001", "1900099002"
    subs = {own: ["wx1"], other: ["wx2"]}
    known = sandbox.control("wechat/merchants", {"sub_merchants": subs, "appids": ["wxsp"]})
    fields = ("mchid", "serial_no", "private_key_pem", "apiv3_key", "appid")
    holder = replace(
        sandbox.identity.wechat.service_provider,
        sub_mchid=own,
        **{name: known[name] for name in fields},
    )
    provider = Merchant(sandbox.url, holder)
    body = _order(provider)
    number = body["out_trade_no"]
    assert provider.post(NATIVE, body).status_code == 200
    sandbox.control("wechat/pay", {"serial_no": number})

    path = f"/v3/pay/partner/transactions/out-trade-no/{number}?sp_mchid={holder.mchid}"
    for sub_mchid, status in ((own, 200), (other, 404)):
        assert provider.get(f"{path}&sub_mchid={sub_mchid}").status_code == status
    for sub_mchid, status in ((other, 404), (own, 200)):
        assert provider.refund(number, 1, sub_mchid=sub_mchid).status_code == status


def test_refund_of_a_provider_needs_the_sub_merchant(sandbox: Sandbox, provider: Merchant) -> None:
    body = _order(provider)
    provider.post(NATIVE, body)
    sandbox.control("wechat/pay", {"serial_no": body["out_trade_no"]})

    response = provider.refund(body["out_trade_no"], 1)

    assert (response.status_code, response.json()["code"]) == (403, "NO_AUTH")
