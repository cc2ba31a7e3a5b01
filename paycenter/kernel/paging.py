"""Lists of the public API: newest first, by cursor. The cursor is a row's public number."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework import serializers

from paycenter.kernel.api import QueryIntegerField, StrictCharField, StrictSerializer
from paycenter.kernel.errors import FieldError, Problem

M = TypeVar("M", bound=Model)


class PageQuery(StrictSerializer):
    """The query parameters every list has."""

    cursor = StrictCharField(
        required=False, max_length=64, help_text="`next_cursor` of the page before."
    )
    limit = QueryIntegerField(min_value=1, max_value=200, default=50)


def page(
    rows: QuerySet[M],
    query: dict[str, Any],
    *,
    number_field: str,
    resource: Callable[[M], dict[str, Any]],
) -> dict[str, Any]:
    """Return one page as ``{"data": [...], "next_cursor": ...}``.

    ``rows`` is what the caller may see. Raises ``Problem`` for a cursor that names none of them.
    """
    limit: int = query["limit"]
    if "cursor" in query:
        after = rows.filter(**{number_field: query["cursor"]}).values_list("pk", flat=True).first()
        if after is None:
            error = FieldError("cursor", "invalid", "use next_cursor of the page before")
            raise Problem("invalid_request", "Correct the fields listed in errors.", errors=[error])
        rows = rows.filter(pk__lt=after)
    found = list(rows.order_by("-pk")[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    return {
        "data": [resource(row) for row in found],
        "next_cursor": getattr(found[-1], number_field) if more else None,
    }


class PageSerializer(serializers.Serializer[Any]):
    """Base of the documented list answers."""

    next_cursor = serializers.CharField(allow_null=True)
