"""Keys and certificates of channel merchants: what is known of them, never what they are."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gateway.registry import CHANNELS
from merchants.credentials import revoke_credential
from merchants.models import StoredCredential
from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin, RecordInline
from paycenter.operators.confirm import Question, ask, done, row_or_404
from paycenter.operators.theme import AutocompleteSelectFilter, action

FINGERPRINT_SHOWN = 16
"""Characters; enough to tell two keys apart."""


class CredentialColumns:
    """What both the list and a channel merchant's page show of a credential."""

    valid_from = columns.moment_column("not_before", _("valid from"))
    valid_until = columns.moment_column("not_after", _("valid until"))
    stored = columns.moment_column("created_at", _("stored at"))
    revoked = columns.moment_column("revoked_at", _("revoked at"))

    @admin.display(description=_("kind"))
    def kind_label(self, row: StoredCredential) -> str:
        """Show the kind in the channel's words."""
        channel = CHANNELS.get(row.channel_merchant.channel)
        labels = {kind.kind: kind.label for kind in channel.credential_kinds} if channel else {}
        return gettext(labels[row.kind]) if row.kind in labels else row.kind

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
    "stored",
    "revoked",
)


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
class CredentialAdmin(CredentialColumns, RecordAdmin):
    """Read-only, but may be revoked."""

    list_display = ("kind_label", "channel_merchant", "channel", *_SHOWN[1:])
    list_select_related = ("channel_merchant",)
    list_filter = (("channel_merchant", AutocompleteSelectFilter),)
    fields = ("owner", *_SHOWN)
    readonly_fields = ("owner", *_SHOWN)
    actions_detail = ("revoke",)

    owner = columns.link_column("channel_merchant", _("channel merchant"))
    channel = columns.channel_column("channel_merchant")

    def has_revoke_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may change credentials may revoke one."""
        del object_id
        return request.user.has_perm("merchants.change_storedcredential")

    @action(description=_("Revoke"), icon="block", permissions=["revoke"])
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop using and accepting a credential."""
        row = row_or_404(self, request, object_id)
        if request.method != "POST":
            return ask(self, request, row, REVOKE)
        revoke_credential(row)
        self.log_change(request, row, str(_("Revoked.")))
        return done(request, row, _("The credential is not used or accepted any more."))


REVOKE = Question(
    title=_("Revoke"),
    text=_(
        "The center stops signing and verifying with it at once. Store its successor first, or "
        "payments of this channel merchant stop."
    ),
    button=_("Revoke now"),
)
