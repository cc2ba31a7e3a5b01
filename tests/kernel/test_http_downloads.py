"""Files are fetched into files: never into memory, within time and size, and never elsewhere."""

import io
import socket
import time
import tracemalloc
from pathlib import Path

import pytest

from paycenter.kernel.http import (
    Limits,
    NoAnswer,
    NotSent,
    WireRequest,
    WireResponse,
    download,
    pooled_session,
    sent_target,
)
from tests.support.peer import Behaviour, answering, http, peer, read_request, unused_url

LIMITS = Limits(connect=0.3, total=5.0, max_bytes=1_000)
MEGABYTE = 1_048_576


def _fetch(url: str, target: io.BytesIO, limits: Limits = LIMITS) -> WireResponse:
    return download(pooled_session(), WireRequest("GET", f"{url}/f?token=t", {}), limits, target)


def _sending(size: int) -> Behaviour:
    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
        for _ in range(size // MEGABYTE):
            connection.sendall(b"x" * MEGABYTE)

    return behave


def test_body_of_a_success_is_written_and_not_returned() -> None:
    target = io.BytesIO()
    with peer(answering(http(b"the file", headers="X-Word: Yes\r\n"))) as url:
        response = _fetch(url, target)
    assert (response.status, response.headers["x-word"], response.body) == (200, "Yes", b"")
    assert target.getvalue() == b"the file"


def test_large_file_is_never_in_memory(tmp_path: Path) -> None:
    size = 64 * MEGABYTE
    limits = Limits(total=60.0, max_bytes=size)
    with peer(_sending(size)) as url, (tmp_path / "file").open("w+b") as target:
        tracemalloc.start()
        download(pooled_session(), WireRequest("GET", url, {}), limits, target)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert target.tell() == size
    # The sending thread of this very process holds a megabyte or two.
    assert peak < 6 * MEGABYTE


@pytest.mark.parametrize("status", ["302 Found", "301 Moved", "400 Bad Request", "500 Broken"])
def test_any_other_answer_is_returned_and_writes_nothing(status: str) -> None:
    target = io.BytesIO()
    answer = http(b"words", status=status, headers="Location: http://127.0.0.1:1/\r\n")
    with peer(answering(answer)) as url:
        response = _fetch(url, target)
    assert (response.status, response.body) == (int(status[:3]), b"words")
    assert target.getvalue() == b""


def test_long_answer_in_place_of_a_file_is_cut() -> None:
    with peer(answering(http(b"x" * 200_000, status="404 Not Found"))) as url:
        assert len(_fetch(url, io.BytesIO()).body) == 65_536


def test_file_longer_than_allowed_is_no_answer() -> None:
    with peer(answering(http(b"x" * 1_001))) as url, pytest.raises(NoAnswer):
        _fetch(url, io.BytesIO())
    target = io.BytesIO()
    with peer(answering(http(b"x" * 1_000))) as url:
        _fetch(url, target)
    assert len(target.getvalue()) == 1_000


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf!",
    ],
)
def test_file_whose_connection_broke_is_no_answer(raw: bytes) -> None:
    with peer(answering(raw)) as url, pytest.raises(NoAnswer):
        _fetch(url, io.BytesIO())


@pytest.mark.parametrize("length", [b"Content-Length: 900", b"Connection: close"])
def test_whole_download_ends_at_its_deadline(length: bytes) -> None:
    def drip(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n\r\n")
        for _ in range(100):
            connection.sendall(b"1")
            time.sleep(0.05)

    began = time.monotonic()
    with peer(drip) as url, pytest.raises(NoAnswer):
        _fetch(url, io.BytesIO(), Limits(total=0.6))
    assert time.monotonic() - began < 2


def test_nobody_listening_means_not_sent() -> None:
    with pytest.raises(NotSent):
        _fetch(unused_url(), io.BytesIO())


def test_full_disk_is_no_fault_of_the_peer() -> None:
    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(28, "No space left on device")

    with peer(answering(http(b"the file"))) as url, pytest.raises(OSError, match="No space"):
        _fetch(url, Full())


@pytest.mark.parametrize("token", ["a_b-c", "%2b%2B", "%2D%7e", "a%20b+c", "x|y", "a~!*()", "%zz"])
def test_target_is_told_as_it_goes_out(token: str) -> None:
    seen: list[bytes] = []

    def behave(connection: socket.socket) -> None:
        seen.append(read_request(connection))
        connection.sendall(http(b""))

    with peer(behave) as base:
        url = f"{base}/v3/billdownload/file?token={token}&tartype=gzip"
        download(pooled_session(), WireRequest("GET", url, {}), LIMITS, io.BytesIO())
    assert seen[0].split(b" ")[1].decode() == sent_target(url)
