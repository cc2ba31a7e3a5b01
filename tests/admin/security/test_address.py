"""The operators' site is where ``ADMIN_URL`` says, all of it, and nowhere else."""

import importlib
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import clear_url_caches, reverse
from pytest_django import Settings

from paycenter import content_policy, urls
from tests.admin.pages import every_page, read
from tests.admin.rows import Company

ELSEWHERE = "desk-7/"


@pytest.fixture
def elsewhere(settings: Settings) -> Iterator[None]:
    """The center as it starts with another address."""
    settings.ADMIN_URL = ELSEWHERE
    _start_again()
    yield
    settings.ADMIN_URL = "admin/"
    _start_again()


def _start_again() -> None:
    importlib.reload(urls)
    importlib.reload(content_policy)
    clear_url_caches()


def test_every_page_is_there(
    elsewhere: None, browser: Client, operator: User, company: Company
) -> None:
    for url in every_page(operator):
        assert url.startswith(f"/{ELSEWHERE}")
        assert '"/admin/' not in read(browser, url)


@pytest.mark.parametrize("path", ["/", "/admin/", "/admin/login/", "/admin/channels/"])
def test_nothing_tells_where_it_is(elsewhere: None, db: None, path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 404
    assert ELSEWHERE not in answer.content.decode()


def test_it_has_its_content_policy_there(elsewhere: None, db: None) -> None:
    policy = Client().get(reverse("admin:login")).headers["Content-Security-Policy"]
    assert "'unsafe-eval'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    assert "base-uri 'none'" in policy
    assert "'unsafe-eval'" not in Client().get("/admin/").headers["Content-Security-Policy"]
