"""Channel switches: made with a reason, lifted by a button, and otherwise never changed."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Case, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from gateway.health import switching
from merchants.models import ChannelSwitch
from merchants.switches import on_now
from paycenter.operators import columns
from paycenter.operators.base import SetupAdmin
from paycenter.operators.confirm import Question, ask, done, refused, row_or_404
from paycenter.operators.filters import ACCOUNT, COMPANY
from paycenter.operators.theme import ChoicesCheckboxFilter, RadioFilter, action


class OnFilter(RadioFilter):
    """Switches that are on, or over."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer both."""
        del request, model_admin
        return [("on", _("on")), ("over", _("over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the chosen ones."""
        del request
        chosen = {"on": on_now(), "over": ~on_now()}.get(self.value() or "", Q())
        return queryset.filter(chosen)


@admin.register(ChannelSwitch)
class ChannelSwitchAdmin(SetupAdmin):
    """Ways to pay that are switched off, those that still are first."""

    list_display = ("what", "state_label", "reason", "ends", "created_by", "created")
    list_select_related = ("merchant", "payment_account__channel_merchant")
    list_filter = (OnFilter, ("channel", ChoicesCheckboxFilter), COMPANY, ACCOUNT)
    autocomplete_fields = ("merchant", "payment_account")
    fields = ("channel", "merchant", "payment_account", "reason", "ends_at")
    readonly_fields = ("state_label", "created_by", "created", "lifted_by", "lifted")
    sortable_by = ()
    actions_detail = ("lift",)

    ends = columns.moment_column("ends_at", _("ends at"))
    created = columns.moment_column("created_at", _("switched off at"))
    lifted = columns.moment_column("lifted_at", _("over since"))

    @admin.display(description=_("what"))
    def what(self, switch: ChannelSwitch) -> str:
        """Say what is switched off."""
        return columns.link(switch)

    @admin.display(description=_("state"))
    def state_label(self, switch: Any) -> str:
        """Say whether it is on."""
        return columns.label(*((_("on"), "bad") if switch.is_on else (_("over"), "plain")))

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChannelSwitch]:
        """Read with each switch whether it is on."""
        switches: QuerySet[ChannelSwitch] = super().get_queryset(request)
        return switches.annotate(is_on=_is_on())

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """Put those that are on first."""
        del request
        return [_is_on().desc(), "-id"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show what became of a switch only once there is one."""
        del request
        return self.fields if obj is None else (*self.fields, *self.readonly_fields)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: one is lifted, and another one made."""
        del request, obj
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Switch off, and say so."""
        del form, change
        switching.switch_off(obj, by=request.user.get_username())

    def has_lift_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may change switches, as long as this one is on."""
        switch: Any = self.get_object(request, str(object_id))
        allowed = self.holds(request, "merchants.change_channelswitch", object_id)
        return allowed and (switch is None or switch.is_on)

    @action(description=_("Lift"), icon="lock_open", permissions=["lift"])
    def lift(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let payments through again."""
        switch: ChannelSwitch = row_or_404(self, request, object_id)
        if request.method != "POST":
            return ask(self, request, switch, LIFT)
        if not switching.lift(switch, by=request.user.get_username()):
            return refused(request, switch, _("It is over already."))
        self.log_change(request, switch, _("Lifted."))
        return done(request, switch, _("New payments are taken again."))


LIFT = Question(
    title=_("Lift the switch"),
    text=_(
        "New payments are taken again at once, unless another switch is on or the channel does "
        "not work."
    ),
    button=_("Lift now"),
)


def _is_on() -> Case:
    return Case(When(on_now(), then=True), default=False)


def switch_lines(switches: Iterable[ChannelSwitch]) -> str:
    """Return a line per switch: what is switched off, why, and until when."""
    lines = (
        (columns.link(switch), switch.reason, _until(switch), switch.created_by)
        for switch in switches
    )
    return format_html_join("", "<p>{} · {} · {} · {}</p>", lines) or columns.EMPTY


def _until(switch: ChannelSwitch) -> str:
    """Say when a switch ends."""
    if switch.ends_at is None:
        return str(_("until somebody lifts it"))
    return str(_("until %(moment)s") % {"moment": columns.moment(switch.ends_at)})
