"""Raising what people must hear about: a row in the caller's transaction, and a line in the log."""

import logging

from notifications.models import Alert, Delivery
from paycenter.kernel.clock import now

logger = logging.getLogger(__name__)

_LEVELS = {
    Alert.Severity.INFO: logging.INFO,
    Alert.Severity.WARNING: logging.WARNING,
    Alert.Severity.CRITICAL: logging.ERROR,
}


def raise_alert(
    rule: str,
    text: str,
    *,
    severity: Alert.Severity,
    merchant_id: int | None = None,
    **params: str | int,
) -> Alert:
    """Write an alert; one statement. It is rolled back with what it tells of.

    ``text`` is a msgid with ``%(name)s`` places for ``params``, marked with ``gettext_noop`` where
    it stands. Neither may hold a secret: people read them in a chat.
    """
    alert = Alert.objects.create(
        rule=rule,
        severity=severity,
        merchant_id=merchant_id,
        text=text,
        params=params,
        raised_at=now(),
    )
    logger.log(_LEVELS[severity], "alert %s: %s", rule, text % params if params else text)
    return alert


def report_dead(delivery: Delivery, reason: str) -> None:
    """Say that an application was not told of an event and will not be without a person."""
    logger.error(
        "notification given up: event %s, application %s, %s attempts, last: %s",
        delivery.event.event_id,
        delivery.application.code,
        delivery.attempts,
        reason,
    )
