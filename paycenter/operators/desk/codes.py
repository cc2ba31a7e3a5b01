"""Collection codes: made here, printed, hung up at a desk, and switched off in the end."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from paycenter.kernel.money import format_yuan
from paycenter.kernel.texts import printable
from paycenter.operators import columns
from paycenter.operators.base import SetupAdmin
from paycenter.operators.confirm import row_or_404
from paycenter.operators.desk.payee_field import NOTHING_PAYABLE, PayeeField
from paycenter.operators.desk.payees import Payee
from paycenter.operators.desk.posters import code_poster
from paycenter.operators.fields import YuanField
from paycenter.operators.filters import COMPANY
from paycenter.operators.roles.held import Person
from paycenter.operators.theme import AutocompleteSelectFilter, ModelForm, action
from transactions.models import CollectionCode
from transactions.qr import drawn
from transactions.services.desk_orders import collect_url

TEXTS = ("place", "subject", "fee_type", "room")


class CollectionCodeForm(ModelForm):
    """The company and its application are chosen together, once, by ``reader``."""

    reader: Person = AnonymousUser()
    payee = PayeeField()
    amount = YuanField(
        label=_("Amount (yuan)"), required=False, help_text=_("Blank: the payer enters it.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "payee" in self.fields:
            self.fields["payee"].reader = self.reader  # type: ignore[attr-defined]
        for name in TEXTS:
            if name in self.fields:
                self.fields[name].validators.append(printable)

    def clean(self) -> dict[str, Any]:
        """Refuse another company's project, and an active code that nobody could pay by."""
        data = super().clean() or {}
        payee = data.get("payee") or self._known_payee()
        if payee is None:
            return data
        self.instance.merchant, self.instance.application = payee.merchant, payee.application
        project = data.get("project")
        if project and project.merchant_id != payee.merchant.pk:
            self.add_error("project", _("The project belongs to another company."))
        if data.get("is_active", True) and "amount" in data:
            self._check_payable(payee, data["amount"])
        return data

    def _check_payable(self, payee: Payee, amount: int | None) -> None:
        limits = payee.limits
        if not limits.spans:
            self.add_error(None, NOTHING_PAYABLE)
        elif amount and (refusal := limits.refusal(amount)):
            self.add_error("amount", refusal)

    def _known_payee(self) -> Payee | None:
        code = self.instance
        return Payee(code.merchant, code.application) if code.pk else None


@admin.register(CollectionCode)
class CollectionCodeAdmin(SetupAdmin):
    """What payers are asked for is fixed by the first order: the print would say something else."""

    form = CollectionCodeForm
    list_display = ("place", "merchant", "project", "subject", "amount_yuan", "is_active")
    list_select_related = ("merchant", "project")
    list_filter = ("is_active", COMPANY, ("project", AutocompleteSelectFilter))
    search_fields = ("place", "subject", "room")
    autocomplete_fields = ("project",)
    actions_detail = ("poster",)

    company = columns.link_column("merchant", _("property company"))
    of_application = columns.link_column("application", _("application"))
    created = columns.moment_column("created_at", _("created at"))

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Tell the form, which is made for this request, who fills it in."""
        form: Any = super().get_form(request, *args, **kwargs)
        form.reader = request.user
        return form

    def get_fields(self, request: HttpRequest, obj: CollectionCode | None = None) -> Any:
        """A code that is being entered has nothing to print yet."""
        del request
        if obj is None:
            return ("payee", "project", "place", "subject", "amount", "room", "fee_type")
        amount = "amount_yuan" if _is_used(obj) else "amount"
        entered = ("project", "place", "subject", amount, "room", "fee_type", "is_active")
        return ("company", "of_application", *entered, "code", "address", "created")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Fix whom a code collects for, and what payers are asked for once somebody was."""
        used = obj is not None and _is_used(obj)
        return [
            *super().get_readonly_fields(request, obj),
            *(("payee",) if obj is not None else ()),
            *(("project", "subject", "amount", "room", "fee_type") if used else ()),
            *("company", "of_application", "amount_yuan", "code", "address", "created"),
        ]

    @admin.display(description=_("amount (yuan)"))
    def amount_yuan(self, code: CollectionCode) -> str:
        """Show the amount, or who says it."""
        return format_yuan(code.amount) if code.amount else str(_("the payer enters it"))

    @admin.display(description=_("QR code"))
    def code(self, code: CollectionCode) -> str:
        """Draw the code."""
        return format_html('<div class="pc-code">{}</div>', drawn(collect_url(code)))

    @admin.display(description=_("address"))
    def address(self, code: CollectionCode) -> str:
        """Show what the code stands for."""
        return columns.copyable(collect_url(code))

    @action(description=_("Print"), icon="print", permissions=["view"])
    def poster(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the page to hang up."""
        return code_poster(request, row_or_404(self, request, object_id))


def _is_used(code: CollectionCode) -> bool:
    return code.checkouts.exists()
