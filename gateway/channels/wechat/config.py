"""A payment account's parameters and keys, checked and loaded for use.

Rules: WeChat Pay APIv3, "Keys and certificates". Both ways in which WeChat Pay signs are trusted
side by side (platform certificates and the WeChat Pay public key), because during a migration both
arrive. Loaded keys are kept per process: reading one private key from PEM costs 44 ms.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from gateway.channels.wechat.signing import Signer, VerificationKey
from gateway.contract import ConfigurationError, CredentialKind, NothingToVerifyWith
from gateway.key_cache import KeyCache
from gateway.messages import ChannelAccount
from paycenter.kernel import clock
from paycenter.kernel.certificates import (
    check_current,
    is_pair,
    key_of,
    read_certificate,
    read_private_key,
    read_public_key,
    serial_of,
)
from paycenter.kernel.configuration import gettext_noop as _
from paycenter.kernel.credential import Credential

PRODUCTION_URL = "https://api.mch.weixin.qq.com"
BACKUP_URL = "https://api2.mch.weixin.qq.com"
"""The same API behind another network path; the signature does not cover the host."""

MERCHANT_KEY = "merchant_private_key"
MERCHANT_CERTIFICATE = "merchant_certificate"
APIV3_KEY = "apiv3_key"
PUBLIC_KEY = "wechat_public_key"
PLATFORM_CERTIFICATE = "platform_certificate"
OFFICIAL_ACCOUNT_SECRET = "official_account_secret"  # noqa: S105 (the name of a kind, no secret)

CREDENTIAL_KINDS = (
    CredentialKind(MERCHANT_KEY, _("Merchant API private key and certificate serial"), named=True),
    CredentialKind(
        MERCHANT_CERTIFICATE, _("Merchant API certificate"), secret=False, required=False
    ),
    CredentialKind(APIV3_KEY, _("APIv3 key")),
    CredentialKind(
        PUBLIC_KEY, _("WeChat Pay public key and its ID"), secret=False, required=False, named=True
    ),
    CredentialKind(
        PLATFORM_CERTIFICATE, _("WeChat Pay platform certificate"), secret=False, required=False
    ),
    # Of the app, not of the merchant: payment accounts of one merchant may have different apps.
    CredentialKind(
        OFFICIAL_ACCOUNT_SECRET,
        _("Official account's AppSecret and its app id"),
        required=False,
        named=True,
    ),
)

PUBLIC_KEY_PREFIX = "PUB_KEY_ID_"
_MCHID = re.compile(r"[0-9]{6,32}", re.ASCII)
_APPID = re.compile(r"[0-9A-Za-z_-]{1,32}", re.ASCII)
_SERIAL = re.compile(r"[0-9A-Fa-f]{1,40}", re.ASCII)
_APP_SECRET = re.compile(r"[0-9A-Za-z]{32}", re.ASCII)
_APIV3_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class AccountKeys:
    """Everything one account signs, opens and verifies with. ``trusted`` is its allow list."""

    signer: Signer
    apiv3_keys: tuple[bytes, ...] = field(repr=False)
    trusted: Mapping[str, VerificationKey] = field(repr=False)
    public_key_id: str = ""

    def encryption_key(self) -> tuple[str, RSAPublicKey]:
        """Return the serial and the key that names are encrypted with.

        That is the WeChat Pay public key, or else the newest platform certificate in force. Raises
        ``NothingToVerifyWith`` when there is neither.
        """
        if self.public_key_id:
            return self.public_key_id, self.trusted[self.public_key_id].key
        moment = clock.now()
        valid = {serial: key for serial, key in self.trusted.items() if key.is_valid_at(moment)}
        if not valid:
            raise NothingToVerifyWith(_("no platform certificate is valid now"))
        newest = max(valid, key=lambda serial: valid[serial].started_at)
        return newest, valid[newest].key


def keys_of(account: ChannelAccount) -> AccountKeys:
    """Return the account's loaded keys, perhaps without any to verify WeChat Pay with."""
    return _cache.get(account)


def check(account: ChannelAccount) -> None:
    """Raise ``ConfigurationError`` unless the account can sign, open and verify.

    Loads everything anew, because an account is checked before it has a stored version.
    """
    _check_numbers(account)
    keys = load_keys(account)
    check_pairs(account.credentials)
    for item in account.credentials_of(MERCHANT_CERTIFICATE):
        if _is_serial(keys.signer.serial, int(item.identifier, 16)):
            check_current(read_certificate(item.value))
    require_trusted(keys)


def check_pairs(credentials: Sequence[Credential]) -> None:
    """Raise ``ConfigurationError`` for a private key that its certificate was not issued for."""
    certificates = [item for item in credentials if item.kind == MERCHANT_CERTIFICATE]
    for item in credentials:
        if item.kind == MERCHANT_KEY and not all(
            is_pair(_read_signer(item).key, read_certificate(other.value))
            for other in certificates
            if _is_serial(item.identifier, int(other.identifier, 16))
        ):
            raise ConfigurationError(
                _("the private key does not belong to the merchant certificate %(serial)s"),
                serial=item.identifier,
            )


def require_trusted(keys: AccountKeys) -> AccountKeys:
    """Return ``keys``. Raises ``NothingToVerifyWith`` when no answer could ever be verified."""
    if not keys.trusted:
        raise NothingToVerifyWith(
            _("there is neither a WeChat Pay public key nor a platform certificate to verify with")
        )
    return keys


def official_account_secret(account: ChannelAccount, appid: str) -> str:
    """Return the newest AppSecret of this app id. Raises ``ConfigurationError`` without one."""
    for item in account.credentials_of(OFFICIAL_ACCOUNT_SECRET):
        if item.identifier == appid:
            return item.value
    raise ConfigurationError(
        _("the AppSecret of the official account %(appid)s is missing"), appid=appid
    )


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
    certificate = read_certificate(credential.value)
    if not _is_serial(credential.identifier, certificate.serial_number):
        raise ConfigurationError(_("the certificate has another serial number than stated"))
    return VerificationKey(
        key_of(certificate), certificate.not_valid_before_utc, certificate.not_valid_after_utc
    )


def read_credential(kind: str, content: str, identifier: str) -> Credential:
    """Read one uploaded key or certificate. Raises ``ConfigurationError``."""
    value = content.strip()
    if kind in {PLATFORM_CERTIFICATE, MERCHANT_CERTIFICATE}:
        return _read_certificate(Credential(kind, identifier, value))
    credential = Credential(kind, identifier, value)
    if kind == MERCHANT_KEY:
        _read_signer(credential)
    elif kind == PUBLIC_KEY:
        _load_public_key(credential)
    elif kind == APIV3_KEY:
        _read_apiv3_key(credential)
    elif kind == OFFICIAL_ACCOUNT_SECRET:
        _check_app_secret(credential)
    else:
        raise ConfigurationError(_("WeChat Pay has no such key or certificate"))
    return credential


def _read_certificate(stated: Credential) -> Credential:
    """Return a certificate that is valid now, with what it says of itself."""
    certificate = read_certificate(stated.value)
    if stated.identifier and not _is_serial(stated.identifier, certificate.serial_number):
        raise ConfigurationError(_("the certificate has another serial number than stated"))
    check_current(certificate)
    return Credential(
        stated.kind,
        serial_of(certificate),
        stated.value,
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
    )


def _is_serial(text: str, number: int) -> bool:
    return _SERIAL.fullmatch(text) is not None and int(text, 16) == number


def _load_public_key(credential: Credential) -> VerificationKey:
    if not credential.identifier.startswith(PUBLIC_KEY_PREFIX):
        raise ConfigurationError(
            _("the ID of a WeChat Pay public key begins with %(prefix)s"), prefix=PUBLIC_KEY_PREFIX
        )
    return VerificationKey(read_public_key(credential.value))


def _load_signer(account: ChannelAccount) -> Signer:
    found = account.credentials_of(MERCHANT_KEY)
    if not found:
        raise ConfigurationError(_("the merchant API private key is missing"))
    return _read_signer(found[0])


def _read_signer(credential: Credential) -> Signer:
    if not _SERIAL.fullmatch(credential.identifier):
        raise ConfigurationError(
            _("the serial number of the merchant certificate is not a hexadecimal number")
        )
    return Signer(serial=credential.identifier, key=read_private_key(credential.value))


def _load_apiv3_keys(account: ChannelAccount) -> tuple[bytes, ...]:
    found = account.credentials_of(APIV3_KEY)
    if not found:
        raise ConfigurationError(_("the APIv3 key is missing"))
    return tuple(_read_apiv3_key(item) for item in found)


def _read_apiv3_key(credential: Credential) -> bytes:
    key = credential.value.encode()
    if len(key) != _APIV3_KEY_BYTES or not key.isalnum():
        raise ConfigurationError(_("the APIv3 key is not 32 letters and digits"))
    return key


def _check_app_secret(credential: Credential) -> None:
    if not _APPID.fullmatch(credential.identifier):
        raise ConfigurationError(_("an app id is missing or malformed"))
    if not _APP_SECRET.fullmatch(credential.value):
        raise ConfigurationError(_("the AppSecret is not 32 letters and digits"))


def _check_numbers(account: ChannelAccount) -> None:
    numbers = [account.mchid, *([account.provider_mchid] if account.is_partner else [])]
    if not all(_MCHID.fullmatch(number) for number in numbers):
        raise ConfigurationError(_("a merchant number (mchid) is not a number"))
    # A sub-merchant may do without an app id of its own: the provider's serves it then.
    needed = account.provider_appid if account.is_partner else account.appid
    given = [item for item in (account.appid, account.mini_program_appid) if item]
    if not all(_APPID.fullmatch(appid) for appid in [needed, *given]):
        raise ConfigurationError(_("an app id is missing or malformed"))


_cache = KeyCache(load_keys)
