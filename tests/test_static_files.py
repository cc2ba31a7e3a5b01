"""How the script of the checkout page is served: compressed, and asked for again by its tag."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from whitenoise.middleware import WhiteNoiseMiddleware

SCRIPT = "/static/checkout/checkout.js"
SOURCE = Path(settings.BASE_DIR) / "transactions" / "static" / "checkout" / "checkout.js"
OF_LIBRARIES = ["admin/*", "unfold/*", "drf_spectacular_sidecar/*", "rest_framework/*", "gis/*"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What serves static files, with our own collected as a deployment does."""
    with override_settings(STATIC_ROOT=tmp_path_factory.mktemp("static")):
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=OF_LIBRARIES)
        yield WhiteNoiseMiddleware(lambda request: HttpResponse(status=404))


def _get(server: Any, path: str = SCRIPT, *, encoding: str = "", tag: str = "") -> Any:
    headers = {"Accept-Encoding": encoding, "If-None-Match": tag}
    given = {name: value for name, value in headers.items() if value}
    return server(RequestFactory().get(path, headers=given))


def _content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_script_is_sent_compressed_to_who_can_read_it(server: Any) -> None:
    packed, plain = _get(server, encoding="gzip, br"), _get(server)
    assert packed["Content-Encoding"] == "gzip"
    assert packed["Vary"] == "Accept-Encoding"
    assert gzip.decompress(_content(packed)) == SOURCE.read_bytes()
    assert "Content-Encoding" not in plain
    assert plain["Vary"] == "Accept-Encoding"
    assert _content(plain) == SOURCE.read_bytes()
    assert int(packed["Content-Length"]) < int(plain["Content-Length"]) / 2
    assert packed["Content-Type"].startswith("text/javascript")


def test_script_is_kept_for_a_moment_and_then_asked_for_by_its_tag(server: Any) -> None:
    first = _get(server, encoding="gzip")
    assert first["Cache-Control"] == "max-age=60, public"
    again = _get(server, encoding="gzip", tag=first["ETag"])
    assert (again.status_code, _content(again)) == (304, b"")
    assert again["Cache-Control"] == first["Cache-Control"]
    other = _get(server, encoding="gzip", tag='"other"')
    assert other.status_code == 200


def test_other_files_have_other_tags(server: Any) -> None:
    assert _get(server)["ETag"] != _get(server, "/static/paycenter/icon.svg")["ETag"]


def test_nothing_outside_of_the_folder_is_served(server: Any) -> None:
    for path in ("/static/../settings.py", "/static/%2e%2e/settings.py", "/static/", "/static//"):
        assert _get(server, path).status_code == 404
