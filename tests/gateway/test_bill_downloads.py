"""Where a channel bill may be downloaded from: the channel's own hosts and nowhere else."""

import io

import pytest

from gateway.bill_downloads import (
    allowed_origins,
    check_address,
    compared,
    fetch,
    origin_of,
)
from gateway.bill_messages import BillError, BillFault, BillFile
from gateway.messages import Outcome
from paycenter.kernel.http import NoAnswer, NotSent, WireRequest, WireResponse
from tests.contract.transport import FakeTransport, Reply

PRODUCTION = "https://api.channel.test"
FILES = "https://files.channel.test"
REQUEST = WireRequest("GET", f"{PRODUCTION}/f?token=canary", {})
FILE = BillFile("a.csv", "text/csv", 1, "ab", "ABCD", "SHA1")

ELSEWHERE = [
    "https://evil.test/f",
    "https://api.channel.test.evil.test/f",
    "https://api.channel.test@evil.test/f",
    "https://evil.test#@api.channel.test/f",
    "https://evil.test\\@api.channel.test/f",
    "https://api.channel.test:8443/f",
    "http://api.channel.test/f",
    "https://files.channel.test.:443/f",
    "https://127.0.0.1/f",
    "https://[::1]/f",
    "https://169.254.169.254/latest/meta-data",
    "https://100.100.100.200/f",
    "https://xn--api-channel.test/f",
    "https://api.channel.test",
    "https://api.channel.test/f g",
    "https://api.channel.test/\nf",
    "https://ａpi.channel.test/f",
    "file:///etc/passwd",
    "gopher://api.channel.test/f",
    "//api.channel.test/f",
    "/f",
    "",
]


@pytest.mark.parametrize("url", ELSEWHERE)
def test_no_other_address_is_asked(url: str) -> None:
    allowed = allowed_origins(PRODUCTION, PRODUCTION, FILES)
    with pytest.raises(BillError) as caught:
        check_address(url, allowed)
    assert caught.value.fault is BillFault.ELSEWHERE
    assert "token" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        f"{PRODUCTION}/v3/billdownload/file?token=a_b-c%2B&tartype=gzip",
        f"{FILES}/downloadBillFile.resource?fileId=%2Ftrade%2F1.zip",
        "https://API.channel.test:443/f",
    ],
)
def test_channels_own_hosts_are(url: str) -> None:
    check_address(url, allowed_origins(PRODUCTION, PRODUCTION, FILES))


def test_sandbox_serves_files_itself_and_sends_nobody_to_production() -> None:
    allowed = allowed_origins("http://127.0.0.1:8001/", PRODUCTION, FILES)
    assert allowed == {"http://127.0.0.1:8001"}
    check_address("http://127.0.0.1:8001/f?token=1", allowed)
    for url in ("http://127.0.0.1:8002/f", f"{FILES}/f", f"{PRODUCTION}/f"):
        with pytest.raises(BillError):
            check_address(url, allowed)


def test_one_origin_has_one_spelling() -> None:
    assert origin_of("HTTPS://A.test:443/x") == origin_of("https://a.test/") == "https://a.test"
    assert origin_of("http://a.test:80/") == "http://a.test"


def test_file_that_came_needs_no_words() -> None:
    target = io.BytesIO()
    transport = FakeTransport(WireResponse(200, {}, b"the file"))
    assert fetch(REQUEST, transport, target) is None
    assert target.getvalue() == b"the file"


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (NotSent("NewConnectionError"), "not_sent"),
        (NoAnswer("ReadTimeout"), "no_answer"),
        (WireResponse(302, {"location": "https://evil.test/"}, b""), "elsewhere"),
        (WireResponse(307, {"location": "https://evil.test/"}, b""), "elsewhere"),
        (WireResponse(400, {}, b'{"code":"INVALID_REQUEST"}'), "http_400"),
        (WireResponse(500, {}, b""), "http_500"),
        (WireResponse(206, {}, b"a part"), "http_206"),
    ],
)
def test_anything_else_is_unknown_and_leaves_nothing(reply: Reply, code: str) -> None:
    target = io.BytesIO()
    instead = fetch(REQUEST, FakeTransport(reply), target)
    assert instead is not None
    assert (instead.outcome, instead.file) == (Outcome.UNKNOWN, None)
    assert instead.failure is not None
    assert instead.failure.code == code
    assert target.getvalue() == b""


def test_file_that_fits_its_hash_is_taken() -> None:
    assert compared(FILE, "abcd").outcome is Outcome.SUCCEEDED


def test_file_that_does_not_is_kept_and_explained() -> None:
    found = compared(FILE, "abce")
    assert (found.outcome, found.file) == (Outcome.UNKNOWN, FILE)
    assert found.error is not None
    assert found.error.fault is BillFault.WRONG_HASH
    assert found.failure == found.error.failure
    assert "SHA1" in str(found.error)
