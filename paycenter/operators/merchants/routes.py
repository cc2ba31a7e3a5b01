"""What the request parser chooses, shown as a table: operation and invoke method to execution."""

from collections.abc import Iterator

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from gateway.contract import Channel
from gateway.parser import routes_of
from gateway.registry import CHANNELS
from merchants.models import ChannelMerchant
from paycenter.operators import columns
from paycenter.operators.words import INVOKE_METHODS, OPERATIONS, word_of


def routes_table(owner: ChannelMerchant) -> str:
    """Return the table of a channel merchant's channel."""
    channel = CHANNELS.get(owner.channel)
    if channel is None:
        return columns.EMPTY
    titles = (_("Operation"), _("Invoke method"), _("Executed at the channel"))
    head = format_html_join("", "<th>{}</th>", ((title,) for title in titles))
    rows = format_html_join(
        "",
        '<tr><td data-label="{}">{}</td><td data-label="{}">{}</td>'
        '<td data-label="{}"><code>{}</code></td></tr>',
        (_labelled(titles, cells) for cells in _routes(channel)),
    )
    return format_html(
        '<table class="pc-table pc-routes"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>',
        head,
        rows,
    )


def _routes(channel: Channel) -> Iterator[tuple[str, str, str]]:
    """Yield each route in words."""
    for operation, method, execution in routes_of(channel):
        by = word_of(INVOKE_METHODS, method).text if method else _("every one")
        yield str(word_of(OPERATIONS, operation).text), str(by), execution


def _labelled(titles: tuple[str, ...], cells: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text for pair in zip(titles, cells, strict=True) for text in pair)
