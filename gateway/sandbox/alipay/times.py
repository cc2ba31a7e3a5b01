"""Times as Alipay prints them: Beijing time without a zone."""

from datetime import datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))
_WITH_SECONDS = "%Y-%m-%d %H:%M:%S"
_WITHOUT_SECONDS = "%Y-%m-%d %H:%M"


def to_text(moment: float) -> str:
    """``2026-01-01 08:00:00`` from Unix seconds."""
    return datetime.fromtimestamp(moment, BEIJING).strftime(_WITH_SECONDS)


def with_milliseconds(moment: float) -> str:
    """``2026-01-01 08:00:00.123``, as notifications tell the time of a refund."""
    return f"{to_text(moment)}.{int(moment * 1000) % 1000:03d}"


def compact(moment: float) -> str:
    """``20260101080000``, as it stands in Alipay's own numbers."""
    return datetime.fromtimestamp(moment, BEIJING).strftime("%Y%m%d%H%M%S")


def to_unix(text: str) -> int:
    """Unix seconds; the seconds of ``text`` may be missing. ``ValueError`` for anything else."""
    form = _WITHOUT_SECONDS if text.count(":") == 1 else _WITH_SECONDS
    return int(datetime.strptime(text, form).replace(tzinfo=BEIJING).timestamp())


def next_midnight(moment: float) -> int:
    """Unix seconds of the next 0:00 in Beijing."""
    day = datetime.fromtimestamp(moment, BEIJING).replace(hour=0, minute=0, second=0)
    return int((day + timedelta(days=1)).timestamp())


def with_zone(moment: float) -> str:
    """``2026-01-01T08:00:00+08:00``, for the control API."""
    return datetime.fromtimestamp(int(moment), BEIJING).isoformat()
