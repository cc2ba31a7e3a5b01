"""Runbooks as pages: what an alert means and what to do, for who was just woken by one.

They are the files of ``docs/runbooks``: a title, headings, paragraphs and lists. Those in other
languages than English are in a folder named by it.
"""

import re
from pathlib import Path

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import get_language

FOLDER = Path(settings.BASE_DIR) / "docs" / "runbooks"
_NAME = re.compile(r"[a-z][a-z0-9_]*")

Block = tuple[str, str | list[str]]
"""What to show it as (``heading``, ``list``, ``text``), and its words."""


def runbook(request: HttpRequest, name: str) -> HttpResponse:
    """Show a runbook to who may see alerts; ``admin_view`` let them in."""
    if not request.user.has_perm("notifications.view_alert"):
        raise PermissionDenied
    if not _NAME.fullmatch(name):
        raise Http404
    own = FOLDER / (get_language() or "") / f"{name}.md"
    path = own if own.is_file() else FOLDER / f"{name}.md"
    if not path.is_file():
        raise Http404
    title, *blocks = read_blocks(path.read_text())
    context = {**admin.site.each_context(request), "title": title[1], "blocks": blocks}
    return TemplateResponse(request, "alerting/runbook.html", context)


def read_blocks(text: str) -> list[Block]:
    """Return a page's blocks; the first one is its title."""
    return [_block(part.strip()) for part in text.split("\n\n") if part.strip()]


def _block(part: str) -> Block:
    if part.startswith("#"):
        return "heading", part.lstrip("# ")
    if part.startswith("- "):
        items = re.split(r"^- ", part, flags=re.MULTILINE)[1:]
        return "list", [" ".join(item.split()) for item in items]
    return "text", " ".join(part.split())
