"""Lists with actions on many rows: what is ticked becomes a draft that its page explains.

The draft is stored, so that proving who one is, or a page that is closed, loses no selection.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gateway.tasks import channel_queue
from paycenter.kernel.clock import now
from paycenter.operators.base import ScopedAdmin
from paycenter.operators.bulk.deed import Deed
from paycenter.operators.bulk.models import DRAFT_LIFETIME, BulkItem, BulkRun

MOST_ROWS = 1_000
"""What one action may be done to at once: a person still reads the list of what will happen."""


class BulkAdmin(ScopedAdmin):
    """Pages of rows that may be worked on together. What is done, ``bulk_deeds`` says."""

    actions: Any = ()
    list_disable_select_all = False

    def bulk_deeds(self) -> tuple[Deed, ...]:
        """Return the actions of this list."""
        return ()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer the actions that the reader may do to any row at all."""
        found = dict(super().get_actions(request))
        if IS_POPUP_VAR in request.GET:
            return found
        return found | {
            deed.code: (_begin(deed), deed.code, deed.title)
            for deed in self.bulk_deeds()
            if request.user.has_perm(deed.permission)
        }

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Speak of all rows without counting them: a list may have millions."""
        context = {"selection_note_all": _("All that the filters leave are selected")}
        return super().changelist_view(request, context | (extra_context or {}))


def _begin(deed: Deed) -> Callable[..., HttpResponse | None]:
    def begin(pages: BulkAdmin, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[: MOST_ROWS + 1])
        if len(ids) > MOST_ROWS:
            text = gettext("At most %(most)s rows at once. Narrow the list with the filters first.")
            pages.message_user(request, text % {"most": MOST_ROWS}, messages.ERROR)
            return None
        run = draft(deed, deed.rows().filter(pk__in=ids), request.user)
        return HttpResponseRedirect(reverse("admin:bulk_bulkrun_change", args=[run.pk]))

    return begin


@transaction.atomic
def draft(deed: Deed, rows: QuerySet[Any], person: Any) -> BulkRun:
    """Write down what somebody chose, as it is now; nothing is done to it yet."""
    chosen = list(rows.order_by("pk"))
    run = BulkRun.objects.create(
        person=person,
        pages=rows.model._meta.label_lower,
        deed=deed.code,
        total=len(chosen),
        due_at=now() + DRAFT_LIFETIME,
    )
    BulkItem.objects.bulk_create(
        BulkItem(run=run, row_id=row.pk, seen=deed.seen(row), queue=_queue(deed, row))
        for row in chosen
    )
    return run


def _queue(deed: Deed, row: Any) -> str:
    return channel_queue(deed.channel(row)) if deed.at_channel else "default"
