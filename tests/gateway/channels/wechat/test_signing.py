"""Signatures and seals, byte for byte against published and generated vectors."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
    load_pem_public_key,
)

from gateway.channels.wechat.config import load_certificate
from gateway.channels.wechat.signing import (
    NotAuthentic,
    Signer,
    Stamp,
    VerificationKey,
    unseal,
    verify,
)
from paycenter.kernel.credential import Credential
from tests.gateway.channels.wechat import peer
from tests.gateway.channels.wechat.peer import BY_CERTIFICATE, BY_PUBLIC_KEY, VECTOR_TIME, VECTORS

PUBLISHED = VECTORS["official_published"]
REQUESTS = VECTORS["generated"]["requests"]
BODY = b'{"trade_state":"SUCCESS"}'


def by_name(section: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(item for item in section if item["name"] == name)


def names(section: list[dict[str, Any]], *, having: str) -> list[str]:
    return [item["name"] for item in section if having in item]


def signer(pem: str, serial: str = "5A1C") -> Signer:
    key = load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, RSAPrivateKey)
    return Signer(serial, key)


def merchant_signer() -> Signer:
    merchant = VECTORS["generated"]["keys"]["merchant"]
    return signer(merchant["private_key_pem"], merchant["serial_no"])


def trusted() -> dict[str, VerificationKey]:
    key = load_pem_public_key(peer.PUBLIC_KEY.value.encode())
    assert isinstance(key, RSAPublicKey)
    return {
        peer.PUBLIC_KEY_ID: VerificationKey(key),
        peer.CERTIFICATE_SERIAL: load_certificate(peer.CERTIFICATE),
    }


def pairs(authorization: str) -> dict[str, str]:
    return dict(re.findall(r'(\w+)="([^"]*)"', authorization))


def rejection(headers: Mapping[str, str], body: bytes = BODY) -> NotAuthentic:
    with pytest.raises(NotAuthentic) as caught:
        verify(trusted(), headers, body)
    return caught.value


class TestSigning:
    @pytest.mark.parametrize(
        "name", [item["name"] for item in PUBLISHED if "public_key_pem" not in item]
    )
    def test_published_message_gets_the_published_signature(self, name: str) -> None:
        vector = by_name(PUBLISHED, name)
        own = signer(VECTORS["official_test_private_key_pem"])
        assert own.sign(vector["message"].encode()) == vector["signature"]

    def test_message_of_the_go_sdk_gets_its_signature(self) -> None:
        vector = by_name(VECTORS["sdk_published"], "sign_go_source")
        own = signer(vector["private_key_pem"])
        assert own.sign(vector["message"].encode()) == vector["signature"]

    @pytest.mark.parametrize("name", [item["name"] for item in REQUESTS])
    def test_request_gets_the_authorization_of_the_vector(self, name: str) -> None:
        vector = by_name(REQUESTS, name)
        authorization = merchant_signer().authorization(
            mchid=vector["mchid"],
            method=vector["method"],
            target=vector["url_line"],
            body=vector["body"].encode(),
            stamp=Stamp(vector["timestamp"], vector["nonce_str"]),
        )
        assert authorization.startswith("WECHATPAY2-SHA256-RSA2048 ")
        assert pairs(authorization) == pairs(vector["authorization"])

    @pytest.mark.parametrize("name", ["jsapi", "app"])
    def test_launch_gets_the_signature_of_the_vector(self, name: str) -> None:
        vector = by_name(VECTORS["generated"]["client_invoke"], name)
        appid, timestamp, nonce, package = vector["message"].splitlines()
        signature = merchant_signer().launch_signature(
            appid=appid, package=package, stamp=Stamp(timestamp, nonce)
        )
        assert signature == vector["signature"]

    def test_stamp_is_the_current_second_with_a_new_nonce(self) -> None:
        with time_machine.travel(VECTOR_TIME + 0.9, tick=False):
            first, second = Stamp.fresh(), Stamp.fresh()
        assert first.timestamp == str(VECTOR_TIME)
        assert re.fullmatch(r"[0-9A-F]{32}", first.nonce)
        assert first.nonce != second.nonce

    def test_signer_does_not_show_its_key(self) -> None:
        assert "key" not in repr(merchant_signer())


class TestVerifying:
    @pytest.mark.parametrize("name", [item["name"] for item in VECTORS["generated"]["responses"]])
    def test_answer_of_either_key_mode_is_authentic(self, name: str) -> None:
        response = peer.vector_answer(by_name(VECTORS["generated"]["responses"], name))
        verify(trusted(), response.headers, response.body)

    def test_answer_published_by_the_documentation_is_authentic(self) -> None:
        vector = by_name(PUBLISHED, "response_verify_native")
        key = load_pem_public_key(vector["public_key_pem"].encode())
        assert isinstance(key, RSAPublicKey)
        headers = {name.lower(): value for name, value in vector["headers"].items()}
        headers["wechatpay-serial"] = "PUB_KEY_ID_1"
        with time_machine.travel(int(headers["wechatpay-timestamp"])):
            verify({"PUB_KEY_ID_1": VerificationKey(key)}, headers, vector["body"].encode())

    def test_callback_published_by_the_go_sdk_is_authentic_and_opens(self) -> None:
        vector = by_name(VECTORS["sdk_published"], "notification_full_go")
        serial, body = vector["headers"]["Wechatpay-Serial"], vector["body"].encode()
        pem = vector["platform_certificate_pem"]
        key = load_certificate(Credential("platform_certificate", serial, pem))
        headers = {name.lower(): value for name, value in vector["headers"].items()}
        with time_machine.travel(vector["clock_unix"]):
            verify({serial: key}, headers, body)
        resource = json.loads(body)["resource"]
        opened = unseal(
            [vector["apiv3_key"].encode()],
            nonce=resource["nonce"],
            associated_data=resource["associated_data"],
            ciphertext=resource["ciphertext"],
        )
        assert opened.decode() == vector["plaintext"]

    @pytest.mark.parametrize("drift", [-300, 0, 300])
    def test_message_within_five_minutes_is_fresh(self, drift: int) -> None:
        headers = BY_PUBLIC_KEY.headers(BODY, timestamp=str(VECTOR_TIME + drift))
        verify(trusted(), headers, BODY)

    @pytest.mark.parametrize(
        "timestamp",
        [
            str(VECTOR_TIME + 301),
            str(VECTOR_TIME - 301),
            str(VECTOR_TIME * 1000),
            "1" + "0" * 20,
            "NaN",
            f"+{VECTOR_TIME}",
            f" {VECTOR_TIME}",
            f"{VECTOR_TIME}.0",
            "１７６７２２５６００",
            "-1",
        ],
    )
    def test_stale_or_odd_timestamp_is_refused(self, timestamp: str) -> None:
        headers = {**BY_PUBLIC_KEY.headers(BODY), "wechatpay-timestamp": timestamp}
        assert "timestamp" in str(rejection(headers))
        assert "timestamp" in str(rejection(BY_PUBLIC_KEY.headers(BODY, timestamp=timestamp)))

    @pytest.mark.parametrize(
        "signature",
        [
            "WECHATPAY/SIGNTEST/1Tm0vNrTIVoDXgPGWvhsOCtAmSqn4E8OmBV4p8rKzCtwsd6u8X1+9vRtnhsAtBXq",
            "@@@@",
            "=",
            "非",
            "AAAA",
            BY_PUBLIC_KEY.sign(b""),
            BY_PUBLIC_KEY.sign(b"null"),
            BY_PUBLIC_KEY.sign(BODY),
        ],
    )
    def test_probe_and_odd_signature_are_refused(self, signature: str) -> None:
        headers = {**BY_PUBLIC_KEY.headers(BODY), "wechatpay-signature": signature}
        assert str(rejection(headers)) == "the signature is wrong"

    @pytest.mark.parametrize(
        ("serial", "refresh"),
        [
            ("4A1C0FFEE0DDBA115EED00000000000000000002", True),
            ("PUB_KEY_ID_0119000009992026010100000000000009", False),
            ("..", False),
            ("../../etc/passwd", False),
            ("localhost", False),
        ],
    )
    def test_unknown_serial_is_refused_and_only_a_certificate_is_worth_a_refresh(
        self, serial: str, refresh: bool
    ) -> None:
        refused = rejection({**BY_CERTIFICATE.headers(BODY), "wechatpay-serial": serial})
        assert "allow list" in str(refused)
        assert refused.unknown_key is refresh

    def test_serial_of_one_key_does_not_vouch_for_another(self) -> None:
        headers = BY_PUBLIC_KEY.headers(BODY)
        refused = rejection({**headers, "wechatpay-serial": peer.CERTIFICATE_SERIAL})
        assert str(refused) == "the signature is wrong"

    @pytest.mark.parametrize("year", [2000, 2200])
    def test_certificate_outside_its_validity_is_refused(self, year: int) -> None:
        moment = datetime(year, 1, 1, tzinfo=UTC)
        headers = BY_CERTIFICATE.headers(BODY, timestamp=str(int(moment.timestamp())))
        with time_machine.travel(moment, tick=False):
            refused = rejection(headers)
        assert str(refused) == "the certificate is not valid now"
        assert not refused.unknown_key

    @pytest.mark.parametrize(
        "name",
        ["wechatpay-timestamp", "wechatpay-nonce", "wechatpay-serial", "wechatpay-signature"],
    )
    def test_missing_or_empty_header_is_refused_by_name(self, name: str) -> None:
        headers = BY_PUBLIC_KEY.headers(BODY)
        assert str(rejection({**headers, name: ""})) == f"{name} is missing"
        del headers[name]
        assert str(rejection(headers)) == f"{name} is missing"

    @pytest.mark.parametrize("body", [b"", BODY + b"\n", b"\xef\xbb\xbf" + BODY, BODY.upper()])
    def test_other_bytes_are_refused(self, body: bytes) -> None:
        assert str(rejection(BY_PUBLIC_KEY.headers(BODY), body)) == "the signature is wrong"

    def test_empty_body_of_a_close_is_verified_like_any_other(self) -> None:
        verify(trusted(), BY_PUBLIC_KEY.headers(b""), b"")


class TestUnsealing:
    @pytest.mark.parametrize("name", names(VECTORS["sdk_published"], having="ciphertext"))
    def test_published_resource_opens(self, name: str) -> None:
        vector = by_name(VECTORS["sdk_published"], name)
        opened = unseal(
            [vector["apiv3_key"].encode()],
            nonce=vector["nonce"],
            associated_data=vector["associated_data"],
            ciphertext=vector["ciphertext"],
        )
        assert opened.decode() == vector["plaintext"]

    @pytest.mark.parametrize("keys", [["new", "old"], ["old", "new"], ["old"]])
    def test_each_key_is_tried_while_the_key_changes(self, keys: list[str]) -> None:
        candidates = [(name * 32)[:32].encode() for name in keys]
        sealed = peer.sealed(b"message", key=("old" * 32)[:32])
        del sealed["algorithm"]
        assert unseal(candidates, **sealed) == b"message"

    @pytest.mark.parametrize(
        "change",
        [
            {"associated_data": "refund"},
            {"associated_data": ""},
            {"nonce": "fG1l57vn9BC0"},
            {"nonce": ""},
            {"nonce": "fG1l57vn9BCXX"},
            {"nonce": "非非非非"},
            {"ciphertext": "@@@@"},
            {"ciphertext": "非"},
            {"ciphertext": "AAAA"},
        ],
    )
    def test_changed_resource_does_not_open(self, change: dict[str, str]) -> None:
        sealed = {**peer.sealed(b"message"), **change}
        del sealed["algorithm"]
        with pytest.raises(NotAuthentic):
            unseal([peer.APIV3_KEY.encode()], **sealed)

    def test_wrong_key_and_changed_text_are_told_apart_by_nobody(self) -> None:
        sealed = peer.sealed(b"message")
        del sealed["algorithm"]
        reasons = set()
        for key, aad in (("x" * 32, "transaction"), (peer.APIV3_KEY, "other")):
            with pytest.raises(NotAuthentic) as caught:
                unseal([key.encode()], **{**sealed, "associated_data": aad})
            reasons.add(str(caught.value))
        assert len(reasons) == 1
