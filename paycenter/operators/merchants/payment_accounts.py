"""Payment accounts: what applications name. One is switched on by a test that it passes."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from gateway.account_test import test_and_activate
from gateway.registry import CHANNELS
from merchants.activation import deactivate
from merchants.models import PaymentAccount
from merchants.switches import switches_over
from paycenter.operators import columns
from paycenter.operators.base import SetupAdmin
from paycenter.operators.confirm import Question, ask, done, refused, row_or_404
from paycenter.operators.desk.ordering import COLLECT
from paycenter.operators.fields import YuanField
from paycenter.operators.health.switches import switch_lines
from paycenter.operators.merchants.routes import routes_table
from paycenter.operators.onboarding.card import MissingCard
from paycenter.operators.onboarding.trial import refund_trial, returnable, trial_page
from paycenter.operators.theme import AutocompleteSelectFilter, ModelForm, action
from paycenter.operators.words import FINDINGS
from transactions.models import Payment


def _was_paid_through(account: PaymentAccount) -> bool:
    company_id = account.channel_merchant.merchant_id  # the index begins with it
    return Payment.objects.filter(merchant_id=company_id, payment_account=account).exists()


class PaymentAccountForm(ModelForm):
    """Amounts in yuan, and a project of the same company."""

    min_amount = YuanField(label=_("smallest amount (yuan)"), initial=1)
    max_amount = YuanField(label=_("largest amount (yuan)"), initial=10_000_000_000)

    def clean(self) -> dict[str, Any]:
        """Refuse another company's project, and limits that leave nothing between them."""
        data = super().clean() or {}
        owner = data.get("channel_merchant") or getattr(self.instance, "channel_merchant", None)
        project = data.get("project")
        if owner and project and project.merchant_id != owner.merchant_id:
            self.add_error("project", _("The project belongs to another company."))
        if data.get("min_amount", 0) > data.get("max_amount", 0):
            self.add_error("max_amount", _("The largest amount is below the smallest."))
        return data


@admin.register(PaymentAccount)
class PaymentAccountAdmin(MissingCard, SetupAdmin):
    """What applications name in a request."""

    form = PaymentAccountForm
    list_display = (
        "payment_no",
        "name",
        "channel",
        "company",
        "project",
        "is_active",
        "finding_label",
    )
    list_select_related = ("channel_merchant__merchant", "project")
    list_filter = (
        "is_active",
        "channel_merchant__channel",
        "channel_merchant__is_sandbox",
        ("channel_merchant__merchant", AutocompleteSelectFilter),
    )
    search_fields = ("payment_no", "name", "appid", "channel_merchant__mchid")
    autocomplete_fields = ("channel_merchant", "project")
    fields = (
        "channel_merchant",
        "project",
        "name",
        "appid",
        "mini_program_appid",
        "min_amount",
        "max_amount",
        "checkout_position",
        "checkout_weight",
    )
    fixed_fields = ("channel_merchant",)
    actions_detail = ("test", "trial", "refund_trial", "switch_off")

    number = columns.number_column("payment_no", _("payment id"))
    channel = columns.channel_column("channel_merchant")
    company = columns.text_column("channel_merchant.merchant", _("property company"))
    finding_label = columns.label_column("finding", _("last test"), FINDINGS)
    tested = columns.moment_column("tested_at", _("last tested at"))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """An account that is being entered has no number yet and was never tested."""
        del request
        if obj is None:
            return self.fields
        shown = ("active_label", "switches", "finding_label", "tested", "routes")
        return ("number", *self.fields, *shown)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Besides what is fixed: what only a test, or a button, changes.

        And app ids that payments were made with: what the channel says of those names them.
        """
        used = obj is not None and _was_paid_through(obj)
        return [
            *super().get_readonly_fields(request, obj),
            *(("appid", "mini_program_appid") if used else ()),
            "number",
            "active_label",
            "switches",
            "finding_label",
            "tested",
            "routes",
        ]

    @admin.display(description=_("active"))
    def active_label(self, account: PaymentAccount) -> str:
        """Say whether applications may use it."""
        if account.is_active:
            return columns.label(_("switched on"), "good")
        return columns.label(_("switched off"), "plain")

    @admin.display(description=_("channel switches that are on"))
    def switches(self, account: PaymentAccount) -> str:
        """Say what refuses its new payments although it is switched on."""
        return switch_lines(switches_over(account))

    @admin.display(description=_("what the center executes"))
    def routes(self, account: PaymentAccount) -> str:
        """Show the request parser's table."""
        return routes_table(account.channel_merchant)

    def has_switch_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may change accounts may switch one on or off."""
        return self.holds(request, "merchants.change_paymentaccount", object_id)

    @action(description=_("Test and activate"), icon="verified", permissions=["switch"])
    def test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask the channel something harmless; an account that works is active from then on."""
        account: PaymentAccount = row_or_404(self, request, object_id)
        if account.channel_merchant.channel not in CHANNELS:
            return refused(request, account, _("This center does not speak to this channel yet."))
        if request.method != "POST":
            return ask(self, request, account, TEST)
        found = test_and_activate(account)
        self.log_change(request, account, str(_("Tested: %s") % found.finding.value))
        return (done if found.works else refused)(request, account, found.explained())

    def has_trial_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may make payment codes."""
        return self.holds(request, COLLECT, object_id)

    @action(description=_("Trial payment"), icon="science", permissions=["trial"])
    def trial(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have the least that the account takes paid through it."""
        return trial_page(self, request, row_or_404(self, request, object_id))

    def has_refund_trial_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may work on refunds, as long as a trial was paid and not given back."""
        if not self.holds(request, "transactions.change_refund", object_id):
            return False
        account = self.get_object(request, str(object_id))
        return account is None or returnable(account) is not None

    @action(
        description=_("Give the trial payment back"),
        icon="undo",
        permissions=["refund_trial"],
        url_path="refund-trial",
    )
    def refund_trial(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give back what a trial took."""
        return refund_trial(self, request, row_or_404(self, request, object_id))

    @action(
        description=_("Switch off"),
        icon="power_settings_new",
        permissions=["switch"],
        url_path="switch-off",
    )
    def switch_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Refuse new payments through the account."""
        account: PaymentAccount = row_or_404(self, request, object_id)
        if request.method != "POST":
            return ask(self, request, account, SWITCH_OFF)
        deactivate(account)
        self.log_change(request, account, _("Switched off."))
        return done(request, account, _("The account takes no new payments any more."))


TEST = Question(
    title=_("Test and activate"),
    text=_(
        "The channel is asked for a payment that does not exist, signed with the account's keys, "
        "and its answer is verified. No money moves. If it works the account is switched on."
    ),
    button=_("Test now"),
)
SWITCH_OFF = Question(
    title=_("Switch off"),
    text=_(
        "Applications can start no new payment through this account. Payments and refunds that are "
        "under way go on. To switch it on again, test it."
    ),
    button=_("Switch off now"),
)
