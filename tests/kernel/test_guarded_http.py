"""Calling URLs that others chose: judged again when dialled, and bound to the name."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, NoReturn

import pytest
import urllib3.util.connection
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django import Settings

from paycenter.kernel.guarded_http import guarded_session
from paycenter.kernel.http import Limits, NotSent, WireRequest, WireResponse, exchange

LIMITS = Limits(connect=2.0, total=3.0)
PRIVATE = [
    "127.0.0.1",
    "10.0.0.1",
    "169.254.169.254",
    "100.100.100.200",
    "192.0.0.8",
    "198.18.0.1",
    "224.0.0.1",
    "0.0.0.0",
    "::1",
    "::",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "fe80::1",
    "fec0::1",
    "fc00::1",
]


Dialled = list[tuple[str, int]]
Resolves = Callable[..., None]


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> Dialled:
    """Record where a connection would be opened, and open none."""
    addresses: Dialled = []

    def record(address: tuple[str, int], *args: Any, **kwargs: Any) -> NoReturn:
        addresses.append(address)
        raise OSError("no network in tests")

    monkeypatch.setattr(urllib3.util.connection, "create_connection", record)
    return addresses


@pytest.fixture
def resolves(monkeypatch: pytest.MonkeyPatch) -> Resolves:
    """Return a function that says what names resolve to, one list of addresses per question."""

    def answer(*answers: list[str]) -> None:
        remaining = list(answers)

        def getaddrinfo(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
            addresses = remaining.pop(0) if len(remaining) > 1 else remaining[0]
            return [
                (socket.AF_INET6 if ":" in a else socket.AF_INET, 1, 6, "", (a, port))
                for a in addresses
            ]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return answer


def post(url: str) -> WireResponse:
    return exchange(guarded_session(), WireRequest("POST", url, {}, b"{}"), LIMITS)


@pytest.mark.parametrize("address", PRIVATE)
def test_name_that_resolves_to_a_private_address_is_not_dialled(
    resolves: Resolves, dialled: Dialled, address: str
) -> None:
    resolves([address])
    with pytest.raises(NotSent, match="AddressRefused"):
        post("https://pay.example.com/")
    assert dialled == []


@pytest.mark.parametrize(
    "url",
    ["http://pay.example.com/", "https://pay.example.com:22/", "https://127.1/", "https://0/"],
)
def test_refused_text_is_not_even_resolved(
    monkeypatch: pytest.MonkeyPatch, dialled: Dialled, url: str
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: pytest.fail("resolved"))
    with pytest.raises(NotSent, match="AddressRefused"):
        post(url)
    assert dialled == []


def test_of_a_public_and_a_private_address_only_the_checked_one_is_dialled(
    resolves: Resolves, dialled: Dialled
) -> None:
    resolves(["8.8.8.8", "10.0.0.1"])
    with pytest.raises(NotSent):
        post("https://pay.example.com/")
    assert dialled == [("8.8.8.8", 443)]


def test_private_address_before_a_public_one_is_refused(
    resolves: Resolves, dialled: Dialled
) -> None:
    resolves(["10.0.0.1", "8.8.8.8"])
    with pytest.raises(NotSent, match="AddressRefused"):
        post("https://pay.example.com/")
    assert dialled == []


def test_rebinding_name_gains_nothing(resolves: Resolves, dialled: Dialled) -> None:
    resolves(["8.8.8.8"], ["127.0.0.1"])
    with pytest.raises(NotSent):
        post("https://pay.example.com/")
    assert dialled == [("8.8.8.8", 443)], "the address judged is the address dialled"
    with pytest.raises(NotSent, match="AddressRefused"):
        post("https://pay.example.com/")


class Server(HTTPServer):
    """Remembers path, Host and Cookie of every request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, str | None, str | None]] = []


class Handler(BaseHTTPRequestHandler):
    """Answers 200, or with a redirect when asked for one."""

    server: Server

    def do_POST(self) -> None:
        redirected = self.path == "/redirect"
        self.server.seen.append((self.path, self.headers["Host"], self.headers["Cookie"]))
        self.send_response(302 if redirected else 200)
        self.send_header("Set-Cookie", "a=b")
        if redirected:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    """A plain HTTP server on loopback, which this machine's settings allow."""
    settings.ALLOW_PRIVATE_URLS = True
    with Server() as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield httpd
        httpd.shutdown()


def test_redirect_is_never_followed(server: Server) -> None:
    answer = post(f"http://127.0.0.1:{server.server_port}/redirect")
    assert answer.status == 302
    assert [path for path, *_ in server.seen] == ["/redirect"]


def test_cookies_are_not_kept(server: Server) -> None:
    for _ in range(2):
        post(f"http://127.0.0.1:{server.server_port}/")
    assert [cookie for *_, cookie in server.seen] == [None, None]


def test_loopback_is_refused_without_the_setting(server: Server, settings: Settings) -> None:
    settings.ALLOW_PRIVATE_URLS = False
    with pytest.raises(NotSent, match="AddressRefused"):
        post(f"http://127.0.0.1:{server.server_port}/")
    assert server.seen == []


class TestOverTLS:
    """The address is pinned, yet certificate, SNI and Host stay those of the name."""

    @pytest.fixture
    def tls_port(self, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
        certificate = self.self_signed("pay.example.com", tmp_path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.names: list[str | None] = []
        context.sni_callback = lambda sock, name, context: self.names.append(name)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        monkeypatch.setattr(guarded_session(), "verify", str(certificate))
        return server.server_port

    @staticmethod
    def self_signed(name: str, folder: Path) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(key, hashes.SHA256())
        )
        path = folder / "server.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        return path

    def test_host_sni_and_certificate_are_those_of_the_name(
        self, server: Server, tls_port: int, resolves: Resolves
    ) -> None:
        resolves(["127.0.0.1"])
        assert post(f"https://pay.example.com:{tls_port}/x").status == 200
        assert self.names == ["pay.example.com"]
        assert server.seen[0][1] == f"pay.example.com:{tls_port}"

    def test_certificate_of_another_name_is_refused(
        self, server: Server, tls_port: int, resolves: Resolves
    ) -> None:
        resolves(["127.0.0.1"])
        with pytest.raises(NotSent):
            post(f"https://bank.example.com:{tls_port}/x")
        assert server.seen == []
