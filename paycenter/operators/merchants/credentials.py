"""Keys and certificates of channel merchants: what is known of them, never what they are."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from gateway.registry import CHANNELS
from merchants.credentials import decide_credential, revoke_credential
from merchants.expiry import WARN_DAYS, days_left, expiring_credentials
from merchants.models import StoredCredential
from paycenter.kernel.approvals import Decision
from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin, RecordInline
from paycenter.operators.confirm import Question, ask, done, row_or_404
from paycenter.operators.decisions import DecidedAdmin, Matter
from paycenter.operators.security.proof import needs_proof
from paycenter.operators.theme import AutocompleteSelectFilter, RadioFilter, action

FINGERPRINT_SHOWN = 16
"""Characters; enough to tell two keys apart."""


class CredentialColumns:
    """What both the list and a channel merchant's page show of a credential."""

    valid_from = columns.moment_column("not_before", _("valid from"))
    valid_until = columns.moment_column("not_after", _("valid until"))
    stored = columns.moment_column("created_at", _("stored at"))
    revoked = columns.moment_column("revoked_at", _("revoked at"))

    @admin.display(description=_("use"))
    def use(self, row: StoredCredential) -> str:
        """Say whether it is used, waits or was revoked."""
        if row.revoked_at is not None:
            return columns.label(_("revoked"), "bad")
        return columns.label(_("waits for approval"), "wait") if row.waits else str(_("in use"))

    @admin.display(description=_("kind"))
    def kind_label(self, row: StoredCredential) -> str:
        """Show the kind in the channel's words."""
        channel = CHANNELS.get(row.channel_merchant.channel)
        labels = {kind.kind: kind.label for kind in channel.credential_kinds} if channel else {}
        return gettext(labels[row.kind]) if row.kind in labels else row.kind

    @admin.display(description=_("expires"))
    def expires(self, row: StoredCredential) -> str:
        """Show how long it is valid still, in the colour of what to do about it."""
        if row.not_after is None or row.revoked_at is not None:
            return columns.EMPTY
        left = days_left(row.not_after)
        if left < 0:
            return columns.label(_("expired"), "bad")
        text = ngettext("in %(count)s day", "in %(count)s days", left) % {"count": left}
        return columns.label(text, _colour(left))

    @admin.display(description=_("fingerprint"))
    def fingerprint_start(self, row: StoredCredential) -> str:
        """Show the beginning of the fingerprint."""
        return row.fingerprint[:FINGERPRINT_SHOWN]


_SHOWN = (
    "kind_label",
    "identifier",
    "fingerprint_start",
    "valid_from",
    "valid_until",
    "expires",
    "stored",
    "use",
    "revoked",
)


def _colour(left: int) -> str:
    """Return the colour for so many days left: red from two weeks, yellow from two months."""
    if left < WARN_DAYS[2]:
        return "bad"
    return "care" if left < WARN_DAYS[0] else "good"


class ExpiryFilter(RadioFilter):
    """What expires soon and has no successor, or has expired."""

    title = _("expires")
    parameter_name = "expires"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the thresholds at which people are warned."""
        del request, model_admin
        return [
            (
                str(days),
                ngettext("within %(count)s day", "within %(count)s days", days) % {"count": days},
            )
            for days in WARN_DAYS
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Leave out what is valid for longer."""
        del request
        chosen = self.value()
        if chosen not in {str(days) for days in WARN_DAYS}:
            return queryset
        soon = expiring_credentials(within_days=int(chosen)).values("pk").order_by()
        return queryset.filter(pk__in=soon)


class CredentialInline(CredentialColumns, RecordInline):
    """The credentials of one channel merchant, newest first."""

    model = StoredCredential
    fields = ("page", *_SHOWN[1:])
    readonly_fields = fields

    @admin.display(description=_("kind"))
    def page(self, row: StoredCredential) -> str:
        """Link to where it can be revoked."""
        return columns.link(row, self.kind_label(row))


@admin.register(StoredCredential)
class CredentialAdmin(CredentialColumns, DecidedAdmin, RecordAdmin):
    """Read-only, but may be revoked."""

    list_display = (
        "kind_label",
        "channel_merchant",
        "channel",
        "expires",
        "identifier",
        "fingerprint_start",
        "valid_until",
        "stored",
        "use",
        "revoked",
    )
    list_select_related = ("channel_merchant",)
    list_filter = (ExpiryFilter, ("channel_merchant", AutocompleteSelectFilter))
    fields = ("owner", *_SHOWN)
    readonly_fields = ("owner", *_SHOWN)
    actions_detail = ("approve", "refuse", "revoke")

    owner = columns.link_column("channel_merchant", _("channel merchant"))
    channel = columns.channel_column("channel_merchant")

    def waits(self, row: StoredCredential) -> bool:
        """Whether a credential waits for a second person."""
        return row.waits and row.revoked_at is None

    def version_of(self, row: StoredCredential) -> int:
        """Return the row's id: what is sealed in a row never changes."""
        return row.pk

    def decided(self, row: StoredCredential, decision: Decision) -> bool:
        """Have a credential used that somebody else entered, or throw it away."""
        return decide_credential(row.pk, decision)

    def matter(self, row: StoredCredential) -> Matter:
        """Return what is known of it, and who entered it."""
        return Matter(
            facts=[
                (_("channel merchant"), row.channel_merchant),
                (_("kind"), self.kind_label(row)),
                (_("serial number or key id"), row.identifier or columns.EMPTY),
                (_("fingerprint"), self.fingerprint_start(row)),
                (_("entered by"), row.asked_by),
            ]
        )

    def has_revoke_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may change credentials may revoke one."""
        return self.holds(request, "merchants.change_storedcredential", object_id)

    @action(description=_("Revoke"), icon="block", permissions=["revoke"])
    @needs_proof
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop using and accepting a credential."""
        row = row_or_404(self, request, object_id)
        if request.method != "POST":
            return ask(self, request, row, REVOKE)
        revoke_credential(row)
        self.log_change(request, row, _("Revoked."))
        return done(request, row, _("The credential is not used or accepted any more."))


REVOKE = Question(
    title=_("Revoke"),
    text=_(
        "The center stops signing and verifying with it at once. Store its successor first, or "
        "payments of this channel merchant stop."
    ),
    button=_("Revoke now"),
)
