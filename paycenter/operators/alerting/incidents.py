"""Incidents: what people were told of, and what a person says to one."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from notifications.alerting import answering
from notifications.alerting.rules import runbook_of
from notifications.models import Heartbeat, Incident, Telling
from paycenter.kernel.clock import now
from paycenter.kernel.texts import printable
from paycenter.operators import columns
from paycenter.operators.alerts import RuleFilter
from paycenter.operators.base import RecordAdmin, RecordInline
from paycenter.operators.columns import page_of
from paycenter.operators.confirm import done, refused, row_or_404
from paycenter.operators.filters import COMPANY, STATE
from paycenter.operators.form_page import form_page
from paycenter.operators.theme import (
    AutocompleteSelectFilter,
    ChoicesCheckboxFilter,
    SelectWidget,
    TextInputWidget,
    action,
)
from paycenter.operators.words import ALERT_RULES, INCIDENT_STATES, SEVERITIES

_SPANS = (
    (1, _("one hour")),
    (4, _("four hours")),
    (24, _("one day")),
    (7 * 24, _("one week")),
)


class WhyForm(forms.Form):
    """Why somebody does something."""

    why = forms.CharField(
        label=_("reason"), max_length=200, widget=TextInputWidget(), validators=[printable]
    )


class MuteForm(WhyForm):
    """For how long, and why."""

    hours = forms.TypedChoiceField(
        label=_("for"), choices=_SPANS, coerce=int, initial=4, widget=SelectWidget()
    )
    field_order = ("hours", "why")


class TellingInline(RecordInline):
    """Who was told of an incident."""

    model = Telling
    fields = ("robot", "told_count", "told_over", "first", "last", "next")
    readonly_fields = ("first", "last", "next")
    first = columns.moment_column("first_told_at", _("first told at"))
    last = columns.moment_column("told_at", _("last told at"))
    next = columns.moment_column("due_at", _("told again at"))


@admin.register(Incident)
class IncidentAdmin(RecordAdmin):
    """Read-only, but a person may acknowledge one, or mute it."""

    list_display = (
        "newest_moment",
        "severity_label",
        "state_label",
        "rule_word",
        "what",
        "company",
        "count",
    )
    list_select_related = ("merchant", "newest")
    list_filter = (STATE, ("severity", ChoicesCheckboxFilter), RuleFilter, COMPANY)
    fields = (
        "what",
        "severity_label",
        "state_label",
        "rule_word",
        "runbook",
        "company",
        "count",
        "first_moment",
        "newest_moment",
    )
    over_fields = ("over_moment", "end")
    acknowledged_fields = ("acknowledged_moment", "acknowledged_by", "acknowledged_why")
    muted_fields = ("muted_moment", "muted_by", "muted_why")
    readonly_fields = (*fields, *over_fields, *acknowledged_fields, *muted_fields)
    inlines = (TellingInline,)
    actions_detail = ("acknowledge", "mute")

    what = columns.text_column("newest.told", _("what happened"))
    severity_label = columns.label_column("severity", _("severity"), SEVERITIES)
    state_label = columns.label_column("state", _("state"), INCIDENT_STATES)
    rule_word = columns.word_column("rule", _("what it is about"), ALERT_RULES)
    company = columns.link_column("merchant", _("property company"))
    first_moment = columns.moment_column("first_at", _("since"))
    newest_moment = columns.moment_column("newest_at", _("last alert at"))
    end = columns.text_column("closing", _("what ended it"))
    over_moment = columns.moment_column("over_at", _("over since"))
    acknowledged_moment = columns.moment_column("acknowledged_at", _("acknowledged at"))
    muted_moment = columns.moment_column("muted_until", _("muted until"))

    @admin.display(description=_("what to do"))
    def runbook(self, incident: Incident) -> str:
        """Link to the runbook."""
        page = reverse("runbook", args=[runbook_of(incident.rule)])
        return format_html('<a class="pc-link" href="{}">{}</a>', page, _("Runbook"))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show what came of it, and what people said to it, once there is something."""
        del request
        answers = (
            (self.over_fields, obj.over_at),
            (self.acknowledged_fields, obj.acknowledged_at),
            (self.muted_fields, obj.muted_until),
        )
        return [*self.fields, *(name for names, is_so in answers if is_so for name in names)]

    def has_answer_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may work on incidents, as long as this one goes on."""
        incident: Any = self.get_object(request, str(object_id))
        may = self.holds(request, "notifications.change_incident", object_id)
        return may and (incident is None or incident.state != Incident.State.OVER)

    @action(description=_("Acknowledge"), icon="front_hand", permissions=["answer"])
    def acknowledge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say that somebody is at it."""
        incident = row_or_404(self, request, object_id)
        form = WhyForm(request.POST or None)
        if not form.is_valid():
            return self._ask(
                request, incident, form, _("Acknowledge"), _("Nobody is reminded of it any more.")
            )
        who, why = request.user.get_username(), form.cleaned_data["why"]
        if not answering.acknowledge(incident, by=who, why=why):
            return refused(request, incident, _("It is over, or acknowledged already."))
        self.log_change(request, incident, _("Acknowledged."), reason=why)
        return done(request, incident, _("It is yours now."))

    @action(description=_("Mute"), icon="notifications_off", permissions=["answer"])
    def mute(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have nobody told of it for a while."""
        incident = row_or_404(self, request, object_id)
        form = MuteForm(request.POST or None)
        if not form.is_valid():
            return self._ask(
                request,
                incident,
                form,
                _("Mute"),
                _("No robot speaks of it, or of the next one of its kind, until the time is over."),
            )
        who, why = request.user.get_username(), form.cleaned_data["why"]
        until = now() + timedelta(hours=form.cleaned_data["hours"])
        if not answering.mute(incident, until=until, by=who, why=why):
            return refused(request, incident, _("It is over already."))
        self.log_change(request, incident, _("Muted."), reason=why)
        return done(request, incident, _("It is muted."))

    def _ask(
        self, request: HttpRequest, incident: Incident, form: forms.Form, title: Any, text: Any
    ) -> HttpResponse:
        return form_page(
            self,
            request,
            form,
            title=title,
            button=title,
            back_url=page_of(incident),
            about=str(incident),
            explanation=text,
        )


@admin.register(Telling)
class TellingAdmin(RecordAdmin):
    """What each robot said of each incident."""

    list_display = ("incident", "robot", "told_count", "told_over", "last", "next")
    list_select_related = ("incident__newest", "robot")
    list_filter = (("robot", AutocompleteSelectFilter),)
    fields = ("incident", "robot", "told_count", "told_over", "step", "first", "last", "next")
    readonly_fields = ("first", "last", "next")

    first = columns.moment_column("first_told_at", _("first told at"))
    last = columns.moment_column("told_at", _("last told at"))
    next = columns.moment_column("due_at", _("told again at"))


@admin.register(Heartbeat)
class HeartbeatAdmin(RecordAdmin):
    """When each periodic job and each queue was last seen at work."""

    list_display = ("name", "seen")
    fields = ("name", "seen")
    readonly_fields = ("seen",)
    seen = columns.moment_column("at", _("last seen at"))
