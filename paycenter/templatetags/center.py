"""Template filters of the operators' pages: the same words and forms as in the lists."""

from datetime import datetime

from django import template
from django.db.models import Model
from django.utils.safestring import SafeString

from merchants.models import ChannelMerchant
from paycenter.operators import columns, words
from transactions.models import Payment
from transactions.templatetags.payer import yuan

register = template.Library()
register.filter(yuan)


@register.filter
def moment(value: datetime | None) -> str:
    """Write a moment to the second, in Chinese time."""
    return columns.EMPTY if value is None else columns.moment(value)


@register.filter
def copyable(number: str | None) -> str:
    """Show a number with a button that copies it."""
    return columns.copyable(number) if number else columns.EMPTY


@register.filter
def page(row: Model) -> str:
    """Return the address of a row's page."""
    return columns.page_of(row)


@register.filter
def channel(owner: ChannelMerchant) -> SafeString:
    """Show the channel of a channel merchant; a sandbox is marked."""
    return columns.channel_name(owner)


@register.filter
def order_state(state: str) -> SafeString:
    """Show an order's state as a label."""
    return columns.word_label(words.ORDER_STATES, state)


@register.filter
def payment_state(payment: Payment) -> SafeString:
    """Show a payment's state as a label; a duplicate payment is marked."""
    return columns.payment_state(payment)


@register.filter
def refund_state(state: str) -> SafeString:
    """Show a refund's state as a label."""
    return columns.word_label(words.REFUND_STATES, state)


@register.filter
def visible_ends(line: str) -> str:
    """Show what stands invisibly at the ends of a line: blanks and the line feed."""
    body = line.rstrip("\n ")
    ends = line[len(body) :].translate({10: "↵", 32: "·"})
    text = body.lstrip(" ")
    return "·" * (len(body) - len(text)) + text + ends
