"""Money that was paid twice: what became of it, and what a person decides about what is held."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from paycenter.operators import columns
from paycenter.operators.bulk.choosing import BulkAdmin
from paycenter.operators.bulk.deed import Deed
from paycenter.operators.confirm import CHANGED_MEANWHILE, done, page_context, refused, row_or_404
from paycenter.operators.exporting.exported import ExportedAdmin
from paycenter.operators.filters import COMPANY, CREATED, STATE, channel_at, project_at
from paycenter.operators.finding import duplicates_by
from paycenter.operators.moves import move_lines
from paycenter.operators.security.proof import needs_proof
from paycenter.operators.theme import TextInputWidget, action
from paycenter.operators.transactions.deciding_duplicates import (
    CHANGE,
    WHAT_HAPPENS,
    DecideDuplicates,
)
from paycenter.operators.words import DUPLICATE_STATES
from transactions.models import DuplicatePayment, Move
from transactions.services.duplicate_decisions import (
    Decision,
    Verdict,
    decide_duplicate,
    may_be_decided,
)


class DecisionForm(forms.Form):
    """Why a person decides so. ``version`` is that of the row it was shown for."""

    note = forms.CharField(
        label=_("why"),
        max_length=200,
        widget=TextInputWidget(),
        help_text=_("Kept in the history with your name."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput())


@admin.register(DuplicatePayment)
class DuplicatePaymentAdmin(BulkAdmin, ExportedAdmin):
    """Read-only. What is held may be decided: by a service, under the payment's lock."""

    list_display = (
        "serial_no",
        "order_link",
        "merchant",
        "amount_yuan",
        "returned_yuan",
        "state_label",
        "created",
    )
    list_select_related = ("merchant", "payment__order")
    list_filter = (
        STATE,
        channel_at("payment__channel_merchant"),
        COMPANY,
        project_at("payment__payment_account"),
        CREATED,
    )
    search_fields = ("payment__serial_no",)
    search_help_text = _("Any number of an order, payment or refund")
    fieldsets = (
        (_("Numbers"), {"fields": ("order_link", "payment_link")}),
        (
            _("Money"),
            {"fields": ("amount_yuan", "returned_yuan", "reserved_yuan", "left_yuan")},
        ),
        (_("Way"), {"fields": ("merchant", "channel", "payer")}),
        (_("Decision"), {"fields": ("state_label", "decisions")}),
        (_("Times"), {"fields": ("created",)}),
    )
    readonly_fields = (
        "order_link",
        "payment_link",
        "amount_yuan",
        "returned_yuan",
        "reserved_yuan",
        "left_yuan",
        "channel",
        "payer",
        "state_label",
        "decisions",
        "created",
    )
    actions_detail = ("story", "return_it", "keep_it")

    serial_no = columns.text_column("payment", _("payment"))
    payment_link = columns.link_column("payment", _("payment"))
    order_link = columns.link_column("payment.order", _("order"))
    channel = columns.channel_column("payment.channel_merchant")
    amount_yuan = columns.yuan_column("payment.amount", _("amount (yuan)"))
    returned_yuan = columns.yuan_column("payment.refunded", _("refunded (yuan)"))
    reserved_yuan = columns.yuan_column("payment.refund_reserved", _("reserved for refunds (yuan)"))
    left_yuan = columns.yuan_column("payment.left", _("left (yuan)"))
    state_label = columns.label_column("state", _("decision"), DUPLICATE_STATES)
    created = columns.moment_column("created_at", _("found at"))

    @admin.display(description=_("payer"))
    def payer(self, duplicate: DuplicatePayment) -> str:
        """Show who paid, recognisable and not usable."""
        return columns.payer_hint(duplicate.payment)

    @admin.display(description=_("decisions"))
    def decisions(self, duplicate: DuplicatePayment) -> str:
        """List what was decided, when, by whom and why."""
        return move_lines(Move.Subject.DUPLICATE, duplicate.pk)

    def find(self, number: str) -> list[int]:
        """Find them by any number of their payment's, its order's or its refunds'."""
        return duplicates_by(number)

    def bulk_deeds(self) -> tuple[Deed, ...]:
        """Decide about several."""
        return (DecideDuplicates(Verdict.RETURN), DecideDuplicates(Verdict.KEEP))

    def has_return_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may work on duplicate payments, as long as this one may be returned."""
        return self._may_decide(request, object_id, Verdict.RETURN)

    def has_keep_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may work on duplicate payments, as long as this one may be kept."""
        return self._may_decide(request, object_id, Verdict.KEEP)

    @action(description=Verdict.RETURN.label, icon="undo", permissions=["return"])
    @needs_proof
    def return_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Return what is left of it."""
        return self._decide(request, object_id, Verdict.RETURN)

    @action(description=Verdict.KEEP.label, icon="savings", permissions=["keep"])
    @needs_proof
    def keep_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Keep it, as agreed with the payer."""
        return self._decide(request, object_id, Verdict.KEEP)

    @action(description=_("Story of the order"), icon="receipt_long")
    def story(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go to the story of the order that was paid twice."""
        return columns.to_page(row_or_404(self, request, object_id).payment.order)

    def _decide(self, request: HttpRequest, object_id: str, verdict: Verdict) -> HttpResponse:
        """Show what would happen, then take in what a person decided, and why."""
        duplicate = row_or_404(self, request, object_id)
        form = DecisionForm(request.POST or None, initial={"version": duplicate.version})
        if not form.is_valid():
            context = page_context(self, request, duplicate, verdict.label)
            context |= {
                "form": form,
                "what_happens": WHAT_HAPPENS[verdict],
                "payer": self.payer(duplicate),
            }
            return TemplateResponse(request, "admin/duplicate_decision.html", context)
        given = form.cleaned_data
        decision = Decision(
            verdict, request.user.get_username(), given["note"], version=given["version"]
        )
        if not decide_duplicate(duplicate.payment.serial_no, decision):
            return refused(request, duplicate, CHANGED_MEANWHILE)
        self.log_change(request, duplicate, verdict.label, reason=given["note"])
        return done(request, duplicate, _("It is done as you decided."))

    def _may_decide(self, request: HttpRequest, object_id: Any, verdict: Verdict) -> bool:
        if not self.holds(request, CHANGE, object_id):
            return False
        duplicate = self.get_object(request, str(object_id))
        return duplicate is None or may_be_decided(duplicate, verdict)
