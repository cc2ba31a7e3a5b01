"""What a person does with a version of a split rule: submit, approve, refuse, replace, retire."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from paycenter.kernel.approvals import Decision
from paycenter.operators import columns
from paycenter.operators.base import SetupAdmin
from paycenter.operators.confirm import (
    CHANGED_MEANWHILE,
    Question,
    ask,
    done,
    refused,
    row_or_404,
    was_seen,
)
from paycenter.operators.decisions import DecidedAdmin, Matter
from paycenter.operators.splitting.rule_items import is_authors
from paycenter.operators.theme import action
from transactions.models import SplitRule
from transactions.split_lifecycle import RuleState
from transactions.splits import rules

SUBMIT = Question(
    title=_("Submit"),
    text=_("Somebody else decides about it. It cannot be edited any more."),
    button=_("Submit now"),
)
RETIRE = Question(
    title=_("Retire"),
    text=_(
        "This version and all before it divide no new payment any more. Payments that have begun "
        "are still divided as they were promised."
    ),
    button=_("Retire now"),
)
NEXT_VERSION = Question(
    title=_("Write the next version"),
    text=_("You get a draft that says the same. This version stays as it is."),
    button=_("Write it"),
)


class RuleSteps(DecidedAdmin, SetupAdmin):
    """The buttons of a rule's page; each asks first and calls a service."""

    asker = "written_by"
    actions_detail = ("submit", "approve", "refuse", "write_next", "retire")

    def has_submit_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Its author, while it is a draft."""
        return self._may(request, object_id, lambda rule: is_authors(request, rule))

    def waits(self, row: SplitRule) -> bool:
        """Whether a version waits for a second person."""
        return bool(row.state == RuleState.WAITING)

    def matter(self, row: SplitRule) -> Matter:
        """Return what the version says."""
        return _matter(row)

    def decided(self, row: SplitRule, decision: Decision) -> bool:
        """Approve or refuse a version."""
        return rules.decide_rule(row.pk, decision)

    def has_retire_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may write rules, while it is approved."""
        return self._may(request, object_id, lambda rule: rule.state == RuleState.APPROVED)

    def has_next_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may write rules; of one's own draft nobody needs a copy."""
        return self._may(request, object_id, lambda rule: not is_authors(request, rule))

    @action(description=_("Submit"), icon="send", permissions=["submit"])
    def submit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for approval."""
        text = _("It waits for somebody else's approval.")
        return self._change(request, object_id, SUBMIT, rules.submit_rule, text)

    @action(description=_("Retire"), icon="block", permissions=["retire"])
    def retire(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End it, and all before it."""
        text = _("It divides no new payment any more.")
        return self._change(request, object_id, RETIRE, rules.retire_rule, text)

    @action(description=_("Write the next version"), icon="edit_note", permissions=["next"])
    def write_next(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Begin a draft that says the same."""
        rule: SplitRule = row_or_404(self, request, object_id)
        if request.method != "POST":
            return ask(self, request, rule, NEXT_VERSION)
        draft = rules.write_next_version(rule, by=request.user.get_username())
        self.log_addition(request, draft, NEXT_VERSION.title)
        return done(request, draft, _("This is your draft. Edit it, then submit it."))

    def _change(
        self,
        request: HttpRequest,
        object_id: str,
        question: Question,
        change: Callable[..., bool],
        text: Any,
    ) -> HttpResponse:
        rule: SplitRule = row_or_404(self, request, object_id)
        if request.method != "POST":
            return ask(self, request, rule, replace(question, seen=str(rule.version)))
        if not was_seen(request, rule):
            return refused(request, rule, CHANGED_MEANWHILE)
        try:
            changed = change(rule.pk, by=request.user.get_username(), version=rule.version)
        except ValidationError as error:
            return refused(request, rule, " ".join(error.messages))
        if not changed:
            return refused(request, rule, CHANGED_MEANWHILE)
        self.log_change(request, rule, question.title)
        return done(request, rule, text)

    def _may(self, request: HttpRequest, object_id: Any, fits: Callable[[SplitRule], bool]) -> bool:
        if not self.holds(request, "transactions.change_splitrule", object_id):
            return False
        rule: Any = self.get_object(request, str(object_id))
        return rule is None or fits(rule)


def _matter(rule: SplitRule) -> Matter:
    facts: list[tuple[Any, Any]] = [
        (_("base"), rule.get_base_display()),
        (_("active from"), columns.moment(rule.active_from)),
        (_("written by"), rule.written_by),
    ]
    if rule.base == SplitRule.Base.NET:
        facts.insert(1, (_("the channel's fee (parts per million)"), rule.fee_ppm))
    return Matter(
        facts=facts,
        heads=(_("receiver"), _("description"), _("share")),
        cells=[
            (item.receiver, item.description, columns.part(item))
            for item in rule.items.select_related("receiver")
        ],
    )
