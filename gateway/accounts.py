"""From a payment account's rows to what its channel needs to know."""

from django.conf import settings

from gateway.contract import ConfigurationError
from gateway.messages import ChannelAccount
from gateway.registry import channel_of
from merchants.credentials import open_credentials
from merchants.models import PaymentAccount


def channel_account(account: PaymentAccount) -> ChannelAccount:
    """Return the account as its channel sees it; no statement when its keys are loaded already.

    ``account.channel_merchant`` must be loaded with it. Raises ``ConfigurationError`` for a
    sandbox account where no sandbox runs.
    """
    owner = account.channel_merchant
    return ChannelAccount(
        channel=owner.channel,
        payment_no=account.payment_no,
        channel_merchant_id=owner.pk,
        mchid=owner.mchid,
        appid=account.appid,
        mini_program_appid=account.mini_program_appid,
        provider_mchid=owner.provider_mchid,
        provider_appid=owner.provider_appid,
        base_url=_base_url(owner.channel, is_sandbox=owner.is_sandbox),
        callback_url=callback_url(account),
        credentials=open_credentials(owner),
        version=owner.credentials_version,
    )


def callback_url(account: PaymentAccount) -> str:
    """Where this account's channel delivers its callbacks."""
    channel = account.channel_merchant.channel
    return f"{settings.PUBLIC_BASE_URL}/callbacks/{channel}/{account.payment_no}/"


def _base_url(channel: str, *, is_sandbox: bool) -> str:
    if not is_sandbox:
        return channel_of(channel).production_url
    if not settings.SANDBOX_URL:
        raise ConfigurationError("this is a sandbox account and SANDBOX_URL is not set")
    return str(settings.SANDBOX_URL)
