"""What was refused at the doors, and the nonces that were used: evidence, read-only."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from merchants.models import SecurityRecord, UsedNonce
from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin
from paycenter.operators.filters import CREATED
from paycenter.operators.theme import ChoicesCheckboxFilter


@admin.register(SecurityRecord)
class SecurityRecordAdmin(RecordAdmin):
    """Requests and callbacks that were not authentic or not allowed."""

    list_display = ("created", "door", "reason_words", "claimed", "address", "path", "request_id")
    list_filter = (("door", ChoicesCheckboxFilter), CREATED)
    fields = ("created", "door", "reason_words", "claimed", "address", "path", "request_id")
    readonly_fields = ("created", "reason_words")
    created = columns.moment_column("created_at", _("created at"))
    reason_words = columns.reason_column("reason", _("reason"))


@admin.register(UsedNonce)
class UsedNonceAdmin(RecordAdmin):
    """Nonces that cannot be used again."""

    list_display = ("nonce", "of_key", "expires")
    list_select_related = ("key",)
    fields = ("nonce", "of_key", "expires")
    readonly_fields = ("of_key", "expires")
    of_key = columns.link_column("key", _("application key"))
    expires = columns.moment_column("expires_at", _("kept until"))
