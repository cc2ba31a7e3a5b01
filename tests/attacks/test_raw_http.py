"""What only a real server can be sent: odd targets, odd framing, encodings nobody asked for."""

import gzip
import secrets
import time
from collections.abc import Callable

import pytest

from merchants.models import SecurityRecord
from tests.attacks.facts import REFUSAL, nothing_changes
from tests.attacks.forge import SIGNATURE
from tests.attacks.server import RawAnswer, Server
from tests.attacks.shop import PAYMENTS, Shop

CHUNKED = {"Transfer-Encoding": "chunked"}


def _signed_get(server: Server, shop: Shop, *, signed: str, sent: str) -> RawAnswer:
    """Sign one target and send another."""
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    headers = shop.client.headers("GET", signed, b"", timestamp=timestamp, nonce=nonce)
    return server.ask("GET", sent, headers)


def _callback(
    server: Server, shop: Shop, body: bytes, headers: dict[str, str], **framing: str
) -> RawAnswer:
    path = f"/callbacks/wechat/{shop.account.payment_no}/"
    return server.ask("POST", path, headers, body, **framing)


def _chunks(body: bytes) -> bytes:
    """Return the body in chunks of 100 bytes."""
    parts = [body[at : at + 100] for at in range(0, len(body), 100)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


SIGNED_AS_SENT = [
    PAYMENTS,
    f"{PAYMENTS}?",
    f"{PAYMENTS}?limit=1",
    f"{PAYMENTS}?limit=%31",
    f"{PAYMENTS}?order_no=a-b_c",
    "/api/v1/%70ayments",
]


@pytest.mark.parametrize("target", SIGNED_AS_SENT)
def test_signature_covers_the_target_as_it_was_sent(
    target: str, server: Server, public_shop: Shop
) -> None:
    assert _signed_get(server, public_shop, signed=target, sent=target).status == 200


CHANGED_ON_THE_WAY = [
    (PAYMENTS, f"{PAYMENTS}?"),
    (f"{PAYMENTS}?", PAYMENTS),
    (PAYMENTS, "/api/v1/%70ayments"),
    ("/api/v1/%70ayments", PAYMENTS),
    (f"{PAYMENTS}?limit=1", f"{PAYMENTS}?limit=%31"),
    (f"{PAYMENTS}?limit=1&state=failed", f"{PAYMENTS}?state=failed&limit=1"),
    (f"{PAYMENTS}?limit=1", f"{PAYMENTS}?limit=2"),
    (f"{PAYMENTS}?limit=1", f"{PAYMENTS}?limit=1&"),
    (f"{PAYMENTS}?limit=1", f"{PAYMENTS}?limit=1#"),
    (PAYMENTS, f"http://127.0.0.1{PAYMENTS}"),
]


@pytest.mark.parametrize(("signed", "sent"), CHANGED_ON_THE_WAY)
def test_target_changed_on_the_way_is_refused(
    signed: str, sent: str, server: Server, public_shop: Shop
) -> None:
    assert _signed_get(server, public_shop, signed=signed, sent=sent).status in {400, 401}


@pytest.mark.parametrize(
    "target",
    [
        f"/{PAYMENTS}",
        "/api//v1/payments",
        "/api/v1/./payments",
        "/api/v1/%2e/payments",
        "/api/v1/x/../payments",
        "/api/v1/x/%2e%2e/payments",
        "/api/v1%2fpayments%00",
        "/api/v1/payments;a=1",
        f"{PAYMENTS}%20",
    ],
)
def test_detour_to_an_address_leads_nowhere(target: str, server: Server, public_shop: Shop) -> None:
    answer = _signed_get(server, public_shop, signed=PAYMENTS, sent=target)
    assert answer.status in {400, 401, 404}
    assert _signed_get(server, public_shop, signed=target, sent=target).status in {400, 404}


@pytest.mark.parametrize("number", ["%00", "%ff", "%27%20OR%201=1", "%0d%0aX:y", "%2e%2e%2f"])
def test_number_of_odd_bytes_does_not_exist(number: str, server: Server, public_shop: Shop) -> None:
    target = f"{PAYMENTS}/{number}"
    assert _signed_get(server, public_shop, signed=target, sent=target).status == 404


def test_compressed_callback_is_refused(server: Server, public_shop: Shop) -> None:
    message = public_shop.wechat.message(public_shop.wechat.paid(public_shop.initiated()))
    headers = {**message.headers, "Content-Encoding": "gzip"}
    with nothing_changes():
        answer = _callback(server, public_shop, gzip.compress(message.body), headers)
    assert (answer.status, answer.body) == (401, REFUSAL)


@pytest.mark.parametrize(
    ("name", "framing", "shape"),
    [
        # Django reads no body without a length: an empty one is verified, and refused.
        ("chunked", CHUNKED, _chunks),
        ("too short", {"Content-Length": "10"}, bytes),
        ("negative", {"Content-Length": "-1"}, bytes),
        ("no number", {"Content-Length": "abc"}, bytes),
        ("twice", {"Content-Length": "10\r\nContent-Length: 20"}, bytes),
        ("both", {"Content-Length": "10", "Transfer-Encoding": "chunked"}, _chunks),
        ("unknown coding", {"Transfer-Encoding": "xchunked"}, _chunks),
        ("chunked twice", {"Transfer-Encoding": "chunked, chunked"}, _chunks),
        ("no hexadecimal", CHUNKED, lambda body: b"zz\r\n" + body + b"\r\n0\r\n\r\n"),
        ("none", {"X-No-Length": "1"}, bytes),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_callback_with_odd_framing_has_no_effect(
    name: str,
    framing: dict[str, str],
    shape: Callable[[bytes], bytes],
    server: Server,
    public_shop: Shop,
) -> None:
    message = public_shop.wechat.message(public_shop.wechat.paid(public_shop.initiated()))
    body = shape(message.body)
    with nothing_changes():
        answer = _callback(server, public_shop, body, dict(message.headers), **framing)
    assert answer.status == 0 or answer.status >= 400


def test_callback_longer_than_announced_is_cut_and_refused(
    server: Server, public_shop: Shop
) -> None:
    payment = public_shop.initiated()
    message = public_shop.wechat.message(public_shop.wechat.paid(payment))
    smuggled = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    length = {"Content-Length": str(len(message.body))}
    answer = _callback(
        server, public_shop, message.body + smuggled, dict(message.headers), **length
    )
    assert answer.status == 204
    assert b"HTTP/1.1" not in answer.body


@pytest.mark.parametrize(
    "header",
    ["a\x00b", "a\rb", "x" * 100_000],
    ids=["NUL", "CR", "100 kB"],
)
def test_header_no_server_should_take_is_refused(
    header: str, server: Server, public_shop: Shop
) -> None:
    message = public_shop.wechat.message(public_shop.wechat.paid(public_shop.initiated()))
    with nothing_changes():
        answer = _callback(server, public_shop, message.body, {**message.headers, "X-Odd": header})
    assert answer.status == 0 or 400 <= answer.status < 500


def test_two_signatures_are_none(server: Server, public_shop: Shop) -> None:
    message = public_shop.wechat.message(public_shop.wechat.paid(public_shop.initiated()))
    twice = f"{message.headers[SIGNATURE]}\r\n{SIGNATURE}: {message.headers[SIGNATURE]}"
    with nothing_changes():
        answer = _callback(server, public_shop, message.body, {**message.headers, SIGNATURE: twice})
    assert answer.status >= 400


def test_header_with_an_underscore_is_not_the_real_one(server: Server, public_shop: Shop) -> None:
    message = public_shop.wechat.message(public_shop.wechat.paid(public_shop.initiated()))
    headers = {name.replace("Wechatpay-", "Wechatpay_"): v for name, v in message.headers.items()}
    with nothing_changes():
        answer = _callback(server, public_shop, message.body, headers)
    assert answer.status >= 400


def test_query_of_odd_bytes_is_kept_as_evidence(server: Server, public_shop: Shop) -> None:
    path = f"/callbacks/wechat/{public_shop.account.payment_no}/?a=%00&b=%ff'"
    with nothing_changes():
        answer = server.ask("POST", path, {"Content-Type": "application/json"}, b"{}")
    assert (answer.status, answer.body) == (401, REFUSAL)
    assert SecurityRecord.objects.count() == 1


def test_ten_megabytes_are_refused_quickly(server: Server, public_shop: Shop) -> None:
    started = time.monotonic()
    answer = _callback(server, public_shop, b"x" * 10_000_000, {"Content-Type": "text/plain"})
    assert answer.status in {0, 401, 413}
    assert time.monotonic() - started < 3


def test_host_of_somebody_else_is_refused(server: Server, public_shop: Shop) -> None:
    message = public_shop.wechat.message(public_shop.wechat.paid(public_shop.initiated()))
    headers = {**message.headers, "Host": "evil.test"}
    with nothing_changes():
        assert _callback(server, public_shop, message.body, headers).status == 400
