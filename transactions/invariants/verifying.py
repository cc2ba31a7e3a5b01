"""Looking whether everything holds that must hold, and telling people where it does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext_noop

from notifications.alerts import raise_alert
from notifications.models import Alert
from paycenter.kernel.clock import now
from transactions.invariants.books import BOOKS
from transactions.invariants.invariant import Invariant
from transactions.invariants.money import MONEY
from transactions.invariants.states import STATES
from transactions.invariants.window import TOUCHED, Window, window_since

INVARIANTS = (*MONEY, *BOOKS, *STATES)

WINDOW = timedelta(days=3)
"""How far back the periodic job looks."""

AGAIN_AFTER = timedelta(hours=24)
EXAMPLES = 20
TOLD = 3
"""Examples found at most, and how many of them an alert names."""

_BROKEN = gettext_noop(
    "It does not hold that %(words)s: %(count)s found, first of them %(examples)s."
)


@dataclass(frozen=True, slots=True)
class Broken:
    """An invariant that does not hold: in how many places, and the first of them."""

    invariant: Invariant
    count: int
    examples: Sequence[str]


def find_broken(invariant: Invariant, window: Window) -> Broken | None:
    """Return where an invariant does not hold within a window, or None; one statement."""
    sql = (
        f"{TOUCHED} {invariant.steps} "  # noqa: S608 (constants of this package)
        f"SELECT count(*) OVER (), example FROM ({invariant.sql}) found (example) "
        f"ORDER BY example LIMIT {EXAMPLES}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, window.params)
        rows = cursor.fetchall()
    return Broken(invariant, rows[0][0], [str(row[1]) for row in rows]) if rows else None


def verify(since: datetime | None) -> list[Broken]:
    """Return what does not hold among what was made or moved since then; None is ever."""
    window = window_since(since, now=now())
    found = (find_broken(invariant, window) for invariant in INVARIANTS)
    return [broken for broken in found if broken]


def verify_and_alert() -> None:
    """Look at the last days, and tell people what is broken unless they were told today."""
    for broken in verify(now() - WINDOW):
        _tell(broken)


@transaction.atomic
def _tell(broken: Broken) -> None:
    rule = broken.invariant.rule
    newest = Alert.objects.filter(rule=rule).order_by("-id").first()
    if newest is not None and newest.raised_at > now() - AGAIN_AFTER:
        return
    raise_alert(
        rule,
        _BROKEN,
        severity=Alert.Severity.CRITICAL,
        words=broken.invariant.words,
        count=broken.count,
        examples=", ".join(broken.examples[:TOLD]),
    )
