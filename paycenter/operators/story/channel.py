"""What passed between the center and the channel: calls out, callbacks in."""

from django.utils.translation import gettext as _

from gateway.masking import masked_form
from gateway.models import Callback, ChannelCall
from gateway.registry import channel_of
from paycenter.operators.columns import page_of, word_label
from paycenter.operators.reasons import in_words
from paycenter.operators.story.entry import Entry, Fact, evidence, facts
from paycenter.operators.story.rows import Rows
from paycenter.operators.words import CALLBACK_RESULTS, OPERATIONS, OUTCOMES, word_of


def entries(rows: Rows) -> list[Entry]:
    """Return every call and every callback."""
    return [*map(_called, rows.calls), *map(_called_back, rows.callbacks)]


def _called(call: ChannelCall) -> Entry:
    return Entry(
        at=call.created_at,
        order=(3, call.pk),
        kind="call",
        icon="north_east",
        title=_("Call to the channel: %(operation)s")
        % {"operation": word_of(OPERATIONS, call.operation).text},
        label=word_label(OUTCOMES, call.outcome),
        url=page_of(call),
        facts=facts(
            Fact(_("Number"), call.number),
            Fact(_("HTTP status"), str(call.status or "")),
            Fact(_("Took"), _("%(count)s ms") % {"count": call.milliseconds}),
            Fact(_("Channel's request id"), call.request_id),
            Fact(_("Error"), in_words(call.error)),
        ),
        evidence=(
            *evidence(f"{_('Request')} {call.method} {call.url}", call.request_body),
            *evidence(_("Answer"), call.response_body),
        ),
    )


def _called_back(callback: Callback) -> Entry:
    return Entry(
        at=callback.received_at,
        order=(4, callback.pk),
        kind="callback",
        icon="south_west",
        title=_("Callback of the channel"),
        label=word_label(CALLBACK_RESULTS, callback.result),
        url=page_of(callback),
        facts=facts(
            Fact(_("Number"), callback.number), Fact(_("Reason"), in_words(callback.reason))
        ),
        evidence=(
            *evidence(_("Query as received"), query_text(callback)),
            *evidence(_("Body as received"), body_text(callback)),
        ),
    )


def body_text(callback: Callback) -> str:
    """Return a callback's body as text, what a form would give away masked.

    Bytes that are no text show as a replacement mark. ``payment_account.channel_merchant`` must be
    loaded with it.
    """
    text = bytes(callback.body).decode("utf-8", "replace")
    if "form" not in callback.headers.get("content-type", ""):
        return text
    return masked_form(text, _masked_fields(callback))


def query_text(callback: Callback) -> str:
    """Return a callback's query, masked likewise."""
    return masked_form(callback.query, _masked_fields(callback))


def _masked_fields(callback: Callback) -> frozenset[str]:
    return channel_of(callback.payment_account.channel_merchant.channel).masked_fields
