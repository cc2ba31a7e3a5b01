"""System checks: what must not be on where real money is taken (``manage.py check --deploy``)."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Advice


@register(Tags.security, deploy=True)
def check_no_development_doors(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Refuse the sandbox, private URLs, plain HTTP and no second factor in a deployment."""
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
    if settings.SECOND_FACTOR == "off":
        hint = "Unset SECOND_FACTOR: whoever learns an operator's password could sign in with it."
        found.append(Error("There is no second factor.", hint=hint, id="paycenter.E004"))
    return found


@register(Tags.security, deploy=True)
def check_proxies_are_known(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Warn where payers seem to share one address: the limits per address would hold up all.

    The center itself speaks plain HTTP, so where its address is https a proxy stands before it.
    """
    del app_configs, kwargs
    if settings.TRUSTED_PROXIES or not settings.PUBLIC_BASE_URL.startswith("https://"):
        return []
    hint = (
        "Set TRUSTED_PROXIES to the networks of the proxies before this server, like 10.0.0.0/8, "
        "and let them set X-Forwarded-For. Else every payer seems to come from the proxy: limits "
        "per address hold up everybody, and IP allow-lists let nobody in."
    )
    return [Advice("TRUSTED_PROXIES is empty.", hint=hint, id="paycenter.W001")]
