"""Comparing a channel bill with our books: a few set-based statements, however long the bill.

Three accounts of one day meet here: the channel's lines, our rows and the ledger. A line and a row
of ours are equal when number, channel's number, amount and outcome are, and the ledger has booked
the row with that amount. Whatever is not equal is one difference. Comparing again finds the same
ones and keeps the work that people put into them; what is equal by now vanishes.

What a kind of bill has no lines for cannot be missing from it: payments and refunds are looked for
in the trade bill, splits and their returns in that of the account.
"""

# ruff: noqa: S608 (every part of these statements is a constant of this module)

from dataclasses import dataclass

from gateway.bill_messages import BillKind


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of a run. Its number of rows is counted under ``name``; progress shows it."""

    name: str
    sql: str


_OPEN = "('pending', 'open', 'assigned', 'proposed')"
_FIND = """
INSERT INTO transactions_difference
    (merchant_id, channel_merchant_id, channel_bill_id, run_id, bill_date, type, movement, number,
     payment_id, refund_id, bill_line_id, ours, theirs, detail, state, waits_until,
     is_told, assignee, solution, explanation, proposed_by, resolved_by, version, created_at)
SELECT %(merchant)s, %(owner)s, %(bill)s, %(run)s, %(day)s, found.type, found.movement,
       found.number, found.payment_id, found.refund_id, found.line_id, found.ours, found.theirs,
       found.detail, found.state, found.waits_until, false, '', '', '', '', '', 0, now()
FROM found
"""
# A difference that was resolved stays so, and is not found again.
_AGAIN = f"""
ON CONFLICT (channel_merchant_id, bill_date, type, movement, number)
    WHERE NOT (state = 'vanished') DO UPDATE SET
    run_id = excluded.run_id, channel_bill_id = excluded.channel_bill_id,
    bill_line_id = excluded.bill_line_id, payment_id = excluded.payment_id,
    refund_id = excluded.refund_id, ours = excluded.ours, theirs = excluded.theirs,
    detail = excluded.detail
WHERE transactions_difference.state IN {_OPEN}
"""


def _finding(found: str, *, among: str = "") -> str:
    """Return the statement that keeps what the query ``found`` comes to; ``among`` goes before."""
    return f"{among or 'WITH'}{',' if among else ''} found AS ({found}) {_FIND} {_AGAIN}"


# The first line of each number, with the row of ours that has it, and what the ledger booked.
_PAIRS = """
WITH line AS (
    SELECT DISTINCT ON (movement, number) *
    FROM transactions_billline
    WHERE channel_bill_id = %(bill)s AND movement IN ('payment', 'refund') AND number <> ''
    ORDER BY movement, number, line_no
), own AS (
    SELECT line.id AS line_id, payment.id AS payment_id, NULL::bigint AS refund_id,
           payment.amount, payment.state, payment.channel_serial_no AS channel_number,
           entry.id AS entry_id
    FROM line
    JOIN transactions_payment payment
        ON payment.serial_no = line.number AND payment.channel_merchant_id = %(owner)s
    LEFT JOIN transactions_journalentry entry
        ON entry.merchant_id = %(merchant)s AND entry.reference = payment.serial_no
        AND entry.kind = CASE WHEN payment.settles_order THEN 'payment' ELSE 'duplicate' END
    WHERE line.movement = 'payment'
    UNION ALL
    SELECT line.id, refund.payment_id, refund.id,
           refund.amount, refund.state, refund.channel_refund_no, entry.id
    FROM line
    JOIN transactions_refund refund ON refund.refund_serial_no = line.number
    JOIN transactions_payment payment
        ON payment.id = refund.payment_id AND payment.channel_merchant_id = %(owner)s
    LEFT JOIN transactions_journalentry entry
        ON entry.merchant_id = %(merchant)s AND entry.reference = refund.refund_serial_no
        AND entry.kind = 'refund'
    WHERE line.movement = 'refund'
), booked AS (
    SELECT own.line_id, sum(side.debit) AS amount
    FROM own JOIN transactions_journalline side ON side.entry_id = own.entry_id
    GROUP BY own.line_id
), pair AS (
    SELECT line.id AS line_id, line.movement, line.number, line.amount AS theirs, line.outcome,
           line.channel_number, own.payment_id, own.refund_id, own.amount AS ours, own.state,
           COALESCE(own.channel_number, '') AS our_channel_number, booked.amount AS booked
    FROM line JOIN own ON own.line_id = line.id LEFT JOIN booked ON booked.line_id = line.id
)
"""
# What is still on its way at the channel says nothing against us, whatever became of it since.
_SAME_STATE = """(outcome = 'succeeded' AND state = 'succeeded'
    OR outcome = 'failed' AND state IN ('failed', 'closed')
    OR movement = 'refund' AND outcome IN ('pending', 'unknown'))"""
_SAME_NUMBER = "(channel_number IN ('', our_channel_number) OR our_channel_number = '')"
_BOOKED = "(state <> 'succeeded' OR booked IS NOT DISTINCT FROM ours)"
_EQUAL = f"(theirs = ours AND {_SAME_STATE} AND {_SAME_NUMBER} AND {_BOOKED})"

_UNEQUAL = f"""
SELECT CASE WHEN theirs <> ours THEN 'amount' ELSE 'state' END AS type, movement, number,
       payment_id, refund_id, line_id, ours, theirs,
       CASE WHEN theirs <> ours THEN ''
            WHEN NOT {_SAME_STATE} THEN state || ' / ' || outcome
            WHEN NOT {_SAME_NUMBER} THEN our_channel_number || ' / ' || channel_number
            ELSE 'ledger: ' || COALESCE(booked::text, '-') END AS detail,
       'open' AS state, NULL::date AS waits_until
FROM pair WHERE NOT {_EQUAL}
"""

_TWICE = """
SELECT 'duplicate' AS type, line.movement, line.number, payment.id AS payment_id,
       refund.id AS refund_id, line.id AS line_id, NULL::bigint AS ours, line.amount AS theirs,
       line.times || ' x' AS detail, 'open' AS state, NULL::date AS waits_until
FROM (
    SELECT DISTINCT ON (movement, number) *, count(*) OVER (PARTITION BY movement, number) AS times
    FROM transactions_billline
    WHERE channel_bill_id = %(bill)s AND movement IN ('payment', 'refund') AND number <> ''
    ORDER BY movement, number, line_no DESC
) line
LEFT JOIN transactions_payment payment
    ON line.movement = 'payment' AND payment.serial_no = line.number
LEFT JOIN transactions_refund refund
    ON line.movement = 'refund' AND refund.refund_serial_no = line.number
WHERE line.times > 1
"""

_CHANNEL_ONLY = """
SELECT DISTINCT ON (line.movement, named.number)
       'channel_only' AS type, line.movement, named.number, NULL::bigint AS payment_id,
       NULL::bigint AS refund_id, line.id AS line_id, NULL::bigint AS ours, line.amount AS theirs,
       '' AS detail, 'open' AS state, NULL::date AS waits_until
FROM transactions_billline line
CROSS JOIN LATERAL (
    SELECT COALESCE(NULLIF(line.number, ''), NULLIF(line.channel_number, ''),
                    'line ' || line.line_no) AS number
) named
LEFT JOIN transactions_refund refund
    ON line.movement = 'refund' AND refund.refund_serial_no = line.number
LEFT JOIN transactions_payment payment
    ON payment.channel_merchant_id = %(owner)s
    AND (line.movement = 'payment' AND payment.serial_no = line.number
         OR payment.id = refund.payment_id)
WHERE line.channel_bill_id = %(bill)s AND line.movement IN ('payment', 'refund')
  AND line.outcome <> 'failed' AND payment.id IS NULL
ORDER BY line.movement, named.number, line.line_no
"""

_ABSENT = """NOT EXISTS (
    SELECT FROM transactions_billline line
    JOIN transactions_channelbill bill ON bill.id = line.channel_bill_id
    WHERE line.number = own.number AND line.movement = own.movement
      AND bill.channel_merchant_id = %(owner)s AND bill.state = 'loaded')"""

_LOCAL_ONLY = f"""
SELECT 'local_only' AS type, own.movement, own.number, own.payment_id, own.refund_id,
       NULL::bigint AS line_id, own.amount AS ours, NULL::bigint AS theirs, '' AS detail,
       'pending' AS state, %(day)s::date + 1 AS waits_until
FROM (
    SELECT 'payment' AS movement, serial_no AS number, id AS payment_id,
           NULL::bigint AS refund_id, amount
    FROM transactions_payment
    WHERE channel_merchant_id = %(owner)s AND state = 'succeeded'
      AND paid_at >= %(start)s AND paid_at < %(end)s
    UNION ALL
    SELECT 'refund', refund.refund_serial_no, refund.payment_id, refund.id, refund.amount
    FROM transactions_refund refund
    JOIN transactions_payment payment ON payment.id = refund.payment_id
    WHERE refund.merchant_id = %(merchant)s AND payment.channel_merchant_id = %(owner)s
      AND refund.state = 'succeeded' AND NOT refund.is_offline
      AND refund.succeeded_at >= %(start)s AND refund.succeeded_at < %(end)s
) own
WHERE own.movement = ANY(%(movements)s) AND {_ABSENT}
"""

_FEES = """
SELECT 'fee' AS type, line.movement, line.number, payment.id AS payment_id,
       NULL::bigint AS refund_id, line.id AS line_id,
       round(line.amount::numeric * agreed.fee_ppm / 1000000)::bigint AS ours, line.fee AS theirs,
       agreed.fee_ppm || ' ppm' AS detail, 'open' AS state, NULL::date AS waits_until
FROM transactions_billline line
JOIN merchants_channelmerchant agreed ON agreed.id = %(owner)s
JOIN transactions_payment payment
    ON payment.serial_no = line.number AND payment.channel_merchant_id = %(owner)s
WHERE line.channel_bill_id = %(bill)s AND line.movement = 'payment'
  AND line.outcome = 'succeeded'
  AND abs(line.fee - line.amount::numeric * agreed.fee_ppm / 1000000) >= 1
"""

# What left the account by our splits, and came back by their returns, number by number.
_SHARED = """
WITH line AS (
    SELECT number, 'split' AS movement, -sum(change) AS theirs, min(id) AS line_id
    FROM transactions_billline
    WHERE channel_bill_id = %(bill)s AND movement = 'split' AND number <> ''
    GROUP BY number
), own AS (
    SELECT line.number, split.payment_id, COALESCE(sum(share.amount), 0) AS ours
    FROM line
    JOIN transactions_split split
        ON split.split_serial_no = line.number AND split.merchant_id = %(merchant)s
    LEFT JOIN transactions_splitshare share
        ON share.split_id = split.id AND share.result = 'succeeded'
    GROUP BY line.number, split.payment_id
    UNION ALL
    SELECT line.number, split.payment_id,
           CASE WHEN back.state = 'succeeded' THEN -back.amount ELSE 0 END
    FROM line
    JOIN transactions_splitreturn back
        ON back.return_serial_no = line.number AND back.merchant_id = %(merchant)s
    JOIN transactions_splitshare share ON share.id = back.share_id
    JOIN transactions_split split ON split.id = share.split_id
)
"""
_UNEQUALLY_SHARED = """
SELECT CASE WHEN own.number IS NULL THEN 'channel_only' ELSE 'amount' END AS type,
       line.movement, line.number, own.payment_id, NULL::bigint AS refund_id, line.line_id,
       own.ours, line.theirs, '' AS detail, 'open' AS state, NULL::date AS waits_until
FROM line LEFT JOIN own ON own.number = line.number
WHERE own.ours IS DISTINCT FROM line.theirs
"""

_SHARED_HERE_ONLY = f"""
SELECT 'local_only' AS type, own.movement, own.number, own.payment_id, NULL::bigint AS refund_id,
       NULL::bigint AS line_id, own.amount AS ours, NULL::bigint AS theirs, '' AS detail,
       'pending' AS state, %(day)s::date + 1 AS waits_until
FROM (
    SELECT 'split' AS movement, split.split_serial_no AS number, split.payment_id,
           sum(share.amount) AS amount
    FROM transactions_split split
    JOIN transactions_payment payment ON payment.id = split.payment_id
    JOIN transactions_splitshare share ON share.split_id = split.id
    WHERE split.merchant_id = %(merchant)s AND payment.channel_merchant_id = %(owner)s
      AND share.result = 'succeeded'
      AND split.finished_at >= %(start)s AND split.finished_at < %(end)s
    GROUP BY split.split_serial_no, split.payment_id
) own
WHERE own.movement = ANY(%(movements)s) AND {_ABSENT}
"""

_HISTORY = """
INSERT INTO transactions_move
    (merchant_id, subject, subject_id, source, target, cause, actor, note, created_at)
SELECT merchant_id, 'difference', id, source, target, 'bill', '', '', now() FROM moved
"""


def _moving(chosen: str, target: str, also: str = "") -> str:
    """Return the statement that moves the chosen differences, with their history."""
    return f"""
WITH chosen AS (
    SELECT id, state AS source FROM transactions_difference
    WHERE channel_merchant_id = %(owner)s AND {chosen} FOR UPDATE
), moved AS (
    UPDATE transactions_difference difference
    SET state = '{target}', version = version + 1{also}
    FROM chosen WHERE difference.id = chosen.id
    RETURNING difference.id, difference.merchant_id, chosen.source, difference.state AS target
)
{_HISTORY}
"""


_OF_THIS_KIND = {
    BillKind.TRADE: "movement IN ('payment', 'refund')",
    BillKind.ACCOUNT: "movement = 'split'",
}


def _ending(kind: BillKind) -> tuple[Step, ...]:
    """Return what is done in the end: differences that are none any more, and those now certain."""
    mine = _OF_THIS_KIND[kind]
    gone = f"state IN {_OPEN} AND {mine} AND bill_date = %(day)s AND run_id <> %(run)s"
    late = f"""state IN {_OPEN} AND {mine} AND type = 'local_only' AND EXISTS (
        SELECT FROM transactions_billline line
        JOIN transactions_channelbill bill ON bill.id = line.channel_bill_id
        WHERE line.number = transactions_difference.number
          AND line.movement = transactions_difference.movement
          AND bill.channel_merchant_id = %(owner)s AND bill.state = 'loaded')"""
    certain = f"state = 'pending' AND {mine} AND waits_until <= %(day)s"
    return (
        Step("vanished", _moving(gone, "vanished", ", resolved_at = now()")),
        Step("found_later", _moving(late, "vanished", ", resolved_at = now()")),
        Step("matured", _moving(certain, "open")),
    )


COUNT_EQUAL = f"{_PAIRS} SELECT count(*) FROM pair WHERE {_EQUAL}"

STEPS: dict[BillKind, tuple[Step, ...]] = {
    BillKind.TRADE: (
        Step("duplicate", _finding(_TWICE)),
        Step("unequal", _finding(_UNEQUAL, among=_PAIRS)),
        Step("channel_only", _finding(_CHANNEL_ONLY)),
        Step("local_only", _finding(_LOCAL_ONLY)),
        Step("fee", _finding(_FEES)),
        *_ending(BillKind.TRADE),
    ),
    BillKind.ACCOUNT: (
        Step("unequal", _finding(_UNEQUALLY_SHARED, among=_SHARED)),
        Step("local_only", _finding(_SHARED_HERE_ONLY)),
        *_ending(BillKind.ACCOUNT),
    ),
}

TO_REPAIR = """
SELECT line.id, line.movement, line.number
FROM transactions_billline line
LEFT JOIN transactions_payment payment
    ON line.movement = 'payment' AND payment.serial_no = line.number
    AND payment.channel_merchant_id = %(owner)s
LEFT JOIN transactions_refund refund
    ON line.movement = 'refund' AND refund.refund_serial_no = line.number
WHERE line.channel_bill_id = %(bill)s AND line.id > %(after)s AND line.outcome = 'succeeded'
  AND (payment.state <> 'succeeded' OR refund.state <> 'succeeded')
ORDER BY line.id LIMIT %(batch)s
"""
"""Lines that say that money moved which we do not know to have moved."""
