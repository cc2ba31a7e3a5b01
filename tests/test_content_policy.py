"""Which content policy each address has: strict, unless a library makes the page."""

import re

import pytest
from django.test import Client

STRICT = {
    "default-src": {"'none'"},
    "script-src": {"nonce"},
    "style-src": {"nonce"},
    "img-src": {"'self'", "data:"},
    "connect-src": {"'self'"},
    "form-action": {"'self'"},
    "frame-src": {"weixin:", "alipay:", "alipays:"},
    "base-uri": {"'none'"},
    "frame-ancestors": {"'none'"},
}
OF_LIBRARIES = {
    "/admin/login/": {
        "default-src": {"'self'"},
        "script-src": {"'self'", "'unsafe-eval'"},
        "style-src": {"'self'", "'unsafe-inline'"},
    },
    "/api/docs/": {
        "default-src": {"'self'"},
        "script-src": {"'self'", "'unsafe-inline'"},
        "style-src": {"'self'", "'unsafe-inline'"},
    },
}


def _policy(path: str) -> dict[str, set[str]]:
    header = Client(REMOTE_ADDR="10.99.0.1").get(path).headers["Content-Security-Policy"]
    header = re.sub(r"'nonce-[^']+'", "nonce", header)
    parts = (part.split() for part in header.split(";") if part.strip())
    return {name: set(sources) for name, *sources in parts}


@pytest.mark.parametrize(
    "path",
    ["/checkout/x/", "/easypay/page/x/", "/healthz", "/nowhere", "/adminx", "/api/docs", "/"],
)
def test_policy_is_strict(db: None, path: str) -> None:
    found = _policy(path)
    for directive in ("script-src", "style-src"):
        # A page that asked for no nonce has an empty list there, which lets nothing run at all.
        found[directive] = found[directive] or {"nonce"}
    assert found == STRICT


@pytest.mark.parametrize("path", OF_LIBRARIES)
def test_pages_of_a_library_have_what_it_needs_and_no_more(db: None, path: str) -> None:
    assert _policy(path) == STRICT | OF_LIBRARIES[path]


@pytest.mark.parametrize("path", ["/checkout/x/", "/admin/login/", "/api/docs/", "/api/v1/x"])
def test_nothing_is_loaded_from_elsewhere(db: None, path: str) -> None:
    sources = set().union(*_policy(path).values())
    assert not [one for one in sources if "." in one or "*" in one or "http" in one]
