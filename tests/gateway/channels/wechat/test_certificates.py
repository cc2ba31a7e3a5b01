"""Downloading platform certificates: what is taken over, and what is not believed."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from gateway.channels.wechat.channel import WeChatChannel
from gateway.contract import ConfigurationError
from gateway.messages import ChannelAccount
from paycenter.kernel.credential import Credential
from paycenter.kernel.http import NoAnswer, NotSent, WireResponse
from tests.contract.transport import FakeTransport, Reply
from tests.gateway.channels.wechat.peer import (
    BY_CERTIFICATE,
    BY_PUBLIC_KEY,
    BY_STRANGER,
    CERTIFICATE,
    CERTIFICATE_SERIAL,
    MERCHANT_KEY,
    PUBLIC_KEY,
    SEAL_KEY,
    VECTORS,
    account,
    answer,
    error,
    sealed,
    unsigned,
    vector_answer,
)

CHANNEL = WeChatChannel()
VECTOR = VECTORS["generated"]["certificates_response"]
FRESH = account(credentials=(MERCHANT_KEY, SEAL_KEY))
"""A merchant in certificate mode that has downloaded nothing yet."""


def fetch(reply: Reply, owner: ChannelAccount = FRESH) -> tuple[Credential, ...]:
    return CHANNEL.fetch_certificates(owner, FakeTransport(reply))


SEALED = sealed(CERTIFICATE.value.encode(), aad="certificate")


def item(**changes: Any) -> dict[str, Any]:
    return {
        "serial_no": CERTIFICATE_SERIAL,
        "effective_time": "2020-01-01T08:00:00+08:00",
        "expire_time": "2030-01-01T08:00:00+08:00",
        "encrypt_certificate": SEALED,
        **changes,
    }


def listed(*items: object) -> WireResponse:
    return answer({"data": list(items)}, pen=BY_CERTIFICATE)


def test_first_download_is_vouched_for_by_the_certificates_it_brings() -> None:
    (found,) = fetch(vector_answer(VECTOR))
    assert found.kind == "platform_certificate"
    assert found.identifier == CERTIFICATE_SERIAL
    assert found.value == VECTOR["decrypted_pem"]
    assert found.not_before == datetime.fromisoformat("2020-01-01T08:00:00+08:00")
    assert found.not_after is not None


def test_downloaded_certificate_makes_the_account_work() -> None:
    CHANNEL.check_account(
        account(credentials=(MERCHANT_KEY, SEAL_KEY, *fetch(vector_answer(VECTOR))))
    )


def test_request_is_the_signed_one_of_the_documentation() -> None:
    transport = FakeTransport(vector_answer(VECTOR))
    CHANNEL.fetch_certificates(FRESH, transport)
    (sent,) = transport.sent
    assert (sent.method, sent.url) == ("GET", "https://wechat.test/v3/certificates")
    assert sent.headers["User-Agent"]
    assert sent.headers["Accept"]


def test_newest_certificate_comes_first() -> None:
    newer = item(effective_time="2025-06-01T08:00:00+08:00")
    found = fetch(listed(item(), newer))
    assert [one.not_before for one in found] == sorted(
        (one.not_before for one in found if one.not_before), reverse=True
    )


def test_answer_under_the_public_key_is_believed_where_that_is_trusted() -> None:
    body = {"data": [item()]}
    owner = account(credentials=(MERCHANT_KEY, SEAL_KEY, PUBLIC_KEY))
    assert fetch(answer(body, pen=BY_PUBLIC_KEY), owner)
    with pytest.raises(NoAnswer):
        fetch(answer(body, pen=BY_PUBLIC_KEY))


@pytest.mark.parametrize("owner", [FRESH, account()])
def test_answer_without_a_right_signature_is_no_answer(owner: ChannelAccount) -> None:
    genuine = listed(item())
    forged = BY_STRANGER.headers(genuine.body)
    under_known_serial = {**forged, "wechatpay-serial": CERTIFICATE_SERIAL}
    for headers in ({}, forged, under_known_serial):
        with pytest.raises(NoAnswer):
            fetch(replace(genuine, headers=headers), owner)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"data": []},
        {"data": {}},
        {"data": ["x"]},
        {"data": [item(serial_no="4B5E0DDC0FFEE00000000000000000000000BEEF")]},
        {"data": [item(serial_no="")]},
        {"data": [item(effective_time="soon")]},
        {"data": [item(encrypt_certificate=sealed(b"no certificate"))]},
        {"data": [item(encrypt_certificate=sealed("证书".encode()))]},
        {"data": [item(encrypt_certificate={**SEALED, "algorithm": "AEAD_SM4_GCM"})]},
    ],
)
def test_answer_that_is_not_as_documented_is_no_answer(content: dict[str, Any]) -> None:
    with pytest.raises(NoAnswer):
        fetch(answer(content, pen=BY_CERTIFICATE))


def test_wrong_apiv3_key_is_named_as_the_cause() -> None:
    owner = account(credentials=(MERCHANT_KEY, replace(SEAL_KEY, value="x" * 32)))
    with pytest.raises(ConfigurationError, match="APIv3 key"):
        fetch(vector_answer(VECTOR), owner)


def test_merchant_in_public_key_mode_has_no_certificates() -> None:
    owner = account(credentials=(MERCHANT_KEY, SEAL_KEY, PUBLIC_KEY))
    assert fetch(error(404, "RESOURCE_NOT_EXISTS"), owner) == ()


def test_merchant_without_either_is_told_so() -> None:
    with pytest.raises(ConfigurationError, match="RESOURCE_NOT_EXISTS"):
        fetch(error(404, "RESOURCE_NOT_EXISTS"))


def test_merchant_whose_certificates_are_gone_is_told_to_take_the_public_key() -> None:
    body = {"code": "RESOURCE_NOT_EXISTS", "message": "无可用的平台证书"}
    owner = account(credentials=(MERCHANT_KEY, SEAL_KEY, CERTIFICATE))
    with pytest.raises(ConfigurationError, match="RESOURCE_NOT_EXISTS"):
        fetch(answer(body, status=404, pen=BY_CERTIFICATE), owner)


@pytest.mark.parametrize(
    "reply", [unsigned(error(401, "SIGN_ERROR")), unsigned(error(404, "RESOURCE_NOT_EXISTS"))]
)
def test_refusal_is_a_matter_of_configuration(reply: WireResponse) -> None:
    with pytest.raises(ConfigurationError):
        fetch(reply, account())


@pytest.mark.parametrize(
    "reply",
    [
        error(429, "FREQUENCY_LIMITED"),
        error(500, "SYSTEM_ERROR"),
        WireResponse(502, {}, b"<html>"),
        WireResponse(204, {}, b""),
        NoAnswer("cut"),
    ],
)
def test_trouble_of_the_channel_is_worth_another_try(reply: Reply) -> None:
    with pytest.raises(NoAnswer):
        fetch(reply)


def test_unreachable_channel_is_not_sent() -> None:
    with pytest.raises(NotSent):
        fetch(NotSent("refused"))
