"""What the OpenAPI document says of all operations: closed bodies in, one problem document out."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers

from paycenter.kernel.api import StrictSerializer
from paycenter.kernel.errors import TITLES

MEDIA_TYPE = "application/problem+json"

EXAMPLE: dict[str, Any] = {
    "type": "https://pay.example.com/api/docs/#attempt_too_soon",
    "title": "An earlier attempt for this order is still open",
    "status": 409,
    "detail": "Payment P261122080000ABCDEFGHJKM may still be paid. Wait, then send again.",
    "code": "attempt_too_soon",
    "request_id": "7f0c7e2b8e4b3e9a41f0d9f1c2a3b4c5",
    "errors": [],
}


class StrictBody(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Tells that a request body takes no other fields, and no blank text where one is needed."""

    target_class = StrictSerializer
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """Return the object's schema, closed."""
        found = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        body: Any = self.target  # a class or an instance
        for name, field in (body() if isinstance(body, type) else body).fields.items():
            if isinstance(field, serializers.CharField) and not field.allow_blank:
                found["properties"][name].setdefault("minLength", 1)
        return {**found, "additionalProperties": False}


class ErrorItem(serializers.Serializer[Any]):
    """One field's error."""

    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemDocument(serializers.Serializer[Any]):
    """RFC 9457 problem; ``code`` is stable."""

    type = serializers.URLField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.ChoiceField(choices=sorted(TITLES))
    request_id = serializers.CharField()
    errors = ErrorItem(many=True)  # type: ignore[assignment] # (the field's name)


def refusals(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """Return the ``responses`` of a signed operation that may be refused, besides its answers.

    400, 401 and 403 belong to all of them; ``statuses`` are an operation's own.
    """
    problem = OpenApiResponse(ProblemDocument, examples=[OpenApiExample("problem", EXAMPLE)])
    return {(status, MEDIA_TYPE): problem for status in (400, 401, 403, *statuses)}
