"""The trial payment of an account: made here, paid with a telephone, given back here."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gateway.tasks import channel_queue
from merchants.models import Application, PaymentAccount
from paycenter.kernel.errors import Problem
from paycenter.kernel.hints import publish_hint
from paycenter.operators.audit.audited import AuditedAdmin
from paycenter.operators.confirm import (
    CHANGED_MEANWHILE,
    Question,
    ask,
    done,
    page_context,
    refused,
)
from paycenter.operators.theme import SelectWidget
from transactions.models import Checkout
from transactions.qr import drawn
from transactions.services.checkouts import checkout_url
from transactions.services.trials import Trial, open_trial, return_trial, trials_of
from transactions.tasks import send_refund

GIVE_BACK = Question(
    title=gettext_lazy("Give the trial payment back"),
    text=gettext_lazy("All of it goes back to whoever paid it. The application is told."),
    button=gettext_lazy("Give it back now"),
)


class TrialForm(forms.Form):
    """Which of the applications that may use the account the trial is an order of."""

    application = forms.ModelChoiceField(
        Application.objects.none(),
        label=gettext_lazy("application"),
        widget=SelectWidget(),
        empty_label=None,
        help_text=gettext_lazy("The trial is an order of it, and it is told of the payment."),
    )

    def __init__(self, account: PaymentAccount, *args: Any) -> None:
        super().__init__(*args)
        self.fields["application"].queryset = applications_of(account)  # type: ignore[attr-defined]


def applications_of(account: PaymentAccount) -> Any:
    """Return the applications through which the account can be paid now."""
    users = Application.objects.filter(grants__payment_account=account, is_active=True)
    return users.order_by("name", "pk")


def trial_page(admin: AuditedAdmin, request: HttpRequest, account: PaymentAccount) -> HttpResponse:
    """Show how the account was tried, or make a trial and show its code in this answer only."""
    form = TrialForm(account, request.POST or None)
    refusal = _refusal(account)
    if refusal:
        return refused(request, account, refusal)
    if not form.is_valid():
        return _page(admin, request, account, form=form)
    application = form.cleaned_data["application"]
    try:
        checkout = open_trial(
            application,
            account,
            subject=_("Trial payment"),
            made_by=request.user.get_username(),
        )
    except Problem:
        return refused(request, account, CHANGED_MEANWHILE)
    if checkout is None:
        return refused(
            request, account, _("There were many trials already. Make an order at the front desk.")
        )
    admin.log_change(request, account, _("Made a trial payment, and showed its code."))
    return _page(admin, request, account, checkout=checkout)


def refund_trial(
    admin: AuditedAdmin, request: HttpRequest, account: PaymentAccount
) -> HttpResponse:
    """Ask first; then have the newest trial that was paid given back."""
    trial = returnable(account)
    if trial is None:
        return refused(request, account, _("No trial payment waits to be given back."))
    if request.method != "POST":
        return ask(admin, request, account, GIVE_BACK)
    try:
        refund = return_trial(trial, reason=_("Trial payment"))
    except Problem:
        return refused(request, account, CHANGED_MEANWHILE)
    publish_hint(send_refund, refund.pk, queue=channel_queue(account.channel_merchant.channel))
    admin.log_change(request, account, _("Gave a trial payment back."))
    return done(request, account, _("The trial payment goes back to whoever paid it."))


def returnable(account: PaymentAccount) -> Trial | None:
    """Return the newest trial of which money is left to give back."""
    trials = trials_of([account]).get(account.pk, [])
    return next((one for one in trials if one.payment and not one.is_returned), None)


def _refusal(account: PaymentAccount) -> str:
    """Say why the account cannot be tried now; blank when it can."""
    owner = account.channel_merchant
    if not (account.is_active and owner.is_active and owner.merchant.is_active):
        return _("It is not switched on. Test and activate it first.")
    if not applications_of(account).exists():
        return _("No application may use the account. Grant it to one first.")
    return ""


def _page(
    admin: AuditedAdmin,
    request: HttpRequest,
    account: PaymentAccount,
    *,
    form: TrialForm | None = None,
    checkout: Checkout | None = None,
) -> HttpResponse:
    context = page_context(admin, request, account, _("Trial payment"))
    context |= {"form": form, "trials": trials_of([account]).get(account.pk, [])}
    if checkout is not None:
        url = checkout_url(checkout)
        context |= {"order": checkout.order, "url": url, "code": drawn(url)}
    return TemplateResponse(request, "admin/trial.html", context)
