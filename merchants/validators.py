"""Checks of what people enter about applications."""

import ipaddress
import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_HOSTNAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.ASCII)


def validate_network(text: str) -> None:
    """Accept an address or network in CIDR form."""
    try:
        ipaddress.ip_network(text)
    except ValueError:
        raise ValidationError(
            _("“%(text)s” is not a network; write it like 203.0.113.0/24."), params={"text": text}
        ) from None


def validate_hostname(text: str) -> None:
    """Accept a lower-case host name, without scheme, port or path."""
    if not _HOSTNAME.fullmatch(text):
        raise ValidationError(
            _("“%(text)s” is not a host name; write it like pay.example.com."),
            params={"text": text},
        )
