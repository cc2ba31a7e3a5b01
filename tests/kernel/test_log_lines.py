"""An address that is a key is written into no log; every other address stays readable."""

import logging
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.test import Client
from gunicorn.config import Config
from gunicorn.glogging import Logger, SafeAtoms

from paycenter.kernel.log_lines import LineFormatter, shown_path
from paycenter.local.environment import Addresses
from paycenter.local.processes import center_processes

OTHER = "nmlkjihgfedcba9876543210zYx_-9Qk"
TOKEN = "kQ9-_xYz0123456789abcdefghijklmn"
SIGNED = "WzEwMDAsIkExIl0:9Hk3PZ0aVdJ2rGfQ5sT8uWxYz-_0123456789abcdEFG"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (f"/checkout/{TOKEN}/", "/checkout/***/"),
        (f"/checkout/{TOKEN}/receipt.pdf", "/checkout/***/receipt.pdf"),
        (f"http://a.test/checkout/{TOKEN}/?begun=1", "http://a.test/checkout/***/?begun=1"),
        (f"/easypay/page/{SIGNED}/", "/easypay/page/***/"),
        (f"/easypay/choose/{SIGNED}/", "/easypay/choose/***/"),
        (f"/checkout/{TOKEN}/ /checkout/{OTHER}/", "/checkout/***/ /checkout/***/"),
        ("/checkout/login/", "/checkout/login/"),
        ("/checkout/x/", "/checkout/x/"),
        ("/api/v1/payments/P261122080000ABCDEFGHJKM", "/api/v1/payments/P261122080000ABCDEFGHJKM"),
        ("/callbacks/wechat/P0000000001/", "/callbacks/wechat/P0000000001/"),
        ("", ""),
    ],
)
def test_key_is_hidden_and_the_rest_is_shown(path: str, shown: str) -> None:
    assert shown_path(path) == shown


def test_key_is_hidden_in_messages_and_tracebacks() -> None:
    record = logging.LogRecord("a", logging.ERROR, "", 1, "no %s", (f"/checkout/{TOKEN}/",), None)
    try:
        raise RuntimeError(f"lost /checkout/{TOKEN}/pay")
    except RuntimeError as error:
        record.exc_info = (RuntimeError, error, error.__traceback__)
    written = LineFormatter("%(message)s").format(record)
    assert "no /checkout/***/" in written
    assert "RuntimeError: lost /checkout/***/pay" in written
    assert TOKEN not in written


def _access_line(path: str, environ: dict[str, object]) -> str:
    """Return the line of a request in the access log of a local installation."""
    where = Addresses(Path(), "postgres://", "redis://", 1, 2, 3)
    (web,) = (one for one in center_processes(where, webhook_secret="") if one.name == "web")
    (option,) = (one for one in web.command if one.startswith("--access-logformat="))
    answer = SimpleNamespace(status="200 OK", headers=[], sent=0)
    request = SimpleNamespace(headers=[])
    environ = {"REQUEST_METHOD": "GET", "RAW_URI": path, "SERVER_PROTOCOL": "HTTP/1.1", **environ}
    atoms = Logger(Config()).atoms(answer, request, environ, timedelta(milliseconds=5))
    return str(option.partition("=")[2] % SafeAtoms(atoms))


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_access_log_shows_the_path_of_a_request(path: str, client: Client, db: None) -> None:
    answer = client.get(path)
    assert _access_line(path, answer.wsgi_request.META) == f"GET {path} 200 in 5 ms"


def test_access_log_shows_no_key(client: Client, db: None) -> None:
    path = f"/checkout/{TOKEN}/"
    answer = client.get(path, {"begun": "1"}, REMOTE_ADDR="10.96.0.1")
    assert _access_line(path, answer.wsgi_request.META) == "GET /checkout/***/ 200 in 5 ms"


def test_access_log_cannot_be_forged_by_a_path(client: Client, db: None) -> None:
    answer = client.get("/a%0aGET /b 200 in 1 ms", REMOTE_ADDR="10.96.0.1")
    assert "\n" not in _access_line("", answer.wsgi_request.META)
