"""What passed between the center and the channels: evidence, read-only."""

import json

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from gateway.models import Callback, ChannelCall
from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin
from paycenter.operators.filters import ACCOUNT, COMPANY, CREATED, MadeFilter
from paycenter.operators.finding import callbacks_by, calls_by
from paycenter.operators.story.channel import body_text, query_text
from paycenter.operators.theme import ChoicesCheckboxFilter
from paycenter.operators.words import CALLBACK_RESULTS, OPERATIONS, OUTCOMES


@admin.register(ChannelCall)
class ChannelCallAdmin(RecordAdmin):
    """Calls to channels, with secrets and personal data masked when they were recorded."""

    list_display = (
        "at",
        "operation_word",
        "number",
        "channel",
        "outcome_label",
        "status",
        "milliseconds",
        "error_words",
    )
    list_select_related = ("payment_account__channel_merchant",)
    list_defer = ("request_body", "response_body")
    list_filter = (
        ("operation", ChoicesCheckboxFilter),
        ("outcome", ChoicesCheckboxFilter),
        COMPANY,
        ACCOUNT,
        CREATED,
    )
    search_fields = ("number",)
    search_help_text = _("A serial number of a payment or refund")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "at",
                    "operation_word",
                    "our_number",
                    "company",
                    "account",
                    "channel",
                    "outcome_label",
                    "status",
                    "milliseconds",
                    "request_id",
                    "error_words",
                )
            },
        ),
        (_("Request"), {"fields": ("method", "url", "request_block")}),
        (_("Answer"), {"fields": ("answer_block",)}),
    )
    readonly_fields = (
        "at",
        "operation_word",
        "our_number",
        "company",
        "account",
        "channel",
        "outcome_label",
        "error_words",
        "request_block",
        "answer_block",
    )

    at = columns.moment_column("created_at", _("at"))
    operation_word = columns.word_column("operation", _("operation"), OPERATIONS)
    our_number = columns.number_column("number", _("our number"))
    company = columns.link_column("merchant", _("property company"))
    account = columns.link_column("payment_account", _("payment account"))
    channel = columns.channel_column("payment_account.channel_merchant")
    outcome_label = columns.label_column("outcome", _("outcome"), OUTCOMES)
    error_words = columns.reason_column("error", _("error"))
    request_block = columns.block_column("request_body", _("request"))
    answer_block = columns.block_column("response_body", _("answer"))

    def find(self, number: str) -> list[int]:
        """Find the calls about a payment or refund."""
        return calls_by(number)


@admin.register(Callback)
class CallbackAdmin(RecordAdmin):
    """Callbacks as they came, whatever became of them."""

    list_display = ("received", "number", "channel", "result_label", "reason_words", "company")
    list_select_related = ("payment_account__channel_merchant", "merchant")
    list_defer = ("headers", "body", "query")
    list_filter = (
        ("result", ChoicesCheckboxFilter),
        COMPANY,
        ACCOUNT,
        ("received_at", MadeFilter),
    )
    search_fields = ("number",)
    search_help_text = _("A serial number of a payment or refund")
    fields = (
        "received",
        "our_number",
        "company",
        "account",
        "channel",
        "result_label",
        "reason_words",
        "method",
        "query_block",
        "header_block",
        "body_block",
    )
    readonly_fields = (
        "received",
        "our_number",
        "company",
        "account",
        "channel",
        "result_label",
        "reason_words",
        "query_block",
        "header_block",
        "body_block",
    )

    received = columns.moment_column("received_at", _("received at"))
    our_number = columns.number_column("number", _("our number"))
    company = columns.link_column("merchant", _("property company"))
    account = columns.link_column("payment_account", _("payment account"))
    channel = columns.channel_column("payment_account.channel_merchant")
    result_label = columns.label_column("result", _("result"), CALLBACK_RESULTS)
    reason_words = columns.reason_column("reason", _("reason"))

    @admin.display(description=_("query"))
    def query_block(self, callback: Callback) -> str:
        """Show the query."""
        return columns.text_block(query_text(callback))

    @admin.display(description=_("headers"))
    def header_block(self, callback: Callback) -> str:
        """Show the headers."""
        return columns.text_block(json.dumps(callback.headers))

    @admin.display(description=_("body"))
    def body_block(self, callback: Callback) -> str:
        """Show the body as it came."""
        return columns.text_block(body_text(callback))

    def find(self, number: str) -> list[int]:
        """Find the callbacks about a payment or refund."""
        return callbacks_by(number)
