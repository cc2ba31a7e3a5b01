from django.db import migrations

POST_KNOWN_PAYMENTS = """
WITH entry AS (
    INSERT INTO transactions_journalentry
        (merchant_id, channel_merchant_id, business_date, kind, reference, payment_id,
         posted_by, note, posted_at)
    SELECT merchant_id, channel_merchant_id,
           (COALESCE(paid_at, created_at) AT TIME ZONE 'Asia/Shanghai')::date,
           CASE WHEN settles_order THEN 'payment' ELSE 'duplicate' END, serial_no, id, '', '', now()
    FROM transactions_payment
    WHERE state = 'succeeded'
    ORDER BY id
    ON CONFLICT (merchant_id, kind, reference) DO NOTHING
    RETURNING id, merchant_id, kind, payment_id
), whole AS (
    SELECT entry.id, entry.merchant_id, entry.kind, payment.order_id, payment.amount
    FROM entry JOIN transactions_payment payment ON payment.id = entry.payment_id
)
INSERT INTO transactions_journalline (merchant_id, entry_id, account, fee_type, debit, credit)
SELECT merchant_id, id, 'channel', '', amount, 0 FROM whole
UNION ALL
SELECT merchant_id, id, 'duplicate', '', 0, amount FROM whole WHERE kind = 'duplicate'
UNION ALL
SELECT whole.merchant_id, whole.id, 'income', COALESCE(item.fee_type, ''), 0,
       COALESCE(item.amount, whole.amount)
FROM whole LEFT JOIN transactions_orderline item ON item.order_id = whole.order_id
WHERE whole.kind = 'payment';
"""
"""The lines of an order add up to what its payment paid."""

_DIVIDED = """
    SELECT whole.id, whole.merchant_id, COALESCE(item.fee_type, '') AS fee_type,
           CASE WHEN item.id IS NULL THEN whole.amount
                WHEN item.line_no = max(item.line_no) OVER all_lines
                THEN whole.amount - sum(part) OVER all_lines + part
                ELSE part END AS amount
    FROM whole
    LEFT JOIN transactions_orderline item ON item.order_id = whole.order_id
    JOIN transactions_order paid ON paid.id = whole.order_id
    CROSS JOIN LATERAL (SELECT item.amount::numeric * whole.amount) AS product (share)
    CROSS JOIN LATERAL (SELECT div(product.share, paid.amount)::bigint) AS floored (part)
    WINDOW all_lines AS (PARTITION BY whole.id)
"""
"""A part of an order among its fee types: floor each, the rest to the last."""

POST_KNOWN_REFUNDS = f"""
WITH entry AS (
    INSERT INTO transactions_journalentry
        (merchant_id, channel_merchant_id, business_date, kind, reference, payment_id, refund_id,
         posted_by, note, posted_at)
    SELECT refund.merchant_id, payment.channel_merchant_id,
           (COALESCE(refund.succeeded_at, refund.created_at) AT TIME ZONE 'Asia/Shanghai')::date,
           'refund', refund.refund_serial_no, payment.id, refund.id, '', '', now()
    FROM transactions_refund refund
    JOIN transactions_payment payment ON payment.id = refund.payment_id
    WHERE refund.state = 'succeeded'
    ORDER BY refund.id
    ON CONFLICT (merchant_id, kind, reference) DO NOTHING
    RETURNING id, merchant_id, refund_id
), given AS (
    SELECT entry.id, entry.merchant_id, refund.amount, refund.lines, payment.order_id,
           payment.settles_order
    FROM entry
    JOIN transactions_refund refund ON refund.id = entry.refund_id
    JOIN transactions_payment payment ON payment.id = refund.payment_id
), whole AS (
    SELECT * FROM given WHERE settles_order AND lines = '[]'
), divided AS ({_DIVIDED})
INSERT INTO transactions_journalline (merchant_id, entry_id, account, fee_type, debit, credit)
SELECT merchant_id, id, 'channel', '', 0, amount FROM given
UNION ALL
SELECT merchant_id, id, 'duplicate', '', amount, 0 FROM given WHERE NOT settles_order
UNION ALL
SELECT merchant_id, id, 'income', fee_type, amount, 0 FROM divided WHERE amount > 0
UNION ALL
SELECT given.merchant_id, given.id, 'income', item ->> 'fee_type', (item ->> 'amount')::bigint, 0
FROM given CROSS JOIN LATERAL jsonb_array_elements(given.lines) item
WHERE given.settles_order;
"""

POST_KNOWN_KEPT = f"""
WITH entry AS (
    INSERT INTO transactions_journalentry
        (merchant_id, channel_merchant_id, business_date, kind, reference, payment_id,
         posted_by, note, posted_at)
    SELECT payment.merchant_id, payment.channel_merchant_id,
           (now() AT TIME ZONE 'Asia/Shanghai')::date, 'duplicate_kept', payment.serial_no,
           payment.id, '', '', now()
    FROM transactions_duplicatepayment duplicate
    JOIN transactions_payment payment ON payment.id = duplicate.payment_id
    WHERE duplicate.state = 'keep'
      AND payment.amount > payment.refunded + payment.refund_reserved
    ORDER BY payment.id
    ON CONFLICT (merchant_id, kind, reference) DO NOTHING
    RETURNING id, merchant_id, payment_id
), whole AS (
    SELECT entry.id, entry.merchant_id, payment.order_id,
           payment.amount - payment.refunded - payment.refund_reserved AS amount
    FROM entry JOIN transactions_payment payment ON payment.id = entry.payment_id
), divided AS ({_DIVIDED})
INSERT INTO transactions_journalline (merchant_id, entry_id, account, fee_type, debit, credit)
SELECT merchant_id, id, 'duplicate', '', amount, 0 FROM whole
UNION ALL
SELECT merchant_id, id, 'income', fee_type, 0, amount FROM divided WHERE amount > 0;
"""

CHECK_NOW = "SET CONSTRAINTS ALL IMMEDIATE;"
"""Entries that do not balance fail here, not when everything is committed."""


class Migration(migrations.Migration):
    dependencies = [
        ("transactions", "0009_ledger_guards"),
    ]

    operations = [
        migrations.RunSQL(
            POST_KNOWN_PAYMENTS + POST_KNOWN_REFUNDS + POST_KNOWN_KEPT + CHECK_NOW,
            migrations.RunSQL.noop,
        ),
    ]
