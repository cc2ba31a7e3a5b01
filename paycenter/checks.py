"""System checks: what must not be on where real money is taken (``manage.py check --deploy``)."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def check_no_development_doors(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Refuse the sandbox, private URLs and plain HTTP in a deployment."""
    del app_configs, kwargs
    found: list[CheckMessage] = []
    if settings.SANDBOX_URL:
        hint = "Unset SANDBOX_URL: sandbox accounts pretend that money was paid."
        found.append(Error("The sandbox is enabled.", hint=hint, id="paycenter.E001"))
    if settings.ALLOW_PRIVATE_URLS:
        hint = "Unset ALLOW_PRIVATE_URLS: notifications could reach internal servers."
        found.append(Error("Private URLs are allowed.", hint=hint, id="paycenter.E002"))
    if not settings.PUBLIC_BASE_URL.startswith("https://"):
        hint = "Set PUBLIC_BASE_URL to an https:// address: channels require it for callbacks."
        found.append(Error("PUBLIC_BASE_URL is not https.", hint=hint, id="paycenter.E003"))
    return found
