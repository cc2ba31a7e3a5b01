"""Where no view of ours answers, a program below ``/api/v1/`` still reads a problem document."""

import time
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from paycenter.kernel.api import JSONRenderer
from tests.attacks.shop import PAYMENTS, Shop


def problem(answer: Any, status: int, code: str) -> None:
    """Fail unless this is a problem document with the request's id."""
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    body = answer.json()
    assert (body["status"], body["code"], body["request_id"]) == (status, code, "req-1")
    assert answer["X-Request-Id"] == "req-1"


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api/v1/payments/", "/api/v1/", "/api/v1/payments/P1/open"]
)
def test_unknown_address_is_a_problem(method: str, path: str) -> None:
    answer = Client().generic(method, path, headers={"X-Request-Id": "req-1"})
    problem(answer, 404, "not_found")


def test_unknown_host_is_a_problem() -> None:
    answer = Client(headers={"Host": "evil.test", "X-Request-Id": "req-1"}).get(PAYMENTS)
    problem(answer, 400, "invalid_request")


def test_bug_outside_of_a_view_is_a_problem(shop: Shop) -> None:
    headers = shop.client.headers(
        "GET", PAYMENTS, b"", nonce="n" * 32, timestamp=str(int(time.time()))
    )
    browser = Client(raise_request_exception=False)
    with patch.object(JSONRenderer, "render", side_effect=RuntimeError):
        answer = browser.get(PAYMENTS, headers=headers | {"X-Request-Id": "req-1"})
    problem(answer, 500, "internal_error")


def test_method_there_is_not_is_a_problem(shop: Shop) -> None:
    answer = shop.client.send("DELETE", PAYMENTS, b"")
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


def test_other_addresses_keep_their_page() -> None:
    answer = Client().get("/nothing")
    assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (404, "text/html")


def test_front_door_leads_to_the_operators_pages() -> None:
    answer = Client().get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
