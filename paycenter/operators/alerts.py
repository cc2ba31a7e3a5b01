"""What people must hear about, as rows: read-only."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from notifications.models import Alert
from paycenter.operators import columns
from paycenter.operators.exporting.exported import ExportedAdmin
from paycenter.operators.filters import COMPANY
from paycenter.operators.theme import ChoicesCheckboxFilter, RadioFilter, RangeDateTimeFilter
from paycenter.operators.words import ALERT_RULES, SEVERITIES


class RuleFilter(RadioFilter):
    """Alerts of one rule."""

    title = _("what it is about")
    parameter_name = "rule"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer every rule there is."""
        del request, model_admin
        return [(rule, word.text) for rule, word in ALERT_RULES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the chosen one."""
        del request
        return queryset.filter(rule=self.value()) if self.value() else queryset


@admin.register(Alert)
class AlertAdmin(ExportedAdmin):
    """Alerts in the reader's language, whoever else was told of them."""

    list_display = ("raised", "severity_label", "what", "company")
    list_select_related = ("merchant",)
    list_filter = (
        ("severity", ChoicesCheckboxFilter),
        RuleFilter,
        COMPANY,
        ("raised_at", RangeDateTimeFilter),
    )
    fields = ("raised", "severity_label", "rule_word", "what", "company")
    readonly_fields = ("raised", "severity_label", "rule_word", "what", "company")

    raised = columns.moment_column("raised_at", _("raised at"))
    severity_label = columns.label_column("severity", _("severity"), SEVERITIES)
    rule_word = columns.word_column("rule", _("what it is about"), ALERT_RULES)
    what = columns.text_column("told", _("what happened"))
    company = columns.link_column("merchant", _("property company"))
