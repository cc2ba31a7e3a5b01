"""The wire of a robot: signatures by the vectors, answers by their code, no secret in a text."""

import json
from datetime import UTC, datetime
from urllib.parse import quote_plus

import pytest
from pytest_django import Settings

from notifications.alerting.dingtalk import Message, Webhook, read_answer, say, sign
from paycenter.kernel.http import WireResponse

TOKEN = "a1" * 32
MOMENT = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("milliseconds", "secret", "signature"),
    [
        (1700000000000, "this is secret", "sSFWELbV2YwjdDQhWZwTcWlX5BWUx5J6TPpsZmuPii0="),
        (1700000000000, "SEC" + "0" * 60 + "test", "bCcJiIKqyObgdvB5UiIbViJlixojz9bQW5dnZbgLAd8="),
        (1577262236757, "SECabc123", "sP2tUmwYDrLqnFjDuYnBJi0Od0TLi424Z2c6qlTmCao="),
        (1760000000123, "SEC中文密钥", "ikq2Av74gou3VSKGC+jWvXvi3Mf4to3qMIRPKyHM9Ic="),
    ],
)
def test_signatures_are_those_of_the_vectors(
    milliseconds: int, secret: str, signature: str
) -> None:
    assert sign(secret, milliseconds) == signature


def test_a_plus_of_a_signature_is_escaped() -> None:
    escaped = quote_plus(sign("SEC中文密钥", 1760000000123))
    assert escaped == "ikq2Av74gou3VSKGC%2BjWvXvi3Mf4to3qMIRPKyHM9Ic%3D"


@pytest.mark.parametrize(
    ("code", "text", "outcome"),
    [
        (0, "ok", "sent"),
        (310000, "keywords not in content", "refused"),
        (130101, "send too fast, exceed 20 times per minute", "throttled"),
        (410100, "send too fast", "throttled"),
        (460101, "message too long, exceed 20000 bytes", "too_long"),
        (101002, "message is too long", "too_long"),
        (-1, "system busy", "failed"),
        (12345, "exceed keywords token", "failed"),
    ],
)
def test_an_answer_is_judged_by_its_code(code: int, text: str, outcome: str) -> None:
    body = json.dumps({"errcode": code, "errmsg": text}).encode()
    answer = read_answer(WireResponse(200, {}, body))
    assert (answer.outcome, answer.code, answer.text) == (outcome, code, text)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b"", "failed"),
        (200, b"ok", "failed"),
        (200, b"{}", "failed"),
        (200, b'{"errcode":true}', "failed"),
        (500, b'{"errcode":0,"errmsg":"ok"}', "failed"),
        (403, b'{"status":1111,"wait":5,"punish":"deny"}', "throttled"),
    ],
)
def test_only_errcode_0_means_sent(status: int, body: bytes, outcome: str) -> None:
    assert read_answer(WireResponse(status, {}, body)).outcome == outcome


def test_a_mention_stands_in_the_text_too() -> None:
    document = json.loads(Message("t", "text", ["13800000001"]).body)
    assert document["at"]["atMobiles"] == ["13800000001"]
    assert "@13800000001" in document["markdown"]["text"]


def test_no_secret_is_in_what_is_kept_of_a_failure(settings: Settings) -> None:
    settings.DINGTALK_URL = "http://127.0.0.1:9"
    settings.ALLOW_PRIVATE_URLS = True
    answer = say(Webhook(TOKEN, "SECsecret"), Message("t", "x"), MOMENT)
    assert answer.outcome == "failed"
    for secret in (TOKEN, "SECsecret", "sign="):
        assert secret not in answer.text
    assert TOKEN not in repr(Webhook(TOKEN, "SECsecret"))
