"""A payment account's parameters and keys, checked and loaded for use.

Rules: WeChat Pay APIv3, "Keys and certificates". Both ways in which WeChat Pay signs are trusted
side by side (platform certificates and the WeChat Pay public key), because during a migration both
arrive. Loaded keys are kept per process: reading one private key from PEM costs 44 ms.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
    load_pem_public_key,
)

from gateway.channels.wechat.signing import Signer, VerificationKey
from gateway.contract import ConfigurationError, CredentialKind
from gateway.messages import ChannelAccount
from paycenter.kernel.credential import Credential

PRODUCTION_URL = "https://api.mch.weixin.qq.com"
BACKUP_URL = "https://api2.mch.weixin.qq.com"
"""The same API behind another network path; the signature does not cover the host."""

MERCHANT_KEY = "merchant_private_key"
APIV3_KEY = "apiv3_key"
PUBLIC_KEY = "wechat_public_key"
PLATFORM_CERTIFICATE = "platform_certificate"

CREDENTIAL_KINDS = (
    CredentialKind(MERCHANT_KEY, "Merchant API private key and certificate serial"),
    CredentialKind(APIV3_KEY, "APIv3 key"),
    CredentialKind(PUBLIC_KEY, "WeChat Pay public key and its ID", secret=False, required=False),
    CredentialKind(
        PLATFORM_CERTIFICATE, "WeChat Pay platform certificate", secret=False, required=False
    ),
)

PUBLIC_KEY_PREFIX = "PUB_KEY_ID_"
_MCHID = re.compile(r"[0-9]{6,32}", re.ASCII)
_APPID = re.compile(r"[0-9A-Za-z_-]{1,32}", re.ASCII)
_SERIAL = re.compile(r"[0-9A-Fa-f]{1,40}", re.ASCII)
_APIV3_KEY_BYTES = 32
_LEAST_RSA_BITS = 2048
_CACHED_ACCOUNTS = 256


@dataclass(frozen=True, slots=True)
class AccountKeys:
    """Everything one account signs, opens and verifies with. ``trusted`` is its allow list."""

    signer: Signer
    apiv3_keys: tuple[bytes, ...] = field(repr=False)
    trusted: Mapping[str, VerificationKey] = field(repr=False)
    public_key_id: str = ""


class KeyCache:
    """Loaded keys of the accounts used last, by ``ChannelAccount.cache_key``; safe for threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[tuple[int, int], AccountKeys] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, account: ChannelAccount) -> AccountKeys:
        """Return the account's keys, loading them at first use. Raises ``ConfigurationError``."""
        with self._lock:
            found = self._entries.get(account.cache_key)
            if found is not None:
                self._entries.move_to_end(account.cache_key)
                return found
        keys = load_keys(account)
        with self._lock:
            self._entries[account.cache_key] = keys
            if len(self._entries) > self._size:
                self._entries.popitem(last=False)
        return keys


_cache = KeyCache(_CACHED_ACCOUNTS)


def keys_of(account: ChannelAccount) -> AccountKeys:
    """Return the account's loaded keys, perhaps without any to verify WeChat Pay with."""
    return _cache.get(account)


def check(account: ChannelAccount) -> None:
    """Raise ``ConfigurationError`` unless the account can sign, open and verify.

    Loads everything anew, because an account is checked before it has a stored version.
    """
    _check_numbers(account)
    require_trusted(load_keys(account))


def require_trusted(keys: AccountKeys) -> AccountKeys:
    """Return ``keys``. Raises ``ConfigurationError`` when no answer could ever be verified."""
    if not keys.trusted:
        raise ConfigurationError(
            "there is neither a WeChat Pay public key nor a platform certificate to verify with"
        )
    return keys


def load_keys(account: ChannelAccount) -> AccountKeys:
    """Read every key of the account from its PEM. Raises ``ConfigurationError``."""
    public_keys = account.credentials_of(PUBLIC_KEY)
    certificates = account.credentials_of(PLATFORM_CERTIFICATE)
    return AccountKeys(
        signer=_load_signer(account),
        apiv3_keys=_load_apiv3_keys(account),
        trusted={
            **{item.identifier: load_certificate(item) for item in certificates},
            **{item.identifier: _load_public_key(item) for item in public_keys},
        },
        public_key_id=public_keys[0].identifier if public_keys else "",
    )


def load_certificate(credential: Credential) -> VerificationKey:
    """Read a platform certificate. Raises ``ConfigurationError``, also for a foreign serial."""
    try:
        certificate = x509.load_pem_x509_certificate(credential.value.encode())
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigurationError("a platform certificate is not a PEM certificate") from None
    if not isinstance(key, RSAPublicKey):
        raise ConfigurationError("a platform certificate holds no RSA key")
    if not _is_serial(credential.identifier, certificate.serial_number):
        raise ConfigurationError("a platform certificate has another serial than stated")
    return VerificationKey(key, certificate.not_valid_before_utc, certificate.not_valid_after_utc)


def _is_serial(text: str, number: int) -> bool:
    return _SERIAL.fullmatch(text) is not None and int(text, 16) == number


def _load_public_key(credential: Credential) -> VerificationKey:
    if not credential.identifier.startswith(PUBLIC_KEY_PREFIX):
        raise ConfigurationError(f"a WeChat Pay public key ID begins with {PUBLIC_KEY_PREFIX}")
    try:
        key = load_pem_public_key(credential.value.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigurationError("the WeChat Pay public key is not a PEM public key") from None
    if not isinstance(key, RSAPublicKey):
        raise ConfigurationError("the WeChat Pay public key is not an RSA key")
    return VerificationKey(key)


def _load_signer(account: ChannelAccount) -> Signer:
    found = account.credentials_of(MERCHANT_KEY)
    if not found:
        raise ConfigurationError("the merchant API private key is missing")
    newest = found[0]
    if not _SERIAL.fullmatch(newest.identifier):
        raise ConfigurationError("the merchant certificate serial is not a hexadecimal number")
    try:
        key = load_pem_private_key(newest.value.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigurationError("the merchant API private key is not a PEM key") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < _LEAST_RSA_BITS:
        raise ConfigurationError("the merchant API private key is not an RSA-2048 key")
    return Signer(serial=newest.identifier, key=key)


def _load_apiv3_keys(account: ChannelAccount) -> tuple[bytes, ...]:
    keys = tuple(item.value.encode() for item in account.credentials_of(APIV3_KEY))
    if not keys:
        raise ConfigurationError("the APIv3 key is missing")
    if any(len(key) != _APIV3_KEY_BYTES or not key.isalnum() for key in keys):
        raise ConfigurationError("the APIv3 key is not 32 letters and digits")
    return keys


def _check_numbers(account: ChannelAccount) -> None:
    numbers = [account.mchid, *([account.provider_mchid] if account.is_partner else [])]
    if not all(_MCHID.fullmatch(number) for number in numbers):
        raise ConfigurationError("a merchant number (mchid) is not a number")
    # A sub-merchant may do without an app id of its own: the provider's serves it then.
    needed = account.provider_appid if account.is_partner else account.appid
    given = [item for item in (account.appid, account.mini_program_appid) if item]
    if not all(_APPID.fullmatch(appid) for appid in [needed, *given]):
        raise ConfigurationError("an app id is missing or malformed")
