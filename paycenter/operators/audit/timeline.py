"""What became of one row, in the order of time: what people did on it, and its moves."""

from dataclasses import dataclass
from operator import attrgetter

from django.db.models import Model

from paycenter.operators.finding import deeds_on
from paycenter.operators.story.attempts import moved
from paycenter.operators.story.deeds import deed
from paycenter.operators.story.entry import Entry
from transactions.models import Move
from transactions.moves import SUBJECTS

AT_MOST = 200
"""Of either kind, the newest."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Entries, the oldest first. ``cut`` when there are older ones."""

    entries: list[Entry]
    cut: bool


def timeline_of(row: Model) -> Timeline:
    """Return the timeline of one row; at most two statements."""
    deeds = list(deeds_on([row]).order_by("-id")[:AT_MOST])
    moves = _moves_of(row)
    told = [*map(deed, deeds), *map(moved, moves)]
    return Timeline(
        sorted(told, key=attrgetter("at", "order")), AT_MOST in {len(deeds), len(moves)}
    )


def _moves_of(row: Model) -> list[Move]:
    subject = SUBJECTS.get(type(row))
    if subject is None:
        return []
    moves = Move.objects.filter(subject=subject, subject_id=row.pk)
    return list(moves.order_by("-id")[:AT_MOST])
