"""The one clock: UTC for facts, Asia/Shanghai for business days."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """Return the current moment, aware, in UTC."""
    return datetime.now(UTC)


def business_date(moment: datetime) -> date:
    """Return the Chinese calendar day a moment belongs to: bills and statements go by it."""
    return moment.astimezone(BUSINESS_ZONE).date()


def rfc3339(moment: datetime | None) -> str | None:
    """Write a moment as the API shows it: UTC, whole seconds, ``Z``."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
