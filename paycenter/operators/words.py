"""What people read for the codes that are stored: one table per kind of code, with its colour.

Colours say what to do: ``good`` nothing, ``wait`` the center is at it, ``care`` keep an eye on it,
``bad`` somebody should look, ``plain`` it is over.
"""

from collections.abc import Mapping
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from gateway.messages import InvokeMethod, Operation, Outcome
from gateway.models import Callback
from notifications.models import Delivery
from transactions.lifecycle import OrderState, PaymentState, RefundState
from transactions.models import Move


class Word(NamedTuple):
    """The text of a code and the colour of its label."""

    text: str | Promise
    colour: str = "plain"


Words = Mapping[str, Word]


def word_of(words: Words, code: str) -> Word:
    """Return how to show a code; one nobody described shows as it is."""
    return words.get(code) or Word(code)


def _coloured(choices: type[TextChoices], **colours: str) -> Words:
    """Take the texts from ``choices``; codes without a colour are ``plain``."""
    return {item.value: Word(item.label, colours.get(item.value, "plain")) for item in choices}


ORDER_STATES = _coloured(
    OrderState, created="wait", paying="wait", paid="good", partially_refunded="care"
)
PAYMENT_STATES = _coloured(
    PaymentState, initiating="wait", pending="wait", unknown="care", succeeded="good", failed="bad"
)
REFUND_STATES = _coloured(
    RefundState, approved="wait", processing="wait", unknown="care", succeeded="good", failed="bad"
)
MOVE_STATES: Mapping[str, Words] = {
    Move.Subject.ORDER: ORDER_STATES,
    Move.Subject.PAYMENT: PAYMENT_STATES,
    Move.Subject.REFUND: REFUND_STATES,
}
DELIVERY_STATES = _coloured(Delivery.State, pending="wait", delivered="good", dead="bad")
CALLBACK_RESULTS = _coloured(
    Callback.Result,
    received="care",
    rejected="bad",
    unknown_number="bad",
    mismatch="bad",
    applied="good",
)
OUTCOMES: Words = {
    Outcome.SUCCEEDED: Word(_("succeeded"), "good"),
    Outcome.FAILED: Word(_("failed"), "bad"),
    Outcome.PENDING: Word(_("not decided yet"), "wait"),
    Outcome.UNKNOWN: Word(_("unknown"), "care"),
}
OPERATIONS: Words = {
    Operation.PAY: Word(_("place the payment")),
    Operation.QUERY: Word(_("ask for the payment")),
    Operation.CLOSE: Word(_("close the payment")),
    Operation.REFUND: Word(_("refund")),
    Operation.REFUND_QUERY: Word(_("ask for the refund")),
    Operation.CERTIFICATES: Word(_("download certificates")),
}
INVOKE_METHODS: Words = {
    InvokeMethod.MINI_PROGRAM: Word(_("mini program")),
    InvokeMethod.OFFICIAL_ACCOUNT: Word(_("official account")),
    InvokeMethod.APP: Word(_("app")),
    InvokeMethod.WAP: Word(_("mobile web page")),
    InvokeMethod.PC: Word(_("web page on a computer")),
    InvokeMethod.QR_CODE: Word(_("QR code")),
}
EVENT_TYPES: Words = {
    "payment.succeeded": Word(_("payment succeeded"), "good"),
    "payment.failed": Word(_("payment failed"), "bad"),
    "payment.closed": Word(_("payment closed")),
    "payment.duplicated": Word(_("paid a second time"), "bad"),
    "refund.succeeded": Word(_("refund succeeded"), "good"),
    "refund.failed": Word(_("refund failed"), "bad"),
    "order.attempt_repeated": Word(_("another attempt for the order"), "care"),
}

FROM_CHANNELS = (
    gettext_noop("Merchant API private key and certificate serial"),
    gettext_noop("APIv3 key"),
    gettext_noop("WeChat Pay public key and its ID"),
    gettext_noop("WeChat Pay platform certificate"),
    gettext_noop("this is a sandbox account and SANDBOX_URL is not set"),
    gettext_noop(
        "there is neither a WeChat Pay public key nor a platform certificate to verify with"
    ),
    gettext_noop("a platform certificate is not a PEM certificate"),
    gettext_noop("a platform certificate holds no RSA key"),
    gettext_noop("a platform certificate has another serial than stated"),
    gettext_noop("the WeChat Pay public key is not a PEM public key"),
    gettext_noop("the WeChat Pay public key is not an RSA key"),
    gettext_noop("the merchant API private key is missing"),
    gettext_noop("the merchant certificate serial is not a hexadecimal number"),
    gettext_noop("the merchant API private key is not a PEM key"),
    gettext_noop("the merchant API private key is not an RSA-2048 key"),
    gettext_noop("the APIv3 key is missing"),
    gettext_noop("the APIv3 key is not 32 letters and digits"),
    gettext_noop("a merchant number (mchid) is not a number"),
    gettext_noop("an app id is missing or malformed"),
)
"""What channels say in English: listed for the catalogue, translated where it is shown."""
