"""What people read for the reasons that are stored: why a callback was refused, a call failed.

Reasons are stored in English, as the code that judged wrote them: they are evidence, and logs quote
them. A page shows them in the reader's language. A sentence stands here as the code writes it, with
a name in place of every value; a value may be a reason itself.
"""

import re
from collections.abc import Iterable

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

SENTENCES = (
    # What a channel said does not match our record (transactions.services).
    _("channel merchant %(given)s instead of %(ours)s"),
    _("channel merchant %(given)s"),
    _("app id %(given)s is not the payment account's"),
    _("amount %(given)s instead of %(ours)s fen"),
    _("currency %(given)s instead of %(ours)s"),
    _("no channel serial number but %(given)s"),
    _("a second channel serial number %(given)s"),
    _("channel serial number %(given)s is another payment's"),
    _("channel refund number %(given)s"),
    _("payment %(given)s instead of %(ours)s"),
    _("it succeeded after it had failed; the rest is spent"),
    _("odd: paid at %(given)s"),
    _("there is no payment with this number"),
    _("the payment is another channel merchant's"),
    _("there is no refund with this number"),
    _("the refund is another channel merchant's"),
    _("the channel, asked, does not say that it is paid"),
    _("nobody could ask the channel in time"),
    # A split that a person asks for is not possible (transactions.splits).
    _("The payment did not succeed, or settles no order."),
    _("The company's rule divides this payment."),
    _("A payment is split %(most)s times at most."),
    _("The time in which the payment could be split is over."),
    _("The rest of the payment was freed."),
    _("Split %(number)s of this payment is %(state)s. Wait for its end."),
    _("not bound at the payment's channel merchant"),
    _("a receiver gets one share of a split"),
    # A callback was refused at the door.
    _("no such payment account"),
    _("the channel has no such address"),
    _("the body is too long"),
    _("the account cannot verify: %(why)s"),
    # A callback is not authentic.
    _("not a POST"),
    _("not a POST of a form"),
    _("not signed with %(scheme)s"),
    _("the callback is for another merchant"),
    _("the event is for another merchant"),
    _("the notification is for another merchant"),
    _("the notification is for another merchant of the provider"),
    _("this is an order, not a callback"),
    _("there is no signature"),
    _("the signature is missing"),
    _("the signature is wrong"),
    _("the signature is not base64"),
    _("the signature is not of the account's kind (%(scheme)s)"),
    _("the serial is not on the allow list"),
    _("the certificate is not valid now"),
    _("the timestamp is not a number of seconds"),
    _("the timestamp is too far from the clock"),
    _("the resource is not base64"),
    _("the resource's nonce has the wrong length"),
    _("the resource cannot be opened"),
    # A callback is authentic and cannot be read.
    _("unreadable: %(why)s"),
    _("the message is not a JSON object"),
    _("neither a GET nor a POST"),
    _("the body is not a form"),
    _("the parameters are not a form in UTF-8"),
    _("too many parameters"),
    _("a parameter comes twice"),
    _("a parameter has no proper name"),
    _("a parameter without a value, or given twice"),
    _("a charset that Alipay does not use"),
    _("a value is not in the charset it claims"),
    _("news of something that is no trade"),
    _("news of something that is no split"),
    _("an event of something that is no payment, refund or split"),
    _("the resource is not sealed with %(scheme)s"),
    _("%(name)s is missing"),
    _("%(name)s is missing or no number"),
    _("%(name)s is not a string"),
    _("%(name)s is not an object"),
    _("%(name)s is not a time"),
    _("%(name)s has no offset"),
    _("%(name)s is not an integer of fen"),
    _("%(name)s is not an amount of yuan"),
    _("%(name)s has characters that no number has"),
    # A list of orders cannot be read.
    _("data is not a list of orders"),
    _("the list moved while it was read"),
    _("the platform always lists the same orders, whatever the offset"),
    # A request got no answer (paycenter.kernel.http).
    _("answer longer than allowed"),
    _("took too long"),
    _("no whole answer within %(seconds)s s"),
)
WORDS = {
    "NotSent": _("not sent"),
    "NoAnswer": _("no answer"),
    "ConnectionError": _("the connection broke off"),
    "ProtocolError": _("the connection broke off"),
    "ChunkedEncodingError": _("the connection broke off"),
    "IncompleteRead": _("the connection broke off"),
    "NewConnectionError": _("nobody takes connections there"),
    "NameResolutionError": _("the host name leads nowhere"),
    "ConnectTimeout": _("no connection in time"),
    "ConnectTimeoutError": _("no connection in time"),
    "ReadTimeout": _("no answer in time"),
    "ReadTimeoutError": _("no answer in time"),
    "SSLError": _("the encrypted connection failed"),
    "signature_invalid": _("key unknown or signature wrong"),
    "timestamp_out_of_range": _("the caller's clock is wrong"),
    "nonce_reused": _("the nonce was used before"),
    "application_disabled": _("the application is disabled"),
    "ip_not_allowed": _("the address is not on the allow list"),
}
"""Names of errors and codes of refusals, in words."""

_CALL_ERROR = re.compile(r"(NotSent|NoAnswer): (.*)", re.DOTALL)
_PLACE = re.compile(r"%\\\((\w+)\\\)s")


def in_words(reason: str) -> str:
    """Return a stored reason in the reader's language; one that nobody described as it is."""
    failed = _CALL_ERROR.fullmatch(reason)
    if failed:
        return ": ".join(in_words(part) for part in failed.groups() if part)
    for pattern, sentence in _PATTERNS:
        found = pattern.fullmatch(reason)
        if found:
            values = {name: in_words(value) for name, value in found.groupdict().items()}
            return gettext(sentence) % values
    return gettext(WORDS.get(reason, reason)) if reason else ""


def _patterns(sentences: Iterable[str]) -> list[tuple[re.Pattern[str], str]]:
    """Return what recognises each sentence, the one that says most itself first."""
    escaped = {sentence: re.escape(sentence) for sentence in sentences}
    most_first = sorted(escaped, key=lambda sentence: -len(_PLACE.sub("", escaped[sentence])))
    return [
        (re.compile(_PLACE.sub(r"(?P<\1>.+)", escaped[sentence]), re.DOTALL), sentence)
        for sentence in most_first
    ]


_PATTERNS = _patterns(SENTENCES)
