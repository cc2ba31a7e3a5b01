"""What is sent to split a payment: targets, bodies, and names that only WeChat Pay can read."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.channels.wechat import split_wire, wire
from gateway.channels.wechat.channel import WeChatChannel
from gateway.channels.wechat.config import keys_of
from gateway.channels.wechat.signing import encrypted
from gateway.contract import ConfigurationError
from gateway.messages import ChannelAccount, InvokeMethod
from gateway.split_messages import (
    Receiver,
    ReceiverBinding,
    ReceiverKind,
    Relation,
    ReleaseRequest,
    ReturnRequest,
    Share,
    SplitRequest,
)
from paycenter.kernel.http import WireRequest
from tests.contract.channel_contract import pay_request
from tests.contract.transport import FakeTransport
from tests.gateway.channels.wechat.peer import (
    APPID,
    CERTIFICATE,
    CERTIFICATE_SERIAL,
    MERCHANT_KEY,
    PUBLIC_KEY_ID,
    SEAL_KEY,
    SPLIT_PAYMENT,
    SUB_MCHID,
    VECTORS,
    account,
    answer,
    partner_account,
)

SPLITS = WeChatChannel().splitting()
HEADQUARTERS = Receiver(ReceiverKind.MERCHANT, "1900000309")
MANAGER = Receiver(ReceiverKind.OPENID, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")
SPLIT = SplitRequest(
    "S260101080000ABCDEFGHJKM",
    SPLIT_PAYMENT,
    (Share(HEADQUARTERS, 500, "物业费分成"), Share(MANAGER, 97, "绩效")),
)
BINDING = ReceiverBinding(
    "B260101080000ABCDEFGHJKM", HEADQUARTERS, "示例商户全称", Relation.HEADQUARTER
)
OAEP_VECTORS = [item for item in VECTORS["generated"]["oaep"] if item["mode"] != "merchant"]
KEYS = VECTORS["generated"]["keys"]


def private_key(pem: str) -> RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, RSAPrivateKey)
    return key


def decrypted(ciphertext: str, pem: str) -> str:
    padding = OAEP(mgf=MGF1(SHA1()), algorithm=SHA1(), label=None)
    return private_key(pem).decrypt(base64.b64decode(ciphertext), padding).decode()


def body(raw: bytes) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(raw)
    return content


def bound(owner: ChannelAccount, binding: ReceiverBinding = BINDING) -> WireRequest:
    """Return the request that binds a receiver."""
    transport = FakeTransport(answer({"type": "MERCHANT_ID", "account": "1900000309"}))
    SPLITS.bind_receiver(owner, binding, transport)
    (request,) = transport.sent
    return request


class TestFrozenPayments:
    @pytest.mark.parametrize("method", InvokeMethod)
    @pytest.mark.parametrize("owner", [account(), partner_account()], ids=["direct", "partner"])
    def test_every_product_freezes_what_will_be_split(
        self, method: InvokeMethod, owner: ChannelAccount
    ) -> None:
        request = pay_request(method)
        assert "settle_info" not in body(wire.order_body(owner, request))
        frozen = body(wire.order_body(owner, replace(request, freeze_for_split=True)))
        assert frozen["settle_info"] == {"profit_sharing": True}


class TestReceivers:
    def test_merchant_is_bound_with_its_name_and_relation(self) -> None:
        content = body(bound(account()).body)
        name = content.pop("name")
        assert content == {
            "appid": APPID,
            "type": "MERCHANT_ID",
            "account": "1900000309",
            "relation_type": "HEADQUARTER",
        }
        assert decrypted(name, KEYS["public_key_mode"]["private_key_pem"]) == "示例商户全称"

    def test_relation_of_ones_own_is_said_in_words(self) -> None:
        binding = replace(BINDING, relation=Relation.CUSTOM, relation_text="业委会", name="")
        content = body(bound(account(), binding).body)
        assert (content["relation_type"], content["custom_relation"]) == ("CUSTOM", "业委会")
        assert "name" not in content

    def test_unbinding_names_the_account_alone(self) -> None:
        assert body(split_wire.unbinding_body(account(), BINDING)) == {
            "appid": APPID,
            "type": "MERCHANT_ID",
            "account": "1900000309",
        }

    @pytest.mark.parametrize(
        ("owner", "type_"),
        [
            (account(), "PERSONAL_OPENID"),
            (partner_account(), "PERSONAL_OPENID"),
            (partner_account(appid="wxsub"), "PERSONAL_SUB_OPENID"),
        ],
        ids=["direct", "partner", "partner with an app of its own"],
    )
    def test_openid_belongs_to_the_app_that_the_merchant_has(
        self, owner: ChannelAccount, type_: str
    ) -> None:
        members = split_wire.receiver_members(owner, MANAGER)
        assert members == {"type": type_, "account": MANAGER.account}


class TestNames:
    @pytest.mark.parametrize(
        "vector", OAEP_VECTORS, ids=lambda item: f"{item['name']}-{item['mode']}"
    )
    def test_name_is_encrypted_as_in_the_vectors(self, vector: dict[str, str]) -> None:
        section = vector["decrypt_with"].split(".")[2]
        pem = KEYS[section]["private_key_pem"]
        assert decrypted(vector["ciphertext_base64"], pem) == vector["plaintext"]
        ciphertext = encrypted(private_key(pem).public_key(), vector["plaintext"])
        assert decrypted(ciphertext, pem) == vector["plaintext"]

    def test_public_key_is_named_in_the_header(self) -> None:
        assert bound(account()).headers["Wechatpay-Serial"] == PUBLIC_KEY_ID

    def test_without_a_public_key_the_platform_certificate_encrypts(self) -> None:
        request = bound(account(credentials=(MERCHANT_KEY, SEAL_KEY, CERTIFICATE)))
        assert request.headers["Wechatpay-Serial"] == CERTIFICATE_SERIAL
        pem = KEYS["platform_certificate_mode"]["private_key_pem"]
        assert decrypted(body(request.body)["name"], pem) == "示例商户全称"

    def test_request_without_a_name_names_no_certificate(self) -> None:
        owner = account(credentials=(MERCHANT_KEY, SEAL_KEY, CERTIFICATE))
        assert "Wechatpay-Serial" not in bound(owner, replace(BINDING, name="")).headers

    def test_newest_certificate_in_force_encrypts(self) -> None:
        keys = keys_of(account(credentials=(MERCHANT_KEY, SEAL_KEY, CERTIFICATE)))
        today = keys.trusted[CERTIFICATE_SERIAL]
        assert today.not_before is not None
        assert today.not_after is not None
        day = (today.not_after - today.not_before) / 100
        others = {
            "OLDER": replace(today, not_before=today.not_before - day),
            "FUTURE": replace(today, not_before=today.not_after - day),
            "OVER": replace(today, not_after=today.not_before + day / 1000),
        }
        serial, _ = replace(keys, trusted={**others, **keys.trusted}).encryption_key()
        assert serial == CERTIFICATE_SERIAL
        with pytest.raises(ConfigurationError, match="no platform certificate is valid now"):
            replace(keys, trusted={"FUTURE": others["FUTURE"]}).encryption_key()

    def test_name_too_long_to_be_encrypted_is_refused(self) -> None:
        assert bound(account(), replace(BINDING, name="x" * 214))
        with pytest.raises(ConfigurationError, match="too long"):
            SPLITS.bind_receiver(account(), replace(BINDING, name="张" * 72), FakeTransport())


class TestSplit:
    def test_body_of_a_direct_merchant(self) -> None:
        assert body(split_wire.split_body(account(), SPLIT)) == {
            "appid": APPID,
            "transaction_id": SPLIT_PAYMENT.channel_serial_no,
            "out_order_no": "S260101080000ABCDEFGHJKM",
            "receivers": [
                {
                    "type": "MERCHANT_ID",
                    "account": "1900000309",
                    "amount": 500,
                    "description": "物业费分成",
                },
                {
                    "type": "PERSONAL_OPENID",
                    "account": MANAGER.account,
                    "amount": 97,
                    "description": "绩效",
                },
            ],
            "unfreeze_unsplit": False,
        }

    def test_rest_is_released_with_the_split(self) -> None:
        request = replace(SPLIT, release_rest=True)
        assert body(split_wire.split_body(account(), request))["unfreeze_unsplit"] is True

    @pytest.mark.parametrize("appid", ["", "wxsub"])
    def test_body_of_a_partner_names_the_merchant_and_its_apps(self, appid: str) -> None:
        content = body(split_wire.split_body(partner_account(appid=appid), SPLIT))
        assert content["sub_mchid"] == SUB_MCHID
        assert (content["appid"], content.get("sub_appid", "")) == (APPID, appid)

    def test_descriptions_are_cut_at_whole_characters(self) -> None:
        long = replace(SPLIT, shares=(Share(HEADQUARTERS, 1, "费" * 40),))
        (line,) = body(split_wire.split_body(account(), long))["receivers"]
        assert line["description"] == "费" * 26

    def test_query_names_the_payment_and_encodes_the_number(self) -> None:
        request = replace(SPLIT, split_serial_no="S|@/?")
        payment = SPLIT_PAYMENT.channel_serial_no
        assert split_wire.split_query_target(account(), request) == (
            f"/v3/profitsharing/orders/S%7C%40%2F%3F?transaction_id={payment}"
        )
        assert split_wire.split_query_target(partner_account(), request) == (
            f"/v3/profitsharing/orders/S%7C%40%2F%3F?transaction_id={payment}&sub_mchid={SUB_MCHID}"
        )

    @pytest.mark.parametrize(
        ("owner", "merchant"),
        [(account(), {}), (partner_account(), {"sub_mchid": SUB_MCHID})],
        ids=["direct", "partner"],
    )
    def test_release_has_a_number_of_its_own(
        self, owner: ChannelAccount, merchant: dict[str, str]
    ) -> None:
        request = ReleaseRequest("L260101080000ABCDEFGHJKM", SPLIT_PAYMENT, "分账完结")
        assert body(split_wire.release_body(owner, request)) == {
            **merchant,
            "transaction_id": SPLIT_PAYMENT.channel_serial_no,
            "out_order_no": "L260101080000ABCDEFGHJKM",
            "description": "分账完结",
        }

    @pytest.mark.parametrize(
        ("owner", "merchant"),
        [(account(), {}), (partner_account(), {"sub_mchid": SUB_MCHID})],
        ids=["direct", "partner"],
    )
    def test_return_names_split_and_receiver(
        self, owner: ChannelAccount, merchant: dict[str, str]
    ) -> None:
        request = ReturnRequest("T1", SPLIT.split_serial_no, HEADQUARTERS, 300, "用户退款")
        assert body(split_wire.return_body(owner, request)) == {
            **merchant,
            "out_order_no": SPLIT.split_serial_no,
            "out_return_no": "T1",
            "return_mchid": "1900000309",
            "amount": 300,
            "description": "用户退款",
        }
        asked = f"?out_order_no={SPLIT.split_serial_no}"
        asked += f"&sub_mchid={SUB_MCHID}" if merchant else ""
        target = split_wire.return_query_target(owner, request)
        assert target == f"/v3/profitsharing/return-orders/T1{asked}"
