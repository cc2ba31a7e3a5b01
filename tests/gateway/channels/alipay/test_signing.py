"""RSA2, byte for byte against vectors that the official SDKs made or accepted."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from gateway.channels.alipay.signing import (
    NotAuthentic,
    Signer,
    VerificationKey,
    joined,
    signed_parameters,
    verify,
)
from tests.gateway.channels.alipay import peer
from tests.gateway.channels.alipay.peer import BY_ALIPAY, BY_STRANGER, NOW, VECTORS

REQUESTS = [name for name, vector in VECTORS.items() if "generator" in vector]
NOTIFICATIONS = [name for name in VECTORS if name.startswith(("notify_", "return_url"))]
SIGNER = Signer(peer.private_key(peer.KEYS["app_private_key_pkcs8_pem"]))
PUBLIC = VerificationKey(BY_ALIPAY.key.public_key())
MESSAGE = "trade_status=TRADE_SUCCESS&费=1".encode()


def certificate(first: int = -1, last: int = 1) -> VerificationKey:
    """Return Alipay's key with a validity in days from now."""
    return VerificationKey(PUBLIC.key, NOW + timedelta(first), NOW + timedelta(last))


def refusal(trusted: dict[str, VerificationKey], signature: str, serial: str = "") -> NotAuthentic:
    with pytest.raises(NotAuthentic) as caught:
        verify(trusted, [MESSAGE], signature, serial=serial)
    return caught.value


class TestRequests:
    @pytest.mark.parametrize("name", REQUESTS)
    def test_request_is_signed_as_the_official_kit_signs_it(self, name: str) -> None:
        vector = VECTORS[name]
        signed = signed_parameters(vector["params"], SIGNER)
        assert signed == {**vector["params"], "sign": vector["sign"]}
        content = {k.encode(): v.encode() for k, v in vector["params"].items()}
        assert joined(content).decode() == vector["sign_content"]

    def test_order_string_and_page_address_read_back_as_what_was_signed(self) -> None:
        for name in ("page_pay_get", "wap_pay_get", "app_pay_order_string"):
            vector = VECTORS[name]
            query = urlsplit(vector["output"]).query or vector["output"]
            ours = urlencode(signed_parameters(vector["params"], SIGNER))
            assert sorted(parse_qsl(ours)) == sorted(parse_qsl(query))
            assert sorted(ours.split("&")) == sorted(query.split("&"))

    def test_empty_and_blank_parameters_are_neither_signed_nor_sent(self) -> None:
        filled = {"a": "1", "c": "0"}
        assert signed_parameters({**filled, "b": "", "d": "  "}, SIGNER) == signed_parameters(
            filled, SIGNER
        )


class TestVerification:
    @pytest.mark.parametrize("name", NOTIFICATIONS)
    def test_genuine_notification_verifies(self, name: str) -> None:
        vector = VECTORS[name]
        fields = {k: v for k, v in vector["params"].items() if k not in ("sign", "sign_type")}
        content = joined({k.encode(): v.encode() for k, v in fields.items()})
        assert content.decode() == vector["sign_content"]
        verify({"key": PUBLIC}, [content], vector["sign"])

    def test_any_trusted_key_verifies_a_message_that_names_none(self) -> None:
        other = VerificationKey(BY_STRANGER.key.public_key())
        verify({"old": other, "new": PUBLIC}, [MESSAGE], BY_ALIPAY.sign(MESSAGE))

    def test_named_certificate_alone_verifies(self) -> None:
        trusted = {"a" * 32: certificate(), "b" * 32: certificate()}
        trusted["a" * 32] = VerificationKey(
            BY_STRANGER.key.public_key(), NOW - timedelta(1), NOW + timedelta(1)
        )
        signature = BY_ALIPAY.sign(MESSAGE)
        verify(trusted, [MESSAGE], signature, serial="b" * 32)
        assert not refusal(trusted, signature, "a" * 32).unknown_key

    def test_unknown_certificate_asks_for_a_refresh(self) -> None:
        trusted = {"a" * 32: certificate()}
        assert refusal(trusted, BY_ALIPAY.sign(MESSAGE), "b" * 32).unknown_key

    @pytest.mark.parametrize(("first", "last"), [(1, 2), (-2, -1)])
    @pytest.mark.parametrize("serial", ["", "a" * 32])
    def test_certificate_out_of_its_time_verifies_nothing(
        self, first: int, last: int, serial: str
    ) -> None:
        trusted = {"a" * 32: certificate(first, last)}
        assert refusal(trusted, BY_ALIPAY.sign(MESSAGE), serial).unknown_key

    def test_wrong_signature_without_a_name_may_be_by_a_newer_certificate(self) -> None:
        wrong = BY_STRANGER.sign(MESSAGE)
        assert refusal({"a" * 32: certificate()}, wrong).unknown_key
        assert not refusal({"key": PUBLIC}, wrong).unknown_key
        assert not refusal({"key": PUBLIC}, wrong, "b" * 32).unknown_key

    @pytest.mark.parametrize("signature", ["", " ", "@@@@", "签名", "AAAA", "A" * 344])
    def test_what_is_no_signature_is_refused(self, signature: str) -> None:
        assert refusal({"key": PUBLIC}, signature)

    def test_nothing_is_verified_without_a_key(self) -> None:
        assert refusal({}, BY_ALIPAY.sign(MESSAGE))
