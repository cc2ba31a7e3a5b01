"""The example client signs as the public contract says (its test vector included)."""

import hashlib
import json

import responses

from paycenter.local.client import PaymentCenter, SignedRequest, signature, string_to_sign

SECRET = "sk_test_secret_32bytes_minimum_000"


def test_signature_of_the_contract_vector() -> None:
    text = string_to_sign(
        timestamp="1760000000",
        nonce="5d7f0c7e2b8e4b3e9a41f0d9f1c2a3b4",
        method="POST",
        target="/v1/payments?x=1",
        body=b'{"app_order_no":"A1","amount":1}',
    )
    assert signature(SECRET, text) == "KQFVYk28PxBeTdvIlpcDnIUDc/AgoLknlQHe1KmXDFg="


def test_empty_body_is_signed_as_the_empty_string() -> None:
    text = string_to_sign(timestamp="1", nonce="n", method="GET", target="/", body=b"")
    assert text == f"PC1-HMAC-SHA256\n1\nn\nGET\n/\n{hashlib.sha256(b'').hexdigest()}\n"


@responses.activate
def test_signature_covers_what_goes_over_the_wire() -> None:
    responses.post("https://pay.example/api/v1/payments", json={}, status=201)
    PaymentCenter("https://pay.example", key_id="ak", secret=SECRET).post(
        "/api/v1/payments", {"subject": "物业费"}
    )
    sent = responses.calls[0].request
    assert isinstance(sent.body, bytes)
    text = string_to_sign(
        timestamp=sent.headers["X-Pc-Timestamp"],
        nonce=sent.headers["X-Pc-Nonce"],
        method="POST",
        target="/api/v1/payments",
        body=sent.body,
    )
    assert json.loads(sent.body) == {"subject": "物业费"}
    assert sent.headers["X-Pc-Key"] == "ak"
    assert sent.headers["X-Pc-Signature"] == signature(SECRET, text)


@responses.activate
def test_query_is_signed_as_encoded() -> None:
    responses.get("https://pay.example/api/v1/payments", json={})
    center = PaymentCenter("https://pay.example", key_id="ak", secret=SECRET)
    center.get("/api/v1/payments", order_no="A 1&b")
    sent = responses.calls[0].request
    text = string_to_sign(
        timestamp=sent.headers["X-Pc-Timestamp"],
        nonce=sent.headers["X-Pc-Nonce"],
        method="GET",
        target="/api/v1/payments?order_no=A+1%26b",
        body=b"",
    )
    assert sent.headers["X-Pc-Signature"] == signature(SECRET, text)


@responses.activate
def test_no_nonce_serves_twice() -> None:
    responses.get("https://pay.example/x", json={})
    center = PaymentCenter("https://pay.example", key_id="ak", secret=SECRET)
    center.get("/x")
    center.get("/x")
    first, second = (call.request.headers["X-Pc-Nonce"] for call in responses.calls)
    assert first != second


def test_secret_does_not_show() -> None:
    assert SECRET not in repr(SignedRequest("ak", SECRET))
