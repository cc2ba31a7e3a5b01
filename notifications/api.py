"""``GET /api/v1/events``: the feed by which an application stays consistent without callbacks."""

import re
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from merchants.api import SignedAPIView
from notifications.models import Event
from notifications.selectors import FeedPage, read_feed
from notifications.waiting import wait_for
from paycenter.kernel.api import QueryIntegerField, StrictSerializer, validated_query
from paycenter.kernel.clock import rfc3339
from paycenter.kernel.problem_schema import refusals

MAX_LIMIT = 200
MAX_WAIT_SECONDS = 30
MAX_TYPES = 20


@extend_schema_field(str)
class TypesField(serializers.Field[tuple[str, ...], str, str, Any]):
    """Event types separated by commas."""

    default_error_messages = {
        "invalid": f"must be at most {MAX_TYPES} types like payment.succeeded, with commas between"
    }

    def to_internal_value(self, data: str) -> tuple[str, ...]:
        """Return the types."""
        types = tuple(data.split(","))
        plain = all(re.fullmatch(r"[a-z_]{1,31}\.[a-z_]{1,31}", one, re.ASCII) for one in types)
        if not plain or len(types) > MAX_TYPES:
            self.fail("invalid")
        return types


class FeedQuery(StrictSerializer):
    """What may stand in the query."""

    after = QueryIntegerField(
        default=0, min_value=0, help_text="The position behind which to read."
    )
    limit = QueryIntegerField(default=50, min_value=1, max_value=MAX_LIMIT)
    types = TypesField(default=(), help_text="Only these types, with commas between.")
    wait = QueryIntegerField(
        default=0,
        min_value=0,
        max_value=MAX_WAIT_SECONDS,
        help_text="Seconds to wait when nothing is there.",
    )


class EventEntry(serializers.Serializer[Any]):
    """One event, as its notification carries it."""

    position = serializers.IntegerField(help_text="Rises; never two events with the same one.")
    id = serializers.CharField(help_text="The `webhook-id` of the notification.")
    type = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    data = serializers.DictField(  # type: ignore[assignment] # (the field's name, not the property)
        help_text="The resource as its GET returned it at that moment."
    )


class FeedAnswer(serializers.Serializer[Any]):
    """A piece of the feed."""

    data = EventEntry(many=True)  # type: ignore[assignment]
    next_after = serializers.IntegerField(help_text="Store it and ask with it next.")
    has_more = serializers.BooleanField()


EXAMPLE = {
    "data": [
        {
            "position": 4182,
            "id": "evt_6f0c2f1f4b0e4f6ea4f9b8f2c7f1d3a5",
            "type": "payment.succeeded",
            "occurred_at": "2026-11-22T08:00:07Z",
            "data": {"serial_no": "P261122080000ABCDEFGHJKM", "order_no": "A1", "amount": 12850},
        }
    ],
    "next_after": 4182,
    "has_more": False,
}


class EventsView(SignedAPIView):
    """Reads the event feed of the calling application."""

    @extend_schema(
        operation_id="list_events",
        summary="Read the event feed",
        description=(
            "Events of this application, oldest first, at least 90 days back. Store `next_after` "
            "with what you did about the events and ask with it the next time: you see every event "
            "exactly once, whatever happened in between, to you or to the notifications. "
            "`wait` holds the request until something comes; it may be answered earlier with "
            "nothing, then ask again."
        ),
        parameters=[FeedQuery],
        responses={200: FeedAnswer, **refusals()},
        examples=[OpenApiExample("One event", value=EXAMPLE, response_only=True)],
        tags=["events"],
    )
    def get(self, request: Request) -> Response:
        """Answer with the events behind a position, waiting for the first one if asked to."""
        query = validated_query(FeedQuery, request)
        application_id = self.caller.application.pk

        def look() -> FeedPage:
            return read_feed(
                application_id, after=query["after"], limit=query["limit"], types=query["types"]
            )

        page = wait_for(look, until=lambda page: bool(page.events), seconds=query["wait"])
        return Response(
            {
                "data": [_entry(event) for event in page.events],
                "next_after": page.next_after,
                "has_more": page.has_more,
            }
        )


def _entry(event: Event) -> dict[str, Any]:
    return {
        "position": event.position,
        "id": event.event_id,
        "type": event.type,
        "occurred_at": rfc3339(event.occurred_at),
        "data": event.data,
    }
