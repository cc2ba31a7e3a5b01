"""What became final on one business day of a company: the rows that a closed day freezes.

Only what never changes again stands here: numbers, amounts and times of entries, payments and
refunds that are decided. ``transactions.statements`` shows these rows with what is known besides.
"""

import json
from dataclasses import dataclass
from datetime import date

from django.db import connection

ROWS = """
SELECT entry.id, entry.kind, entry.business_date, ordered.order_no,
       payment.serial_no, payment.channel_serial_no,
       refund.refund_no, refund.refund_serial_no, refund.channel_refund_no,
       owner.channel, account.payment_no, moved.amount, moved.lines,
       CASE WHEN refund.id IS NULL THEN payment.paid_at ELSE refund.succeeded_at END AS final_at,
       entry.channel_merchant_id, account.project_id, ordered.application_id
FROM transactions_journalentry entry
JOIN transactions_payment payment ON payment.id = entry.payment_id
JOIN transactions_order ordered ON ordered.id = payment.order_id
JOIN merchants_paymentaccount account ON account.id = payment.payment_account_id
JOIN merchants_channelmerchant owner ON owner.id = entry.channel_merchant_id
LEFT JOIN transactions_refund refund ON refund.id = entry.refund_id
CROSS JOIN LATERAL (
    SELECT sum(line.debit - line.credit) FILTER (WHERE line.account = 'channel')::bigint AS amount,
           coalesce(jsonb_agg(jsonb_build_object('fee_type', line.fee_type,
                                                 'amount', line.credit - line.debit)
                              ORDER BY line.id) FILTER (WHERE line.account = 'income'),
                    '[]') AS lines
    FROM transactions_journalline line WHERE line.entry_id = entry.id
) moved
WHERE entry.kind IN ('payment', 'duplicate', 'refund')
"""
"""One row per entry that moved a payer's money; what went back is negative. Goes on with ``AND``.

``lines`` say what fee types it was for; what was paid twice is for none.
"""

_FROZEN = """
jsonb_build_array(
    id, kind, business_date, order_no, serial_no, channel_serial_no, refund_no, refund_serial_no,
    channel_refund_no, channel, payment_no, amount, lines,
    to_char(final_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'))::text
"""

DIGEST = f"encode(sha256(string_agg(sha256(convert_to({_FROZEN}, 'UTF8')), '' ORDER BY id)), 'hex')"
"""SHA-256 over the SHA-256 of each row in the order of the entries; null where there is none."""

_FACTS = f"""
WITH stated AS (
    {ROWS} AND entry.merchant_id = %s AND entry.business_date = %s
), by_kind AS (
    SELECT kind, jsonb_build_object('count', count(*), 'amount', sum(amount)) AS total
    FROM stated GROUP BY kind
)
SELECT coalesce((SELECT {DIGEST} FROM stated), encode(sha256(''), 'hex')),
       (SELECT jsonb_object_agg(kind, total) FROM by_kind)
"""  # noqa: S608 (only the constants above)


@dataclass(frozen=True, slots=True)
class DayFacts:
    """What a day comes to: its digest, and for each kind of row how many and how many fen."""

    sha256: str
    totals: dict[str, dict[str, int]]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(total["count"] for total in self.totals.values())


def facts_of_day(merchant_id: int, day: date) -> DayFacts:
    """Return what a day of a company comes to right now."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, [merchant_id, day])
        sha256, totals = cursor.fetchone() or ("", None)
    return DayFacts(sha256, json.loads(totals) if totals else {})
