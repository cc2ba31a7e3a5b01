"""Writing down what operators do on these pages: who is asked of the request."""

from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.utils import translation

from merchants.audit.differences import Values, difference, values_of
from merchants.audit.recording import Action, Deed, Subject, Who, record, subject_of
from merchants.models import AuditEvent
from paycenter.kernel.addresses import client_address
from paycenter.operators.columns import Text

_SEEN = "_rows_as_seen"


def who_did(request: HttpRequest) -> Who:
    """Return the operator behind a request, and where they are."""
    user = request.user
    name = user.get_username() if user.is_authenticated else ""
    return Who(user.pk, name, client_address(request))


def msgid(text: Text) -> str:
    """Return a text as it is kept: untranslated, so that everybody reads it in their language."""
    with translation.override(None):
        return str(text)


def remember(request: HttpRequest, row: Model) -> None:
    """Keep a row's values until the request ends, so that what it changes can be told."""
    request.__dict__.setdefault(_SEEN, {}).setdefault(_key(row), values_of(row))


def note_addition(request: HttpRequest, row: Model, *, detail: Text = "") -> AuditEvent:
    """Write down that a row was added, and as what."""
    return _note(who_did(request), row, Action.ADD, after=_stored(row), detail=msgid(detail))


def note_deletion(request: HttpRequest, row: Model) -> AuditEvent:
    """Write down that a row goes, and what it was; called before it is deleted."""
    return _note(who_did(request), row, Action.DELETE, before=values_of(row))


def note_act(who: Who, row: Model, before: Values, *, detail: Text, reason: str) -> AuditEvent:
    """Write down what somebody who waits for no page did to a row that was ``before``."""
    texts = {"detail": msgid(detail), "reason": reason}
    return _note(who, row, Action.ACT, before=before, after=_stored(row), **texts)


def note_change(
    request: HttpRequest,
    row: Model,
    *,
    action: Action = Action.CHANGE,
    detail: Text = "",
    reason: str = "",
) -> AuditEvent | None:
    """Write down what became of a row since it was remembered; nothing if nothing was done.

    Read anew: what a service did to it is not in the page's copy.
    """
    before: Values | None = request.__dict__.get(_SEEN, {}).get(_key(row))
    after = {} if before is None else _stored(row)
    if action is Action.CHANGE and before == after:
        return None
    texts = {"detail": msgid(detail), "reason": reason}
    return _note(who_did(request), row, action, before=before or {}, after=after, **texts)


def note_list(
    request: HttpRequest,
    model: type[Model],
    *,
    action: Action,
    detail: Text = "",
    after: Values | None = None,
) -> AuditEvent:
    """Write down a deed on a list: ``after`` says which rows of it."""
    deed = Deed(action=action, detail=msgid(detail), after=after or {})
    return record(deed, Subject(type=model._meta.label_lower), who_did(request))


def _note(
    who: Who,
    row: Model,
    action: Action,
    *,
    before: Values | None = None,
    after: Values | None = None,
    **texts: Any,
) -> AuditEvent:
    was, became = difference(type(row), before or {}, after or {})
    deed = Deed(action=action, before=was, after=became, **texts)
    return record(deed, subject_of(row), who)


def _stored(row: Model) -> Values:
    found = type(row)._base_manager.filter(pk=row.pk).first()
    return {} if found is None else values_of(found)


def _key(row: Model) -> tuple[str, Any]:
    return row._meta.label_lower, row.pk
