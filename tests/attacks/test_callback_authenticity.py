"""Callbacks WeChat Pay did not send, or not now, or not like this: refused, recorded, no effect.

Every case spoils a genuine callback of a real success in one way.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from pytest_django import Settings

from gateway.channels.wechat import config
from merchants.credentials import revoke_credential, store_credential
from merchants.models import SecurityRecord
from paycenter.kernel.clock import now
from paycenter.kernel.credential import Credential
from tests.attacks import forge
from tests.attacks.facts import nothing_changes, refused_callback
from tests.attacks.forge import (
    NONCE,
    SERIAL,
    SIGNATURE,
    TIMESTAMP,
    Message,
    Pen,
    Spoil,
    encoded,
    private_key,
)
from tests.attacks.shop import Shop
from tests.support.workers import Workers

OURS = forge.merchant(forge.OUR_MCHID)
OTHERS = forge.merchant(forge.OTHER_MCHID)


def _signed_text(message: Message) -> bytes:
    head = f"{message.headers[TIMESTAMP]}\n{message.headers[NONCE]}\n"
    return head.encode() + message.body + b"\n"


def _signed_by(pem: str, padding: PKCS1v15 | PSS, digest: SHA1 | SHA256) -> Spoil:
    def spoil(message: Message) -> Message:
        raw = private_key(pem).sign(_signed_text(message), padding, digest)
        return message.having(SIGNATURE, base64.b64encode(raw).decode())

    return spoil


def _mac(key: bytes) -> Spoil:
    def spoil(message: Message) -> Message:
        raw = hmac.digest(key, _signed_text(message), hashlib.sha256)
        return message.having(SIGNATURE, base64.b64encode(raw).decode())

    return spoil


def _again_at(timestamp: Callable[[], str]) -> Spoil:
    """Sign properly, but as of another moment."""

    def spoil(message: Message) -> Message:
        pen = Pen(OURS.public_key_id, OURS.public_key_private_pem)
        return pen.signed(message.body, timestamp=timestamp())

    return spoil


def _flipped(position: float) -> Spoil:
    """Change one byte of the body, at a fraction of its length."""

    def spoil(message: Message) -> Message:
        at = int(position * (len(message.body) - 1))
        body = bytearray(message.body)
        body[at] ^= 1
        return message.saying(bytes(body))

    return spoil


def _lacking(header: str) -> Spoil:
    return lambda message: message.without(header)


def _with(header: str, value: str) -> Spoil:
    return lambda message: message.having(header, value)


NO_SIGNATURES = ("", " ", "null", "[]", "@@@@", "=", "签名", "\u00ff" * 344)
NO_SERIALS = ("..", "../../etc/passwd", "0" * 40, "PUB_KEY_ID_", "' OR 1=1", "A" * 5_000)
NO_TIMES = ("NaN", "Infinity", "1" + "0" * 20, "-1", "1e9", "0x6920", "١٧٦٠٠٠٠٠٠٠", " ")
_PKCS1 = PKCS1v15()
_PSS = PSS(MGF1(SHA256()), 32)

SPOILED: dict[str, Spoil] = {
    # Row 1
    **{f"no {name}": _lacking(name) for name in (TIMESTAMP, NONCE, SERIAL, SIGNATURE)},
    "no headers": lambda m: Message(m.body, {"Content-Type": "application/json"}),
    # Row 2
    **{f"signature {text!a}": _with(SIGNATURE, text) for text in NO_SIGNATURES},
    # Row 3
    "random signature": _with(SIGNATURE, base64.b64encode(secrets.token_bytes(256)).decode()),
    "probe": lambda m: m.having(SIGNATURE, "WECHATPAY/SIGNTEST/" + m.headers[SIGNATURE]),
    "half a signature": lambda m: m.having(SIGNATURE, m.headers[SIGNATURE][:172]),
    "signature twice": lambda m: m.having(SIGNATURE, ",".join([m.headers[SIGNATURE]] * 2)),
    # Row 4
    **{f"byte changed at {place}": _flipped(place) for place in (0.0, 0.3, 0.6, 0.9, 1.0)},
    "space appended": lambda m: m.saying(m.body + b" "),
    "body emptied": lambda m: m.saying(b""),
    "JSON written anew": lambda m: m.saying(json.dumps(json.loads(m.body)).encode()),
    # Row 5
    "signed with our merchant key": _signed_by(OURS.private_key_pem, _PKCS1, SHA256()),
    "signed with another company's": _signed_by(OTHERS.public_key_private_pem, _PKCS1, SHA256()),
    "signed by another company's WeChat Pay": lambda m: Pen(
        OTHERS.public_key_id, OTHERS.public_key_private_pem
    ).signed(m.body),
    # Row 7
    **{f"serial {text[:50]!r}": _with(SERIAL, text) for text in NO_SERIALS},
    "our own certificate's serial": _with(SERIAL, OURS.serial_no),
    # Row 8
    "six minutes old": _again_at(lambda: f"{int(time.time()) - 360}"),
    "six minutes ahead": _again_at(lambda: f"{int(time.time()) + 360}"),
    "time as a fraction": _again_at(lambda: f"{time.time():.3f}"),
    "time in milliseconds": _again_at(lambda: f"{int(time.time() * 1000)}"),
    "time with a plus": _again_at(lambda: f"+{int(time.time())}"),
    **{f"time {text!a}": _again_at(partial(str, text)) for text in NO_TIMES},
    # Row 12
    "SHA-1": _signed_by(OURS.public_key_private_pem, _PKCS1, SHA1()),
    "PSS": _signed_by(OURS.public_key_private_pem, _PSS, SHA256()),
    "HMAC with the public key": _mac(OURS.public_key_pem.encode()),
    "HMAC with the APIv3 key": _mac(OURS.apiv3_key.encode()),
    "HMAC with nothing": _mac(b""),
}


@pytest.mark.parametrize("attempt", SPOILED)
def test_callback_that_is_not_authentic_is_refused(attempt: str, shop: Shop) -> None:
    genuine = shop.wechat.message(shop.wechat.paid(shop.initiated()))
    with refused_callback() as answers:
        answers.append(shop.deliver(SPOILED[attempt](genuine)))


def test_the_genuine_callback_is_taken(shop: Shop) -> None:
    payment = shop.initiated()
    answer = shop.deliver(shop.wechat.message(shop.wechat.paid(payment)))
    assert (answer.status_code, answer.content) == (204, b"")
    assert shop.payment(payment.serial_no).state == "succeeded"


@pytest.mark.parametrize("announced", ["MD5", "RSA", "NONE", "", "wechatpay2-sha256-rsa2048"])
def test_algorithm_is_never_taken_from_the_message(announced: str, shop: Shop) -> None:
    message = shop.wechat.message(shop.wechat.paid(shop.initiated()))
    announcing = message.having("Wechatpay-Signature-Type", announced)
    assert shop.deliver(announcing).status_code == 204
    with refused_callback() as answers:
        answers.append(shop.deliver(announcing.having(SIGNATURE, "NONE")))


SEALS: dict[str, dict[str, Any]] = {
    "no algorithm": {"algorithm": None},
    "algorithm NONE": {"algorithm": "NONE"},
    "algorithm in lower case": {"algorithm": "aead_aes_256_gcm"},
    "SM4": {"algorithm": "AEAD_SM4_GCM"},
    "another nonce": {"nonce": "a" * 12},
    "nonce too short": {"nonce": "a" * 11},
    "nonce too long": {"nonce": "a" * 13},
    "nonce of 12 letters in 36 bytes": {"nonce": "数" * 12},
    "no nonce": {"nonce": None},
    "nonce that is a number": {"nonce": 123456789012},
    "other associated data": {"associated_data": "refund"},
    "no associated data": {"associated_data": None},
    "no ciphertext": {"ciphertext": None},
    "empty ciphertext": {"ciphertext": ""},
    "ciphertext that is not base64": {"ciphertext": "@@@@"},
    "ciphertext shorter than its tag": {"ciphertext": "AAAA"},
    "ciphertext in a list": {"ciphertext": ["AAAA"]},
}


@pytest.mark.parametrize("attempt", SEALS)
def test_resource_that_does_not_open_is_refused_in_the_same_words(attempt: str, shop: Shop) -> None:
    document = shop.wechat.paid(shop.initiated())
    with refused_callback() as answers:
        answers.append(shop.deliver(shop.wechat.message(document, **SEALS[attempt])))


def test_resource_with_a_changed_tag_is_refused(shop: Shop) -> None:
    envelope = shop.wechat.envelope(shop.wechat.paid(shop.initiated()))
    raw = bytearray(base64.b64decode(envelope["resource"]["ciphertext"]))
    raw[-1] ^= 1
    envelope["resource"]["ciphertext"] = base64.b64encode(raw).decode()
    with refused_callback() as answers:
        answers.append(shop.deliver(shop.wechat.pen.signed(encoded(envelope))))


def test_key_revoked_a_moment_ago_signs_nothing_any_more(shop: Shop) -> None:
    owner = shop.account.channel_merchant
    message = shop.wechat.message(shop.wechat.paid(shop.initiated()))
    revoke_credential(owner.credentials.get(kind=config.PUBLIC_KEY))
    with refused_callback() as answers:
        answers.append(shop.deliver(message))


def test_expired_platform_certificate_signs_nothing_any_more(shop: Shop) -> None:
    pem = OURS.public_key_private_pem
    serial, expired = forge.certificate(pem, valid_until=forge.days_from_now(-1))
    owner = shop.account.channel_merchant
    store_credential(owner, Credential(config.PLATFORM_CERTIFICATE, serial, expired))
    body = encoded(shop.wechat.envelope(shop.wechat.paid(shop.initiated())))
    with refused_callback() as answers:
        answers.append(shop.deliver(Pen(serial, pem).signed(body)))


def test_storm_of_unknown_certificates_causes_one_refresh(shop: Shop, workers: Workers) -> None:
    message = shop.wechat.message(shop.wechat.paid(shop.initiated()))
    with nothing_changes():
        for number in range(20):
            shop.deliver(message.having(SERIAL, f"{number + 1:040X}"))
    assert len(workers.kept("refresh_certificates_of")) == 1


def test_replay_has_no_effect_and_is_too_old_the_next_day(shop: Shop) -> None:
    message = shop.wechat.message(shop.wechat.paid(shop.initiated()))
    assert shop.deliver(message).status_code == 204
    with nothing_changes():
        assert shop.deliver(message).status_code == 204
    with time_machine.travel(now() + timedelta(days=1)), refused_callback() as answers:
        answers.append(shop.deliver(message))


@pytest.mark.parametrize(
    "disguise",
    [
        {"HTTP_HOST": "localhost"},
        {"HTTP_X_FORWARDED_HOST": "localhost"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1;host=localhost"},
        {"HTTP_X_SANDBOX": "true"},
        {"QUERY_STRING": "sandbox=1&debug=1&verify=false"},
    ],
    ids=str,
)
def test_pretending_to_be_local_opens_no_door(
    disguise: dict[str, Any], shop: Shop, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]
    body = encoded(shop.wechat.envelope(shop.wechat.paid(shop.initiated())) | {"sandbox": True})
    with refused_callback() as answers:
        answers.append(
            shop.deliver(Message(body, {"Content-Type": "application/json"}), **disguise)
        )


def test_forwarded_address_is_believed_only_from_our_own_proxies(shop: Shop) -> None:
    forged = Message(b"{}", {"Content-Type": "application/json", "X-Forwarded-For": "203.0.113.9"})
    shop.deliver(forged, REMOTE_ADDR="198.51.100.7")
    assert SecurityRecord.objects.get().address == "198.51.100.7"
