"""Downloads the platform certificates that WeChat Pay signs with.

Rules: WeChat Pay APIv3, "Download platform certificates". The answer may be signed by a certificate
it brings itself: then its own certificates, sealed with the APIv3 key that only WeChat Pay and the
merchant know, vouch for it.
"""

from collections.abc import Mapping
from typing import Any

from gateway.channels.wechat.answers import read_answer
from gateway.channels.wechat.client import Client
from gateway.channels.wechat.config import (
    PLATFORM_CERTIFICATE,
    AccountKeys,
    load_certificate,
)
from gateway.channels.wechat.parsing import (
    Json,
    Unreadable,
    member,
    moment,
    parse_object,
    required_text,
    text,
)
from gateway.channels.wechat.signing import (
    SEAL_ALGORITHM,
    NotAuthentic,
    VerificationKey,
    unseal,
    verify,
)
from gateway.channels.wechat.statuses import RESOURCE_MISSING
from gateway.channels.wechat.wire import CERTIFICATES_TARGET
from gateway.contract import AccountRefused, ConfigurationError
from paycenter.kernel.configuration import gettext_noop as _
from paycenter.kernel.credential import Credential
from paycenter.kernel.http import NoAnswer, WireResponse

_TOO_MANY_REQUESTS = 429


def download(client: Client) -> tuple[Credential, ...]:
    """Return the current certificates, newest first; none for a merchant with a public key only.

    Raises ``NotSent`` or ``NoAnswer`` when it is worth trying again later (an answer that cannot
    be verified is no answer), ``ConfigurationError`` when WeChat Pay refuses or the APIv3 key does
    not open what it sends.
    """
    response = client.exchange("GET", CERTIFICATES_TARGET, b"")
    if response.status != 200:
        return _refused(client.keys, response)
    try:
        found = [_credential(client.keys, item) for item in _items(response.body)]
        _check_authentic(client.keys, found, response)
    except (NotAuthentic, Unreadable) as error:
        raise NoAnswer(f"certificates: {error}") from None
    return tuple(sorted(found, key=_start, reverse=True))


def _refused(keys: AccountKeys, response: WireResponse) -> tuple[Credential, ...]:
    answer = read_answer(keys.trusted, response)
    if answer.error_code == RESOURCE_MISSING and keys.public_key_id:
        return ()
    refused = 400 <= response.status < 500 and response.status != _TOO_MANY_REQUESTS
    # A merchant without any key yet cannot verify the refusal, but must be told what it says.
    told = answer.told or answer.failure
    words = f"{told.code} {told.message}".strip()
    if refused:
        raise AccountRefused(
            _("WeChat Pay gives no platform certificates: %(words)s"), told, words=words
        )
    raise NoAnswer(f"certificates: {words}")


def _items(body: bytes) -> list[Json]:
    items: Any = parse_object(body).get("data")
    if not isinstance(items, list) or not items:
        raise Unreadable("data is not a list of certificates")
    if not all(isinstance(item, dict) for item in items):
        raise Unreadable("a certificate is not an object")
    return items


def _credential(keys: AccountKeys, item: Json) -> Credential:
    sealed = member(item, "encrypt_certificate")
    if text(sealed, "algorithm") != SEAL_ALGORITHM:
        raise Unreadable(f"a certificate is not sealed with {SEAL_ALGORITHM}")
    return Credential(
        kind=PLATFORM_CERTIFICATE,
        identifier=required_text(item, "serial_no"),
        value=_opened_pem(keys, sealed),
        not_before=moment(item, "effective_time"),
        not_after=moment(item, "expire_time"),
    )


def _opened_pem(keys: AccountKeys, sealed: Json) -> str:
    ciphertext = required_text(sealed, "ciphertext")
    try:
        opened = unseal(
            keys.apiv3_keys,
            nonce=text(sealed, "nonce"),
            associated_data=text(sealed, "associated_data"),
            ciphertext=ciphertext,
        )
        return opened.decode("ascii")
    except NotAuthentic:
        raise ConfigurationError(_("the APIv3 key does not open the certificates")) from None
    except UnicodeDecodeError:
        raise Unreadable("a certificate is not PEM text") from None


def _check_authentic(keys: AccountKeys, found: list[Credential], response: WireResponse) -> None:
    """Verify with what was trusted before; only an unknown serial is looked up in the answer."""
    try:
        brought = {item.identifier: load_certificate(item) for item in found}
    except ConfigurationError as error:
        raise Unreadable(str(error)) from None
    trusted: Mapping[str, VerificationKey] = {**brought, **keys.trusted}
    verify(trusted, response.headers, response.body)


def _start(credential: Credential) -> float:
    return credential.not_before.timestamp() if credential.not_before else 0.0
