"""Raising what people must hear about: a row in the caller's transaction, and a line in the log."""

import logging

from django.utils.translation import gettext_noop

from notifications.models import Alert, Delivery
from paycenter.kernel.clock import now

logger = logging.getLogger(__name__)

DEAD = "notification_dead"
_DEAD = gettext_noop(
    "%(application)s was not told of event %(event)s: %(attempts)s attempts, last: %(reason)s."
)

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
    subject: str = "",
    **params: str | int,
) -> Alert:
    """Write an alert of something that happened; one statement.

    It is rolled back with what it tells of. ``text`` is a msgid with ``%(name)s`` places for
    ``params``, marked with ``gettext_noop`` where it stands. Neither may hold a secret: people read
    them in a chat. Who is told, and when, is decided afterwards (``notifications.alerting``), for
    all alerts of one rule, company and ``subject`` together.
    """
    alert = Alert(rule=rule, text=text, severity=severity, merchant_id=merchant_id, subject=subject)
    return _write(alert, params)


def raise_lasting(
    rule: str,
    text: str,
    *,
    severity: Alert.Severity,
    subject: str,
    merchant_id: int | None = None,
    **params: str | int,
) -> Alert:
    """Write an alert of what holds until ``end_alert`` is called for the same; one statement."""
    alert = Alert(rule=rule, text=text, severity=severity, merchant_id=merchant_id, subject=subject)
    alert.lasting = True
    return _write(alert, params)


def end_alert(
    rule: str,
    text: str,
    *,
    ends: str,
    subject: str,
    merchant_id: int | None = None,
    **params: str | int,
) -> Alert:
    """Write that what the rule ``ends`` was raised for is over; one statement.

    Company and ``subject`` are those it was raised with.
    """
    alert = Alert(rule=rule, text=text, merchant_id=merchant_id, subject=subject, ends=ends)
    alert.severity = Alert.Severity.INFO
    return _write(alert, params)


def _write(alert: Alert, params: dict[str, str | int]) -> Alert:
    alert.params, alert.raised_at = params, now()
    alert.save(force_insert=True)
    said = alert.text % params if params else alert.text
    logger.log(_LEVELS[Alert.Severity(alert.severity)], "alert %s: %s", alert.rule, said)
    return alert


def report_dead(delivery: Delivery, reason: str) -> None:
    """Say that an application was not told of an event and will not be without a person.

    Belongs into the transaction that gives the notification up.
    """
    raise_alert(
        DEAD,
        _DEAD,
        severity=Alert.Severity.WARNING,
        merchant_id=delivery.merchant_id,
        subject=delivery.application.code,
        event=delivery.event.event_id,
        application=delivery.application.name,
        attempts=delivery.attempts,
        reason=reason[:100],
    )
