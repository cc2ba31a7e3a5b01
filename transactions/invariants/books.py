"""What must hold of the ledger: that it balances, says what happened, and stays as it is."""

from django.utils.translation import gettext_noop

from transactions.invariants.invariant import Invariant
from transactions.ledger.day_rows import DIGEST, ROWS

BOOKS = (
    Invariant(
        "entries_balance",
        gettext_noop("debits and credits of a journal entry are equal"),
        """
        SELECT entry.kind || ' ' || entry.reference
        FROM transactions_journalentry entry
        LEFT JOIN transactions_journalline line ON line.entry_id = entry.id
        WHERE entry.id >= %(entry)s
        GROUP BY entry.id
        HAVING coalesce(sum(line.debit), 0) <> coalesce(sum(line.credit), 0) OR count(line.id) = 0
        """,
        "I1",
    ),
    Invariant(
        "payments_booked",
        gettext_noop("a payment that succeeded is booked once with its amount"),
        """
        SELECT payment.serial_no
        FROM touched_payment JOIN transactions_payment payment USING (id)
        CROSS JOIN LATERAL (
            SELECT count(DISTINCT entry.id) AS entries, min(entry.kind) AS kind,
                   sum(line.debit - line.credit) AS amount
            FROM transactions_journalentry entry
            JOIN transactions_journalline line ON line.entry_id = entry.id
            WHERE entry.payment_id = payment.id AND entry.kind IN ('payment', 'duplicate')
              AND line.account = 'channel'
        ) booked
        WHERE (booked.entries, coalesce(booked.amount, 0))
           <> CASE WHEN payment.state = 'succeeded' THEN (1::bigint, payment.amount::numeric)
                   ELSE (0::bigint, 0::numeric) END
           OR booked.kind <> CASE WHEN payment.settles_order THEN 'payment' ELSE 'duplicate' END
        """,
        "I2",
    ),
    Invariant(
        "refunds_booked",
        gettext_noop("a refund that succeeded is booked once with its amount"),
        """
        SELECT refund.refund_serial_no
        FROM touched_payment
        JOIN transactions_refund refund ON refund.payment_id = touched_payment.id
        CROSS JOIN LATERAL (
            SELECT count(DISTINCT entry.id) AS entries, sum(line.credit - line.debit) AS amount
            FROM transactions_journalentry entry
            JOIN transactions_journalline line ON line.entry_id = entry.id
            WHERE entry.payment_id = refund.payment_id AND entry.refund_id = refund.id
              AND entry.kind = 'refund'
              AND line.account = CASE WHEN refund.is_offline THEN 'bank' ELSE 'channel' END
        ) booked
        WHERE (booked.entries, coalesce(booked.amount, 0))
           <> CASE WHEN refund.state = 'succeeded' THEN (1::bigint, refund.amount::numeric)
                   ELSE (0::bigint, 0::numeric) END
        """,
    ),
    Invariant(
        "duplicates_booked",
        gettext_noop("of what was paid twice, what is kept is income and the rest is owed"),
        """
        SELECT payment.serial_no
        FROM touched_payment JOIN transactions_payment payment USING (id)
        JOIN transactions_duplicatepayment duplicate ON duplicate.payment_id = payment.id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(line.credit - line.debit), 0) AS owed
            FROM transactions_journalentry entry
            JOIN transactions_journalline line ON line.entry_id = entry.id
            WHERE entry.payment_id = payment.id AND line.account = 'duplicate'
        ) booked
        WHERE booked.owed
           <> CASE WHEN duplicate.state = 'keep' THEN payment.refund_reserved
                   ELSE payment.amount - payment.refunded END
        """,
    ),
    Invariant(
        "shares_booked",
        gettext_noop("a share that its receiver got is booked once with its amount"),
        """
        SELECT split.split_serial_no
        FROM touched_payment
        JOIN transactions_split split ON split.payment_id = touched_payment.id
        JOIN transactions_splitshare share ON share.split_id = split.id
        JOIN transactions_receiver receiver ON receiver.id = share.receiver_id
        CROSS JOIN LATERAL (
            SELECT count(DISTINCT entry.id) AS entries, sum(line.credit - line.debit) AS amount
            FROM transactions_journalentry entry
            JOIN transactions_journalline line ON line.entry_id = entry.id
            WHERE entry.payment_id = split.payment_id AND entry.kind = 'split'
              AND entry.reference = split.split_serial_no || '-' || receiver.receiver_no
              AND line.account = 'channel'
        ) booked
        WHERE (booked.entries, coalesce(booked.amount, 0))
           <> CASE WHEN share.result = 'succeeded' THEN (1::bigint, share.amount::numeric)
                   ELSE (0::bigint, 0::numeric) END
        """,
    ),
    Invariant(
        "returns_booked",
        gettext_noop("a share that came back is booked once with its amount"),
        """
        SELECT back.return_serial_no
        FROM touched_payment
        JOIN transactions_split split ON split.payment_id = touched_payment.id
        JOIN transactions_splitshare share ON share.split_id = split.id
        JOIN transactions_splitreturn back ON back.share_id = share.id
        CROSS JOIN LATERAL (
            SELECT count(DISTINCT entry.id) AS entries, sum(line.debit - line.credit) AS amount
            FROM transactions_journalentry entry
            JOIN transactions_journalline line ON line.entry_id = entry.id
            WHERE entry.payment_id = split.payment_id AND entry.kind = 'split_return'
              AND entry.reference = back.return_serial_no AND line.account = 'channel'
        ) booked
        WHERE (booked.entries, coalesce(booked.amount, 0))
           <> CASE WHEN back.state = 'succeeded' THEN (1::bigint, back.amount::numeric)
                   ELSE (0::bigint, 0::numeric) END
        """,
    ),
    Invariant(
        "closed_days_frozen",
        gettext_noop("the statement of a closed day is what it was when the day was closed"),
        f"""
        SELECT merchant.merchant_no || ' ' || closed.business_date
        FROM transactions_closedday closed
        JOIN merchants_merchant merchant ON merchant.id = closed.merchant_id
        CROSS JOIN LATERAL (
            SELECT coalesce({DIGEST}, encode(sha256(''), 'hex')) AS sha256, count(*) AS count
            FROM ({ROWS} AND entry.merchant_id = closed.merchant_id
                         AND entry.business_date = closed.business_date) stated
        ) today
        WHERE closed.closed_at >= %(since)s
          AND (today.sha256, today.count) <> (closed.sha256, closed.rows)
        """,  # noqa: S608 (constants of the ledger)
    ),
    Invariant(
        "closed_days_rolled_up",
        gettext_noop("the balances of a closed day are the sums of its lines"),
        """
        SELECT DISTINCT merchant_no || ' ' || business_date
        FROM ((TABLE rolled EXCEPT TABLE summed) UNION ALL (TABLE summed EXCEPT TABLE rolled)) odd
        """,
        steps="""
        , closed AS (
            SELECT closed.merchant_id, closed.business_date, merchant.merchant_no
            FROM transactions_closedday closed
            JOIN merchants_merchant merchant ON merchant.id = closed.merchant_id
            WHERE closed.closed_at >= %(since)s
        ), rolled AS (
            SELECT merchant_no, day.business_date, account, channel_merchant_id, fee_type,
                   debit::numeric, credit::numeric
            FROM closed JOIN transactions_daybalance day USING (merchant_id, business_date)
        ), summed AS (
            SELECT merchant_no, entry.business_date, line.account, entry.channel_merchant_id,
                   line.fee_type, sum(line.debit), sum(line.credit)
            FROM closed JOIN transactions_journalentry entry USING (merchant_id, business_date)
            JOIN transactions_journalline line ON line.entry_id = entry.id
            GROUP BY 1, 2, 3, 4, 5
        )
        """,
    ),
    Invariant(
        "bill_lines_settled",
        gettext_noop("every line of a reconciled channel bill is matched or in a difference"),
        """
        SELECT bill.bill_date || ' ' || line.line_no
        FROM transactions_channelbill bill
        JOIN transactions_billline line ON line.channel_bill_id = bill.id
        LEFT JOIN transactions_payment payment
            ON line.movement = 'payment' AND payment.serial_no = line.number
            AND payment.channel_merchant_id = bill.channel_merchant_id
            AND payment.state = 'succeeded' AND payment.amount = line.amount
        LEFT JOIN transactions_refund refund
            ON line.movement = 'refund' AND refund.refund_serial_no = line.number
            AND refund.state = 'succeeded' AND refund.amount = line.amount
        WHERE bill.kind = 'trade' AND bill.state = 'loaded'
          AND line.movement IN ('payment', 'refund') AND line.outcome = 'succeeded'
          AND payment.id IS NULL AND refund.id IS NULL
          AND EXISTS (SELECT FROM transactions_reconciliation run
                      WHERE run.channel_bill_id = bill.id AND run.finished_at >= %(since)s
                        AND run.state = 'done')
          AND NOT EXISTS (SELECT FROM transactions_difference difference
                          WHERE difference.channel_merchant_id = bill.channel_merchant_id
                            AND (difference.bill_line_id = line.id
                                 OR difference.movement = line.movement
                                 AND difference.number = line.number))
        """,
        "I7",
    ),
)
