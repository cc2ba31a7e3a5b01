"""Split rules: written by one person, approved by another, tried out before and after.

A draft is its author's; everybody else reads it, or writes a version of their own.
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from paycenter.kernel.clock import now
from paycenter.operators import columns
from paycenter.operators.confirm import done
from paycenter.operators.filters import COMPANY, STATE
from paycenter.operators.moves import move_lines
from paycenter.operators.splitting.rule_form import AmountForm, RuleForm
from paycenter.operators.splitting.rule_items import ItemInline, is_authors
from paycenter.operators.splitting.rule_steps import RuleSteps
from paycenter.operators.words import RULE_STATES, Word
from transactions.models import Move, SplitRule
from transactions.models.split import PPM
from transactions.splits import rules
from transactions.splits.terms import max_split_ppm


@admin.register(SplitRule)
class SplitRuleAdmin(RuleSteps):
    """Versions of split rules, newest first."""

    form = RuleForm
    list_display = (
        "name",
        "merchant",
        "channel",
        "state_label",
        "effect",
        "active",
        "written_by",
        "decided_by",
    )
    list_select_related = ("merchant", "channel_merchant")
    list_filter = (STATE, COMPANY)
    search_fields = ("channel_merchant__mchid", "merchant__name")
    autocomplete_fields = ("channel_merchant",)
    ordering = ("-id",)
    sortable_by = ()
    fixed_fields = ("channel_merchant",)
    written = ("channel_merchant", "base", "fee_ppm", "active_from")
    shown = ("merchant", "edition", "state_label", "effect", "most", "written_by", "history")
    inlines = (ItemInline,)
    change_form_outer_after_template = "admin/split_simulator.html"

    name = columns.own_link_column("edition", _("version"))
    channel = columns.channel_column("channel_merchant")
    state_label = columns.label_column("state", _("state"), RULE_STATES)
    effect = columns.flag_column("in_effect", _("in effect"), Word(_("in effect"), "good"))
    active = columns.moment_column("active_from", _("active from"))

    @admin.display(description=_("may be split at most"))
    def most(self, rule: SplitRule) -> str:
        """Show what the channel lets be split of a payment."""
        return columns.percent(max_split_ppm(rule.channel_merchant), PPM)

    @admin.display(description=_("history"))
    def history(self, rule: SplitRule) -> str:
        """List who submitted and decided, when and why."""
        return move_lines(Move.Subject.RULE, rule.pk)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Read with each version whether it is in effect."""
        return rules.with_effect(super().get_queryset(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show what became of a version only once there is one."""
        if obj is None:
            return self.written
        edits = self.has_change_permission(request, obj)
        written = self.written if edits else (*self.written[:-1], "active")
        return (*written, *self.shown)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Besides what is fixed: what services write."""
        return [*super().get_readonly_fields(request, obj), "active", *self.shown]

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Shares are entered once the channel merchant, and so its receivers, is known."""
        return super().get_inlines(request, obj) if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Offer a rule that is active as soon as it is approved."""
        return {"active_from": now(), **super().get_changeform_initial_data(request)}

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Tell the form who writes."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.by = request.user.get_username()
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Store a new version through its service; a draft is saved as it is."""
        if change:
            super().save_model(request, obj, form, change)
        else:
            rules.write_rule(obj, by=request.user.get_username())

    def response_add(
        self, request: HttpRequest, obj: SplitRule, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Go on to the page on which its shares are entered."""
        del post_url_continue
        return done(request, obj, _("The draft is saved. Now enter its shares."))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only drafts are edited, by their authors."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or is_authors(request, obj))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show below the rule what it would make of an amount."""
        rule: Any = self.get_object(request, object_id)
        simulator = _simulator(request, rule) if rule else None
        context = (extra_context or {}) | {"simulator": simulator}
        return super().change_view(request, object_id, form_url, context)


def _simulator(request: HttpRequest, rule: SplitRule) -> dict[str, Any]:
    """Return the form to try a rule with and, for an amount, what becomes of it."""
    form = AmountForm(request.GET if "amount" in request.GET else None)
    simulation = rules.simulate(rule, form.cleaned_data["amount"]) if form.is_valid() else None
    return {"form": form, "simulation": simulation}
