"""The way back: a page that was reached from a guided path leads there again.

The address of the path stands in ``?next=``. It counts only where it begins with the path of the
operators' pages: such an address has no host, so no link that somebody is sent leads to another.
"""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from paycenter.operators.theme import ModelAdmin

NEXT = "next"


def back_of(request: HttpRequest) -> str:
    """Return where the reader wants to go afterwards; blank where nowhere, or not within here."""
    url = request.GET.get(NEXT, "")
    return url if url.startswith(reverse("admin:index")) else ""


def returning(url: str, back: str, **fields: object) -> str:
    """Return the address of a page that leads to ``back`` afterwards, its form filled with these.

    Without ``back`` the page goes on as usual.
    """
    query = {name: value for name, value in fields.items() if value} | (
        {NEXT: back} if back else {}
    )
    return f"{url}?{urlencode(query)}" if query else url


class ReturningAdmin(ModelAdmin):
    """Pages whose "Save" leads back."""

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        """Go back once a row is made."""
        back = back_of(request)
        return HttpResponseRedirect(back) if back else super().response_post_save_add(request, obj)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        """Go back once a row is changed."""
        back = back_of(request)
        return (
            HttpResponseRedirect(back) if back else super().response_post_save_change(request, obj)
        )
