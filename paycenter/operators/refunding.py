"""Asking for a refund on a payment's page, and what the second person sees of it."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from gateway.tasks import channel_queue
from paycenter.kernel.errors import Problem
from paycenter.kernel.hints import publish_hint
from paycenter.kernel.money import format_yuan
from paycenter.kernel.texts import printable
from paycenter.operators import columns
from paycenter.operators.audit.audited import AuditedAdmin
from paycenter.operators.confirm import done
from paycenter.operators.decisions import Matter
from paycenter.operators.fields import YuanField
from paycenter.operators.form_page import form_page
from paycenter.operators.reasons import in_words
from paycenter.operators.theme import FileWidget, SelectWidget, TextInputWidget
from transactions.lifecycle import RefundState
from transactions.models import Payment, Refund
from transactions.services.refund_approvals import RefundWish, ask_for_refund
from transactions.tasks import send_refund

BY_CHANNEL, OFFLINE = "channel", "offline"
LARGEST_PROOF = 5 * 1024 * 1024
"""Bytes."""
_KINDS = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}


class RefundForm(forms.Form):
    """What a person asks to be returned."""

    amount = YuanField(label=_("amount (yuan)"))
    reason = forms.CharField(
        label=_("reason"),
        max_length=80,
        validators=[printable],
        widget=TextInputWidget(),
        help_text=_("The payer may read it."),
    )
    way = forms.ChoiceField(
        label=_("how it goes back"),
        choices=[
            (BY_CHANNEL, _("by the channel, to where it came from")),
            (OFFLINE, _("outside of the channel: the company has paid it out by itself")),
        ],
        widget=SelectWidget(),
    )
    proof = forms.FileField(
        label=_("proof"),
        required=False,
        widget=FileWidget(),
        help_text=_("Only outside of the channel: a PDF or a picture of the transfer, up to 5 MB."),
    )

    def clean_proof(self) -> Any:
        """Refuse what is no document."""
        file = self.cleaned_data["proof"]
        if file is None:
            return None
        beginning = file.read(8)
        file.seek(0)
        kind = next((kind for start, kind in _KINDS.items() if beginning.startswith(start)), "")
        if not kind or file.size > LARGEST_PROOF:
            raise forms.ValidationError(_("Choose a PDF, PNG or JPEG file of up to 5 MB."))
        file.name = f"proof.{kind}"
        return file

    def clean(self) -> dict[str, Any]:
        """Ask for a proof exactly where one is needed."""
        data = super().clean() or {}
        if data.get("way") == OFFLINE and not data.get("proof") and "proof" not in self.errors:
            self.add_error("proof", _("Upload what proves that the money was paid out."))
        if data.get("way") == BY_CHANNEL and data.get("proof"):
            self.add_error("proof", _("What the channel returns needs no proof: remove the file."))
        return data


def refund_by_hand(admin: AuditedAdmin, request: HttpRequest, payment: Payment) -> HttpResponse:
    """Show the form, then write what was asked for."""
    initial = {"amount": payment.left, "way": BY_CHANNEL}
    form = RefundForm(request.POST or None, request.FILES or None, initial=initial)
    refund = _ask(request, payment, form) if form.is_valid() else None
    if refund is None:
        return form_page(
            admin,
            request,
            form,
            title=_("Refund"),
            button=_("Ask for the refund"),
            back_url=columns.page_of(payment),
            about=f"{payment.merchant} · {payment}",
            explanation=_("%(left)s of %(amount)s yuan can be returned.")
            % {"left": format_yuan(payment.left), "amount": format_yuan(payment.amount)},
        )
    admin.log_change(request, payment, _("Asked for a refund."))
    if refund.state == RefundState.WAITING:
        return done(request, refund, _("It waits for somebody else's approval."))
    hurry(refund)
    return done(request, refund, _("It is being sent to the channel. Look again in a moment."))


def _ask(request: HttpRequest, payment: Payment, form: RefundForm) -> Refund | None:
    """Ask for it; None where it is not possible, which the form then says."""
    given = form.cleaned_data
    wish = RefundWish(
        amount=given["amount"],
        reason=given["reason"],
        asked_by=request.user.get_username(),
        proof=given["proof"],
        proof_name=given["proof"].name if given["proof"] else "",
    )
    try:
        return ask_for_refund(payment.pk, wish)
    except Problem as problem:
        payment.refresh_from_db()
        if problem.code == "refund_exceeds_payment":
            text = _("Only %(left)s yuan can be returned in this way.")
            form.add_error("amount", text % {"left": format_yuan(payment.unshared)})
        else:
            form.add_error(None, in_words(problem.detail))
        return None


def matter_of(refund: Refund) -> Matter:
    """Return what the second person must know: how much of what, who asked and why."""
    payment = refund.payment
    return Matter(
        facts=[
            (_("amount (yuan)"), format_yuan(refund.amount)),
            (_("amount of the payment (yuan)"), format_yuan(payment.amount)),
            (_("returned before (yuan)"), format_yuan(payment.refunded)),
            (_("payment"), columns.link(payment)),
            (_("reason"), refund.reason),
            (_("asked for by"), refund.asked_by or refund.application),
            (
                _("how it goes back"),
                _("outside of the channel; look at the proof on the refund's page")
                if refund.is_offline
                else _("by the channel"),
            ),
        ]
    )


def hurry(refund: Refund) -> None:
    """Ask a worker to send a refund now; if none hears of it, the sweep finds it."""
    if refund.state == RefundState.APPROVED:
        channel = refund.payment.channel_merchant.channel
        publish_hint(send_refund, refund.pk, queue=channel_queue(channel))
