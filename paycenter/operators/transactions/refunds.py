"""Refunds: every return of money with its numbers, and what people do about one."""

from typing import Any

from django.contrib import admin
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from paycenter.kernel.approvals import Decision
from paycenter.operators import columns
from paycenter.operators.bulk.deed import Deed
from paycenter.operators.confirm import row_or_404
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
from paycenter.operators.theme import action
from paycenter.operators.transactions.asking_again import AskAboutRefunds
from paycenter.operators.transactions.refund_proposals import propose_by_hand
from paycenter.operators.words import REFUND_STATES, Word
from transactions.lifecycle import RefundState
from transactions.models import Refund
from transactions.services.refund_approvals import decide_waiting_refund
from transactions.services.refund_proposals import needs_decision


@admin.register(Refund)
class RefundAdmin(DecidedAdmin, ExportedAdmin):
    """Read-only. One that is stuck needs a person's word, and another's agreement."""

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
    actions_detail = ("story", "approve", "refuse", "propose", "get_proof")

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

    def has_proposal_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may work on refunds, as long as this one waits for a person."""
        if not self.holds(request, "transactions.change_refund", object_id):
            return False
        refund = self.get_object(request, str(object_id))
        return refund is None or needs_decision(refund)

    @action(description=_("Say what became of it"), icon="gavel", permissions=["proposal"])
    @needs_proof
    def propose(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take in what a person found out about the refund; somebody else decides."""
        return propose_by_hand(self, request, row_or_404(self, request, object_id))

    def waits(self, row: Refund) -> bool:
        """Whether a refund waits for a second person."""
        return bool(row.state == RefundState.WAITING)

    def matter(self, row: Refund) -> Matter:
        """Return how much of what goes back, who asked and why."""
        return matter_of(row)

    def decided(self, row: Refund, decision: Decision) -> bool:
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
