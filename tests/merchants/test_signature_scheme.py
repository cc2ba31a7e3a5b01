"""PC1-HMAC-SHA256 byte for byte (API documentation, "Signing a request")."""

import base64

import pytest

from merchants.signed_requests import signature, string_to_sign

SECRET = "sk_test_secret_32bytes_minimum_000"
NONCE = "5d7f0c7e2b8e4b3e9a41f0d9f1c2a3b4"
BODY = b'{"app_order_no":"A1","amount":1}'
EXPECTED = "KQFVYk28PxBeTdvIlpcDnIUDc/AgoLknlQHe1KmXDFg="


def _sign(path: str, body: bytes, method: str = "POST") -> str:
    message = string_to_sign(
        timestamp="1760000000", nonce=NONCE, method=method, target=path, body=body
    )
    return base64.b64encode(signature(SECRET, message)).decode()


def test_the_documented_vector() -> None:
    assert _sign("/v1/payments?x=1", BODY) == EXPECTED


@pytest.mark.parametrize(
    ("path", "body", "method"),
    [
        ("/v1/payments?x=2", BODY, "POST"),
        ("/v1/payments?x=1&", BODY, "POST"),
        ("/v1/payments", BODY, "POST"),
        ("/v1/payment?x=1", BODY, "POST"),
        ("/v1/payments?x=1", BODY, "PUT"),
        ("/v1/payments?x=1", BODY + b" ", "POST"),
        ("/v1/payments?x=1", b'{"amount":1,"app_order_no":"A1"}', "POST"),
    ],
)
def test_every_part_is_signed_as_sent(path: str, body: bytes, method: str) -> None:
    assert _sign(path, body, method) != EXPECTED
