"""Bridges: what a channel's app gives to the pages in its browser, so that they can ask for money.

A test puts the script into a page; the script sends what the page presented to the till here, which
checks it as the app does and lets the payer act. The page is of another origin than the sandbox, so
the till answers every origin.
"""

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from gateway.sandbox.refusal import NotPossible

Presented = Mapping[str, str]

_RESULTS = {"pay": "ok", "fail": "fail", "cancel": "cancel"}


def script(template: str, *, pays_at: str) -> Callable[[HttpRequest], HttpResponse]:
    """A view that serves a bridge; ``pays_at`` is the path of its till."""

    @require_GET
    def serve(request: HttpRequest) -> HttpResponse:
        content = {"till": request.build_absolute_uri(pays_at)}
        return render(request, template, content, content_type="text/javascript")

    return serve


def till(take: Callable[[Presented, str], None]) -> Callable[[HttpRequest], HttpResponse]:
    """A view that lets the payer ``pay``, ``fail`` or ``cancel`` what a page presented.

    ``take`` checks and does it; it raises NotPossible for what the app would not even show.
    """

    @csrf_exempt
    @require_POST
    def serve(request: HttpRequest) -> HttpResponse:
        presented = request.POST.dict()
        act = presented.get("act", "pay")
        try:
            if act not in _RESULTS:
                raise NotPossible(f"act is one of {', '.join(_RESULTS)}.")
            take(presented, act)
        except NotPossible as error:
            answer = {"result": "fail", "reason": gettext(str(error))}
        else:
            answer = {"result": _RESULTS[act], "reason": ""}
        return JsonResponse(answer, headers={"Access-Control-Allow-Origin": "*"})

    return serve
