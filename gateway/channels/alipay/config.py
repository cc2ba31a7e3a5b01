"""A payment account's parameters and keys, checked together and loaded for use.

Rules: Alipay Open Platform, "Public-key mode" and "Certificate mode". Certificate mode is on as
soon as all three files are there; a public key kept beside them stays trusted, so that an
application can change its mode without a gap. Loaded keys are kept per process.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from gateway.channels.alipay.certificates import (
    certificates_in,
    leads_to,
    organisations_of,
    root_sn_of,
    sn_of,
)
from gateway.channels.alipay.credentials import (
    ALIPAY_CERTIFICATE,
    ALIPAY_KEY,
    APP_CERTIFICATE,
    APP_KEY,
    AUTH_TOKEN,
    ROOT_CERTIFICATE,
    read_leaf,
    read_roots,
    read_token,
)
from gateway.channels.alipay.signing import Signer, VerificationKey
from gateway.contract import ConfigurationError, NothingToVerifyWith
from gateway.key_cache import KeyCache
from gateway.messages import ChannelAccount
from paycenter.kernel import clock
from paycenter.kernel.bare_keys import framed
from paycenter.kernel.certificates import (
    check_current,
    is_pair,
    key_of,
    read_private_key,
    read_public_key,
)
from paycenter.kernel.configuration import gettext_noop as _
from paycenter.kernel.credential import Credential

PRODUCTION_URL = "https://openapi.alipay.com"

_APPID = re.compile(r"[0-9]{10,32}", re.ASCII)
_SELLER_ID = re.compile(r"2088[0-9]{12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Certified:
    """What certificate mode adds: the application's own certificate, and whom to believe.

    ``organisations`` are those that Alipay's certificates were issued to so far.
    """

    roots: tuple[x509.Certificate, ...] = field(repr=False)
    app_certificate: x509.Certificate = field(repr=False)
    app_cert_sn: str
    alipay_root_cert_sn: str
    organisations: frozenset[str]


@dataclass(frozen=True, slots=True)
class AccountKeys:
    """Everything one account signs and verifies with. ``trusted`` is its allow list by serial."""

    signer: Signer
    trusted: Mapping[str, VerificationKey] = field(repr=False)
    certified: Certified | None = None
    app_auth_token: str = field(default="", repr=False)


def keys_of(account: ChannelAccount) -> AccountKeys:
    """Return the account's loaded keys. Raises ``ConfigurationError``."""
    return _cache.get(account)


def caller_appid(account: ChannelAccount) -> str:
    """Return the application that signs: the service provider's where there is one."""
    return account.provider_appid or account.appid


def check(account: ChannelAccount) -> None:
    """Raise ``ConfigurationError`` unless the account can sign and verify.

    Loads everything anew, because an account is checked before it has a stored version.
    """
    _check_numbers(account)
    keys = load_keys(account)
    check_pairs(account.credentials)
    if keys.certified:
        check_current(keys.certified.app_certificate)
    if not any(key.is_valid_at(clock.now()) for key in keys.trusted.values()):
        raise NothingToVerifyWith(_("none of Alipay's certificates is valid now"))


def check_pairs(credentials: Sequence[Credential]) -> None:
    """Raise ``ConfigurationError`` for credentials that contradict each other."""
    own = [read_private_key(framed(item.value)) for item in credentials if item.kind == APP_KEY]
    for item in credentials:
        if item.kind == ALIPAY_KEY and _is_own(read_public_key(framed(item.value)), own):
            raise ConfigurationError(
                _("this is the application's own public key: upload Alipay's, shown beside it")
            )
        if item.kind == ALIPAY_CERTIFICATE and _is_own(key_of(read_leaf(item.value)), own):
            raise ConfigurationError(
                _("this is the application's own certificate: upload Alipay's certificate")
            )


def load_keys(account: ChannelAccount) -> AccountKeys:
    """Read every key of the account. Raises ``ConfigurationError``."""
    own = [read_private_key(framed(item.value)) for item in account.credentials_of(APP_KEY)]
    if not own:
        raise ConfigurationError(_("the application private key is missing"))
    trusted, token = _load_public_keys(account), _load_token(account)
    if not _in_certificate_mode(account, has_public_key=bool(trusted)):
        return AccountKeys(Signer(own[0]), trusted, app_auth_token=token)
    key, certificate = _newest_pair(account, own)
    certified = _load_certified(account, certificate)
    alipays = account.credentials_of(ALIPAY_CERTIFICATE)
    trusted |= dict(trusted_certificate(item.value, certified.roots) for item in alipays)
    return AccountKeys(Signer(key), trusted, certified, token)


def trusted_certificate(
    content: str, roots: Sequence[x509.Certificate]
) -> tuple[str, VerificationKey]:
    """Return the SN and key of a certificate file of Alipay's that leads to one of the roots.

    Raises ``ConfigurationError``.
    """
    certificate = read_leaf(content)
    if not leads_to(roots, certificate, certificates_in(content)[1:]):
        raise ConfigurationError(
            _("the certificate is not Alipay's: it leads to none of the root certificates")
        )
    key = VerificationKey(
        key_of(certificate), certificate.not_valid_before_utc, certificate.not_valid_after_utc
    )
    return sn_of(certificate), key


def _in_certificate_mode(account: ChannelAccount, *, has_public_key: bool) -> bool:
    """Whether all three certificate files are there; until then a public key does."""
    missing = [what for kind, what in _CERTIFICATE_FILES if not account.credentials_of(kind)]
    if not missing:
        return True
    if has_public_key:
        return False
    if len(missing) == len(_CERTIFICATE_FILES):
        raise ConfigurationError(_("there is neither Alipay's public key nor its certificates"))
    raise ConfigurationError(missing[0])


def _newest_pair(
    account: ChannelAccount, keys: Sequence[RSAPrivateKey]
) -> tuple[RSAPrivateKey, x509.Certificate]:
    """Choose the newest certificate whose key is here: a new pair is uploaded one by one."""
    for item in account.credentials_of(APP_CERTIFICATE):
        certificate = read_leaf(item.value)
        for key in keys:
            if is_pair(key, certificate):
                return key, certificate
    raise ConfigurationError(_("the private key does not belong to the application certificate"))


def _load_certified(account: ChannelAccount, certificate: x509.Certificate) -> Certified:
    """Requests name the newest root file; what leads to an older one is trusted until it goes."""
    files = [read_roots(item.value) for item in account.credentials_of(ROOT_CERTIFICATE)]
    alipays = [read_leaf(item.value) for item in account.credentials_of(ALIPAY_CERTIFICATE)]
    return Certified(
        roots=tuple(root for file in files for root in file),
        app_certificate=certificate,
        app_cert_sn=sn_of(certificate),
        alipay_root_cert_sn=root_sn_of(files[0]),
        organisations=frozenset().union(*map(organisations_of, alipays)),
    )


def _load_public_keys(account: ChannelAccount) -> dict[str, VerificationKey]:
    return {
        f"public key {place}": VerificationKey(read_public_key(framed(item.value)))
        for place, item in enumerate(account.credentials_of(ALIPAY_KEY))
    }


def _load_token(account: ChannelAccount) -> str:
    """Return the merchant's authorisation of the service provider, blank without a provider."""
    found = account.credentials_of(AUTH_TOKEN)
    if not account.provider_appid:
        return ""
    if not found:
        raise ConfigurationError(_("the merchant's authorisation (app_auth_token) is missing"))
    return read_token(found[0].value)


def _is_own(key: RSAPublicKey, own: Sequence[RSAPrivateKey]) -> bool:
    return any(private.public_key() == key for private in own)


def _check_numbers(account: ChannelAccount) -> None:
    if not _SELLER_ID.fullmatch(account.mchid):
        raise ConfigurationError(_("the seller id (PID) is not 16 digits that begin with 2088"))
    if account.is_partner and not account.provider_appid:
        raise ConfigurationError(_("the app id of the service provider is missing"))
    given = [item for item in (account.appid, account.mini_program_appid) if item]
    if not all(_APPID.fullmatch(appid) for appid in [caller_appid(account), *given]):
        raise ConfigurationError(_("an app id is missing or malformed"))


_CERTIFICATE_FILES = (
    (APP_CERTIFICATE, _("the application certificate (appCertPublicKey) is missing")),
    (ALIPAY_CERTIFICATE, _("Alipay's certificate (alipayCertPublicKey) is missing")),
    (ROOT_CERTIFICATE, _("Alipay's root certificate file (alipayRootCert) is missing")),
)

_cache = KeyCache(load_keys)
