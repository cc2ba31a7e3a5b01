"""A breaker's change for people: a row of its history and an alert, in one transaction."""

import logging

from django.conf import settings
from django.db import Error, transaction

from gateway.health.breaker import Change
from gateway.health.scopes import account_id, has_own_endpoint
from gateway.models import HealthChange
from gateway.registry import channel_of
from merchants.models import PaymentAccount
from notifications.alerts import end_alert, raise_lasting
from notifications.models import Alert
from paycenter.kernel.clock import now
from paycenter.kernel.configuration import gettext_noop as _

logger = logging.getLogger(__name__)

OPEN = "circuit_open"
CLOSED = "circuit_closed"

_OPENED = _(
    "%(channel)s, %(whose)s: %(failures)s of %(calls)s calls failed. New payments are refused."
)
_STAYS_OPEN = _(
    "%(channel)s, %(whose)s: it still fails. New payments are refused for %(seconds)s s more."
)
_WOULD_OPEN = _(
    "%(channel)s, %(whose)s: %(failures)s of %(calls)s calls failed. Dry run: nothing is refused."
)
_WOULD_STAY_OPEN = _("%(channel)s, %(whose)s: it still fails. Dry run: nothing is refused.")
_CLOSED = _("%(channel)s, %(whose)s: the channel answers again. New payments are taken.")


def keep_change(account: PaymentAccount, change: Change) -> None:
    """Write down a change that a call for ``account`` made. No transaction may be open.

    Never raises for the database: the payment that is being worked on matters more.
    """
    try:
        with transaction.atomic():
            row = _row(account, change)
            row.save(force_insert=True)
            _alert(row)
    except Error:
        logger.exception("not kept: %s %s -> %s", change.scope, change.source, change.target)


def _row(account: PaymentAccount, change: Change) -> HealthChange:
    owner = account.channel_merchant
    is_account = account_id(change.scope) is not None
    is_companys = is_account or has_own_endpoint(owner)
    return HealthChange(
        scope=change.scope,
        channel=owner.channel,
        is_sandbox=owner.is_sandbox,
        merchant=owner.merchant if is_companys else None,
        payment_account=account if is_account else None,
        source=change.source,
        target=change.target,
        calls=change.calls,
        failures=change.failures,
        cool_down=change.cool_down,
        dry_run=settings.BREAKER_MODE == "dry_run",
        created_at=now(),
    )


def _alert(row: HealthChange) -> None:
    """Warn of an outage's beginning; what follows is told without ado, and its end ends it."""
    params: dict[str, str | int] = {
        "channel": channel_of(row.channel).label,
        "whose": _whose(row),
        "calls": row.calls,
        "failures": row.failures,
        "seconds": row.cool_down,
    }
    if row.target == HealthChange.State.CLOSED:
        end_alert(
            CLOSED, _CLOSED, ends=OPEN, subject=row.scope, merchant_id=row.merchant_id, **params
        )
        return
    begins = row.source == HealthChange.State.CLOSED
    severity = Alert.Severity.WARNING if begins else Alert.Severity.INFO
    raise_lasting(
        OPEN,
        _text(row),
        severity=severity,
        subject=row.scope,
        merchant_id=row.merchant_id,
        **params,
    )


def _text(row: HealthChange) -> str:
    if row.source == HealthChange.State.CLOSED:
        return _WOULD_OPEN if row.dry_run else _OPENED
    return _WOULD_STAY_OPEN if row.dry_run else _STAYS_OPEN


def _whose(row: HealthChange) -> str:
    if row.payment_account is not None:
        return str(row.payment_account)
    if row.merchant is not None:
        return row.merchant.name
    return _("sandbox") if row.is_sandbox else _("all companies")
