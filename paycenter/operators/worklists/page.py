"""The page of what waits: decisions of the reader first, then everything to look at."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from paycenter.operators.worklists.queues import DECISIONS, SHOWN, WORK, Queue


def has_work(request: HttpRequest) -> bool:
    """Whether anything there is could wait for the reader."""
    return any(request.user.has_perm(queue.permission) for queue in (*DECISIONS, *WORK))


def work_page(request: HttpRequest) -> HttpResponse:
    """Show what waits for the reader; ``admin_view`` let them in."""
    if not has_work(request):
        raise PermissionDenied
    context = {
        **admin.site.each_context(request),
        "title": _("Work"),
        "parts": [
            (_("Waits for your decision"), _shown(request, DECISIONS)),
            (_("To look at"), _shown(request, WORK)),
        ],
    }
    return TemplateResponse(request, "worklists/page.html", context)


def _shown(request: HttpRequest, queues: Sequence[Queue]) -> list[dict[str, Any]]:
    """Return the reader's queues that are not empty."""
    found = []
    for queue in queues:
        items = queue.items(request.user)
        if items:
            is_cut = len(items) > SHOWN
            count = f"{SHOWN}+" if is_cut else str(len(items))
            found.append({"queue": queue, "items": items[:SHOWN], "count": count})
    return found
