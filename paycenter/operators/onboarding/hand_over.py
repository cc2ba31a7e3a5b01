"""What the developers of an application are given: addresses, numbers, a request that works.

The sheet is made for the answer that shows a new key, and kept nowhere. The key's secret is not on
it, so that it may be printed and passed on.
"""

from dataclasses import dataclass, field

from django.conf import settings
from django.urls import reverse

from gateway.registry import CHANNELS
from merchants.models import Application, PaymentAccount
from merchants.selectors import granted_accounts
from merchants.signed_requests import CLOCK_TOLERANCE_SECONDS
from paycenter.operators.columns import Text
from paycenter.operators.onboarding.sample_request import SampleRequest, sample_request
from paycenter.operators.words import INVOKE_METHODS, word_of


@dataclass(frozen=True, slots=True)
class GrantedAccount:
    """A payment account of the sheet, and the invoke methods of its channel with their words."""

    account: PaymentAccount
    methods: list[tuple[str, Text]]


@dataclass(frozen=True, slots=True)
class HandOverSheet:
    """The sheet. ``sample_seconds``: how long the sample may be sent."""

    application: Application
    key_id: str
    accounts: list[GrantedAccount]
    sample: SampleRequest = field(repr=False)
    sample_seconds: int = CLOCK_TOLERANCE_SECONDS

    @property
    def base_url(self) -> str:
        """Where the API is."""
        return settings.PUBLIC_BASE_URL

    @property
    def docs_url(self) -> str:
        """The documentation for people."""
        return settings.PUBLIC_BASE_URL + reverse("docs")

    @property
    def schema_url(self) -> str:
        """The OpenAPI document."""
        return settings.PUBLIC_BASE_URL + reverse("schema")


def hand_over_sheet(application: Application, *, key_id: str, secret: str) -> HandOverSheet:
    """Return the sheet of an application for a key of its."""
    granted = list(granted_accounts(application).order_by("channel_merchant__merchant", "pk"))
    active = next((account for account in granted if account.is_active), None)
    return HandOverSheet(
        application=application,
        key_id=key_id,
        accounts=[GrantedAccount(account, _methods(account)) for account in granted],
        sample=sample_request(key_id, secret, active),
    )


def _methods(account: PaymentAccount) -> list[tuple[str, Text]]:
    channel = CHANNELS.get(account.channel_merchant.channel)
    codes = sorted(channel.methods) if channel else []
    return [(str(code), word_of(INVOKE_METHODS, code).text) for code in codes]
