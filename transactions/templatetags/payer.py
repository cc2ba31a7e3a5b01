"""Template filters of the payer's pages."""

from datetime import datetime
from typing import Any

from django import template
from django.utils.timezone import localtime
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _

from merchants.models import ChannelMerchant
from paycenter.kernel import strict_json
from paycenter.kernel.money import format_yuan
from transactions.checkout.offers import name_of_way
from transactions.lifecycle import DuplicateState, RefundState
from transactions.models import Payment, Refund

register = template.Library()

_REFUND_WORDS = {
    RefundState.SUCCEEDED: _("Returned to where it came from"),
    RefundState.FAILED: _("Not returned: ask the merchant"),
}
_ON_ITS_WAY = _("On its way back to you")


@register.filter
def yuan(fen: int) -> str:
    """Write fen as yuan with two decimals."""
    return format_yuan(fen)


@register.filter
def moment(value: datetime | None) -> str:
    """Write a moment to the second, in Chinese time; blank where there is none."""
    return f"{localtime(value):%Y-%m-%d %H:%M:%S}" if value else ""


@register.filter
def clock(value: datetime) -> str:
    """Write the time of day, in Chinese time."""
    return f"{localtime(value):%H:%M}"


@register.filter
def json(value: Any) -> str:
    """Write JSON for a script to read out of an attribute."""
    return strict_json.dumps(value)


@register.filter
def translated(text: str) -> str:
    """Return a msgid in the reader's language."""
    return gettext(text)


@register.filter
def own_language(code: str) -> str:
    """Return what speakers of a language call it."""
    return str(get_language_info(code)["name_local"])


@register.filter
def way_name(owner: ChannelMerchant) -> str:
    """Return what a payer calls the channel."""
    return gettext(name_of_way(owner))


@register.filter
def is_returned(payment: Payment) -> bool:
    """Whether all that was paid twice is back at its source."""
    return payment.refunded == payment.amount


@register.filter
def is_returning(payment: Payment) -> bool:
    """Whether what was paid twice goes back to its source."""
    return DuplicateState(payment.duplicate.state) is DuplicateState.RETURN


@register.filter
def payer_refund_state(refund: Refund) -> str:
    """Say where a refund stands, in the payer's words."""
    return str(_REFUND_WORDS.get(RefundState(refund.state), _ON_ITS_WAY))
