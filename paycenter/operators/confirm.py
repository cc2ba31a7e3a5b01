"""A page that asks before something is done.

The theme's buttons are links. A link must change nothing (another site could make an operator's
browser follow it), so a button leads here and the change is made by a POST with a CSRF token.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from paycenter.operators.columns import Text, page_of
from paycenter.operators.returning import back_of
from paycenter.operators.theme import ModelAdmin


@dataclass(frozen=True, slots=True)
class Question:
    """What the page asks. ``seen`` comes back with the answer: what the asker was looking at."""

    title: Text
    text: Text
    button: Text
    seen: str = ""


CHANGED_MEANWHILE = _("Something changed meanwhile. Look at it again.")


def row_or_404(admin: ModelAdmin, request: HttpRequest, object_id: str) -> Any:
    """Return the row a button was pressed for."""
    row = admin.get_object(request, object_id)
    if row is None:
        raise Http404
    return row


def ask(admin: ModelAdmin, request: HttpRequest, row: Any, question: Question) -> HttpResponse:
    """Show the question."""
    context = page_context(admin, request, row, question.title) | {"question": question}
    return TemplateResponse(request, "admin/confirm.html", context)


def was_seen(request: HttpRequest, row: Any) -> bool:
    """Whether the answer is about the row as it is: ``Question.seen`` was its version."""
    return request.POST.get("seen", "") == str(row.version)


def page_context(admin: ModelAdmin, request: HttpRequest, row: Any, title: Text) -> dict[str, Any]:
    """Return what every page about ``row`` needs."""
    return {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "original": row,
        "row_url": back_of(request) or page_of(row),
        "title": title,
        "media": admin.media,
    }


def done(request: HttpRequest, row: Any, text: Text) -> HttpResponse:
    """Go back to where the reader came from, or to the row's page, and say what was done."""
    messages.success(request, str(text))
    return HttpResponseRedirect(back_of(request) or page_of(row))


def refused(request: HttpRequest, row: Any, text: Text) -> HttpResponse:
    """Go back likewise and say why nothing was done."""
    messages.error(request, str(text))
    return HttpResponseRedirect(back_of(request) or page_of(row))
