"""What became of one row, move by move, as lines on its own page."""

from django.utils.html import format_html_join

from paycenter.operators import columns
from paycenter.operators.words import MOVE_STATES
from transactions.models import Move


def move_lines(subject: Move.Subject, subject_id: int) -> str:
    """Return a line per move: when, to which state, by whom or why, and what the person wrote."""
    moves = Move.objects.filter(subject=subject, subject_id=subject_id)
    lines = format_html_join(
        "",
        '<p class="pc-line">{} {} {} {}</p>',
        (
            (
                columns.moment(move.created_at),
                columns.word_label(MOVE_STATES[subject], move.target),
                move.actor or move.get_cause_display(),
                move.note,
            )
            for move in moves
        ),
    )
    return lines or columns.EMPTY
