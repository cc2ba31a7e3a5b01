"""Callbacks made to hurt the reader: huge, deep, doubled, in foreign encodings.

Each comes forged (as any stranger may send it) and signed (as if WeChat Pay had gone mad): both are
refused, quickly, without effect.
"""

import json
import time
from collections.abc import Callable

import pytest

from tests.attacks.facts import refused_callback
from tests.attacks.forge import encoded
from tests.attacks.shop import Shop

BUDGET_SECONDS = 0.5
"""Processor time per callback; a tenth of it is usual, the rest is for slow machines."""

BODIES: dict[str, Callable[[bytes], bytes]] = {
    "10 MB": lambda genuine: b'{"a":"' + b"x" * 10_000_000 + b'"}',
    "a little too long": lambda genuine: genuine[:-1] + b" " * 65_536 + b"}",
    "100 000 keys": lambda genuine: encoded({str(number): 1 for number in range(100_000)}),
    "5 000 keys": lambda genuine: encoded({str(number): 1 for number in range(5_000)}),
    "10 000 lists deep": lambda genuine: b"[" * 10_000 + b"]" * 10_000,
    "10 000 objects deep": lambda genuine: b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "unclosed": lambda genuine: b"[" * 10_000,
    "5 000 digits": lambda genuine: b'{"resource":' + b"9" * 5_000 + b"}",
    "key twice": lambda genuine: genuine[:-1] + b',"resource":{}}',
    "BOM": lambda genuine: b"\xef\xbb\xbf" + genuine,
    "UTF-16": lambda genuine: genuine.decode().encode("utf-16"),
    "GBK": lambda genuine: genuine.decode().encode("gbk"),
    "not UTF-8": lambda genuine: genuine.replace(b"transaction", b"\xff\xfe\xfd", 1),
    "NaN": lambda genuine: genuine[:-1] + b',"a":NaN}',
    "Infinity": lambda genuine: genuine[:-1] + b',"a":-Infinity}',
    "a list": lambda genuine: b"[" + genuine + b"]",
    "a string": lambda genuine: json.dumps(genuine.decode()).encode(),
    "null": lambda genuine: b"null",
    "nothing": lambda genuine: b"",
    "two documents": lambda genuine: genuine + genuine,
    "XML": lambda genuine: (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        b"<xml><return_code>SUCCESS</return_code><out_trade_no>&e;</out_trade_no></xml>"
    ),
    "a form": lambda genuine: b"out_trade_no=P1&trade_state=SUCCESS&total=1&total=10000",
    "gzip": lambda genuine: b"\x1f\x8b\x08\x00" + b"\x00" * 30,
    "resource as text": lambda genuine: encoded(json.loads(genuine) | {"resource": "x"}),
    "resource as a list": lambda genuine: encoded(json.loads(genuine) | {"resource": [1]}),
    "no resource": lambda genuine: encoded(json.loads(genuine) | {"resource": None}),
}


@pytest.mark.parametrize("signed", [True, False], ids=["signed", "forged"])
@pytest.mark.parametrize("name", BODIES)
def test_hostile_body_is_refused_quickly(name: str, signed: bool, shop: Shop) -> None:
    genuine = shop.wechat.message(shop.wechat.paid(shop.initiated()))
    body = BODIES[name](genuine.body)
    message = shop.wechat.pen.signed(body) if signed else genuine.saying(body)
    with refused_callback() as answers:
        started = time.process_time()
        answers.append(shop.deliver(message))
        assert time.process_time() - started < BUDGET_SECONDS


DOCUMENTS: dict[str, Callable[[bytes], bytes]] = {
    "amount twice": lambda plain: plain.replace(b'"total":10000', b'"total":1,"total":10000'),
    "state twice": lambda plain: plain[:-1] + b',"trade_state":"NOTPAY"}',
    "exponent": lambda plain: plain.replace(b'"total":10000', b'"total":1e4'),
    "infinite": lambda plain: plain.replace(b'"total":10000', b'"total":1e400'),
    "NaN": lambda plain: plain.replace(b'"total":10000', b'"total":NaN'),
    "deep": lambda plain: plain[:-1] + b',"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "BOM": lambda plain: b"\xef\xbb\xbf" + plain,
    "not UTF-8": lambda plain: plain.replace(b"OTHERS", b"\xff\xfe", 1),
    "not JSON": lambda plain: b"trade_state=SUCCESS",
    "nothing": lambda plain: b"",
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_hostile_document_inside_the_seal_is_refused(name: str, shop: Shop) -> None:
    plain = encoded(shop.wechat.paid(shop.initiated()))
    assert b'"total":10000' in plain
    with refused_callback() as answers:
        answers.append(shop.deliver(shop.wechat.message(DOCUMENTS[name](plain))))


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/xml", "application/json; charset=gbk", "multipart/form-data", ""],
)
def test_content_type_changes_nothing_about_the_signed_bytes(content_type: str, shop: Shop) -> None:
    payment = shop.initiated()
    message = shop.wechat.message(shop.wechat.paid(payment))
    assert shop.deliver(message.having("Content-Type", content_type)).status_code == 204
    assert shop.payment(payment.serial_no).state == "succeeded"


@pytest.mark.parametrize("header", ["X-Request-Id", "User-Agent", "X-Forwarded-For"])
@pytest.mark.parametrize("value", ["x" * 20_000, "a\u00ffb", "<script>", "' OR 1=1"], ids=ascii)
def test_hostile_header_does_no_harm(header: str, value: str, shop: Shop) -> None:
    payment = shop.initiated()
    message = shop.wechat.message(shop.wechat.paid(payment)).having(header, value)
    assert shop.deliver(message).status_code == 204
    assert shop.payment(payment.serial_no).state == "succeeded"
