"""Targets and bodies as the documentation wants them, and repeats that are equal to the byte."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from gateway.channels.wechat import wire
from gateway.messages import (
    ChannelAccount,
    InvokeMethod,
    Payer,
    PaymentRef,
    PayRequest,
    RefundRef,
    RefundRequest,
)
from tests.gateway.channels.wechat.peer import (
    APPID,
    MCHID,
    PROVIDER_MCHID,
    SUB_MCHID,
    VECTORS,
    account,
    partner_account,
)

REQUEST = PayRequest(
    serial_no="ORD202601010001",
    amount=1990,
    currency="CNY",
    subject="Image形象店-深圳腾大-QQ公仔",
    invoke_method=InvokeMethod.OFFICIAL_ACCOUNT,
    expires_at=datetime(2026, 1, 1, 0, 30, tzinfo=UTC),
    payer=Payer(openid="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", client_ip="14.23.150.211"),
)
REFUND = RefundRequest(
    refund_serial_no="RF202601010001@1",
    payment=PaymentRef("ORD202601010001"),
    amount=990,
    payment_amount=1990,
    currency="CNY",
    reason="商品已售完",
)


def body_of(owner: ChannelAccount, **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(wire.order_body(owner, replace(REQUEST, **changes)))
    return body


def vector_body(name: str) -> dict[str, Any]:
    requests = VECTORS["generated"]["requests"]
    body: dict[str, Any] = json.loads(
        next(item["body"] for item in requests if item["name"] == name)
    )
    return body


class TestOrder:
    def test_jsapi_body_is_that_of_the_vector(self) -> None:
        owner = account(callback_url="https://merchant.example.com/notify/wechat")
        expected = vector_body("jsapi_prepay")
        del expected["attach"]
        assert body_of(owner, freeze_for_split=True) == expected

    def test_h5_body_is_that_of_the_vector(self) -> None:
        owner = account(callback_url="https://merchant.example.com/notify/wechat")
        body = body_of(
            owner,
            invoke_method=InvokeMethod.WAP,
            serial_no="ORD202601010003",
            amount=100,
            subject="h5",
        )
        assert body.pop("time_expire") == "2026-01-01T08:30:00+08:00"
        assert body == vector_body("h5_prepay")

    def test_partner_body_is_that_of_the_vector(self) -> None:
        owner = partner_account(callback_url="https://sp.example.com/notify/wechat")
        body = body_of(owner, serial_no="ORD202601010009", amount=100, subject="d")
        del body["time_expire"]
        assert body == vector_body("partner_jsapi_prepay")

    def test_sub_merchant_with_an_app_pays_by_sub_openid(self) -> None:
        body = body_of(partner_account(appid="wxsub"))
        assert body["sub_appid"] == "wxsub"
        assert body["payer"] == {"sub_openid": REQUEST.payer.openid}

    @pytest.mark.parametrize("method", [InvokeMethod.APP, InvokeMethod.PC, InvokeMethod.QR_CODE])
    def test_only_the_products_that_need_it_name_the_payer(self, method: InvokeMethod) -> None:
        body = body_of(account(), invoke_method=method)
        assert "payer" not in body
        assert "scene_info" not in body
        assert "settle_info" not in body

    @pytest.mark.parametrize(
        ("method", "product"),
        [
            (InvokeMethod.MINI_PROGRAM, "jsapi"),
            (InvokeMethod.OFFICIAL_ACCOUNT, "jsapi"),
            (InvokeMethod.APP, "app"),
            (InvokeMethod.WAP, "h5"),
            (InvokeMethod.PC, "native"),
            (InvokeMethod.QR_CODE, "native"),
        ],
    )
    def test_each_method_orders_its_product(self, method: InvokeMethod, product: str) -> None:
        assert wire.order_target(account(), method) == f"/v3/pay/transactions/{product}"
        partner = wire.order_target(partner_account(), method)
        assert partner == f"/v3/pay/partner/transactions/{product}"

    def test_mini_program_orders_with_its_own_app(self) -> None:
        owner = account(mini_program_appid="wxmini")
        assert body_of(owner, invoke_method=InvokeMethod.MINI_PROGRAM)["appid"] == "wxmini"
        assert body_of(owner)["appid"] == APPID

    def test_mini_program_without_its_own_app_orders_with_the_account_s(self) -> None:
        assert body_of(account(), invoke_method=InvokeMethod.MINI_PROGRAM)["appid"] == APPID

    def test_expiry_is_written_in_local_time_without_fractions(self) -> None:
        elsewhere = timezone(timedelta(hours=-5))
        moment = datetime(2025, 12, 31, 19, 30, 0, 999, tzinfo=elsewhere)
        assert body_of(account(), expires_at=moment)["time_expire"] == "2026-01-01T08:30:00+08:00"

    def test_long_subject_is_cut_to_whole_characters_within_127_bytes(self) -> None:
        assert body_of(account(), subject="物" * 127)["description"] == "物" * 42
        assert body_of(account(), subject="x" * 127)["description"] == "x" * 127

    def test_body_is_compact_utf8_and_the_same_every_time(self) -> None:
        first = wire.order_body(account(), REQUEST)
        assert first == wire.order_body(account(), replace(REQUEST))
        assert "形象店".encode() in first
        assert b'": ' not in first


class TestOtherCalls:
    @pytest.mark.parametrize(
        ("owner", "query", "close"),
        [
            (
                account(),
                f"/v3/pay/transactions/out-trade-no/A%7CB?mchid={MCHID}",
                "/v3/pay/transactions/out-trade-no/A%7CB/close",
            ),
            (
                partner_account(),
                "/v3/pay/partner/transactions/out-trade-no/A%7CB"
                f"?sp_mchid={PROVIDER_MCHID}&sub_mchid={SUB_MCHID}",
                "/v3/pay/partner/transactions/out-trade-no/A%7CB/close",
            ),
        ],
    )
    def test_order_is_addressed_by_our_encoded_number(
        self, owner: ChannelAccount, query: str, close: str
    ) -> None:
        payment = PaymentRef("A|B", "4200000000202601010000000001")
        assert wire.query_target(owner, payment) == query
        assert wire.close_target(owner, payment) == close

    def test_close_body_names_the_merchants(self) -> None:
        assert wire.close_body(account()) == b'{"mchid":"1900000109"}'
        expected = f'{{"sp_mchid":"{PROVIDER_MCHID}","sub_mchid":"{SUB_MCHID}"}}'
        assert wire.close_body(partner_account()) == expected.encode()

    def test_refund_body_is_that_of_the_vector(self) -> None:
        owner = account(callback_url="https://merchant.example.com/notify/")
        expected = vector_body("refund")
        expected["notify_url"] = "https://merchant.example.com/notify/refund/"
        assert json.loads(wire.refund_body(owner, REFUND)) == expected

    def test_refund_of_a_partner_names_the_sub_merchant(self) -> None:
        body = json.loads(wire.refund_body(partner_account(), REFUND))
        assert body["sub_mchid"] == SUB_MCHID
        assert "sp_mchid" not in body

    def test_refund_body_stays_the_same_when_the_channel_s_number_becomes_known(self) -> None:
        known = replace(REFUND, payment=PaymentRef("ORD202601010001", "42000000002026"))
        assert wire.refund_body(account(), known) == wire.refund_body(account(), REFUND)

    def test_long_reason_is_cut_to_whole_characters_within_80_bytes(self) -> None:
        body = json.loads(wire.refund_body(account(), replace(REFUND, reason="退" * 80)))
        assert body["reason"] == "退" * 26

    def test_refund_without_a_reason_sends_none(self) -> None:
        assert b"reason" not in wire.refund_body(account(), replace(REFUND, reason=""))

    def test_refund_is_addressed_by_our_encoded_number(self) -> None:
        ref = RefundRef("RF@1", PaymentRef("A1"))
        target = "/v3/refund/domestic/refunds/RF%401"
        assert wire.refund_target(account(), ref) == target
        assert wire.refund_target(partner_account(), ref) == f"{target}?sub_mchid={SUB_MCHID}"
