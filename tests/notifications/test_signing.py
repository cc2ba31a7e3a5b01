"""Notification signatures: Standard Webhooks 1.0, checked by that project's own library."""

import base64
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from notifications.signing import UnusableSecret, sign

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
FORMER = "whsec_" + base64.b64encode(b"f" * 24).decode()


def test_vector_of_the_public_contract() -> None:
    body = (
        b'{"type":"payment.succeeded","timestamp":"2025-10-09T08:53:20Z",'
        b'"data":{"order_no":"P202510090001","amount":1}}'
    )
    headers = sign(
        body,
        secrets=[SECRET],
        message_id="msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
        timestamp=1760000000,
    )
    assert headers == {
        "webhook-id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
        "webhook-timestamp": "1760000000",
        "webhook-signature": "v1,pIbc6pMQr+9bt+xJCGAb9PgnQZsIvqUrBMV7q2Cylf8=",
    }


def signed_now(body: bytes, *secrets: str) -> dict[str, str]:
    timestamp = int(datetime.now(UTC).timestamp())
    return sign(body, secrets=secrets, message_id="evt_1", timestamp=timestamp)


@pytest.mark.parametrize("known", [SECRET, FORMER])
def test_both_secrets_verify_while_they_rotate(known: str) -> None:
    headers = signed_now('{"名":1}'.encode(), SECRET, FORMER)
    assert len(headers["webhook-signature"].split(" ")) == 2
    assert Webhook(known).verify('{"名":1}', headers) == {"名": 1}


def test_altered_body_does_not_verify() -> None:
    headers = signed_now(b'{"amount":1}', SECRET)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify('{"amount":2}', headers)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        " ",
        "whsec_" + base64.b64encode(b"x" * 23).decode(),
        SECRET.removeprefix("whsec_"),
        "whsec_@@@@" + SECRET.removeprefix("whsec_"),
        "whsec_物业",
    ],
)
def test_nothing_is_signed_with_an_empty_or_broken_secret(secret: str) -> None:
    with pytest.raises(UnusableSecret):
        signed_now(b"{}", secret)


def test_nothing_is_signed_without_a_secret() -> None:
    with pytest.raises(UnusableSecret):
        signed_now(b"{}")
