"""The sample for nginx, really serving: what it passes on, what it keeps to ourselves."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import requests

from paycenter.local.ports import any_free_port, is_free
from tests.deploy.files import DEPLOY

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")

STRANGER = "203.0.113.9"
_AROUND = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    # So that the test can come from anywhere.
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Test-From;
    include {folder}/conf.d/*.conf;
}}
"""


@dataclass(frozen=True)
class Proxy:
    """Where nginx listens."""

    plain: str
    secure: str
    log: Path
    certificate: str

    def get(self, path: str, *, stranger: bool = True) -> requests.Response:
        """Ask by HTTPS, from a stranger's address or from one of ours."""
        headers = {"X-Test-From": STRANGER if stranger else "10.1.2.3"}
        return requests.get(
            f"{self.secure}{path}", headers=headers, verify=self.certificate, timeout=5
        )


class _Echo(BaseHTTPRequestHandler):
    """Answers with the headers it got."""

    def do_GET(self) -> None:
        body = "\n".join(f"{name}: {value}" for name, value in self.headers.items()).encode()
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 (the library's name)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
        """Say nothing."""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """nginx with the sample, before one dead and one living web process."""
    folder = tmp_path_factory.mktemp("nginx")
    upstream = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    Thread(target=upstream.serve_forever, daemon=True).start()
    plain, secure, dead = any_free_port(), any_free_port(), any_free_port()
    _write(folder, {"8000": dead, "8001": upstream.server_port}, plain=plain, secure=secure)
    command = [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
    assert "[warn]" not in tested.stderr
    process = subprocess.Popen(command)
    try:
        _wait_for(secure)
        yield Proxy(
            f"http://127.0.0.1:{plain}",
            f"https://127.0.0.1:{secure}",
            folder / "access.log",
            str(folder / "tls/fullchain.pem"),
        )
    finally:
        process.terminate()
        process.wait(timeout=10)
        upstream.shutdown()


def _write(folder: Path, ports: dict[str, int], *, plain: int, secure: int) -> None:
    (folder / "conf.d").mkdir()
    (folder / "tls").mkdir()
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *(
                "-subj",
                "/CN=pay.example.com",
                "-addext",
                "subjectAltName=IP:127.0.0.1",
                "-out",
                folder / "tls/fullchain.pem",
            ),
            *("-keyout", folder / "tls/privkey.pem"),
        ],
        check=True,
        capture_output=True,
    )
    upstream = (DEPLOY / "nginx/upstream.conf").read_text()
    for usual, port in ports.items():
        upstream = upstream.replace(f"127.0.0.1:{usual}", f"127.0.0.1:{port}")
    sample = (DEPLOY / "nginx/paycenter.conf").read_text()
    changes = {
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{secure} ssl http2;",
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        "/dev/stdout": f"{folder}/access.log",
        "/etc/nginx/tls": f"{folder}/tls",
        "/etc/nginx/paycenter-proxy.conf": f"{folder}/proxy.conf",
    }
    for usual_text, ours in changes.items():
        assert usual_text in sample
        sample = sample.replace(usual_text, ours)
    (folder / "conf.d/00-upstream.conf").write_text(upstream)
    (folder / "conf.d/paycenter.conf").write_text(sample)
    shutil.copy(DEPLOY / "nginx/proxy.conf", folder / "proxy.conf")
    (folder / "nginx.conf").write_text(_AROUND.format(folder=folder))


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while is_free(port):
        assert time.monotonic() < deadline, "nginx does not listen"
        time.sleep(0.05)


def test_the_center_learns_who_asks_and_how(proxy: Proxy) -> None:
    told = proxy.get("/api/v1/payments").text
    assert f"X-Forwarded-For: {STRANGER}" in told
    assert "X-Forwarded-Proto: https" in told
    assert "Host: 127.0.0.1" in told


def test_plain_http_is_redirected(proxy: Proxy) -> None:
    answer = requests.get(f"{proxy.plain}/checkout/x", allow_redirects=False, timeout=5)
    assert (answer.status_code, answer.headers["Location"]) == (308, "https://127.0.0.1/checkout/x")


def test_a_callback_is_never_redirected(proxy: Proxy) -> None:
    answer = requests.post(
        f"{proxy.plain}/callbacks/x/P1/", data=b"{}", allow_redirects=False, timeout=5
    )
    assert answer.status_code == 200
    assert "X-Forwarded-Proto: http" in answer.text


@pytest.mark.parametrize("path", ["/admin/", "/admin/payees/", "/metrics", "/watchz", "/readyz"])
def test_what_is_ours_is_hidden_from_strangers(proxy: Proxy, path: str) -> None:
    assert proxy.get(path).status_code == 404
    assert proxy.get(path, stranger=False).status_code == 200


def test_a_dead_web_process_is_not_noticed(proxy: Proxy) -> None:
    """POST too: no connection came about, so nothing was sent that could be sent twice."""
    url = f"{proxy.secure}/api/v1/payments"
    answers = [
        requests.post(url, data=b"{}", verify=proxy.certificate, timeout=5) for _ in range(8)
    ]
    assert {answer.status_code for answer in answers} == {200}


def test_a_body_that_is_too_large_is_refused(proxy: Proxy) -> None:
    answer = requests.post(
        f"{proxy.secure}/api/v1/payments",
        data=b"x" * 1_100_000,
        verify=proxy.certificate,
        timeout=5,
    )
    assert answer.status_code == 413


def test_keys_in_addresses_are_not_written_down(proxy: Proxy) -> None:
    proxy.get("/checkout/secret-token-of-a-page?name=secret-name")
    log = proxy.log.read_text()
    assert "/checkout/***" in log
    assert "secret" not in log
