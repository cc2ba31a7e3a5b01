"""Who stands before a page of the center inside a channel's app, told by the channel's own login.

Some ways to pay need the payer's id at the channel. The page sends the browser to ``login_url``;
it comes back with a code in the parameter ``Channel.login_code``, which ``identify_payer``
exchanges. ``account.channel_merchant`` must be loaded with the account.
"""

from django.conf import settings

from gateway.accounts import channel_account
from gateway.calls import call_channel
from gateway.contract import Channel, ConfigurationError, Transport
from gateway.messages import ChannelAccount, Operation, PayerIdentity
from gateway.registry import channel_of
from gateway.transport import PAGE_LIMITS
from merchants.models import PaymentAccount
from paycenter.kernel.inserts import insert


def login_url(account: PaymentAccount, *, redirect_uri: str, state: str) -> str:
    """Return where the browser learns who its payer is, to come back to ``redirect_uri``.

    ``state`` comes back with it: up to 100 letters and digits, which every channel takes. Raises
    ``ConfigurationError`` where ``can_log_in`` is False.
    """
    channel = channel_of(account.channel_merchant.channel)
    known = channel_account(account)
    return channel.login_url(known, redirect_uri=redirect_uri, state=state)


def can_log_in(account: PaymentAccount) -> bool:
    """Whether the account's channel has a login and the account all that it needs."""
    try:
        login_url(account, redirect_uri=settings.PUBLIC_BASE_URL, state="")
    except ConfigurationError:
        return False
    return True


def identify_payer(account: PaymentAccount, code: str) -> PayerIdentity:
    """Exchange the code a login came back with for who the payer is, within five seconds.

    A code serves once: whatever the outcome, the next try needs a new one from ``login_url``. The
    call is recorded, masked. No transaction may be open. Raises ``ConfigurationError`` as
    ``login_url`` does; nothing was sent then.
    """

    def ask(channel: Channel, known: ChannelAccount, transport: Transport) -> PayerIdentity:
        return channel.identify(known, code, transport)

    called = call_channel(account, Operation.IDENTIFY, "", ask, limits=PAGE_LIMITS)
    insert(called.record)
    return called.answer
