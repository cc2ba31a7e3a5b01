"""Every call to a channel is counted when it is over; whoever makes a breaker change says so."""

from gateway.health.breaker import record
from gateway.health.changes import keep_change
from gateway.health.observation import observed
from gateway.health.scopes import scopes_of
from gateway.messages import Failure
from gateway.models import ChannelCall
from gateway.registry import channel_of
from merchants.models import PaymentAccount


def count_call(account: PaymentAccount, call: ChannelCall, failure: Failure | None) -> None:
    """Count a call against the health of its channel and its account.

    ``failure`` is what was said of it unless it succeeded. Never raises for Redis or the database:
    a count that is lost is no loss. No transaction may be open.
    """
    channel = channel_of(account.channel_merchant.channel)
    observation = observed(call, channel, failure)
    if observation is None:
        return
    for change in record(scopes_of(account), observation):
        keep_change(account, change)
