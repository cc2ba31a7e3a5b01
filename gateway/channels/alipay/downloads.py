"""Finds out whether Alipay signs with a new certificate, and downloads it.

Rules: Alipay Open Platform, "Certificate rotation" and ``alipay.open.app.alipaycert.download``.
Every answer names the certificate that signed it, so asking for one that is known shows which one
signs now. A new one is believed when it leads to the uploaded root and belongs to Alipay: every
merchant's certificate leads to that root too.
"""

import base64
import binascii

from gateway.channels.alipay.answers import Answer, read_answer
from gateway.channels.alipay.certificates import organisations_of
from gateway.channels.alipay.client import Client
from gateway.channels.alipay.config import Certified, trusted_certificate
from gateway.channels.alipay.credentials import ALIPAY_CERTIFICATE, read_credential, read_leaf
from gateway.channels.alipay.statuses import PASSING
from gateway.channels.alipay.wire import certificate_call
from gateway.contract import AccountRefused, ConfigurationError
from paycenter.kernel.configuration import gettext_noop as _
from paycenter.kernel.credential import Credential
from paycenter.kernel.http import NoAnswer


def download(client: Client) -> tuple[Credential, ...]:
    """Return the certificate that is new; nothing in public-key mode or when none is.

    Raises ``NotSent`` or ``NoAnswer`` when it is worth trying again later, ``ConfigurationError``
    when Alipay refuses or sends what is no certificate of its own.
    """
    if client.keys.certified is None:
        return ()
    known = next(sn for sn, key in client.keys.trusted.items() if key.is_certificate)
    call = certificate_call(known)
    answer = read_answer(client.keys.trusted, client.exchange(call), call.node)
    if not answer.serial:
        raise _nothing(answer)
    if answer.serial in client.keys.trusted:
        return ()
    return (_fetch(client, client.keys.certified, answer.serial),)


def _fetch(client: Client, certified: Certified, wanted: str) -> Credential:
    """Download a certificate; the answer is signed with it, so the certificate is judged first."""
    call = certificate_call(wanted)
    response = client.exchange(call)
    unproven = read_answer(client.keys.trusted, response, call.node)
    credential = read_credential(ALIPAY_CERTIFICATE, _file_in(unproven))
    serial, key = trusted_certificate(credential.value, certified.roots)
    if serial != wanted:
        raise ConfigurationError(_("Alipay sent another certificate than asked for"))
    if not organisations_of(read_leaf(credential.value)) & certified.organisations:
        raise ConfigurationError(_("the certificate sent was not issued to Alipay"))
    proven = read_answer({**client.keys.trusted, serial: key}, response, call.node)
    if not proven.succeeded:
        raise _nothing(proven)
    return credential


def _file_in(answer: Answer) -> str:
    """Return the PEM text in an answer that nobody has vouched for yet."""
    content = answer.content.get("alipay_cert_content")
    if not isinstance(content, str) or not content:
        raise _nothing(answer)
    try:
        return base64.b64decode(content, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise NoAnswer("certificates: not base64 of a text") from None


def _nothing(answer: Answer) -> Exception:
    """Return what to raise for an answer that brings no certificate."""
    told = answer.told
    words = f"{answer.failure.code} {answer.failure.message}".strip()
    if told is None or answer.content.get("code") in PASSING:
        return NoAnswer(f"certificates: {words}")
    return AccountRefused(_("Alipay gives no certificates: %(words)s"), told, words=words)
