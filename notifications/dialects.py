"""How a notification is put on the wire, and what counts as taken: a dialect per kind of receiver.

The standard one, with a blank name, is what the API documentation promises: Standard Webhooks.
Applications that speak another protocol to the center are told in it. The setting
``NOTIFICATION_DIALECTS`` names who knows how.
"""

from datetime import datetime
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from merchants.models import Application
from notifications.models import Delivery, Event
from notifications.signing import sign
from paycenter.kernel import strict_json
from paycenter.kernel.clock import rfc3339
from paycenter.kernel.http import WireRequest, WireResponse
from paycenter.kernel.tracing import traceparent_header

USER_AGENT = "paycenter-notifications/1"


class Dialect(Protocol):
    """One way of telling an application about events."""

    def tells(self, type_: str) -> bool:
        """Whether there are words for events of this type."""

    def request(self, delivery: Delivery, at: datetime) -> WireRequest:
        """Return what is sent. Raises ``UnusableSecret`` or ``SealError``."""

    def refusal(self, response: WireResponse) -> str:
        """Say why this answer does not count as taken; blank when it does."""


def refused_status(response: WireResponse) -> str:
    """Say so unless the answer is a 2xx: a redirect is a failure."""
    return "" if 200 <= response.status < 300 else f"HTTP {response.status}"


class StandardWebhooks:
    """A signed POST of the event as JSON; any 2xx is enough."""

    def tells(self, type_: str) -> bool:
        """Everything is told."""
        del type_
        return True

    def request(self, delivery: Delivery, at: datetime) -> WireRequest:
        """Return the signed POST."""
        body = event_body(delivery.event)
        headers = sign(
            body,
            secrets=_secrets(delivery.application),
            message_id=delivery.event.event_id,
            timestamp=int(at.timestamp()),
        )
        headers |= {"Content-Type": "application/json", "User-Agent": USER_AGENT}
        headers |= traceparent_header()
        return WireRequest("POST", delivery.url, headers, body)

    def refusal(self, response: WireResponse) -> str:
        """A 2xx and nothing else."""
        return refused_status(response)


@cache
def dialect_named(name: str) -> Dialect:
    """Return the dialect of the name that deliveries carry."""
    dialect: Dialect = import_string(settings.NOTIFICATION_DIALECTS[name])()
    return dialect


def event_body(event: Event) -> bytes:
    """Return the JSON of a numbered event: the same bytes on every retry."""
    document = {
        "id": event.event_id,
        "type": event.type,
        "occurred_at": rfc3339(event.occurred_at),
        "position": event.position,
        "data": event.data,
    }
    return strict_json.dumps(document).encode()


def _secrets(application: Application) -> list[str]:
    """Return the secrets that sign now: the current one, and the former one while it rotates."""
    fields = ("sealed_webhook_secret", "sealed_previous_webhook_secret")
    return [secret for secret in map(application.unseal, fields) if secret]
