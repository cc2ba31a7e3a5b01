"""Channel bills: which there are, what is wrong with one, and what a person does about it."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from gateway.bill_messages import BillKind
from merchants.models import AuditEvent, ChannelMerchant
from paycenter.kernel.clock import business_date, now
from paycenter.kernel.money import format_yuan
from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin
from paycenter.operators.confirm import Question, ask, done, refused, row_or_404
from paycenter.operators.filters import COMPANY, STATE
from paycenter.operators.finding import bill_lines_by
from paycenter.operators.form_page import form_page
from paycenter.operators.roles.scoping import reached
from paycenter.operators.theme import (
    AutocompleteSelectFilter,
    ChoicesCheckboxFilter,
    DateInput,
    FileWidget,
    RangeDateFilter,
    SelectWidget,
    action,
)
from paycenter.operators.words import BILL_OUTCOMES, BILL_STATES, MOVEMENTS, RUN_STATES
from transactions.bills import loading, receiving
from transactions.bills.uploading import MAX_UPLOAD_BYTES, SameFile, upload_bill
from transactions.models import BillLine, ChannelBill

ADD = "transactions.add_channelbill"
SUMS = {
    "amount": _("payments"),
    "refund_amount": _("refunds"),
    "fee": _("fees"),
    "income": _("income"),
    "expense": _("expense"),
}
"""Which sums of a bill are shown, and what they are of."""


class UploadForm(forms.Form):
    """A file that somebody got from the channel's console."""

    channel_merchant = forms.ModelChoiceField(
        label=_("channel merchant"), queryset=ChannelMerchant.objects.none(), widget=SelectWidget()
    )
    kind = forms.ChoiceField(
        label=_("kind"), choices=ChannelBill.KINDS, widget=SelectWidget(), initial=BillKind.TRADE
    )
    day = forms.DateField(label=_("date"), widget=DateInput())
    file = forms.FileField(
        label=_("file"),
        widget=FileWidget(),
        help_text=_("As the channel gave it, packed or not. It is checked like one downloaded."),
    )

    def __init__(self, *args: Any, owners: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel_merchant"].queryset = owners  # type: ignore[attr-defined]

    def clean_day(self) -> date:
        """Only a day that is over has a bill."""
        day: date = self.cleaned_data["day"]
        if day >= business_date(now()):
            raise forms.ValidationError(_("A channel bill is made when its day is over."))
        return day

    def clean_file(self) -> Any:
        """Refuse what no bill can be."""
        file = self.cleaned_data["file"]
        if file.size > MAX_UPLOAD_BYTES:
            raise forms.ValidationError(_("The file is too large to be a channel bill."))
        return file


@admin.register(ChannelBill)
class ChannelBillAdmin(RecordAdmin):
    """One row per channel merchant, day, kind and revision."""

    list_display = (
        "day",
        "owner",
        "merchant",
        "kind_label",
        "revision",
        "state_label",
        "line_count",
        "sums",
        "wrong",
    )
    list_select_related = ("merchant", "channel_merchant")
    list_filter = (
        STATE,
        ("kind", ChoicesCheckboxFilter),
        COMPANY,
        ("channel_merchant", AutocompleteSelectFilter),
        ("bill_date", RangeDateFilter),
    )
    search_fields = ("lines__number",)
    search_help_text = _("Any number of an order, payment or refund, or the channel's")
    fieldsets = (
        (
            _("Channel bill"),
            {"fields": ("owner", "merchant", "day", "kind_label", "revision", "state_label")},
        ),
        (_("Content"), {"fields": ("line_count", "sums", "lines_link", "runs")}),
        (_("File"), {"fields": ("file_name", "size", "sha256", "uploaded_by")}),
        (_("What is wrong with it"), {"fields": ("wrong",)}),
        (_("Times"), {"fields": ("asked", "due", "received", "loaded")}),
    )
    readonly_fields = (
        "owner",
        "day",
        "kind_label",
        "state_label",
        "sums",
        "lines_link",
        "runs",
        "wrong",
        "due",
        "received",
        "loaded",
    )
    actions_list = ("upload",)
    actions_detail = ("ask_again", "read_again", "get_file")

    owner = columns.text_column("channel_merchant", _("channel merchant"))
    state_label = columns.label_column("state", _("state"), BILL_STATES)
    due = columns.moment_column("due_at", _("due at"))
    received = columns.moment_column("received_at", _("received at"))
    loaded = columns.moment_column("loaded_at", _("read at"))

    @admin.display(description=_("date"))
    def day(self, bill: ChannelBill) -> str:
        """Write the day as everywhere."""
        return bill.bill_date.isoformat()

    @admin.display(description=_("kind"))
    def kind_label(self, bill: ChannelBill) -> str:
        """Say what it lists."""
        return bill.get_kind_display()

    @admin.display(description=_("sums (yuan)"))
    def sums(self, bill: ChannelBill) -> str:
        """Show what it adds up to."""
        shown = [(name, bill.totals.get(key)) for key, name in SUMS.items()]
        parts = [(name, format_yuan(amount)) for name, amount in shown if amount]
        return format_html_join(" · ", "{} {}", parts) or columns.EMPTY

    @admin.display(description=_("what is wrong with it"))
    def wrong(self, bill: ChannelBill) -> str:
        """Say what is wrong, in the reader's language."""
        return bill.told_error or columns.EMPTY

    @admin.display(description=_("lines"))
    def lines_link(self, bill: ChannelBill) -> str:
        """Lead to its lines."""
        if not bill.line_count:
            return columns.EMPTY
        url = reverse("admin:transactions_billline_changelist")
        text = _("Show the lines")
        return format_html(
            '<a class="pc-link" href="{}?channel_bill__id__exact={}">{}</a>', url, bill.pk, text
        )

    @admin.display(description=_("reconciliations"))
    def runs(self, bill: ChannelBill) -> str:
        """Lead to the runs over it."""
        rows = bill.reconciliations.order_by("pk")[:20]
        lines = [
            (
                columns.link(run, columns.moment(run.created_at)),
                columns.word_label(RUN_STATES, run.state),
            )
            for run in rows
        ]
        return format_html_join("", '<p class="pc-line">{} {}</p>', lines) or columns.EMPTY

    def find(self, number: str) -> list[int]:
        """Find the bills that have a line with this number."""
        lines = BillLine.objects.filter(pk__in=bill_lines_by(number))
        return list(lines.values_list("channel_bill_id", flat=True))

    def has_upload_permission(self, request: HttpRequest) -> bool:
        """Whoever may add channel bills may upload them."""
        return request.user.has_perm(ADD)

    def has_again_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may work on channel bills, as long as this one waits for its file."""
        return self._may(request, object_id, ChannelBill.State.WANTED)

    def has_reread_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may work on channel bills, as long as this one could not be used."""
        return self._may(request, object_id, ChannelBill.State.UNUSABLE)

    @action(description=_("Upload a channel bill"), icon="upload_file", permissions=["upload"])
    def upload(self, request: HttpRequest) -> HttpResponse:
        """Take a file in; it is read by a worker."""
        if not self.has_upload_permission(request):
            raise PermissionDenied
        owners = self._owners(request)
        form = UploadForm(request.POST or None, request.FILES or None, owners=owners)
        if not form.is_valid():
            return form_page(
                self,
                request,
                form,
                title=_("Upload a channel bill"),
                button=_("Upload"),
                back_url=reverse("admin:transactions_channelbill_changelist"),
                explanation=_(
                    "A second file for the same day is a revision: it takes the place of the first."
                ),
            )
        given = form.cleaned_data
        try:
            bill = upload_bill(
                given["channel_merchant"],
                BillKind(given["kind"]),
                given["day"],
                given["file"],
                by=request.user.get_username(),
            )
        except SameFile as same:
            return refused(request, same.bill, _("This very file was received before: here it is."))
        self.log_change(request, bill, _("Uploaded."))
        return done(request, bill, _("The file is kept. A worker reads it within a minute."))

    @action(description=_("Ask for it now"), icon="sync", permissions=["again"])
    def ask_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have the channel asked again at once."""
        bill = row_or_404(self, request, object_id)
        if request.method != "POST":
            return ask(self, request, bill, ASK_AGAIN)
        if not receiving.ask_again(bill):
            return refused(request, bill, _("Something changed meanwhile. Look at it again."))
        self.log_change(request, bill, ASK_AGAIN.title)
        return done(request, bill, _("The channel is asked within a minute."))

    @action(description=_("Read it again"), icon="restart_alt", permissions=["reread"])
    def read_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have a kept file read again."""
        bill = row_or_404(self, request, object_id)
        if request.method != "POST":
            return ask(self, request, bill, READ_AGAIN)
        if not loading.read_again(bill):
            return refused(request, bill, _("There is no file of it to read."))
        self.log_change(request, bill, READ_AGAIN.title)
        return done(request, bill, _("A worker reads it within a minute."))

    @action(description=_("Download the file"), icon="download", permissions=["view"])
    def get_file(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Hand the file over as it was received."""
        bill: ChannelBill = row_or_404(self, request, object_id)
        if not bill.file:
            return refused(request, bill, _("There is no file of it."))
        try:
            file = bill.file.open("rb")
        except FileNotFoundError:
            raise Http404 from None
        self.log_change(request, bill, _("Downloaded the file."), action=AuditEvent.Action.DOWNLOAD)
        return FileResponse(file, as_attachment=True, filename=bill.file_name or "bill")

    def _may(self, request: HttpRequest, object_id: Any, state: str) -> bool:
        if not self.holds(request, "transactions.change_channelbill", object_id):
            return False
        bill = self.get_object(request, str(object_id))
        return bill is None or bill.state == state

    def _owners(self, request: HttpRequest) -> Any:
        owners = reached(request.user, ADD, ChannelMerchant.objects.select_related("merchant"))
        return owners.filter(is_active=True).order_by("merchant", "pk")


ASK_AGAIN = Question(
    title=_("Ask for it now"),
    text=_("The channel is asked for this bill at once, whenever it was to be asked next."),
    button=_("Ask for it"),
)
READ_AGAIN = Question(
    title=_("Read it again"),
    text=_(
        "The file that was kept is read once more: after the number of the merchant was corrected, "
        "or the payment center learned a new form of the channel's."
    ),
    button=_("Read it"),
)


@admin.register(BillLine)
class BillLineAdmin(RecordAdmin):
    """What the channel wrote, line by line."""

    list_display = (
        "line_no",
        "movement_label",
        "number_shown",
        "channel_number",
        "amount_yuan",
        "fee_yuan",
        "change_yuan",
        "outcome_label",
        "at",
    )
    list_select_related = ("channel_bill__channel_merchant",)
    list_filter = (("movement", ChoicesCheckboxFilter), ("outcome", ChoicesCheckboxFilter))
    search_fields = ("number",)
    search_help_text = _("Any number of an order, payment or refund, or the channel's")
    fields = (
        "bill",
        "line_no",
        "movement_label",
        "number_shown",
        "serial_no",
        "channel_number",
        "amount_yuan",
        "fee_yuan",
        "change_yuan",
        "outcome_label",
        "state",
        "at",
        "differences",
    )
    readonly_fields = (
        "bill",
        "movement_label",
        "number_shown",
        "amount_yuan",
        "fee_yuan",
        "change_yuan",
        "outcome_label",
        "at",
        "differences",
    )

    bill = columns.link_column("channel_bill", _("channel bill"))
    movement_label = columns.label_column("movement", _("movement"), MOVEMENTS)
    outcome_label = columns.label_column("outcome", _("outcome"), BILL_OUTCOMES)
    number_shown = columns.text_column("number", _("our number"))
    amount_yuan = columns.yuan_column("amount", _("amount (yuan)"))
    fee_yuan = columns.yuan_column("fee", _("fee (yuan)"))
    change_yuan = columns.yuan_column("change", _("change of the balance (yuan)"))
    at = columns.moment_column("moment", _("at"))

    @admin.display(description=_("differences"))
    def differences(self, line: BillLine) -> str:
        """Lead to what differs, or say that nothing does."""
        found = [(columns.link(row), row.get_state_display()) for row in line.differences.all()]
        return format_html_join("", '<p class="pc-line">{} {}</p>', found) or str(_("none"))

    def find(self, number: str) -> list[int]:
        """Find lines by our number or the channel's."""
        return bill_lines_by(number)

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Let a bill lead to its lines."""
        return lookup == "channel_bill__id__exact" or super().lookup_allowed(lookup, value, request)
