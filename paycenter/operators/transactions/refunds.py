"""Refunds: every return of money with its numbers, and what a person decides about a stuck one."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from paycenter.kernel.approvals import Decision as Approval
from paycenter.operators import columns
from paycenter.operators.bulk.deed import Deed
from paycenter.operators.confirm import CHANGED_MEANWHILE, done, page_context, refused, row_or_404
from paycenter.operators.decisions import DecidedAdmin, Matter
from paycenter.operators.exporting.exported import ExportedAdmin
from paycenter.operators.filters import (
    APPLICATION,
    COMPANY,
    CREATED,
    STATE,
    OverdueFilter,
    channel_at,
    project_at,
)
from paycenter.operators.finding import refunds_by
from paycenter.operators.refunding import hurry, matter_of
from paycenter.operators.security.proof import needs_proof
from paycenter.operators.theme import SelectWidget, TextInputWidget, action
from paycenter.operators.transactions.asking_again import AskAboutRefunds
from paycenter.operators.words import REFUND_STATES, Word
from transactions.lifecycle import RefundState
from transactions.models import Refund
from transactions.services.refund_approvals import decide_waiting_refund
from transactions.services.refund_decisions import (
    Decision,
    Verdict,
    decide_refund,
    may_be_decided,
)


class DecisionForm(forms.Form):
    """What is true, and how the person knows. ``version`` is that of the row it was shown for."""

    verdict = forms.ChoiceField(
        label=_("what is true"),
        choices=[("", "—"), *Verdict.choices],
        widget=SelectWidget(),
        help_text=_(
            "Look at the channel first. Money that is sent again although it went back is lost."
        ),
    )
    note = forms.CharField(
        label=_("how you know"),
        max_length=200,
        widget=TextInputWidget(),
        help_text=_("Kept in the history with your name."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput())


@admin.register(Refund)
class RefundAdmin(DecidedAdmin, ExportedAdmin):
    """Read-only. A refund that waits for a person may be decided: by a service, under its lock."""

    list_display = (
        "refund_serial_no",
        "order_link",
        "merchant",
        "channel",
        "amount_yuan",
        "state_label",
        "waits_for_person",
        "reason",
        "created",
    )
    list_select_related = (
        "merchant",
        "payment__order",
        "payment__channel_merchant",
    )
    list_filter = (
        STATE,
        OverdueFilter,
        "needs_person",
        channel_at("payment__channel_merchant"),
        COMPANY,
        project_at("payment__payment_account"),
        APPLICATION,
        CREATED,
    )
    search_fields = ("refund_serial_no",)
    search_help_text = _("Any number of an order, payment or refund")
    fieldsets = (
        (
            _("Numbers"),
            {
                "fields": (
                    "order_link",
                    "payment_link",
                    "refund",
                    "refund_serial",
                    "channel_refund",
                )
            },
        ),
        (
            _("Money"),
            {
                "fields": (
                    "amount_yuan",
                    "currency",
                    "state_label",
                    "reason",
                    "way",
                    "people",
                    "waits_for_person",
                )
            },
        ),
        (_("Way"), {"fields": ("merchant", "application", "channel", "notify_url")}),
        (_("Failure"), {"fields": ("failure_code", "failure_message")}),
        (_("Times"), {"fields": ("created", "succeeded", "due", "asked")}),
    )
    readonly_fields = (
        "order_link",
        "payment_link",
        "refund",
        "refund_serial",
        "channel_refund",
        "amount_yuan",
        "state_label",
        "way",
        "people",
        "waits_for_person",
        "channel",
        "created",
        "succeeded",
        "due",
    )
    actions_detail = ("story", "approve", "refuse", "decide", "get_proof")

    order_link = columns.link_column("payment.order", _("order"))
    payment_link = columns.link_column("payment", _("payment"))
    refund = columns.number_column("refund_no", _("refund number"))
    refund_serial = columns.number_column("refund_serial_no", _("refund serial number"))
    channel_refund = columns.number_column("channel_refund_no", _("channel refund number"))
    channel = columns.channel_column("payment.channel_merchant")
    amount_yuan = columns.yuan_column("amount", _("amount (yuan)"))
    state_label = columns.label_column("state", _("state"), REFUND_STATES)
    waits_for_person = columns.flag_column(
        "needs_person", _("needs a person at the channel"), Word(_("yes"), "bad")
    )
    created = columns.moment_column("created_at", _("created at"))
    succeeded = columns.moment_column("succeeded_at", _("succeeded at"))
    due = columns.moment_column("due_at", _("looked at again"))

    @admin.display(description=_("how it goes back"))
    def way(self, refund: Refund) -> str:
        """Say whether the channel returns it."""
        return str(_("outside of the channel") if refund.is_offline else _("by the channel"))

    @admin.display(description=_("asked for and decided by"))
    def people(self, refund: Refund) -> str:
        """Show who asked for it and who decided."""
        return " · ".join(filter(None, (refund.asked_by, refund.decided_by))) or columns.EMPTY

    def find(self, number: str) -> list[int]:
        """Find refunds by any number of theirs, their payment's or their order's."""
        return refunds_by(number)

    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may work on refunds, as long as this one waits for a person."""
        if not self.holds(request, "transactions.change_refund", object_id):
            return False
        refund = self.get_object(request, str(object_id))
        return refund is None or may_be_decided(refund)

    @action(description=_("Decide"), icon="gavel", permissions=["decide"])
    @needs_proof
    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take in what a person found out about the refund."""
        refund = row_or_404(self, request, object_id)
        form = DecisionForm(request.POST or None, initial={"version": refund.version})
        if not form.is_valid():
            context = page_context(self, request, refund, _("Decide")) | {"form": form}
            return TemplateResponse(request, "admin/refund_decision.html", context)
        given = form.cleaned_data
        verdict = Verdict(given["verdict"])
        decision = Decision(
            verdict, request.user.get_username(), given["note"], version=given["version"]
        )
        if not decide_refund(refund.refund_serial_no, decision):
            return refused(request, refund, CHANGED_MEANWHILE)
        self.log_change(request, refund, verdict.label, reason=given["note"])
        return done(request, refund, _("It is done as you decided."))

    def waits(self, row: Refund) -> bool:
        """Whether a refund waits for a second person."""
        return bool(row.state == RefundState.WAITING)

    def matter(self, row: Refund) -> Matter:
        """Return how much of what goes back, who asked and why."""
        return matter_of(row)

    def decided(self, row: Refund, decision: Approval) -> bool:
        """Have a refund sent, or booked where the company returned it; or give its money back."""
        return decide_waiting_refund(row.pk, decision)

    def hurry(self, row: Refund) -> None:
        """Have what was approved sent."""
        hurry(Refund.objects.select_related("payment__channel_merchant").get(pk=row.pk))

    def only_alone(self, row: Refund) -> columns.Text:
        """An offline refund is approved by who looked at its proof."""
        return _("Look at its proof first, on its own page.") if row.is_offline else ""

    def bulk_deeds(self) -> tuple[Deed, ...]:
        """Decide about several, or have channels asked about several."""
        return (*super().bulk_deeds(), AskAboutRefunds())

    def has_proof_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever sees the refund, where there is a proof."""
        refund = self.get_object(request, str(object_id))
        return refund is None or bool(refund.proof)

    @action(description=_("Show the proof"), icon="description", permissions=["proof"])
    def get_proof(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Hand over the document that proves an offline refund, as it was uploaded."""
        refund: Refund = row_or_404(self, request, object_id)
        if not refund.proof:
            raise Http404
        self.log_change(request, refund, _("Downloaded the proof."))
        return FileResponse(refund.proof.open("rb"), as_attachment=True)

    @action(description=_("Story of the order"), icon="receipt_long")
    def story(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go to the story of the refund's order."""
        return columns.to_page(row_or_404(self, request, object_id).payment.order)
