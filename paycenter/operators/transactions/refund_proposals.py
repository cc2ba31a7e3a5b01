"""What people find out about stuck refunds: one proposes what is true, another decides."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from paycenter.kernel.approvals import Decision
from paycenter.kernel.money import format_yuan
from paycenter.operators import columns
from paycenter.operators.audit.audited import AuditedAdmin
from paycenter.operators.base import RecordAdmin
from paycenter.operators.confirm import CHANGED_MEANWHILE, done, refused
from paycenter.operators.decisions import DecidedAdmin, Matter
from paycenter.operators.filters import COMPANY, CREATED, STATE
from paycenter.operators.finding import refunds_by
from paycenter.operators.form_page import form_page
from paycenter.operators.theme import SelectWidget, TextInputWidget
from paycenter.operators.words import PROPOSAL_STATES
from transactions.models import Refund, RefundProposal
from transactions.services.refund_proposals import Found, decide_proposal, is_current, propose


class ProposalForm(forms.Form):
    """What is true, and how the person knows. ``version`` is that of the row it was shown for."""

    solution = forms.ChoiceField(
        label=_("what is true"),
        choices=[("", "—"), *RefundProposal.Solution.choices],
        widget=SelectWidget(),
        help_text=_(
            "Look at the channel first. Money that is sent again although it went back is lost."
        ),
    )
    explanation = forms.CharField(
        label=_("how you know"),
        max_length=200,
        widget=TextInputWidget(),
        help_text=_("Kept in the history with your name."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput())


def propose_by_hand(admin: AuditedAdmin, request: HttpRequest, refund: Refund) -> HttpResponse:
    """Take in what a person found out about a refund; somebody else decides."""
    form = ProposalForm(request.POST or None, initial={"version": refund.version})
    if not form.is_valid():
        return form_page(
            admin,
            request,
            form,
            title=_("Say what became of it"),
            button=_("Propose"),
            back_url=columns.page_of(refund),
            about=f"{refund} · {refund.payment.serial_no}",
            explanation=_(
                "The channel cannot say what became of this refund, or cannot return the money by "
                "itself. Somebody else decides about what you found out."
            ),
        )
    given = form.cleaned_data
    found = Found(
        RefundProposal.Solution(given["solution"]),
        request.user.get_username(),
        given["explanation"],
        version=given["version"],
    )
    if propose(refund.refund_serial_no, found) is None:
        return refused(request, refund, CHANGED_MEANWHILE)
    admin.log_change(request, refund, found.solution.label, reason=found.explanation)
    return done(request, refund, _("Proposed. Somebody else has to agree."))


@admin.register(RefundProposal)
class RefundProposalAdmin(DecidedAdmin, RecordAdmin):
    """Read-only; decided about by somebody else than who proposed it."""

    asker = "proposed_by"
    list_display = (
        "refund_link",
        "merchant",
        "amount_yuan",
        "solution",
        "state_label",
        "proposed_by",
        "created",
    )
    list_select_related = ("merchant", "refund__payment")
    list_filter = (STATE, COMPANY, CREATED)
    search_fields = ("refund__refund_serial_no",)
    search_help_text = _("Any number of an order, payment or refund")
    fields = (
        "refund_link",
        "merchant",
        "amount_yuan",
        "solution",
        "explanation",
        "proposed_by",
        "state_label",
        "decided_by",
        "created",
    )
    readonly_fields = ("refund_link", "amount_yuan", "state_label", "created")
    actions_detail = ("approve", "refuse")

    refund_link = columns.link_column("refund", _("refund"))
    amount_yuan = columns.yuan_column("refund.amount", _("amount (yuan)"))
    state_label = columns.label_column("state", _("state"), PROPOSAL_STATES)
    created = columns.moment_column("created_at", _("proposed at"))

    def find(self, number: str) -> list[int]:
        """Find them by any number of their refund's, its payment's or its order's."""
        found = RefundProposal.objects.filter(refund__in=refunds_by(number))
        return list(found.values_list("pk", flat=True))

    def waits(self, row: RefundProposal) -> bool:
        """Whether it waits, and its refund is still as it was looked at."""
        return is_current(row)

    def version_of(self, row: RefundProposal) -> int:
        """Return the row's id: what it says never changes."""
        return row.pk

    def matter(self, row: RefundProposal) -> Matter:
        """Return what would be believed about which refund, and on whose word."""
        refund = row.refund
        facts: list[tuple[Any, Any]] = [
            (_("amount (yuan)"), format_yuan(refund.amount)),
            (_("refund"), columns.link(refund)),
            (_("payment"), columns.link(refund.payment)),
            (_("what is true"), row.get_solution_display()),
            (_("how that is known"), row.explanation),
            (_("proposed by"), row.proposed_by),
        ]
        return Matter(facts=facts)

    def decided(self, row: RefundProposal, decision: Decision) -> bool:
        """Have what was proposed booked or sent, or refuse it. A sweep sends within seconds."""
        return decide_proposal(row.pk, decision)
