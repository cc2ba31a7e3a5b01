"""An EasyPay account's parameters, checked and turned into the way it signs.

Rules: EasyPay protocol V1 and V2. Platforms of the same name differ; what differs is a choice the
operator makes per channel merchant (``OPTIONS``), never guessed from a message.
"""

import re

from gateway.channels.easypay.keys import (
    CREDENTIAL_KINDS,
    PRIVATE_KEY,
    PUBLIC_KEY,
    SHARED_KEY,
    check_pairs,
    private_key,
    public_key,
    shared_key,
)
from gateway.channels.easypay.signing import KeyPairs, Scheme, SharedKeys
from gateway.contract import AccountOption, ConfigurationError
from gateway.key_cache import KeyCache
from gateway.messages import ChannelAccount
from paycenter.kernel.configuration import gettext_noop as _

V1, V2 = "v1", "v2"
PAYER_CHOOSES = ""

VERSION = AccountOption(
    "version", _("Protocol version"), ((V1, _("V1 (MD5)")), (V2, _("V2 (RSA)")))
)
TYPE = AccountOption(
    "type",
    _("Payment type"),
    (
        ("alipay", _("Alipay")),
        ("wxpay", _("WeChat Pay")),
        ("qqpay", _("QQ Wallet")),
        ("bank", _("UnionPay")),
        (PAYER_CHOOSES, _("The payer chooses on the platform's page (V1 without QR codes)")),
    ),
)
KEY_SUFFIX = AccountOption(
    "key_suffix",
    _("How the key is appended before MD5 (V1)"),
    (("plain", _("directly")), ("ampersand", _("as &key="))),
)
REFUND_SUCCESS = AccountOption(
    "refund_success", _("Code of a successful refund (V1)"), (("0", "0"), ("1", "1"))
)
OPTIONS = (VERSION, TYPE, KEY_SUFFIX, REFUND_SUCCESS)

_JOINTS = {"plain": "", "ampersand": "&key="}
_PID = re.compile(r"[0-9A-Za-z]{1,64}", re.ASCII)
_BASE_URL = re.compile(r"https?://[!-~]+/", re.ASCII)


def option(account: ChannelAccount, wanted: AccountOption) -> str:
    """Return the account's choice. Raises ``ConfigurationError`` for one that does not exist."""
    chosen = account.options.get(wanted.name, wanted.default)
    if chosen not in dict(wanted.choices):
        raise ConfigurationError(_("the option %(name)s has no such choice"), name=wanted.name)
    return chosen


def check(account: ChannelAccount) -> None:
    """Raise ``ConfigurationError`` unless the account can sign, verify and name its platform.

    Loads everything anew, because an account is checked before it has a stored version.
    """
    for item in OPTIONS:
        option(account, item)
    if not _PID.fullmatch(account.mchid):
        raise ConfigurationError(_("the merchant number (pid) is missing or malformed"))
    if not _BASE_URL.fullmatch(account.base_url):
        raise ConfigurationError(_("the platform's address is no web address that ends with /"))
    if not is_v2(account):
        shared_keys(account)
        return
    if option(account, TYPE) == PAYER_CHOOSES:
        raise ConfigurationError(_("V2 makes an order for one payment type: choose it"))
    _load_pairs(account)


def is_v2(account: ChannelAccount) -> bool:
    """Whether the account speaks V2."""
    return option(account, VERSION) == V2


def scheme_of(account: ChannelAccount) -> Scheme:
    """Return how the account signs and verifies, whichever its version."""
    return key_pairs(account) if is_v2(account) else shared_keys(account)


def shared_keys(account: ChannelAccount) -> SharedKeys:
    """Return how a V1 account signs and verifies. Raises ``ConfigurationError``."""
    keys = tuple(shared_key(value) for value in _values(account, SHARED_KEY))
    return SharedKeys(keys, _JOINTS[option(account, KEY_SUFFIX)])


def key_pairs(account: ChannelAccount) -> KeyPairs:
    """Return how a V2 account signs and verifies, with keys loaded once per version."""
    return _cache.get(account)


def _load_pairs(account: ChannelAccount) -> KeyPairs:
    check_pairs(account.credentials)
    return KeyPairs(
        private_key=private_key(_values(account, PRIVATE_KEY)[0]),
        public_keys=tuple(public_key(value) for value in _values(account, PUBLIC_KEY)),
    )


def _values(account: ChannelAccount, kind: str) -> list[str]:
    """Return the stored values of a kind, newest first; at least one."""
    found = [item.value for item in account.credentials_of(kind)]
    if not found:
        label = next(item.label for item in CREDENTIAL_KINDS if item.kind == kind)
        raise ConfigurationError(_("missing: %(credential)s"), credential=label)
    return found


_cache = KeyCache(_load_pairs)
