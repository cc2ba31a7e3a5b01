"""The operators' pages work under their policy: what it would stop is not on any of them."""

import re

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.admin.pages import every_page, read
from transactions.models import Order

_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL)
_HANDLER = re.compile(r"<[a-z][^>]*?\son[a-z]+\s*=", re.IGNORECASE)


def _stopped(page: str) -> list[str]:
    """Return what a browser would refuse to run."""
    inline = [
        body.strip()[:80]
        for attributes, body in _SCRIPT.findall(page)
        if "src=" not in attributes and "json" not in attributes and body.strip()
    ]
    return (
        inline
        + [found[-80:] for found in _HANDLER.findall(page)]
        + re.findall(r'href="javascript:[^"]*"', page)
    )


def test_no_page_needs_an_inline_script(browser: Client, operator: User, order: Order) -> None:
    for url in every_page(operator):
        assert _stopped(read(browser, url)) == [], url


def test_sign_in_page_needs_none_either(client: Client) -> None:
    assert _stopped(read(client, reverse("admin:login"))) == []
