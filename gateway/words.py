"""What the gateway tells people, in their language: what is wrong, and what a test found."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gateway.bill_messages import BillError
from gateway.messages import Finding, Operation, Outcome, Trouble
from paycenter.kernel.configuration import ConfigurationError

CLOSED = "closed"
"""The outcome of a call whose answer says that a payment can no longer be paid: no failure."""

OPERATIONS: Mapping[str, Promise] = {
    Operation.PAY: _("place the payment"),
    Operation.QUERY: _("ask for the payment"),
    Operation.CLOSE: _("close the payment"),
    Operation.REFUND: _("refund"),
    Operation.REFUND_QUERY: _("ask for the refund"),
    Operation.CERTIFICATES: _("download certificates"),
    Operation.TEST: _("test the account"),
    Operation.IDENTIFY: _("ask who the payer is"),
    Operation.BIND_RECEIVER: _("bind the receiver"),
    Operation.UNBIND_RECEIVER: _("unbind the receiver"),
    Operation.SPLIT: _("split the payment"),
    Operation.SPLIT_QUERY: _("ask for the split"),
    Operation.RELEASE: _("release the rest"),
    Operation.SPLIT_RETURN: _("take a share back"),
    Operation.RETURN_QUERY: _("ask for a share taken back"),
    Operation.LEFT_AMOUNT: _("ask what is left to split"),
    Operation.MAX_RATIO: _("ask how much may be split"),
    Operation.BILL: _("download the channel bill"),
}
OUTCOMES: Mapping[str, Promise] = {
    Outcome.SUCCEEDED: _("succeeded"),
    Outcome.FAILED: _("failed"),
    Outcome.PENDING: _("not decided yet"),
    Outcome.UNKNOWN: _("unknown"),
    CLOSED: _("closed"),
}
"""What a recorded call was about, and what came of it."""

TROUBLES: Mapping[str, Promise] = {
    Trouble.NOT_SENT: _("could not be reached"),
    Trouble.NO_ANSWER: _("no answer"),
    Trouble.SERVER_ERROR: _("error of its server"),
    Trouble.BUSY: _("busy"),
    Trouble.LIMITED: _("too many calls"),
    Trouble.UNREADABLE: _("answer not readable"),
    Trouble.UNVERIFIED: _("answer not verified"),
}
"""Why a channel did not do its part."""

ADVICE: Mapping[Finding, Promise] = {
    Finding.WORKS: _("The account works: the channel took our signature and we verified its."),
    Finding.UNREACHABLE: _(
        "The channel gave no answer. Try again shortly; if it stays so, have the network checked."
    ),
    Finding.MISCONFIGURED: _("The account cannot work as it is entered."),
    Finding.WRONG_KEY: _(
        "The channel does not accept our signature: the key does not belong to this account or "
        "its certificate. Compare it with what is registered at the channel, and upload the right "
        "one."
    ),
    Finding.UNKNOWN_ACCOUNT: _(
        "The channel does not know this account. Compare its number and app id with what the "
        "channel shows."
    ),
    Finding.NOT_PERMITTED: _(
        "The channel does not permit this. Apply for the product, or the authorisation, there."
    ),
    Finding.CLOCK: _("The clock of this server differs from the channel's. Have it set right."),
    Finding.UNVERIFIED: _(
        "The channel answered, but not with a key we trust. Upload the channel's current public "
        "key or certificate."
    ),
    Finding.REFUSED: _("The channel refused the request for another reason."),
}
"""What each finding means and what to do about it."""


def said(error: ConfigurationError | BillError) -> str:
    """Return what is wrong in the reader's language; parameters that are msgids too."""
    text = gettext(error.text)
    params = {name: gettext(value) if value else "" for name, value in error.params.items()}
    return text % params if params else text
