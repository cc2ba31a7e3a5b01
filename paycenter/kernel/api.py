"""The envelope of the public API: strict JSON in, plain JSON or RFC 9457 problems out."""

import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions, parsers, renderers, serializers
from rest_framework.request import Request

from paycenter.kernel import strict_json
from paycenter.kernel.errors import FieldError, Problem
from paycenter.kernel.request_id import current_request_id

logger = logging.getLogger(__name__)

MAX_UNKNOWN_NAMED = 20
"""How many unknown fields a refusal names: the answer to a huge body stays small."""

_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII
)

_DRF_CODES: dict[type[Exception], str] = {
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
    exceptions.NotFound: "not_found",
    Http404: "not_found",
    RequestDataTooBig: "request_too_large",
}


class StrictJSONParser(parsers.BaseParser):
    """Reads the body with ``strict_json``; the signature was verified over the same bytes."""

    media_type = "application/json"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the parsed body. Raises ``Problem`` ``invalid_request``."""
        del media_type, parser_context
        try:
            return strict_json.loads(stream.read())
        except strict_json.InvalidJSON as error:
            raise Problem("invalid_request", f"The body is not acceptable: {error}.") from None


class JSONRenderer(renderers.BaseRenderer):
    """Compact UTF-8 JSON."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the bytes of ``data``; nothing for an empty answer."""
        del accepted_media_type, renderer_context
        return b"" if data is None else strict_json.dumps(data).encode()


class StrictSerializer(serializers.Serializer[Any]):
    """A request body in which unknown fields are refused, so that no misspelt one is lost."""

    def to_internal_value(self, data: Any) -> Any:
        """Validate ``data``; names it does not know are errors with code ``unknown_field``."""
        if isinstance(data, Mapping):
            unknown = sorted(set(data) - set(self.fields))[:MAX_UNKNOWN_NAMED]
            if unknown:
                raise serializers.ValidationError(
                    {
                        name: [exceptions.ErrorDetail("unknown field", code="unknown_field")]
                        for name in unknown
                    }
                )
        return super().to_internal_value(data)


class StrictIntegerField(serializers.IntegerField):
    """A JSON integer and nothing that merely looks like one (``1.0``, ``"1"``, ``true``)."""

    def to_internal_value(self, data: Any) -> int:
        """Return ``data`` unchanged when it is an integer."""
        if type(data) is not int:
            raise serializers.ValidationError("must be a JSON integer", code="invalid")
        return data


class StrictBooleanField(serializers.BooleanField):
    """A JSON ``true`` or ``false`` and nothing that merely looks like one (``1``, ``"true"``)."""

    def to_internal_value(self, data: Any) -> bool:
        """Return ``data`` unchanged when it is a boolean."""
        if type(data) is not bool:
            raise serializers.ValidationError("must be true or false", code="invalid")
        return data


class QueryIntegerField(serializers.IntegerField):
    """A plain ASCII integer in a query string."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number ``data`` writes."""
        if not (isinstance(data, str) and data.isascii() and data.isdigit() and len(data) < 19):
            raise serializers.ValidationError("must be a whole number", code="invalid")
        return int(data)


class MomentField(serializers.DateTimeField):
    """A time as RFC 3339 writes it, with its offset: nobody guesses whose midnight is meant."""

    default_error_messages = {
        "invalid": "write it like 2026-11-22T08:00:00Z or 2026-11-22T16:00:00%2B08:00"
    }

    def to_internal_value(self, value: Any) -> datetime:
        """Return the moment in UTC."""
        if not (isinstance(value, str) and _MOMENT.fullmatch(value)):
            self.fail("invalid")
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("invalid")


class StrictCharField(serializers.CharField):
    """A JSON string as given: numbers are refused, blanks are not trimmed away."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("trim_whitespace", False)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Return ``data`` when it is a string."""
        if type(data) is not str:
            raise serializers.ValidationError("must be a JSON string", code="invalid")
        return str(super().to_internal_value(data))


def validated(serializer_class: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """Return the validated body or query, or raise the ``Problem`` that lists what is wrong."""
    try:
        return dict(_validator(serializer_class).run_validation(data))
    except serializers.ValidationError as error:
        raise invalid(_field_errors(error.detail)) from None


@cache
def _validator(kind: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """Return the one instance that validates: making it copies every field, nested ones too."""
    return kind()


def validated_query(
    serializer_class: type[serializers.Serializer[Any]], request: Request
) -> dict[str, Any]:
    """Return the validated query parameters; a repeated one is refused, not guessed."""
    repeated = [name for name, values in request.query_params.lists() if len(values) > 1]
    if repeated:
        raise invalid([FieldError(name, "repeated", "give it once") for name in repeated])
    return validated(serializer_class, request.query_params.dict())


def invalid(errors: list[FieldError]) -> Problem:
    """Return the ``Problem`` for a list of field errors; unknown fields have their own code."""
    unknown = [error.field for error in errors if error.code == "unknown_field"]
    if unknown:
        return Problem("unknown_field", f"Remove or correct: {', '.join(unknown)}.", errors=errors)
    return Problem("invalid_request", "Correct the fields listed in errors.", errors=errors)


def problem_response(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """Turn any exception of an API view into ``application/problem+json`` (DRF's hook)."""
    del context
    return render_problem(as_problem(error))


def as_problem(error: Exception) -> Problem:
    """Find the problem an exception stands for; what nobody foresaw is logged and says nothing."""
    if isinstance(error, Problem):
        return error
    for known, code in _DRF_CODES.items():
        if isinstance(error, known):
            return Problem(code, "See the API documentation.")
    if isinstance(error, OperationalError | InterfaceError):
        logger.warning("database unavailable", exc_info=error)
        return Problem("service_unavailable", "Send the same request again.", retry_after=2)
    logger.error("unhandled error in the API", exc_info=error)
    return Problem("internal_error", "The request id identifies this error in the log.")


def render_problem(problem: Problem) -> HttpResponse:
    """Return the HTTP answer for a problem."""
    body = problem.body(
        request_id=current_request_id.get(), docs_url=f"{settings.PUBLIC_BASE_URL}/api/docs/"
    )
    response = HttpResponse(
        strict_json.dumps(body), status=problem.status, content_type="application/problem+json"
    )
    if problem.retry_after is not None:
        response["Retry-After"] = str(problem.retry_after)
    return response


def raw_target(request: HttpRequest) -> str:
    """Return path and query exactly as sent: they are signed that way."""
    raw = request.META.get("RAW_URI") or request.META.get("REQUEST_URI")
    return str(raw) if raw else request.get_full_path()


def _field_errors(errors: Any, path: str = "") -> list[FieldError]:
    """Flatten DRF's nested errors to one list with paths like ``lines[0].amount``."""
    if isinstance(errors, Mapping):
        found = []
        for name, inner in errors.items():
            found += _field_errors(inner, _member_path(path, name))
        return found
    if errors and isinstance(errors[0], Mapping | list):
        return [
            error
            for index, inner in enumerate(errors)
            if inner
            for error in _field_errors(inner, f"{path}[{index}]")
        ]
    return [FieldError(path, str(detail.code), str(detail)) for detail in errors]


def _member_path(path: str, name: str | int) -> str:
    """Append a member to a path; the members of a list are numbered."""
    if isinstance(name, int):
        return f"{path}[{name}]"
    own = "" if name == "non_field_errors" else name
    return f"{path}.{own}" if path and own else path or own
