"""What a row was before and after: only the fields that changed, as JSON, secrets masked."""

import copy
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import ForeignKey, Model

from merchants.audit.secrets import masked, masked_fields

LONGEST = 1_000
"""Characters kept of one text."""

Values = dict[str, Any]


def values_of(row: Model) -> Values:
    """Return a row's values by field, as they are now; what was not read is left out.

    They may be secrets: they are kept in memory only, to be compared.
    """
    own = {
        field.name: copy.deepcopy(row.__dict__[field.attname])
        for field in row._meta.concrete_fields
        if field.attname in row.__dict__
    }
    many = row._meta.many_to_many if row.pk is not None else ()
    return own | {field.name: sorted(map(str, getattr(row, field.name).all())) for field in many}


def difference(model: type[Model], before: Values, after: Values) -> tuple[Values, Values]:
    """Return the fields of both that differ, as the audit log keeps them.

    Blank counts as missing, so a new row's fields are those that say something.
    """
    changed = [
        name
        for name in dict.fromkeys((*before, *after))
        if _known(before.get(name)) != _known(after.get(name))
    ]
    return _kept(model, before, changed), _kept(model, after, changed)


def _kept(model: type[Model], values: Values, names: Iterable[str]) -> Values:
    secret = masked_fields(model)
    return {
        name: masked(values[name])
        if name in secret
        else _json(_named(model._meta.get_field(name), values[name]))
        for name in names
        if name in values
    }


def _known(value: Any) -> Any:
    return None if value in ("", [], {}) else value


def _named(field: Any, value: Any) -> Any:
    """Name the row that a reference leads to: its number says nothing to people."""
    if not isinstance(field, ForeignKey) or value is None:
        return value
    found = field.remote_field.model._base_manager.filter(pk=value).first()
    return str(value) if found is None else f"{found} ({value})"


def _json(value: Any) -> Any:
    """Return what PostgreSQL gives back exactly as it got it: no floats, no moments."""
    match value:
        case None | bool() | int():
            return value
        case datetime() | date():
            return value.isoformat()
        case dict():
            return {str(name): _json(each) for name, each in value.items()}
        case list() | tuple() | set():
            return [_json(each) for each in value]
        case bytes() | memoryview():
            return f"{len(value)} bytes"
    return str(value).replace("\x00", "")[:LONGEST]
