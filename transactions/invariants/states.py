"""What must hold of states: only along known edges, told to applications, never forgotten."""

from django.db import models
from django.utils.translation import gettext_noop

from transactions.invariants.invariant import Invariant
from transactions.models import (
    ChannelBill,
    Difference,
    DuplicatePayment,
    Order,
    Payment,
    Receiver,
    Reconciliation,
    Refund,
    Split,
    SplitRelease,
    SplitReturn,
    SplitRule,
)

_MOVING: tuple[type[models.Model], ...] = (
    Order,
    Payment,
    Refund,
    DuplicatePayment,
    Receiver,
    SplitRule,
    Split,
    SplitReturn,
    SplitRelease,
    Difference,
)
_LOOKED_AFTER: tuple[type[models.Model], ...] = (
    Payment,
    Refund,
    Receiver,
    Split,
    SplitReturn,
    SplitRelease,
    ChannelBill,
    Reconciliation,
)

LATE = "interval '15 minutes'"
"""What was due this long ago is looked after by nobody."""


def _name(model: type[models.Model]) -> str:
    return model._meta.model_name or ""


def _edges() -> str:
    """Return every allowed edge as rows of SQL: whose, from where, to where."""
    edges = sorted(
        {
            (_name(model), str(edge.source), str(edge.target))
            for model in _MOVING
            for edge in model._meta.get_field("state").get_all_transitions(model)  # type: ignore[union-attr]
        }
    )
    return ", ".join(f"('{subject}', '{source}', '{target}')" for subject, source, target in edges)


_STATES_OF_ROWS = " UNION ALL ".join(
    f"SELECT '{_name(model)}' AS subject, id, state FROM {model._meta.db_table} "  # noqa: S608
    f"WHERE id IN (SELECT subject_id FROM moved WHERE subject = '{_name(model)}')"
    for model in _MOVING
)
_DUE = " UNION ALL ".join(
    f"SELECT '{_name(model)} ' || id FROM {model._meta.db_table} "  # noqa: S608
    f"WHERE due_at < %(now)s - {LATE}"
    for model in _LOOKED_AFTER
)

STATES = (
    Invariant(
        "moves_allowed",
        gettext_noop("states change only along the edges of their lifecycle"),
        f"""
        SELECT move.subject || ' ' || move.subject_id || ': ' || move.source || ' '
               || move.target
        FROM transactions_move move
        WHERE move.id >= %(move)s
          AND (move.subject, move.source, move.target) NOT IN (VALUES {_edges()})
        """,  # noqa: S608 (edges from the lifecycles)
        "I8",
    ),
    Invariant(
        "moves_lead_to_states",
        gettext_noop("a row is in the state that its last move led to"),
        f"""
        SELECT moved.subject || ' ' || moved.subject_id
        FROM moved
        JOIN ({_STATES_OF_ROWS}) stands ON (stands.subject, stands.id)
                                         = (moved.subject, moved.subject_id)
        WHERE stands.state <> moved.target
        """,  # noqa: S608 (names from the models)
        "I8",
        steps="""
        , moved AS (
            SELECT DISTINCT ON (subject, subject_id) subject, subject_id, target
            FROM transactions_move WHERE id >= %(move)s
            ORDER BY subject, subject_id, id DESC
        )
        """,
    ),
    Invariant(
        "nothing_forgotten",
        gettext_noop("what is open at a channel is looked at when it is due"),
        f"""
        {_DUE}
        UNION ALL
        SELECT payment.serial_no
        FROM touched_payment JOIN transactions_payment payment USING (id)
        WHERE payment.due_at IS NULL AND payment.state IN ('initiating', 'pending', 'unknown')
        UNION ALL
        SELECT refund.refund_serial_no
        FROM touched_payment JOIN transactions_refund refund ON payment_id = touched_payment.id
        WHERE refund.due_at IS NULL AND refund.state IN ('approved', 'processing', 'unknown')
        """,  # noqa: S608 (names from the models)
        "I7",
    ),
    Invariant(
        "events_recorded",
        gettext_noop("every payment and refund that succeeded was told of by an event"),
        """
        SELECT final.number
        FROM (
            SELECT payment.serial_no AS number
            FROM succeeded JOIN transactions_payment payment ON payment.id = subject_id
            WHERE subject = 'payment'
            UNION ALL
            SELECT refund.refund_serial_no
            FROM succeeded JOIN transactions_refund refund ON refund.id = subject_id
            WHERE subject = 'refund'
        ) final
        WHERE NOT EXISTS (SELECT FROM told WHERE told.number = final.number)
        """,
        "I6",
        steps="""
        , succeeded AS (
            SELECT subject, subject_id FROM transactions_move
            WHERE id >= %(move)s AND subject IN ('payment', 'refund') AND target = 'succeeded'
        ), told AS MATERIALIZED (
            SELECT CASE type WHEN 'refund.succeeded' THEN data ->> 'refund_serial_no'
                             ELSE data ->> 'serial_no' END AS number
            FROM notifications_event
            WHERE id >= %(event)s
              AND type IN ('payment.succeeded', 'payment.duplicated', 'refund.succeeded')
        )
        """,
    ),
    Invariant(
        "events_sent",
        gettext_noop("every event gets its place in the feed and is sent when it is due"),
        f"""
        SELECT event_id FROM notifications_event
        WHERE position IS NULL AND occurred_at < %(now)s - {LATE}
        UNION ALL
        SELECT 'delivery ' || id FROM notifications_delivery
        WHERE state = 'pending' AND due_at < %(now)s - {LATE}
        """,  # noqa: S608 (a constant)
        "I6",
    ),
)
