"""The audit log is verified every night, from where it last held; once a week as a whole."""

from datetime import datetime, time, timedelta

from django.utils.translation import gettext_noop

from merchants.audit.chaining import START, Link
from merchants.audit.verifying import Verdict, last_checkpoint, verify_and_note
from merchants.models import AuditCheckpoint
from notifications.alerts import raise_alert
from notifications.models import Alert
from paycenter.kernel.clock import BUSINESS_ZONE, now

HOUR = 3
"""In China: when the night's verification is due."""

WHOLE_AFTER = timedelta(days=7)
"""An event that was verified before may be altered later: this is how long it stays unnoticed."""

RULE = "audit_broken"
AGAIN_AFTER = timedelta(hours=20)

_BROKEN = gettext_noop(
    "The audit log does not hold in %(count)s places, first at event %(number)s: %(what)s."
)


def verify_at_night() -> None:
    """Verify unless that was done this night; tell people what was found.

    It may run often and twice at once: what it keeps is a checkpoint, or an alert.
    """
    last = last_checkpoint()
    if not _is_due(last):
        return
    verdict = verify_and_note(_begin(last))
    if not verdict.holds:
        _tell(verdict)


def _is_due(last: AuditCheckpoint | None) -> bool:
    """Whether the night has come since the last verification, or since people were told."""
    told = Alert.objects.filter(rule=RULE).order_by("-id").first()
    if told is not None and told.raised_at > now() - AGAIN_AFTER:
        return False
    return last is None or last.at < _last_night()


def _last_night() -> datetime:
    """Return the last moment at which a verification was due."""
    here = now().astimezone(BUSINESS_ZONE)
    due = datetime.combine(here.date(), time(HOUR), BUSINESS_ZONE)
    return due if due <= here else due - timedelta(days=1)


def _begin(last: AuditCheckpoint | None) -> Link:
    """Return where to begin: where it last held, or at the first event once a week."""
    whole = AuditCheckpoint.objects.filter(is_whole=True).first()
    if last is None or whole is None or whole.at < now() - WHOLE_AFTER:
        return START
    return Link(last.number, last.hash)


def _tell(verdict: Verdict) -> None:
    first = verdict.breaks[0]
    raise_alert(
        RULE,
        _BROKEN,
        severity=Alert.Severity.CRITICAL,
        count=verdict.count,
        number=first.number,
        what=first.what,
    )
