"""Payments: every attempt with its numbers, and what a person may do about one: ask the channel."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from gateway.tasks import channel_queue
from paycenter.kernel.hints import publish_hint
from paycenter.operators import columns
from paycenter.operators.books.entries import entries_of
from paycenter.operators.bulk.choosing import BulkAdmin
from paycenter.operators.bulk.deed import Deed
from paycenter.operators.confirm import Question, ask, done, refused, row_or_404
from paycenter.operators.exporting.exported import ExportedAdmin
from paycenter.operators.filters import (
    ACCOUNT,
    COMPANY,
    CREATED,
    STATE,
    DuplicateFilter,
    OverdueFilter,
    RepeatFilter,
    channel_at,
    project_at,
)
from paycenter.operators.finding import payments_by
from paycenter.operators.funds.flow import fund_flow
from paycenter.operators.refunding import refund_by_hand
from paycenter.operators.security.proof import needs_proof
from paycenter.operators.splitting.by_hand import split_by_hand
from paycenter.operators.theme import action
from paycenter.operators.transactions.asking_again import ASKED, AskAboutPayments
from paycenter.operators.transactions.closing_many import ClosePayments
from paycenter.operators.words import INVOKE_METHODS, Word
from transactions.lifecycle import PaymentState
from transactions.models import Payment
from transactions.splits.judging import may_be_split_by_hand
from transactions.tasks import sync_payment


@admin.register(Payment)
class PaymentAdmin(BulkAdmin, ExportedAdmin):
    """Read-only. "Ask the channel now" is a hint to a worker; the worker applies what it hears."""

    list_display = (
        "serial_no",
        "order_link",
        "merchant",
        "channel",
        "amount_yuan",
        "state_label",
        "created",
    )
    list_select_related = ("order", "merchant", "channel_merchant")
    list_filter = (
        STATE,
        OverdueFilter,
        DuplicateFilter,
        RepeatFilter,
        channel_at("channel_merchant"),
        COMPANY,
        project_at("payment_account"),
        ACCOUNT,
        CREATED,
    )
    search_fields = ("serial_no",)
    search_help_text = _("Any number of an order, payment, refund or split")
    fieldsets = (
        (
            _("Numbers"),
            {"fields": ("order_link", "serial", "channel_serial", "repeats", "gap")},
        ),
        (
            _("Money"),
            {
                "fields": (
                    "amount_yuan",
                    "currency",
                    "state_label",
                    "settles",
                    "decision",
                    "reserved_yuan",
                    "refunded_yuan",
                    "shared_yuan",
                )
            },
        ),
        (
            _("Way"),
            {"fields": ("merchant", "account", "channel", "method", "payer", "notify_url")},
        ),
        (_("Failure"), {"fields": ("failure_code", "failure_message")}),
        (_("Journal"), {"fields": ("entries",)}),
        (_("Times"), {"fields": ("created", "expires", "paid", "due", "asked")}),
    )
    readonly_fields = (
        "order_link",
        "serial",
        "channel_serial",
        "repeats",
        "gap",
        "amount_yuan",
        "state_label",
        "settles",
        "decision",
        "reserved_yuan",
        "refunded_yuan",
        "shared_yuan",
        "account",
        "channel",
        "method",
        "payer",
        "entries",
        "created",
        "expires",
        "paid",
        "due",
    )
    actions_detail = ("story", "ask_channel", "refund", "split")
    change_form_outer_before_template = "transactions/fund_flow.html"

    order_link = columns.link_column("order", _("order"))
    serial = columns.number_column("serial_no", _("serial number"))
    channel_serial = columns.number_column("channel_serial_no", _("channel serial number"))
    repeats = columns.link_column("repeat_of", _("repeats"))
    account = columns.link_column("payment_account", _("payment account"))
    channel = columns.channel_column("channel_merchant")
    method = columns.word_column("invoke_method", _("invoke method"), INVOKE_METHODS)
    amount_yuan = columns.yuan_column("amount", _("amount (yuan)"))
    reserved_yuan = columns.yuan_column("refund_reserved", _("reserved for refunds (yuan)"))
    refunded_yuan = columns.yuan_column("refunded", _("refunded (yuan)"))
    shared_yuan = columns.yuan_column("shared", _("given to receivers (yuan)"))
    settles = columns.flag_column("settles_order", _("settles the order"), Word(_("yes"), "good"))
    created = columns.moment_column("created_at", _("created at"))
    expires = columns.moment_column("expires_at", _("expires at"))
    paid = columns.moment_column("paid_at", _("paid at"))
    due = columns.moment_column("due_at", _("looked at again"))

    @admin.display(description=_("state"))
    def state_label(self, payment: Payment) -> str:
        """Show the state, and whether the order was paid already."""
        return columns.payment_state(payment)

    @admin.display(description=_("paid twice"))
    def decision(self, payment: Payment) -> str:
        """Show what becomes of a duplicate payment, and lead to where it is decided."""
        if not payment.is_duplicate:
            return columns.EMPTY
        return columns.link(payment.duplicate, payment.duplicate.get_state_display())

    @admin.display(description=_("gap to the repeated attempt"))
    def gap(self, payment: Payment) -> str:
        """Show the gap in seconds."""
        return columns.seconds(payment.repeat_gap_ms)

    @admin.display(description=_("journal entries"))
    def entries(self, payment: Payment) -> str:
        """Show what the ledger has of it."""
        return entries_of(payment)

    @admin.display(description=_("payer"))
    def payer(self, payment: Payment) -> str:
        """Show who pays, recognisable and not usable."""
        return columns.payer_hint(payment)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Draw where the money of a payment that succeeded went."""
        payment: Payment | None = kwargs.get("obj")
        if payment is not None and payment.state == PaymentState.SUCCEEDED:
            context |= {"flow": fund_flow(payment)}
        return super().render_change_form(request, context, *args, **kwargs)

    def find(self, number: str) -> list[int]:
        """Find payments by any number of theirs, their order's or their refunds'."""
        return payments_by(number)

    def bulk_deeds(self) -> tuple[Deed, ...]:
        """Have channels asked about several, or close several."""
        return (AskAboutPayments(), ClosePayments())

    def has_ask_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may work on payments may have a channel asked; who only reads may not."""
        return self.holds(request, "transactions.change_payment", object_id)

    @action(description=_("Story of the order"), icon="receipt_long")
    def story(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go to the story of the payment's order."""
        return columns.to_page(row_or_404(self, request, object_id).order)

    @action(description=_("Ask the channel now"), icon="sync", permissions=["ask"])
    def ask_channel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have a worker ask the channel what became of the payment."""
        payment = row_or_404(self, request, object_id)
        if request.method != "POST":
            return ask(self, request, payment, ASK_CHANNEL)
        queue = channel_queue(payment.channel_merchant.channel)
        if not publish_hint(sync_payment, payment.pk, queue=queue):
            return refused(request, payment, _("No worker could be reached. Try again shortly."))
        self.log_change(request, payment, ASKED)
        return done(request, payment, _("The channel is being asked. Look again in a moment."))

    def has_refund_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may ask for refunds, as long as something is left of the payment."""
        if not self.holds(request, "transactions.add_refund", object_id):
            return False
        payment = self.get_object(request, str(object_id))
        return payment is None or (payment.state == PaymentState.SUCCEEDED and payment.left > 0)

    @action(description=_("Refund"), icon="undo", permissions=["refund"])
    @needs_proof
    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a refund; beyond the company's limit somebody else decides about it."""
        return refund_by_hand(self, request, row_or_404(self, request, object_id))

    def has_split_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may ask for splits, of a payment that was made to be divided by hand."""
        if not self.holds(request, "transactions.add_split", object_id):
            return False
        payment = self.get_object(request, str(object_id))
        return payment is None or may_be_split_by_hand(payment)

    @action(description=_("Split by hand"), icon="call_split", permissions=["split"])
    @needs_proof
    def split(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for shares; somebody else decides about them."""
        return split_by_hand(self, request, row_or_404(self, request, object_id))


ASK_CHANNEL = Question(
    title=_("Ask the channel now"),
    text=_("The channel is asked what became of this payment, and what it answers is applied."),
    button=_("Ask now"),
)
