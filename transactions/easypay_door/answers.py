"""Answers between servers: JSON under the name of HTML, status 200 whatever it says.

Rules: EasyPay protocol, "return values". In V2 everything is signed that is said to somebody who
proved who it is; what is said to strangers never is.
"""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from paycenter.kernel.errors import Problem
from transactions.easypay_door.calls import V2, Call, admit_signed, record_refusal
from transactions.easypay_door.words import (
    NO_PARAMETERS,
    NotAdmitted,
    Refused,
    in_words,
)

Document = Mapping[str, object]
T = TypeVar("T")
View = Callable[[HttpRequest], HttpResponse]

# The answer is JSON called HTML, as clients know it: nothing in it may be read as a tag.
_TAGS = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def reply(document: Document) -> HttpResponse:
    """Return a document the way EasyPay answers."""
    text = json.dumps(document, separators=(",", ":")).translate(_TAGS)
    return HttpResponse(text, content_type="text/html; charset=utf-8")


def answering(view: Callable[[HttpRequest], Document]) -> View:
    """Make a V1 view of a function that returns a document or refuses."""

    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest) -> HttpResponse:
        try:
            return reply(document_of(view, request))
        except NotAdmitted as refusal:
            record_refusal(request, refusal)
            return reply(_refusal(refusal))
        except Refused as refusal:
            return reply(_refusal(refusal))

    return answered


def answering_v2(work: Callable[[Call], Document]) -> View:
    """Make a V2 view, by POST only, of what is done for an admitted call; its answer is signed."""

    def signed(request: HttpRequest) -> Document:
        if request.method != "POST":
            raise Refused("未传入任何参数", NO_PARAMETERS)
        call = admit_signed(request, V2)
        try:
            document = document_of(work, call)
        except Refused as refusal:
            document = _refusal(refusal)
        return _signed(call, document)

    return answering(signed)


def document_of(work: Callable[[T], Document], argument: T) -> Document:
    """Do the work; a problem of the services becomes a refusal in the protocol's words."""
    try:
        return work(argument)
    except Problem as problem:
        raise in_words(problem) from None


def _refusal(refusal: Refused) -> Document:
    return {"code": refusal.code, "msg": refusal.message}


def _signed(call: Call, document: Document) -> Document:
    """Return the filled members and what signs them."""
    filled = {name: value for name, value in document.items() if value not in ("", None)}
    texts = {name: str(value) for name, value in filled.items() if not isinstance(value, list)}
    return {**call.scheme.signed(texts), **filled}
