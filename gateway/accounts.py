"""From a payment account's rows to what its channel needs to know."""

from django.conf import settings

from gateway.contract import ConfigurationError
from gateway.messages import ChannelAccount
from gateway.registry import channel_of
from merchants.credentials import open_credentials
from merchants.models import ChannelMerchant, PaymentAccount
from paycenter.kernel.configuration import gettext_noop as _


def channel_account(account: PaymentAccount) -> ChannelAccount:
    """Return the account as its channel sees it; no statement when its keys are loaded already.

    ``account.channel_merchant`` must be loaded with it. Raises ``ConfigurationError`` for a
    sandbox account where no sandbox runs, for a missing address of its own, and for an option its
    channel does not know.
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
        base_url=_base_url(owner),
        callback_url=callback_url(account),
        credentials=open_credentials(owner),
        version=owner.credentials_version,
        options=chosen_options(owner),
    )


def chosen_options(owner: ChannelMerchant) -> dict[str, str]:
    """Return a value for each option of the owner's channel: the stored one or the default."""
    chosen: dict[str, str] = {}
    for option in channel_of(owner.channel).options:
        chosen[option.name] = owner.options.get(option.name, option.default)
        if chosen[option.name] not in dict(option.choices):
            raise ConfigurationError(
                _("the option “%(option)s” has a value that the channel does not know"),
                option=option.label,
            )
    return chosen


def callback_url(account: PaymentAccount) -> str:
    """Where this account's channel delivers its callbacks."""
    channel = account.channel_merchant.channel
    return f"{settings.PUBLIC_BASE_URL}/callbacks/{channel}/{account.payment_no}/"


def _base_url(owner: ChannelMerchant) -> str:
    channel = channel_of(owner.channel)
    if owner.is_sandbox:
        if not settings.SANDBOX_URL:
            raise ConfigurationError(_("this is a sandbox account and SANDBOX_URL is not set"))
        return f"{settings.SANDBOX_URL}{channel.sandbox_path}"
    if not channel.own_endpoint:
        return channel.production_url
    if not owner.endpoint:
        raise ConfigurationError(_("the address of the platform is missing"))
    return owner.endpoint
