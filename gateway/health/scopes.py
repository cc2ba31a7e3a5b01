"""What is watched: a channel's endpoint, and each payment account; and their names in Redis.

An outage of an endpoint is everybody's, so it takes more than one account's failures to speak of
one. Where each channel merchant names its own platform, each has an endpoint of its own; the
sandbox is another endpoint than the channel it plays.
"""

from dataclasses import dataclass

from gateway.registry import CHANNELS
from merchants.models import ChannelMerchant, PaymentAccount

PREFIX = "health:"
"""Of everything that is kept in Redis here."""

Pair = tuple[str, str]
"""The endpoint's scope and the account's, in this order."""

_ENDPOINT, _ACCOUNT, _SANDBOX = "channel:", "account:", "sandbox"


def scopes_of(account: PaymentAccount) -> Pair:
    """Return what stands between an account and its payments; its channel merchant is loaded."""
    return endpoint_scope(account), f"{_ACCOUNT}{account.pk}"


def endpoint_scope(account: PaymentAccount) -> str:
    """Return the endpoint that an account's calls go to."""
    owner = account.channel_merchant
    if owner.is_sandbox:
        return f"{_ENDPOINT}{owner.channel}:{_SANDBOX}"
    own = f":{owner.pk}" if has_own_endpoint(owner) else ""
    return f"{_ENDPOINT}{owner.channel}{own}"


def has_own_endpoint(owner: ChannelMerchant) -> bool:
    """Whether nobody else's calls go where this channel merchant's go."""
    channel = CHANNELS.get(owner.channel)
    return channel is not None and channel.own_endpoint and not owner.is_sandbox


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What calls go to. ``owner_id`` is the channel merchant whose own platform it is, or None."""

    channel: str
    is_sandbox: bool = False
    owner_id: int | None = None


def endpoint_of(scope: str) -> Endpoint:
    """Return the endpoint a scope stands for."""
    channel, _, rest = scope.removeprefix(_ENDPOINT).partition(":")
    if rest == _SANDBOX:
        return Endpoint(channel, is_sandbox=True)
    return Endpoint(channel, owner_id=int(rest) if rest else None)


def account_id(scope: str) -> int | None:
    """Return the row of the account a scope stands for; None for an endpoint."""
    return int(scope.removeprefix(_ACCOUNT)) if scope.startswith(_ACCOUNT) else None


def seen_key() -> str:
    """Name the sorted set of scopes by when they were last called."""
    return f"{PREFIX}seen"


def open_key() -> str:
    """Name the set of scopes whose breaker is open."""
    return f"{PREFIX}open"


def state_key(scope: str) -> str:
    """Name the hash that holds the breaker of a scope; a breaker that never opened has none."""
    return f"{PREFIX}breaker:{scope}"


def probe_key(scope: str) -> str:
    """Name what exists while a payment is under way as the probe of a scope."""
    return f"{PREFIX}probe:{scope}"


def window_key(scope: str) -> str:
    """Name the buckets of a scope's window; a bucket's number is appended."""
    return f"{PREFIX}window:{scope}:"


def failing_key(scope: str) -> str:
    """Name the sets of account scopes whose calls failed at an endpoint, as ``window_key`` does."""
    return f"{PREFIX}failing:{scope}:"
