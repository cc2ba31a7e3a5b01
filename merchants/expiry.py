"""Which keys and certificates expire soon: known 60, 30, 14, 7 and 1 days ahead.

One that has a successor (same channel merchant, same kind, valid for longer) is nobody's worry.
"""

import logging
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from merchants.models import StoredCredential
from paycenter.kernel.clock import now

logger = logging.getLogger(__name__)

WARN_DAYS = (60, 30, 14, 7, 1)


def expiring_credentials(*, within_days: int = WARN_DAYS[0]) -> QuerySet[StoredCredential]:
    """Return what expires within so many days or has expired, with its owner, soonest first."""
    successor = StoredCredential.objects.filter(
        channel_merchant=OuterRef("channel_merchant"),
        kind=OuterRef("kind"),
        revoked_at=None,
        waits=False,
        not_after__gt=OuterRef("not_after"),
    )
    return (
        StoredCredential.objects.select_related("channel_merchant__merchant")
        .filter(~Exists(successor), revoked_at=None, channel_merchant__is_active=True)
        .filter(not_after__lte=now() + timedelta(days=within_days))
        .order_by("not_after")
    )


def days_left(not_after: datetime) -> int:
    """Return the whole days until a moment, negative once it has passed."""
    return (not_after - now()).days


def record_warnings() -> int:
    """Log a warning for each threshold a credential has passed, once; returns how many."""
    return sum(_warn(row) for row in expiring_credentials())


def _warn(row: StoredCredential) -> bool:
    """Warn unless this threshold, or a later one, is noted on the row already."""
    assert row.not_after is not None  # noqa: S101 (only rows with an end are selected)
    threshold = min(days for days in WARN_DAYS if row.not_after <= now() + timedelta(days=days))
    not_told = Q(warned_days=None) | Q(warned_days__gt=threshold)
    if not StoredCredential.objects.filter(not_told, pk=row.pk).update(warned_days=threshold):
        return False
    logger.warning(
        "%s of %s expires in %s days", row, row.channel_merchant, days_left(row.not_after)
    )
    return True
