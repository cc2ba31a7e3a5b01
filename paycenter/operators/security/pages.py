"""Lists of who is signed in and who is locked out, and the buttons that end either."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin
from paycenter.operators.confirm import Question, ask, done, row_or_404
from paycenter.operators.security.locks import failures_that_count, lift, opens_at, with_totals
from paycenter.operators.security.models import FailedSignIn, SignIn
from paycenter.operators.security.sign_ins import close
from paycenter.operators.theme import action
from paycenter.operators.words import Word


@admin.register(SignIn)
class SignInAdmin(RecordAdmin):
    """Every session there was, read-only; an open one may be ended."""

    list_display = ("started", "user", "address", "with_factor", "seen", "ended", "end")
    list_select_related = ("user",)
    fields = ("user", "address", "browser", "with_factor", "started", "seen", "ended", "end")
    readonly_fields = ("with_factor", "started", "seen", "ended")
    actions_detail = ("end_it",)

    started = columns.moment_column("started_at", _("since"))
    seen = columns.moment_column("seen_at", _("last seen"))
    ended = columns.moment_column("ended_at", _("ended at"))
    with_factor = columns.flag_column(
        "second_factor", _("with a second factor"), Word(_("yes"), "good")
    )

    def has_end_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may reset second factors, while it is open."""
        if not request.user.has_perm("security.reset_authenticator"):
            return False
        row = self.get_object(request, str(object_id))
        return row is None or row.ended_at is None

    @action(description=_("End it"), icon="logout", permissions=["end"])
    def end_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End somebody's session."""
        row = row_or_404(self, request, object_id)
        if request.method != "POST":
            return ask(self, request, row, END)
        close(row, SignIn.End.PERSON)
        self.log_change(request, row, str(END.title))
        return done(request, row, _("The session has ended."))


END = Question(
    title=_("End it"),
    text=_("The person has to sign in again. What they are typing is lost."),
    button=_("End it now"),
)


@admin.register(FailedSignIn)
class LockAdmin(RecordAdmin):
    """Wrong passwords and codes that still count, and what they have locked."""

    list_display = ("latest", "account", "address", "failures", "locked_label")
    fields = ("account", "address", "browser", "failures", "latest", "locked_label")
    readonly_fields = fields
    actions_detail = ("lift",)

    account = columns.text_column("username", _("user name"))
    address = columns.text_column("ip_address", _("address"))
    browser = columns.text_column("user_agent", _("browser"))
    failures = columns.text_column("failures_since_start", _("failures"))
    latest = columns.moment_column("attempt_time", _("last failure at"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave out what is over."""
        return with_totals(super().get_queryset(request) & failures_that_count())

    @admin.display(description=_("locked until"))
    def locked_label(self, row: Any) -> str:
        """Say until when, or that it is open."""
        until = opens_at(row.total, row.newest)
        if until is None:
            return columns.label(_("open"), "good")
        return columns.label(columns.moment(until), "bad")

    def has_lift_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Platform operators."""
        del object_id
        return request.user.has_perm("security.lift_lock")

    @action(description=_("Lift"), icon="lock_open", permissions=["lift"])
    def lift(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Open the account again for the address."""
        row = row_or_404(self, request, object_id)
        if request.method != "POST":
            return ask(self, request, row, LIFT)
        self.log_change(request, row, f"{LIFT.title}: {row.username} {row.ip_address}")
        lift(row.username, row.ip_address)
        messages.success(request, _("It is open again."))
        return HttpResponseRedirect(reverse("admin:security_failedsignin_changelist"))


LIFT = Question(
    title=_("Lift"),
    text=_("The account can be signed in to from this address again, at once."),
    button=_("Lift now"),
)
