"""Request bodies that are no acceptable JSON, or too much of it: refused quickly, without effect.

All are properly signed: the application itself sends them, by mistake or with intent.
"""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.attacks.facts import refused_request
from tests.attacks.shop import PAYMENTS, Shop

BUDGET_SECONDS = 0.5
"""Processor time per request; a tenth of it is usual, the rest is for slow machines."""

BODIES: dict[str, Callable[[bytes], bytes]] = {
    "key twice": lambda good: good[:-1] + b', "amount": 1}',
    "key twice in a line": lambda good: (
        good[:-1] + b', "lines": [{"fee_type": "a", "amount": 1, "amount": 10000}]}'
    ),
    "NaN": lambda good: good.replace(b"10000", b"NaN"),
    "Infinity": lambda good: good.replace(b"10000", b"Infinity"),
    "10 000 lists deep": lambda good: b"[" * 10_000 + b"]" * 10_000,
    "10 000 objects deep": lambda good: b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "unclosed": lambda good: b"[" * 10_000,
    "5 000 digits": lambda good: good.replace(b"10000", b"9" * 5_000),
    "digits after the point": lambda good: good.replace(b"10000", b"0." + b"1" * 100_000),
    "BOM": lambda good: b"\xef\xbb\xbf" + good,
    "UTF-16": lambda good: good.decode().encode("utf-16"),
    "not UTF-8": lambda good: good.replace(b"A1", b"\xff\xfe"),
    "overlong UTF-8": lambda good: good.replace(b"A1", b"\xc0\x81"),
    "half a surrogate pair": lambda good: good.replace(b'"A1"', b'"\\ud800"'),
    "half a pair as a name": lambda good: good[:-1] + b', "metadata": {"\\udfff": ""}}',
    "a list": lambda good: b"[" + good + b"]",
    "a string": lambda good: json.dumps(good.decode()).encode(),
    "null": lambda good: b"null",
    "true": lambda good: b"true",
    "nothing": lambda good: b"",
    "blanks": lambda good: b" \n ",
    "two documents": lambda good: good + good,
    "comment": lambda good: b"/**/" + good,
    "trailing comma": lambda good: good[:-1] + b",}",
    "single quotes": lambda good: good.replace(b'"', b"'"),
    "a form": lambda good: b"amount=10000&order_no=A1",
    "control character": lambda good: good.replace(b"A1", b"A\n1"),
}


@pytest.mark.parametrize("name", BODIES)
def test_body_that_is_no_acceptable_json_is_refused(name: str, shop: Shop) -> None:
    with refused_request(400, "invalid_request") as answers:
        started = time.process_time()
        answers.append(shop.client.post(PAYMENTS, BODIES[name](_good(shop))))
        assert time.process_time() - started < BUDGET_SECONDS


@pytest.mark.parametrize(
    "many",
    [b" " * 10_000_000, json.dumps({str(number): 1 for number in range(100_000)}).encode()],
    ids=["10 MB", "100 000 keys"],
)
def test_body_that_is_too_large_is_refused_unread(many: bytes, shop: Shop) -> None:
    with refused_request(413, "request_too_large") as answers:
        started = time.process_time()
        answers.append(shop.client.post(PAYMENTS, many))
        assert time.process_time() - started < BUDGET_SECONDS


def test_refusal_of_a_thousand_unknown_fields_stays_short(shop: Shop) -> None:
    many: dict[str, Any] = {f"x{number}": 1 for number in range(1_000)}
    with refused_request(400, "unknown_field") as answers:
        answers.append(shop.pay(**many))
    assert len(answers[0]["errors"]) == 20


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"],
)
def test_other_content_type_is_refused(content_type: str, shop: Shop) -> None:
    with refused_request(415, "unsupported_media_type") as answers:
        answers.append(shop.client.post(PAYMENTS, _good(shop), Content_Type=content_type))


def test_charset_in_the_content_type_changes_nothing(shop: Shop) -> None:
    content_type = "application/json; charset=gbk"
    answer = shop.client.post(PAYMENTS, _good(shop), Content_Type=content_type)
    assert (answer.status, answer["subject"]) == (202, "物业费")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_method_is_refused(method: str, shop: Shop) -> None:
    with refused_request(405, "method_not_allowed") as answers:
        answers.append(shop.client.send(method, PAYMENTS, b""))


@pytest.mark.parametrize("override", ["X_HTTP_Method_Override", "X_Method_Override"])
def test_method_is_not_overridden(override: str, shop: Shop) -> None:
    answer = shop.client.send("GET", PAYMENTS, b"", **{override: "POST"})
    assert (answer.status, answer["data"]) == (200, [])


@pytest.mark.parametrize("given", ["a b", "a" * 65, "<script>", "a;b", "\u00e9", ""])
def test_request_id_of_odd_characters_is_not_echoed(given: str, shop: Shop) -> None:
    answer = shop.client.get(PAYMENTS, X_Request_Id=given)
    assert answer.headers["X-Request-Id"] != given
    assert len(answer.headers["X-Request-Id"]) == 32


def _good(shop: Shop) -> bytes:
    return json.dumps(shop.order_body(), ensure_ascii=False).encode()
