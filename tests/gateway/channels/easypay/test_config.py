"""Which accounts can work, and in which forms their keys are taken."""

import base64
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gateway.channels.easypay.channel import EasyPayChannel
from gateway.channels.easypay.config import OPTIONS, key_pairs
from gateway.contract import ConfigurationError
from gateway.messages import ChannelAccount, InvokeMethod
from paycenter.kernel.credential import Credential
from tests.gateway.channels.easypay.peer import (
    KEYS,
    MD5_KEY,
    PRIVATE_KEY,
    PUBLIC_KEY,
    SHARED_KEY,
    v1_account,
    v2_account,
)

CHANNEL = EasyPayChannel()


def complaint(account: ChannelAccount) -> str:
    with pytest.raises(ConfigurationError) as caught:
        CHANNEL.check_account(account)
    return str(caught.value)


def unread(kind: str, content: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        CHANNEL.read_credential(kind, content)
    return str(caught.value)


def bare(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    der = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return base64.b64encode(der).decode()


class TestCheck:
    @pytest.mark.parametrize("owner", [v1_account(), v2_account()])
    def test_each_version_needs_only_its_own_keys(self, owner: ChannelAccount) -> None:
        CHANNEL.check_account(owner)

    @pytest.mark.parametrize(
        ("owner", "named"),
        [
            (v1_account(credentials=()), "EasyPay key"),
            (v1_account(credentials=(PRIVATE_KEY, PUBLIC_KEY)), "EasyPay key"),
            (v2_account(credentials=(SHARED_KEY,)), "Merchant private key"),
            (v2_account(credentials=(PRIVATE_KEY,)), "Platform public key"),
            (v2_account(credentials=(PUBLIC_KEY,)), "Merchant private key"),
        ],
    )
    def test_missing_key_is_named(self, owner: ChannelAccount, named: str) -> None:
        assert named in complaint(owner)

    @pytest.mark.parametrize("pid", ["", " ", "10 00", "１０００", "1000\n", "a" * 65])
    def test_malformed_pid_cannot_work(self, pid: str) -> None:
        assert "pid" in complaint(v1_account(mchid=pid))

    @pytest.mark.parametrize(
        "url", ["", "https://pay.test", "ftp://pay.test/", "//pay.test/", "https://pay test/"]
    )
    def test_address_is_a_web_address_that_ends_with_a_slash(self, url: str) -> None:
        assert "address" in complaint(v1_account(base_url=url))

    @pytest.mark.parametrize("option", OPTIONS, ids=lambda item: item.name)
    def test_choice_that_does_not_exist_cannot_work(self, option: Any) -> None:
        assert option.name in complaint(v1_account(options={option.name: "v3"}))

    def test_first_choices_are_taken_where_none_is_stored(self) -> None:
        CHANNEL.check_account(replace(v1_account(), options={}))

    def test_v2_makes_orders_for_one_type_only(self) -> None:
        assert "payment type" in complaint(v2_account(options={"type": ""}))
        CHANNEL.check_account(v1_account(options={"type": ""}))

    def test_own_public_key_in_place_of_the_platform_s_is_refused(self) -> None:
        own = replace(PUBLIC_KEY, value=KEYS["merchant_public_key_base64"])
        assert "own public key" in complaint(v2_account(credentials=(PRIVATE_KEY, own)))
        with pytest.raises(ConfigurationError, match="own public key"):
            CHANNEL.check_pairs([own, PRIVATE_KEY])
        CHANNEL.check_pairs([PUBLIC_KEY, PRIVATE_KEY, SHARED_KEY])
        CHANNEL.check_pairs([own])

    @pytest.mark.parametrize(
        "value", ["", " " * 32, "x" * 23, "x" * 129, "é" * 32, "x" * 31 + "\n", "x x" * 11]
    )
    def test_shared_key_is_long_and_without_blanks(self, value: str) -> None:
        assert "EasyPay key" in complaint(
            v1_account(credentials=(replace(SHARED_KEY, value=value),))
        )


class TestReading:
    def test_shared_key_is_kept_without_surrounding_blanks(self) -> None:
        read = CHANNEL.read_credential("easypay_key", f"  {MD5_KEY}\n")
        assert read == Credential("easypay_key", "", MD5_KEY)

    @pytest.mark.parametrize("item", [PRIVATE_KEY, PUBLIC_KEY], ids=lambda item: item.kind)
    def test_bare_base64_becomes_pem_with_a_fingerprint(self, item: Credential) -> None:
        read = CHANNEL.read_credential(item.kind, f" {item.value[:64]}\n{item.value[64:]} ")
        assert read.value.startswith("-----BEGIN ")
        assert len(read.identifier) == 16
        assert CHANNEL.read_credential(item.kind, read.value) == read

    def test_keys_of_one_pair_share_their_fingerprint(self) -> None:
        private = CHANNEL.read_credential(PRIVATE_KEY.kind, PRIVATE_KEY.value)
        public = CHANNEL.read_credential(PUBLIC_KEY.kind, KEYS["merchant_public_key_base64"])
        assert private.identifier == public.identifier

    def test_private_and_public_key_are_told_apart(self) -> None:
        assert "not a private key" in unread(PRIVATE_KEY.kind, PUBLIC_KEY.value)
        assert "not a public key" in unread(PUBLIC_KEY.kind, PRIVATE_KEY.value)

    def test_weak_and_foreign_keys_are_refused(self) -> None:
        small = rsa.generate_private_key(public_exponent=65537, key_size=1024)
        assert "1024 bits" in unread(PRIVATE_KEY.kind, bare(small))
        assert "RSA" in unread(PRIVATE_KEY.kind, bare(ec.generate_private_key(ec.SECP256R1())))


class TestLoading:
    def test_rsa_keys_are_loaded_once_per_version_of_the_credentials(self) -> None:
        owner = v2_account(credentials=(PRIVATE_KEY, PUBLIC_KEY))
        assert key_pairs(owner) is key_pairs(replace(owner))

    def test_changed_version_of_the_protocol_takes_effect_at_once(self) -> None:
        owner = v1_account(credentials=(SHARED_KEY, PRIVATE_KEY, PUBLIC_KEY))
        assert not CHANNEL.refund_is_idempotent(owner)
        v2 = replace(owner, options={**owner.options, "version": "v2"})
        assert CHANNEL.refund_is_idempotent(v2)

    @pytest.mark.parametrize(
        ("owner", "method", "local"),
        [
            (v1_account(), InvokeMethod.WAP, True),
            (v1_account(), InvokeMethod.PC, True),
            (v1_account(), InvokeMethod.QR_CODE, False),
            (v1_account(), InvokeMethod.APP, False),
            (v2_account(), InvokeMethod.WAP, False),
        ],
    )
    def test_only_pages_of_v1_need_no_request(
        self, owner: ChannelAccount, method: InvokeMethod, local: bool
    ) -> None:
        assert CHANNEL.launches_locally(owner, method) is local
