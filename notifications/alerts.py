"""What people must hear about. The log is the first channel; whatever watches it can count."""

import logging

from notifications.models import Delivery

logger = logging.getLogger(__name__)


def report_dead(delivery: Delivery, reason: str) -> None:
    """Say that an application was not told of an event and will not be without a person."""
    logger.error(
        "notification given up: event %s, application %s, %s attempts, last: %s",
        delivery.event.event_id,
        delivery.application.code,
        delivery.attempts,
        reason,
    )
