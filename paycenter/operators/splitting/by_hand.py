"""Asking for a split by hand on a payment's page, and what the second person sees of it."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from paycenter.kernel.errors import Problem
from paycenter.kernel.money import format_yuan
from paycenter.kernel.texts import printable
from paycenter.operators import columns
from paycenter.operators.audit.audited import AuditedAdmin
from paycenter.operators.confirm import done, page_context
from paycenter.operators.decisions import Matter
from paycenter.operators.fields import YuanField
from paycenter.operators.reasons import in_words
from paycenter.operators.theme import SelectWidget, TextInputWidget
from transactions.models import Payment, Receiver, Split
from transactions.services.commands import ShareCommand
from transactions.split_lifecycle import BindingState
from transactions.splits.by_hand import SplitWish, ask_for_split
from transactions.splits.judging import shared_so_far
from transactions.splits.terms import most_shared, required_terms

ROWS = 10
"""Shares one form takes at most; a channel may allow fewer."""
_TOO_MUCH = _("Only %(left)s yuan of the payment may still be split.")
_NOTHING = _("Enter at least one share.")


class ShareForm(forms.Form):
    """One share. A row without a receiver and an amount is left out."""

    receiver = forms.ModelChoiceField(
        Receiver.objects.none(), label=_("receiver"), required=False, widget=SelectWidget()
    )
    amount = YuanField(label=_("amount (yuan)"), required=False)
    description = forms.CharField(
        label=_("description"),
        max_length=80,
        required=False,
        validators=[printable],
        widget=TextInputWidget(),
    )

    def __init__(self, *args: Any, receivers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["receiver"].queryset = receivers  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse half a share."""
        data = super().clean() or {}
        given = {name for name in ("receiver", "amount", "description") if data.get(name)}
        for name in ("receiver", "amount", "description"):
            if given and name not in given and name not in self.errors:
                self.add_error(name, _("A share needs a receiver, an amount and a description."))
        return data

    def command(self) -> ShareCommand | None:
        """Return the share, None for an empty row."""
        receiver = self.cleaned_data.get("receiver")
        if receiver is None:
            return None
        given = self.cleaned_data
        return ShareCommand(receiver.receiver_no, given["amount"], given["description"])


class WishForm(forms.Form):
    """What holds for all shares."""

    release_rest = forms.BooleanField(
        label=_("free the rest for the company"),
        required=False,
        help_text=_("The payment cannot be split again then."),
    )
    reason = forms.CharField(
        label=_("why"),
        max_length=200,
        validators=[printable],
        widget=TextInputWidget(),
        help_text=_("Whoever decides reads it."),
    )


def split_by_hand(admin: AuditedAdmin, request: HttpRequest, payment: Payment) -> HttpResponse:
    """Show the form, then write what was asked for."""
    form = WishForm(request.POST or None)
    shares = _share_forms(request, payment)
    if form.is_valid() and shares.is_valid():
        commands = tuple(filter(None, (share.command() for share in shares)))
        if not commands:
            form.add_error(None, _NOTHING)
        else:
            split = _ask(request, payment, commands, form)
            if split is not None:
                admin.log_change(request, payment, _("Asked to split it by hand."))
                return done(request, split, _("It waits for somebody else's approval."))
    context = page_context(admin, request, payment, _("Split by hand"))
    context |= {"form": form, "shares": shares, "facts": _facts(payment)}
    return TemplateResponse(request, "admin/split_by_hand.html", context)


def _ask(
    request: HttpRequest, payment: Payment, shares: tuple[ShareCommand, ...], form: WishForm
) -> Split | None:
    """Ask for it; None where it is not possible, which the form then says."""
    given = form.cleaned_data
    by = request.user.get_username()
    try:
        wish = SplitWish(shares, given["release_rest"], by, given["reason"])
        return ask_for_split(payment.pk, wish)
    except Problem as problem:
        for detail in _details(problem, payment):
            form.add_error(None, detail)
        return None


def _details(problem: Problem, payment: Payment) -> list[str]:
    """Say why it is not possible in the operator's words: amounts in yuan."""
    if problem.code == "split_exceeds_payment":
        payment.refresh_from_db()
        return [_TOO_MUCH % {"left": format_yuan(_still(payment))}]
    return [in_words(error.detail) for error in problem.errors] or [in_words(problem.detail)]


def _share_forms(request: HttpRequest, payment: Payment) -> Any:
    own = Receiver.objects.filter(channel_merchant=payment.channel_merchant)
    receivers = own.filter(state=BindingState.BOUND).order_by("label", "pk")
    most = min(required_terms(payment).most_shares, ROWS)
    shown = max(min(most, receivers.count()), 1)
    rows = forms.formset_factory(ShareForm, extra=shown, max_num=shown, absolute_max=most)
    return rows(request.POST or None, prefix="shares", form_kwargs={"receivers": receivers})


def _facts(payment: Payment) -> list[tuple[Any, str]]:
    return [
        (_("amount (yuan)"), format_yuan(payment.amount)),
        (_("given to receivers (yuan)"), format_yuan(payment.shared)),
        (_("may still be split (yuan)"), format_yuan(_still(payment))),
    ]


def _still(payment: Payment) -> int:
    """Return how many fen may still be given to receivers."""
    allowed = most_shared(payment) - shared_so_far(payment)
    return max(min(allowed, payment.unshared), 0)


def matter_of(split: Split) -> Matter:
    """Return what the second person must know: the payment, the shares, who asked and why."""
    return Matter(
        facts=[
            (_("payment"), split.payment.serial_no),
            (_("amount of the payment (yuan)"), format_yuan(split.payment.amount)),
            (_("frees the rest"), _("yes") if split.release_rest else _("no")),
            (_("asked for by"), split.asked_by),
            (_("reason"), split.reason or columns.EMPTY),
        ],
        heads=(_("receiver"), _("description"), _("amount (yuan)")),
        cells=[
            (share.receiver, share.description, format_yuan(share.amount))
            for share in split.shares.select_related("receiver")
        ],
    )
