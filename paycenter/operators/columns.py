"""Columns of lists and pages: money in yuan, codes in words, numbers that can be copied.

Each function here makes a display method for a ``ModelAdmin``. The suffix ``_yuan`` of a column's
name aligns it to the right (``paycenter/static/paycenter/admin.css``).
"""

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.db.models import Model
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from gateway.masking import hint
from merchants.channels import NAMES
from merchants.models import ChannelMerchant
from paycenter.kernel import strict_json
from paycenter.kernel.money import format_yuan
from paycenter.operators.reasons import in_words
from paycenter.operators.words import PAYMENT_STATES, Word, Words, word_of
from transactions.models import Payment, SplitRuleItem

EMPTY = "–"
SHOWN_AT_MOST = 8_000
"""Characters of a text as it was sent or received."""

Column = Callable[[Any, Any], str]
Text = str | Promise


def yuan_column(path: str, description: Text) -> Column:
    """Show an integer of fen as yuan with two decimals."""
    return _column(path, description, format_yuan)


def moment_column(path: str, description: Text) -> Column:
    """Show a moment to the second, in Chinese time, on one line."""
    return _column(
        path, description, lambda at: format_html('<span class="pc-one-line">{}</span>', moment(at))
    )


def word_column(path: str, description: Text, words: Words) -> Column:
    """Show a code as plain words."""
    return _column(path, description, lambda code: str(word_of(words, code).text))


def label_column(path: str, description: Text, words: Words) -> Column:
    """Show a code as a coloured label."""
    return _column(path, description, lambda code: word_label(words, code))


def flag_column(path: str, description: Text, yes: Word) -> Column:
    """Show a label where something is so, and nothing where it is not."""
    return _column(path, description, lambda is_so: label(*yes) if is_so else EMPTY)


def reason_column(path: str, description: Text) -> Column:
    """Show a stored reason in words."""
    return _column(path, description, in_words)


def text_column(path: str, description: Text) -> Column:
    """Show a text of a related row."""
    return _column(path, description, str)


def block_column(path: str, description: Text) -> Column:
    """Show a long text as it came."""
    return _column(path, description, text_block)


def number_column(path: str, description: Text) -> Column:
    """Show a number with a button that copies it."""
    return _column(path, description, copyable)


def link_column(path: str, description: Text) -> Column:
    """Show a related row as a link to its page."""
    return _column(path, description, link)


def own_link_column(path: str, description: Text) -> Column:
    """Show a text of the row as a link to the row's own page."""
    read = attrgetter(path)

    def column(_admin: object, row: Any) -> str:
        return link(row, str(read(row)))

    column.short_description = description  # type: ignore[attr-defined]
    return column


def channel_column(path: str) -> Column:
    """Show the channel of a channel merchant; a sandbox is marked."""
    return _column(path, _("channel"), channel_name)


def own_channel_column() -> Column:
    """Show the channel of the channel merchant that is the row itself."""

    def column(_admin: object, row: Any) -> str:
        return channel_name(row)

    column.short_description = _("channel")  # type: ignore[attr-defined]
    return column


def moment(value: datetime) -> str:
    """Write a moment as ``2026-11-22 16:00:07``, in Chinese time."""
    return localtime(value).strftime("%Y-%m-%d %H:%M:%S")


def label(text: Text, colour: str) -> SafeString:
    """Return a coloured label."""
    return format_html('<span class="pc-label pc-{}">{}</span>', colour, text)


def word_label(words: Words, code: str) -> SafeString:
    """Return the coloured label of a code."""
    return label(*word_of(words, code))


def payment_state(payment: Payment) -> SafeString:
    """Return the state of a payment, with a badge when its order was paid already."""
    state = word_label(PAYMENT_STATES, payment.state)
    if not payment.is_duplicate:
        return state
    return format_html("{} {}", state, label(_("duplicate"), "bad"))


def payer_hint(payment: Payment) -> str:
    """Return who pays, recognisable and not usable."""
    given: dict[str, str] = payment.launch.get("payer", {})
    return ", ".join(f"{name} {hint(value)}" for name, value in given.items())


def channel_name(owner: ChannelMerchant) -> SafeString:
    """Return the channel's name, with a badge when no money moves there."""
    return endpoint_name(owner.channel, is_sandbox=owner.is_sandbox)


def endpoint_name(channel: str, *, is_sandbox: bool) -> SafeString:
    """Return the name of a channel by its code, likewise."""
    name = NAMES.get(channel, channel)
    if not is_sandbox:
        return format_html("{}", name)
    return format_html("{} {}", name, label(_("Sandbox"), "sandbox"))


def copyable(number: str) -> SafeString:
    """Return a number in fixed-width type with a button that copies it."""
    return format_html(
        '<span class="pc-number">{0}<button type="button" class="pc-copy" data-copy="{0}" '
        'title="{1}" aria-label="{1}"><span class="material-symbols-outlined">content_copy</span>'
        "</button></span>",
        number,
        _("Copy"),
    )


def text_block(text: str) -> str:
    """Return a text as it came: escaped, JSON indented, of a long one the beginning."""
    if not text:
        return EMPTY
    shown = indented(text)
    cut = _("(it goes on)") if len(shown) > SHOWN_AT_MOST else ""
    return format_html('<pre class="pc-text">{}</pre>{}', shown[:SHOWN_AT_MOST], cut)


def indented(text: str) -> str:
    """Indent JSON; a cut document or another format stays as it is."""
    try:
        document = strict_json.loads(text.encode())
    except strict_json.InvalidJSON:
        return text
    return json.dumps(document, indent=2, ensure_ascii=False)


def link(row: Model, text: str = "") -> SafeString:
    """Return a link to a row's page."""
    return format_html('<a class="pc-link" href="{}">{}</a>', page_of(row), text or str(row))


def to_page(row: Model) -> HttpResponse:
    """Send the browser to a row's page."""
    return HttpResponseRedirect(page_of(row))


def seconds(milliseconds: int | None) -> str:
    """Write a span as seconds with one decimal: ``3.2 s``."""
    if milliseconds is None:
        return EMPTY
    return str(_("%(count)s s") % {"count": f"{milliseconds / 1000:.1f}"})


def part(item: SplitRuleItem) -> str:
    """Write a share as per cent (100000 parts per million are 10%) or as yuan."""
    if item.kind == SplitRuleItem.Kind.FIXED:
        return f"¥{format_yuan(item.value)}"
    return f"{(Decimal(item.value) / 10_000).normalize():f}%"


def percent(part: int, whole: int) -> str:
    """Write a share with one decimal; a share of nothing is a dash."""
    if not whole:
        return EMPTY
    tenths = (part * 1000 + whole // 2) // whole
    return f"{tenths // 10}.{tenths % 10}%"


def page_of(row: Model) -> str:
    """Return the address of a row's page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def _column(path: str, description: Text, show: Callable[[Any], str]) -> Column:
    read = attrgetter(path)

    def column(_admin: object, row: object) -> str:
        value = read(row)
        return EMPTY if value is None or value == "" else show(value)

    column.short_description = description  # type: ignore[attr-defined]
    return column
