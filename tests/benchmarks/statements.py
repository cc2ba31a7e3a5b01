"""What a statement costs: rows per second and memory, for days of very different sizes.

Payments, with order, line and journal entry each, are made by the database itself, as many as a day
is to have. Each day is then streamed as JSON by a process of its own, so that the most memory it
ever had is that of this one statement.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import psycopg

from paycenter.local.environment import center_settings
from paycenter.local.errors import LocalError
from paycenter.local.secrets_file import fresh_secrets
from tests.benchmarks.center import Center

_FIRST_DAY = date(2020, 1, 1)
"""Long before anything else that a benchmark makes."""

_TABLES = ("transactions_journalentry", "transactions_journalline")

_FILL = """
WITH model AS (
    SELECT payment.*, ordered.application_id
    FROM transactions_payment payment
    JOIN transactions_order ordered ON ordered.id = payment.order_id
    ORDER BY payment.id LIMIT 1
), made AS (
    SELECT number, (%(day)s::date + time '12:00') AT TIME ZONE 'Asia/Shanghai' AS moment
    FROM generate_series(1, %(rows)s) number
), ordered AS (
    INSERT INTO transactions_order
        (application_id, merchant_id, order_no, order_group_no, amount, currency, subject,
         split_mode, content_hash, state, paid_amount, refunded_amount, expires_at, paid_at,
         version, created_at)
    SELECT application_id, merchant_id, %(day)s || '-' || number, '', 12850, 'CNY', '物业费',
           'none', '', 'paid', 12850, 0, moment, moment, 0, moment
    FROM model, made
    RETURNING id, order_no, created_at
), item AS (
    INSERT INTO transactions_orderline
        (merchant_id, order_id, line_no, fee_type, room, period, description, amount)
    SELECT merchant_id, ordered.id, 1, '物业费', '3-1-502', '2020-01', '', 12850
    FROM model, ordered
), payment AS (
    INSERT INTO transactions_payment
        (merchant_id, order_id, payment_account_id, channel_merchant_id, serial_no, invoke_method,
         amount, currency, attempt_no, launch, request_hash, metadata, notify_url, notify_dialect,
         refund_reserved, refunded, shared, expires_at, created_at, state, channel_serial_no,
         failure_code, failure_message, settles_order, asked, paid_at, version)
    SELECT merchant_id, ordered.id, payment_account_id, channel_merchant_id,
           'P' || substr(upper(md5(ordered.order_no)), 1, 23), invoke_method, 12850, 'CNY', 1, '{}',
           '', '{}', '', '', 0, 0, 0, ordered.created_at, ordered.created_at, 'succeeded',
           md5(ordered.order_no), '', '', true, 0, ordered.created_at, 0
    FROM model, ordered
    RETURNING id, merchant_id, channel_merchant_id, serial_no
), entry AS (
    INSERT INTO transactions_journalentry
        (merchant_id, channel_merchant_id, business_date, kind, reference, payment_id, posted_by,
         note, posted_at)
    SELECT merchant_id, channel_merchant_id, %(day)s, 'payment', serial_no, id, '', '', now()
    FROM payment
    RETURNING id, merchant_id
)
INSERT INTO transactions_journalline (merchant_id, entry_id, account, fee_type, debit, credit)
SELECT merchant_id, id, 'channel', '', 12850, 0 FROM entry
UNION ALL
SELECT merchant_id, id, 'income', '物业费', 0, 12850 FROM entry
"""


@dataclass(frozen=True)
class StatementCost:
    """One statement: how many rows and bytes, in how many seconds, with how many MB at most."""

    rows: int
    size: int
    seconds: float
    peak: float

    @property
    def rate(self) -> float:
        """Rows per second."""
        return self.rows / self.seconds


def measure_statements(center: Center, sizes: Sequence[int]) -> list[StatementCost]:
    """Make one day of each size and read its statement; the center must have a payment."""
    days = {_FIRST_DAY + timedelta(days=number): rows for number, rows in enumerate(sizes)}
    with psycopg.connect(center.at.database_url) as connection:
        for table in _TABLES:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
        for day, rows in days.items():
            connection.execute(_FILL.encode(), {"day": day.isoformat(), "rows": rows})
        connection.execute(b"SET CONSTRAINTS ALL IMMEDIATE")
        for table in _TABLES:
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER".encode())
    with psycopg.connect(center.at.database_url, autocommit=True) as connection:
        connection.execute(b"ANALYZE")
    return [_measured(center, day) for day in days]


def _measured(center: Center, day: date) -> StatementCost:
    """Read one statement in a process of its own, in which Django is set up first."""
    code = f"from tests.benchmarks.statement_reader import main; main({day.isoformat()!r})"
    done = subprocess.run(
        [sys.executable, "-m", "django", "shell", "--no-imports", "--command", code],
        env={
            **os.environ,
            **center_settings({}, fresh_secrets(), center.at),
            "DJANGO_SETTINGS_MODULE": "paycenter.settings",
        },
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise LocalError(f"the statement of {day} failed:\n{done.stderr}")
    return StatementCost(**json.loads(done.stdout))
