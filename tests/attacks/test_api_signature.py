"""Requests nobody may have signed: one answer for a stranger and a wrong signature, no effect."""

import base64
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from merchants.keys import revoke_key
from merchants.models import Application, ApplicationKey, UsedNonce
from merchants.tasks import forget_nonces
from paycenter.kernel.clock import now
from tests.attacks.facts import nothing_changes, refused_request
from tests.attacks.shop import PAYMENTS, Shop, open_shop
from tests.support.parties import make_key
from tests.support.signing import Answer
from tests.support.together import together
from transactions.models import Payment

HEADERS: dict[str, dict[str, str]] = {
    **{f"{name} blank": {name: ""} for name in ("X_Pc_Key", "X_Pc_Nonce", "X_Pc_Signature")},
    "key unknown": {"X_Pc_Key": "ak_0123456789abcdef0123"},
    "key in upper case": {"X_Pc_Key": "AK_0123"},
    "key with SQL": {"X_Pc_Key": "' OR 1=1 --"},
    "key too long": {"X_Pc_Key": "a" * 65},
    "key in other letters": {"X_Pc_Key": "ключ"},
    "signature that is not base64": {"X_Pc_Signature": "@@@@"},
    "signature of nothing": {"X_Pc_Signature": base64.b64encode(b"").decode() or "===="},
    "random signature": {"X_Pc_Signature": base64.b64encode(secrets.token_bytes(32)).decode()},
    "signature in hexadecimal": {"X_Pc_Signature": "0" * 64},
    "signature in other letters": {"X_Pc_Signature": "签名"},
    "signature null": {"X_Pc_Signature": "null"},
    "another nonce than signed": {"X_Pc_Nonce": "0" * 32},
    "nonce too short": {"X_Pc_Nonce": "a" * 15},
    "nonce too long": {"X_Pc_Nonce": "a" * 65},
    "nonce with other characters": {"X_Pc_Nonce": "a" * 16 + "é/+="},
    "time as a fraction": {"X_Pc_Timestamp": f"{time.time():.1f}"},
    "time blank": {"X_Pc_Timestamp": ""},
    "time in other digits": {"X_Pc_Timestamp": "١٧٦٠٠٠٠٠٠٠"},
    "time NaN": {"X_Pc_Timestamp": "NaN"},
    "time negative": {"X_Pc_Timestamp": "-1"},
    "time of 20 digits": {"X_Pc_Timestamp": "1" + "0" * 20},
}


@pytest.mark.parametrize("attempt", HEADERS)
def test_spoiled_header_is_refused(attempt: str, shop: Shop) -> None:
    with refused_request(401, "signature_invalid") as answers:
        answers.append(shop.client.post(PAYMENTS, shop.order_body(), **HEADERS[attempt]))


@pytest.mark.parametrize("length", [16, 64])
def test_nonce_of_allowed_length_is_taken(length: int, shop: Shop) -> None:
    answer = shop.client.send("GET", PAYMENTS, b"", nonce="a" * length)
    assert answer.status == 200


@pytest.mark.parametrize("seconds", [-301, 301, -86_400, 86_400])
def test_wrong_clock_is_told_the_right_time(seconds: int, shop: Shop) -> None:
    raw = json.dumps(shop.order_body()).encode()
    timestamp = str(int(time.time()) + seconds)
    with refused_request(401, "timestamp_out_of_range") as answers:
        answers.append(shop.client.send("POST", PAYMENTS, raw, timestamp=timestamp))
    assert abs(answers[0]["server_time"] - time.time()) < 10


def test_milliseconds_are_no_seconds(shop: Shop) -> None:
    timestamp = str(int(time.time() * 1000))
    with refused_request(401, "timestamp_out_of_range", "signature_invalid") as answers:
        answers.append(shop.client.send("GET", PAYMENTS, b"", timestamp=timestamp))


@pytest.mark.parametrize("seconds", [-290, 290])
def test_clock_that_is_a_little_off_is_accepted(seconds: int, shop: Shop) -> None:
    timestamp = str(int(time.time()) + seconds)
    assert shop.client.send("GET", PAYMENTS, b"", timestamp=timestamp).status == 200


def test_stranger_and_wrong_signature_get_the_same_answer(shop: Shop) -> None:
    wrong = replace(shop.client, secret="sk_wrong").get(PAYMENTS)
    stranger = replace(shop.client, key_id="ak_unknown").get(PAYMENTS)
    for answer in (wrong, stranger):
        del answer.body["request_id"]
    assert (wrong.status, wrong.body) == (stranger.status, stranger.body)


def test_revoked_key_is_a_stranger(shop: Shop) -> None:
    revoke_key(ApplicationKey.objects.get(key_id=shop.client.key_id))
    with refused_request(401, "signature_invalid") as answers:
        answers.append(shop.client.post(PAYMENTS, shop.order_body()))


def test_disabled_application_is_refused_only_with_a_right_signature(shop: Shop) -> None:
    Application.objects.update(is_active=False)
    with refused_request(401, "application_disabled") as answers:
        answers.append(shop.client.post(PAYMENTS, shop.order_body()))
    with refused_request(401, "signature_invalid") as answers:
        answers.append(replace(shop.client, secret="sk_wrong").post(PAYMENTS, shop.order_body()))


def test_key_of_one_application_signs_nothing_for_another(shop: Shop, other_shop: Shop) -> None:
    mixed = replace(shop.client, key_id=other_shop.client.key_id)
    with refused_request(401, "signature_invalid") as answers:
        answers.append(mixed.post(PAYMENTS, other_shop.order_body()))


def test_second_active_key_works_beside_the_first(shop: Shop) -> None:
    key, secret = make_key(shop.application)
    second = replace(shop.client, key_id=key.key_id, secret=secret)
    assert (second.get(PAYMENTS).status, shop.client.get(PAYMENTS).status) == (200, 200)


def test_address_that_is_not_listed_is_refused_whatever_it_claims(shop: Shop) -> None:
    Application.objects.update(ip_allow_list=["203.0.113.0/24"])
    with refused_request(403, "ip_not_allowed") as answers:
        answers.append(shop.client.post(PAYMENTS, shop.order_body(), X_Forwarded_For="203.0.113.9"))


CHANGED_AFTER_SIGNING: dict[str, Callable[[bytes], bytes]] = {
    "amount": lambda raw: raw.replace(b"10000", b"10001"),
    "a space": lambda raw: raw.replace(b":", b": ", 1),
    "a space at the end": lambda raw: raw + b" ",
    "order of members": lambda raw: json.dumps(
        dict(reversed(json.loads(raw).items())), separators=(",", ":")
    ).encode(),
    "escapes": lambda raw: json.dumps(json.loads(raw), ensure_ascii=True).encode(),
    "nothing left": lambda raw: b"",
}


@pytest.mark.parametrize("change", CHANGED_AFTER_SIGNING)
def test_body_changed_after_signing_is_refused(change: str, shop: Shop) -> None:
    raw = json.dumps(shop.order_body(), ensure_ascii=False, separators=(",", ":")).encode()
    sent = CHANGED_AFTER_SIGNING[change](raw)
    assert sent != raw
    headers = _signed_headers(shop, "POST", PAYMENTS, raw)
    with refused_request(401, "signature_invalid") as answers:
        answers.append(shop.client.send("POST", PAYMENTS, sent, **headers))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", PAYMENTS),
        ("POST", "/api/v1/refunds"),
        ("POST", f"{PAYMENTS}?a=1"),
        ("POST", f"{PAYMENTS}/"),
        ("PUT", PAYMENTS),
        ("POST", "/api/v1/Payments"),
    ],
)
def test_signature_for_another_target_is_refused(method: str, path: str, shop: Shop) -> None:
    raw = json.dumps(shop.order_body()).encode()
    headers = _signed_headers(shop, method, path, raw)
    with refused_request(401, "signature_invalid") as answers:
        answers.append(shop.client.send("POST", PAYMENTS, raw, **headers))


def test_nonce_serves_once(shop: Shop) -> None:
    raw = json.dumps(shop.order_body()).encode()
    first = shop.client.send("POST", PAYMENTS, raw, nonce="n" * 32)
    assert first.status == 202
    with refused_request(401, "nonce_reused") as answers:
        answers.append(shop.client.send("POST", PAYMENTS, raw, nonce="n" * 32))


def test_nonce_of_a_read_serves_once_too(shop: Shop) -> None:
    assert shop.client.send("GET", PAYMENTS, b"", nonce="n" * 32).status == 200
    with refused_request(401, "nonce_reused") as answers:
        answers.append(shop.client.send("GET", PAYMENTS, b"", nonce="n" * 32))


def test_refused_request_has_spent_its_nonce(shop: Shop) -> None:
    raw = json.dumps(shop.order_body() | {"amount": 0}).encode()
    assert shop.client.send("POST", PAYMENTS, raw, nonce="n" * 32).status == 400
    with refused_request(401, "nonce_reused") as answers:
        answers.append(shop.client.send("POST", PAYMENTS, raw, nonce="n" * 32))


def test_nonce_is_forgotten_only_when_its_request_is_too_old(shop: Shop) -> None:
    shop.client.send("GET", PAYMENTS, b"", nonce="n" * 32)
    for minutes, left in ((10, 1), (12, 0)):
        with time_machine.travel(now() + timedelta(minutes=minutes), tick=False):
            forget_nonces()
        assert UsedNonce.objects.count() == left


def test_same_nonce_of_two_keys_is_no_repeat(shop: Shop, other_shop: Shop) -> None:
    for client in (shop.client, other_shop.client):
        assert client.send("GET", PAYMENTS, b"", nonce="n" * 32).status == 200


def test_of_twenty_equal_requests_at_once_one_passes(transactional_db: None) -> None:
    shop = open_shop()
    raw = json.dumps(shop.order_body()).encode()

    def send(_: int) -> Answer:
        return shop.client.send("POST", PAYMENTS, raw, nonce="n" * 32)

    answers = together(20, send)
    assert sorted(answer.status for answer in answers) == [202] + [401] * 19
    assert Payment.objects.count() == 1


def test_unsigned_request_reveals_nothing(shop: Shop) -> None:
    payment = shop.initiated()
    nobody = replace(shop.client, key_id="", secret="")
    with nothing_changes():
        known = nobody.get(f"{PAYMENTS}/{payment.serial_no}")
        unknown = nobody.get(f"{PAYMENTS}/P{'0' * 23}")
    assert known.body | {"request_id": ""} == unknown.body | {"request_id": ""}


def _signed_headers(shop: Shop, method: str, path: str, raw: bytes) -> dict[str, str]:
    """Return the headers of a proper signature over exactly this."""
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    headers = shop.client.headers(method, path, raw, timestamp=timestamp, nonce=nonce)
    return {name.replace("-", "_"): value for name, value in headers.items()}
