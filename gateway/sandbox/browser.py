"""Sending a payer's browser on to a merchant's own page."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.http import HttpResponse


def is_web_address(text: str) -> bool:
    """Whether a browser may be sent there: http or https, and a host."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def with_query(url: str, parameters: Mapping[str, str]) -> str:
    """The address with more parameters behind those it has."""
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, urlencode(parameters)) if part)
    return urlunsplit(parts._replace(query=query))


def send_to(address: str) -> HttpResponse:
    """Production sends the payer to the merchant's own site; so must we, wherever that is."""
    return HttpResponse(status=302, headers={"Location": address})
