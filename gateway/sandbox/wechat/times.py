"""RFC 3339 as WeChat Pay prints it: Beijing time with offset, whole seconds."""

from datetime import UTC, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))


def to_text(moment: int) -> str:
    """``2026-01-01T08:00:00+08:00`` from Unix seconds."""
    return datetime.fromtimestamp(moment, BEIJING).isoformat()


def to_unix(text: str) -> int:
    """Unix seconds from any offset; ``ValueError`` when there is no such moment."""
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp())


def compact(moment: int) -> str:
    """``20260101080000``, as it stands in WeChat's own numbers."""
    return datetime.fromtimestamp(moment, BEIJING).strftime("%Y%m%d%H%M%S")
