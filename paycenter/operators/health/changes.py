"""The history of the breakers, read-only."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from gateway.models import HealthChange
from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin
from paycenter.operators.filters import COMPANY, CREATED
from paycenter.operators.theme import ChoicesCheckboxFilter
from paycenter.operators.words import BREAKER_STATES, Word


@admin.register(HealthChange)
class HealthChangeAdmin(RecordAdmin):
    """Every change of a breaker."""

    list_display = ("at", "what", "after", "failed", "stays_open", "dry")
    list_select_related = ("merchant", "payment_account")
    list_filter = (
        ("channel", ChoicesCheckboxFilter),
        ("target", ChoicesCheckboxFilter),
        COMPANY,
        CREATED,
    )
    fields = ("at", "what", "before", "after", "failed", "stays_open", "dry")
    readonly_fields = fields

    at = columns.moment_column("created_at", _("at"))
    before = columns.label_column("source", _("from"), BREAKER_STATES)
    after = columns.label_column("target", _("to"), BREAKER_STATES)
    dry = columns.flag_column("dry_run", _("dry run"), Word(_("nothing was refused"), "care"))

    @admin.display(description=_("what"))
    def what(self, change: HealthChange) -> str:
        """Name the account, or the channel and whose platform it is."""
        name = columns.endpoint_name(change.channel, is_sandbox=change.is_sandbox)
        whose = change.payment_account or change.merchant
        return format_html("{} · {}", name, columns.link(whose)) if whose else name

    @admin.display(description=_("failed calls"))
    def failed(self, change: HealthChange) -> str:
        """Say what opened it."""
        if not change.calls:
            return columns.EMPTY
        counts = {"failures": change.failures, "calls": change.calls}
        return str(_("%(failures)s of %(calls)s") % counts)

    @admin.display(description=_("stays open for"))
    def stays_open(self, change: HealthChange) -> str:
        """Say how long the cool-down is."""
        return columns.seconds(change.cool_down * 1000 or None)
