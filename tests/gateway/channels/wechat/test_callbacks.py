"""Callbacks: the vectors, and what must be refused although it looks right."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
import time_machine

from gateway.channels.wechat.channel import WeChatChannel
from gateway.messages import (
    CallbackRejected,
    ChannelAccount,
    ChannelEvent,
    Outcome,
    PaymentReport,
    RawCallback,
    RefundReport,
    SplitNews,
)
from tests.gateway.channels.wechat.peer import (
    APPID,
    BY_CERTIFICATE,
    BY_PUBLIC_KEY,
    CERTIFICATE_SERIAL,
    MCHID,
    MERCHANT_KEY,
    PROVIDER_MCHID,
    PUBLIC_KEY,
    SEAL_KEY,
    SUB_MCHID,
    VECTOR_TIME,
    VECTORS,
    account,
    callback,
    encoded,
    envelope,
    order,
    partner_account,
    refund_event,
    sealed,
    split_event,
    vector_callback,
)

CHANNEL = WeChatChannel()
NOTIFICATIONS = VECTORS["generated"]["notifications"]
PAID_AT = datetime.fromisoformat("2026-01-01T08:00:00+08:00")


def event_of(message: RawCallback, owner: ChannelAccount | None = None) -> ChannelEvent:
    return CHANNEL.parse_callback(owner or account(), message)


def parse(
    message: RawCallback, owner: ChannelAccount | None = None
) -> PaymentReport | RefundReport:
    event = event_of(message, owner)
    assert not isinstance(event, SplitNews)
    return event


def rejection(message: RawCallback, owner: ChannelAccount | None = None) -> CallbackRejected:
    with pytest.raises(CallbackRejected) as caught:
        event_of(message, owner)
    return caught.value


def payment(**changes: Any) -> RawCallback:
    return callback(envelope(order(**changes), "transaction"))


def partner_order(**changes: Any) -> dict[str, Any]:
    content = {**order(), "sp_mchid": PROVIDER_MCHID, "sub_mchid": SUB_MCHID, "sp_appid": APPID}
    del content["mchid"], content["appid"]
    return {**content, **changes}


class TestVectors:
    @pytest.mark.parametrize(
        "vector",
        [item for item in NOTIFICATIONS if item["expect"] == "accept"],
        ids=lambda item: item["name"],
    )
    def test_authentic_callback_is_read(self, vector: dict[str, Any]) -> None:
        plain = json.loads(vector["plaintext"])
        event = parse(
            vector_callback(vector), partner_account() if "sp_mchid" in plain else account()
        )
        assert event.serial_no == plain["out_trade_no"]
        assert event.mchid == plain.get("sub_mchid", MCHID)

    @pytest.mark.parametrize(
        "vector",
        [item for item in NOTIFICATIONS if item["expect"] == "reject"],
        ids=lambda item: item["name"],
    )
    def test_forged_or_stale_callback_is_rejected(self, vector: dict[str, Any]) -> None:
        with time_machine.travel(vector["clock_unix"], tick=False):
            assert rejection(vector_callback(vector)).reason

    @pytest.mark.parametrize("index", [3, 4])
    def test_callback_shaped_as_in_production_is_read(self, index: int) -> None:
        vector = VECTORS["sdk_published"][index]
        key = replace(SEAL_KEY, value=vector["apiv3_key"].replace("-", "x"))
        owner = account(mchid="1601959334", credentials=(MERCHANT_KEY, key, PUBLIC_KEY))
        body = json.loads(vector["notification_body"])
        resource = sealed(
            vector["plaintext"].encode(), key=key.value, aad=vector["associated_data"]
        )
        body["resource"] = {**body["resource"], **resource}
        event = parse(callback(body), owner)
        assert event.outcome is Outcome.SUCCEEDED
        assert event.serial_no == "S20210128170702357723"


class TestPayment:
    def test_success_is_reported_as_the_channel_signed_it(self) -> None:
        assert parse(payment()) == PaymentReport(
            Outcome.SUCCEEDED,
            serial_no="P260101080000ABCDEFGHJKM",
            channel_serial_no="4200000000202601010000000001",
            amount=1990,
            payer_amount=1890,
            currency="CNY",
            mchid=MCHID,
            appid=APPID,
            paid_at=PAID_AT,
            payer_id="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        )

    def test_callback_signed_by_a_platform_certificate_is_read(self) -> None:
        body = envelope(order(), "transaction")
        assert parse(callback(body, pen=BY_CERTIFICATE)) == parse(payment())

    def test_repeat_sealed_and_signed_anew_is_the_same_event(self) -> None:
        later = callback(
            envelope(order(), "transaction", **sealed(encoded(order()), aad="")), nonce="m" * 32
        )
        assert later.body != payment().body
        assert parse(later) == parse(payment())

    @pytest.mark.parametrize("state", ["NOTPAY", "CLOSED", "USERPAYING", "success", "OTHER"])
    def test_other_state_is_never_a_success(self, state: str) -> None:
        assert parse(payment(state=state)).outcome is not Outcome.SUCCEEDED

    def test_amount_currency_and_app_are_left_to_the_center_to_compare(self) -> None:
        event = parse(payment(amount={"total": 1}, appid="wx2"))
        assert isinstance(event, PaymentReport)
        assert (event.amount, event.currency, event.appid) == (1, "", "wx2")

    def test_unknown_members_are_ignored(self) -> None:
        assert parse(payment(news={"a": [1]})) == parse(payment())

    def test_partner_event_is_reported_for_the_sub_merchant(self) -> None:
        message = callback(envelope(partner_order(sub_appid="wxsub"), "transaction"))
        event = parse(message, partner_account())
        assert isinstance(event, PaymentReport)
        assert (event.mchid, event.appid) == (SUB_MCHID, "wxsub")


class TestRefund:
    @pytest.mark.parametrize(
        ("state", "outcome", "needs_person"),
        [
            ("SUCCESS", Outcome.SUCCEEDED, False),
            ("CLOSED", Outcome.FAILED, False),
            ("ABNORMAL", Outcome.PENDING, True),
            ("PROCESSING", Outcome.PENDING, False),
            ("OTHER", Outcome.UNKNOWN, False),
        ],
    )
    def test_state_is_translated(self, state: str, outcome: Outcome, needs_person: bool) -> None:
        event = parse(callback(envelope(refund_event(state), "refund")))
        assert isinstance(event, RefundReport)
        assert (event.outcome, event.needs_person) == (outcome, needs_person)
        assert (event.mchid, event.amount) == (MCHID, 990)

    def test_kind_is_told_by_the_original_type_and_not_by_the_event_type(self) -> None:
        body = {**envelope(refund_event(), "refund"), "event_type": "TRANSACTION.SUCCESS"}
        assert isinstance(parse(callback(body)), RefundReport)


class TestRefused:
    @pytest.mark.parametrize(
        "owner",
        [
            account(mchid="1900000888"),
            partner_account(),
            partner_account(mchid=MCHID),
        ],
    )
    def test_direct_merchant_s_event_counts_for_nobody_else(self, owner: ChannelAccount) -> None:
        assert "another merchant" in rejection(payment(), owner).reason

    @pytest.mark.parametrize(
        "owner",
        [
            partner_account(mchid="1900000210"),
            partner_account(provider_mchid="1230000110"),
            account(mchid=SUB_MCHID),
            account(mchid=PROVIDER_MCHID),
        ],
    )
    def test_sub_merchant_s_event_counts_for_nobody_else(self, owner: ChannelAccount) -> None:
        message = callback(envelope(partner_order(), "transaction"))
        assert "another merchant" in rejection(message, owner).reason

    def test_direct_event_that_also_names_a_provider_is_refused(self) -> None:
        assert "another merchant" in rejection(payment(sp_mchid=PROVIDER_MCHID)).reason

    @pytest.mark.parametrize("kind", ["payscore", "", "TRANSACTION"])
    def test_other_kinds_of_event_are_refused(self, kind: str) -> None:
        assert "is no payment" in rejection(callback(envelope(order(), kind))).reason

    def test_payment_dressed_as_a_refund_is_refused(self) -> None:
        assert rejection(callback(envelope(order(), "refund"))).reason
        assert rejection(callback(envelope(refund_event(), "transaction"))).reason

    @pytest.mark.parametrize(
        "change",
        [
            {"algorithm": "AEAD_SM4_GCM"},
            {"algorithm": ""},
            {"nonce": "fG1l57vn9BC0"},
            {"nonce": "fG1l57vn9BCXfG1l"},
            {"associated_data": "refund"},
            {"ciphertext": ""},
            {"ciphertext": "@@@@"},
        ],
    )
    def test_signed_callback_with_a_broken_resource_is_refused(
        self, change: dict[str, str]
    ) -> None:
        refused = rejection(callback(envelope(order(), "transaction", **change)))
        assert not refused.unknown_key

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"null",
            b"[]",
            b"{}",
            b'{"resource":[]}',
            b'{"resource":{},"resource":{}}',
            b"\xef\xbb\xbf{}",
            pytest.param(b"[" * 10_000, id="deep"),
            pytest.param(b'{"resource":' + b"1" * 5000 + b"}", id="monstrous number"),
            "费".encode("gbk"),
            b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><xml>&e;</xml>",
        ],
    )
    def test_signed_body_that_is_no_event_is_refused(self, body: bytes) -> None:
        assert rejection(callback(body)).reason.startswith("unreadable")

    @pytest.mark.parametrize(
        "plaintext",
        [
            b"",
            b"[]",
            b'{"amount":{"total":1,"total":1990}}',
            encoded(order(amount={"total": "1990"})),
            encoded(order(trade_state=None)),
            encoded(order(out_trade_no="../../x")),
        ],
    )
    def test_sealed_content_that_is_not_as_documented_is_refused(self, plaintext: bytes) -> None:
        body = envelope(order(), "transaction", **sealed(plaintext))
        assert rejection(callback(body)).reason

    def test_unknown_certificate_asks_for_a_refresh_and_an_unknown_public_key_does_not(
        self,
    ) -> None:
        headers = payment().headers
        body = payment().body
        renewed = {**headers, "wechatpay-serial": CERTIFICATE_SERIAL.replace("3B", "4B")}
        foreign = {**headers, "wechatpay-serial": "PUB_KEY_ID_0119000008882026"}
        assert rejection(RawCallback("POST", "", renewed, body)).unknown_key
        assert not rejection(RawCallback("POST", "", foreign, body)).unknown_key

    def test_removed_key_is_no_longer_trusted(self) -> None:
        owner = account(credentials=(MERCHANT_KEY, SEAL_KEY, PUBLIC_KEY))
        message = callback(envelope(order(), "transaction"), pen=BY_CERTIFICATE)
        assert rejection(message, owner).unknown_key

    def test_account_without_a_key_to_verify_with_believes_nothing(self) -> None:
        assert rejection(payment(), account(credentials=(MERCHANT_KEY, SEAL_KEY))).reason

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
    def test_host_and_forwarding_headers_open_no_door(self, host: str) -> None:
        unsigned = {"host": host, "x-forwarded-for": host, "x-forwarded-host": host}
        assert rejection(RawCallback("POST", "", unsigned, payment().body)).reason

    def test_announced_signature_type_changes_nothing(self) -> None:
        genuine = payment()
        for kind in ("WECHATPAY2-SM2-WITH-SM3", "NONE", ""):
            headers = {**genuine.headers, "wechatpay-signature-type": kind}
            assert parse(replace(genuine, headers=headers)) == parse(genuine)
        headers = {**genuine.headers, "wechatpay-signature-type": "NONE"}
        assert rejection(replace(genuine, headers=headers, body=genuine.body + b" ")).reason

    def test_replay_is_read_again_within_five_minutes_and_refused_after(self) -> None:
        message = callback(envelope(order(), "transaction"), pen=BY_PUBLIC_KEY)
        with time_machine.travel(VECTOR_TIME + 300, tick=False):
            assert parse(message).outcome is Outcome.SUCCEEDED
        with time_machine.travel(VECTOR_TIME + 86_400, tick=False):
            assert "timestamp" in rejection(message).reason


class TestSplitNews:
    """The receiver of a share is told of it, and who gave it up; nothing is booked from that."""

    NEWS = SplitNews("4200000000202601010000000001", "S260101080000ABCDEFGHJKM")

    @pytest.mark.parametrize("receiver", [MCHID, "1900000309"])
    def test_news_for_the_receiver_or_the_payee_is_read(self, receiver: str) -> None:
        content = split_event(mchid="1900000109", receiver=receiver)
        assert event_of(callback(envelope(content, "profitsharing"))) == self.NEWS

    def test_receiver_is_told_of_another_payee(self) -> None:
        content = split_event(mchid="1900000888", receiver=MCHID)
        assert event_of(callback(envelope(content, "profitsharing"))) == self.NEWS

    def test_news_between_two_others_is_refused(self) -> None:
        content = split_event(mchid="1900000888", receiver="1900000309")
        refused = rejection(callback(envelope(content, "profitsharing")))
        assert refused.reason == "the event is for another merchant"

    def test_news_of_a_merchant_of_the_provider_is_read(self) -> None:
        content = split_event(
            mchid=None, sp_mchid=PROVIDER_MCHID, sub_mchid=SUB_MCHID, receiver="1900000309"
        )
        assert (
            event_of(callback(envelope(content, "profitsharing")), partner_account()) == self.NEWS
        )

    @pytest.mark.parametrize("name", ["transaction_id", "out_order_no"])
    @pytest.mark.parametrize("value", [None, "", 1, "a b"])
    def test_news_without_its_numbers_is_refused(self, name: str, value: object) -> None:
        content = {**split_event(receiver=MCHID), name: value}
        assert "unreadable" in rejection(callback(envelope(content, "profitsharing"))).reason
