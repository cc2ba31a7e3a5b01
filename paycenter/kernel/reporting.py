"""Where a report is read: on the replica while there is one that keeps up, else on the primary.

A report reads much and decides nothing: statements, sums, figures, files of lists. Whoever makes
one asks ``report_source`` once and reads all of it there, whether days are closed before their
rows: so a replica that lags calls no day closed of which it lacks a row. What moves money, what
people work off and what is answered about a single payment is read on the primary, Django's
default.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from paycenter.kernel.metrics import REPORTS_FROM_PRIMARY

logger = logging.getLogger(__name__)

PRIMARY = DEFAULT_DB_ALIAS
REPLICA = "replica"

MOST_SECONDS_BEHIND = 60.0
PAUSE_SECONDS = 10.0
"""For how long a replica that did not answer is left alone: nobody waits for it again and again."""

_left_alone_until = 0.0

# Of the time of the last commit nothing follows while nothing is written, so what the primary has
# flushed is compared first. A receiver that lost the primary believes that it has everything.
# Positions of another primary's replica would mean nothing: a copy has its origin's identifier.
_FLUSHED = "SELECT system_identifier, pg_current_wal_flush_lsn()::text FROM pg_control_system()"
_REPLAYED = """
SELECT pg_is_in_recovery() AND system_identifier = %s,
       pg_last_wal_replay_lsn() >= %s::pg_lsn,
       pg_last_xact_replay_timestamp(),
       pg_last_xact_replay_timestamp() >= clock_timestamp() - %s * interval '1 second'
FROM pg_control_system()
"""


@dataclass(frozen=True, slots=True)
class Source:
    """The alias of a database, and since when it may lack something; None: it lacks nothing."""

    database: str
    as_of: datetime | None = None


def report_source() -> Source:
    """Return where to read a report. Raises ``DatabaseError`` without a primary."""
    if REPLICA not in connections.settings:
        return Source(PRIMARY)
    if time.monotonic() < _left_alone_until:
        return _primary("no_answer")
    with connections[PRIMARY].cursor() as cursor:
        cursor.execute(_FLUSHED)
        identifier, flushed = cursor.fetchone()
    try:
        return _judged(identifier, flushed)
    except DatabaseError as error:
        _leave_alone()
        logger.warning("The replica did not answer: %s", type(error).__name__)
        return _primary("no_answer")


def _judged(identifier: int, flushed: str) -> Source:
    """Return the replica if it has what was flushed, or lacks the last moments alone."""
    with connections[REPLICA].cursor() as cursor:
        cursor.execute(_REPLAYED, [identifier, flushed, MOST_SECONDS_BEHIND])
        is_replica, has_all, as_of, is_recent = cursor.fetchone()
    if not is_replica:
        logger.warning("REPLICA_DATABASE_URL names a server that does not follow the primary")
        return _primary("no_replica")
    if has_all:
        return Source(REPLICA)
    if is_recent:
        return Source(REPLICA, as_of)
    logger.warning("The replica is behind: its last commit is of %s", as_of)
    return _primary("behind")


def _leave_alone() -> None:
    global _left_alone_until
    _left_alone_until = time.monotonic() + PAUSE_SECONDS
    connections[REPLICA].close()


def _primary(reason: str) -> Source:
    REPORTS_FROM_PRIMARY.labels(reason).inc()
    return Source(PRIMARY)
