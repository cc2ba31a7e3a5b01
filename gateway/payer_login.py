"""Who a payer is, by the login of the channel in whose app the page is shown."""

from gateway.accounts import channel_account
from gateway.calls import call_channel
from gateway.messages import Operation, PayerIdentity
from gateway.registry import channel_of
from merchants.models import PaymentAccount


def login_url(account: PaymentAccount, *, redirect_uri: str, state: str) -> str:
    """Return where the payer's browser is sent. Raises ``ConfigurationError``."""
    channel = channel_of(account.channel_merchant.channel)
    return channel.login_url(channel_account(account), redirect_uri=redirect_uri, state=state)


def identify_payer(account: PaymentAccount, code: str) -> PayerIdentity:
    """Exchange a login's code. Raises ``ConfigurationError``."""
    called = call_channel(
        account,
        Operation.IDENTIFY,
        "",
        lambda channel, known, transport: channel.identify(known, code, transport),
    )
    called.record.save(force_insert=True)
    return called.answer
