"""Splits and their shares: what was sent, and how each part ended."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from gateway.tasks import channel_queue
from paycenter.kernel.approvals import Decision
from paycenter.kernel.hints import publish_hint
from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin, RecordInline
from paycenter.operators.bulk.deed import Deed
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
from paycenter.operators.finding import shares_by, splits_by
from paycenter.operators.splitting.by_hand import matter_of
from paycenter.operators.theme import ChoicesCheckboxFilter
from paycenter.operators.transactions.asking_again import AskAboutSplits
from paycenter.operators.words import SHARE_RESULTS, SPLIT_STATES, Word
from transactions.models import Split, SplitShare
from transactions.split_lifecycle import SplitState
from transactions.splits.by_hand import decide_split
from transactions.tasks import send_split

ANY_NUMBER = _("Any number of an order, payment, refund or split")


class ShareInline(RecordInline):
    """The shares of a split, each with its own end."""

    model = SplitShare
    fields = ("party", "amount_yuan", "returned_yuan", "result_label", "failure_code", "finished")
    readonly_fields = ("party", "amount_yuan", "returned_yuan", "result_label", "finished")

    party = columns.text_column("receiver", _("receiver"))
    amount_yuan = columns.yuan_column("amount", _("amount (yuan)"))
    returned_yuan = columns.yuan_column("returned", _("returned (yuan)"))
    result_label = columns.label_column("result", _("result"), SHARE_RESULTS)
    finished = columns.moment_column("finished_at", _("finished at"))


@admin.register(Split)
class SplitAdmin(DecidedAdmin, ExportedAdmin):
    """Read-only; sent and asked about by workers."""

    list_display = (
        "split_serial_no",
        "payment_link",
        "merchant",
        "channel",
        "amount_yuan",
        "state_label",
        "created",
    )
    list_select_related = ("merchant", "payment__channel_merchant")
    list_filter = (
        STATE,
        OverdueFilter,
        channel_at("payment__channel_merchant"),
        COMPANY,
        project_at("payment__payment_account"),
        APPLICATION,
        CREATED,
    )
    search_fields = ("split_serial_no",)
    search_help_text = ANY_NUMBER
    fieldsets = (
        (
            _("Numbers"),
            {
                "fields": (
                    "payment_link",
                    "serial",
                    "number",
                    "channel_number",
                    "by_rule",
                    "by_hand",
                )
            },
        ),
        (_("Money"), {"fields": ("amount_yuan", "state_label", "frees")}),
        (_("Way"), {"fields": ("merchant", "application", "channel")}),
        (_("Failure"), {"fields": ("failure_code", "failure_message")}),
        (_("Times"), {"fields": ("created", "sent", "finished", "due", "asked")}),
    )
    readonly_fields = (
        "payment_link",
        "serial",
        "number",
        "channel_number",
        "by_rule",
        "by_hand",
        "amount_yuan",
        "state_label",
        "frees",
        "channel",
        "created",
        "sent",
        "finished",
        "due",
    )
    inlines = (ShareInline,)
    actions_detail = ("approve", "refuse")

    payment_link = columns.link_column("payment", _("payment"))
    serial = columns.number_column("split_serial_no", _("split serial number"))
    number = columns.number_column("split_no", _("split number"))
    channel_number = columns.number_column("channel_split_no", _("channel split number"))
    by_rule = columns.text_column("rule", _("rule"))
    channel = columns.channel_column("payment.channel_merchant")
    amount_yuan = columns.yuan_column("amount", _("amount (yuan)"))
    state_label = columns.label_column("state", _("state"), SPLIT_STATES)
    frees = columns.flag_column("release_rest", _("frees the rest"), Word(_("yes")))
    created = columns.moment_column("created_at", _("created at"))
    sent = columns.moment_column("sent_at", _("last sent at"))
    finished = columns.moment_column("finished_at", _("finished at"))
    due = columns.moment_column("due_at", _("looked at again"))

    def find(self, number: str) -> list[int]:
        """Find splits by their numbers, or by any of their payment's."""
        return splits_by(number)

    @admin.display(description=_("by hand"))
    def by_hand(self, split: Split) -> str:
        """Show who asked for it and why, and who decided."""
        told = (split.asked_by, split.reason, split.decided_by)
        return " · ".join(filter(None, told)) or columns.EMPTY

    def waits(self, row: Split) -> bool:
        """Whether a split waits for a second person."""
        return bool(row.state == SplitState.WAITING)

    def matter(self, row: Split) -> Matter:
        """Return the payment, the shares, who asked and why."""
        return matter_of(row)

    def decided(self, row: Split, decision: Decision) -> bool:
        """Have a split sent, or give its money back."""
        return decide_split(row.pk, decision)

    def hurry(self, row: Split) -> None:
        """Have what was approved sent as soon as the channel takes it."""
        if Split.objects.filter(pk=row.pk, state=SplitState.PLANNED).exists():
            channel = row.payment.channel_merchant.channel
            publish_hint(send_split, row.pk, queue=channel_queue(channel))

    def bulk_deeds(self) -> tuple[Deed, ...]:
        """Decide about several, or have channels asked about several."""
        return (*super().bulk_deeds(), AskAboutSplits())


@admin.register(SplitShare)
class SplitShareAdmin(RecordAdmin):
    """What each receiver got."""

    list_display = (
        "split_link",
        "party",
        "merchant",
        "amount_yuan",
        "returned_yuan",
        "result_label",
        "finished",
    )
    list_select_related = ("merchant", "split", "receiver")
    list_filter = (("result", ChoicesCheckboxFilter), COMPANY)
    search_fields = ("split__split_serial_no",)
    search_help_text = ANY_NUMBER
    fieldsets = (
        (_("Numbers"), {"fields": ("split_link", "channel_number")}),
        (
            _("Money"),
            {
                "fields": (
                    "party",
                    "amount_yuan",
                    "returned_yuan",
                    "returning_yuan",
                    "result_label",
                    "description",
                )
            },
        ),
        (_("Way"), {"fields": ("merchant",)}),
        (_("Failure"), {"fields": ("failure_code", "failure_message")}),
        (_("Times"), {"fields": ("finished",)}),
    )
    readonly_fields = (
        "split_link",
        "channel_number",
        "party",
        "amount_yuan",
        "returned_yuan",
        "returning_yuan",
        "result_label",
        "finished",
    )

    split_link = columns.link_column("split", _("split"))
    party = columns.text_column("receiver", _("receiver"))
    channel_number = columns.number_column("channel_share_no", _("channel's number"))
    amount_yuan = columns.yuan_column("amount", _("amount (yuan)"))
    returned_yuan = columns.yuan_column("returned", _("returned (yuan)"))
    returning_yuan = columns.yuan_column("return_reserved", _("being returned (yuan)"))
    result_label = columns.label_column("result", _("result"), SHARE_RESULTS)
    finished = columns.moment_column("finished_at", _("finished at"))

    def find(self, number: str) -> list[int]:
        """Find the shares of the splits a number stands for."""
        return shares_by(number)
