"""Outgoing calls end in time and in size, and say whether the peer may have acted."""

import gzip
import socket
import time

import pytest

from paycenter.kernel.http import (
    Limits,
    NoAnswer,
    NotSent,
    WireRequest,
    WireResponse,
    exchange,
    pooled_session,
)
from tests.support.peer import Behaviour, answering, http, peer, read_request, unused_url

TOTAL = 0.6
LIMITS = Limits(connect=0.3, total=TOTAL, max_bytes=1_000)
BODY = "secret-in-body"


def _send(url: str, limits: Limits = LIMITS) -> WireResponse:
    request = WireRequest("POST", url + "/pay?token=t", {"X-Sign": "s"}, BODY.encode())
    return exchange(pooled_session(), request, limits)


def _dripping(head: bytes) -> Behaviour:
    """Send a head, then one byte at a time for much longer than any deadline."""

    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(head)
        for _ in range(100):
            connection.sendall(b"1")
            time.sleep(0.05)

    return behave


def _silent(connection: socket.socket) -> None:
    read_request(connection)
    time.sleep(5)


def test_an_answer_comes_back_whatever_its_status() -> None:
    with peer(answering(http(b"no", status="503 Busy", headers="X-Word: Yes\r\n"))) as url:
        response = _send(url)
    assert (response.status, response.headers["x-word"], response.body) == (503, "Yes", b"no")


def test_the_request_is_sent_as_given() -> None:
    seen: list[bytes] = []

    def behave(connection: socket.socket) -> None:
        seen.append(read_request(connection))
        connection.sendall(http(b""))

    with peer(behave) as url:
        _send(url)
    head, _, body = seen[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /pay?token=t HTTP/1.1\r\n")
    assert b"X-Sign: s" in head
    assert BODY.encode().startswith(body)


@pytest.mark.parametrize(
    "behave",
    [
        _silent,
        _dripping(b"HTTP/1.1 200 OK\r\nX-Drip: "),
        _dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"),
        _dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n"),
        _dripping(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"),
    ],
    ids=["silence", "dripping head", "dripping body", "dripping chunks", "dripping to the end"],
)
def test_the_whole_exchange_ends_at_its_deadline(behave: Behaviour) -> None:
    started = time.monotonic()
    with peer(behave) as url, pytest.raises(NoAnswer):
        _send(url)
    assert TOTAL * 0.5 < time.monotonic() - started < TOTAL + 1


def test_an_answer_longer_than_allowed_is_no_answer() -> None:
    with peer(answering(http(b"x" * 1_001))) as url, pytest.raises(NoAnswer):
        _send(url)


def test_an_endless_answer_is_not_read_to_its_end() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"
    with peer(answering(head + b"x" * 2_000)) as url, pytest.raises(NoAnswer):
        _send(url)


def test_a_small_answer_that_unpacks_to_a_huge_one_is_no_answer() -> None:
    packed = gzip.compress(b"0" * 50_000_000)
    answer = http(packed, headers="Content-Encoding: gzip\r\n")
    with peer(answering(answer)) as url, pytest.raises(NoAnswer):
        _send(url)


def test_a_long_answer_is_cut_where_that_is_enough() -> None:
    limits = Limits(connect=0.3, total=TOTAL, max_bytes=10, truncate=True)
    with peer(answering(http(b"x" * 1_001))) as url:
        assert _send(url, limits).body == b"x" * 10


def test_an_answer_of_just_the_allowed_length_is_read() -> None:
    with peer(answering(http(b"x" * 1_000))) as url:
        assert len(_send(url).body) == 1_000


def test_nobody_listening_means_not_sent() -> None:
    with pytest.raises(NotSent):
        _send(unused_url())


def test_an_unknown_name_means_not_sent() -> None:
    with pytest.raises(NotSent):
        _send("http://nobody.invalid")


def test_a_url_nobody_can_call_means_not_sent() -> None:
    for url in ("ftp://127.0.0.1", "http://", "nonsense"):
        with pytest.raises(NotSent):
            _send(url)


def test_a_peer_that_speaks_no_tls_was_not_sent_anything() -> None:
    with peer(lambda connection: connection.sendall(http(b""))) as url, pytest.raises(NotSent):
        _send(url.replace("http://", "https://"))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        http(b"not gzip", headers="Content-Encoding: gzip\r\n"),
    ],
)
def test_a_broken_answer_means_the_peer_may_have_acted(raw: bytes) -> None:
    with peer(answering(raw)) as url, pytest.raises(NoAnswer):
        _send(url)


def test_redirects_are_answers_not_orders() -> None:
    answer = http(b"words", status="302 Found", headers="Location: http://127.0.0.1:1/\r\n")
    with peer(answering(answer)) as url:
        response = _send(url)
    assert (response.status, response.body) == (302, b"words")


def test_an_endless_redirect_is_not_read_to_its_end() -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 1000000000\r\n\r\n"
    with peer(answering(head + b"x" * 2_000)) as url, pytest.raises(NoAnswer, match="longer"):
        _send(url)


@pytest.mark.parametrize("raw", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"])
def test_errors_show_neither_query_nor_headers_nor_body(raw: bytes) -> None:
    with peer(answering(raw)) as url, pytest.raises(NoAnswer) as cut:
        _send(url)
    with pytest.raises(NotSent) as refused:
        _send(unused_url())
    texts = f"{cut.value} {refused.value}"
    assert not any(word in texts for word in ("token", "X-Sign", BODY))


def test_requests_and_answers_do_not_print_what_they_carry() -> None:
    request = WireRequest("POST", "https://a.test/", {"Authorization": "canary"}, b"canary")
    response = WireResponse(200, {}, b"canary")
    assert "canary" not in repr(request) + repr(response)


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", unused_url())
    monkeypatch.setenv("http_proxy", unused_url())
    with peer(answering(http(b"direct"))) as url:
        assert _send(url).body == b"direct"
