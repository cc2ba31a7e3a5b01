"""What an open page asks again and again: did anything change? One statement, by indexes alone.

The answer is a stamp that says nothing by itself; a page that holds another one loads itself anew.
"""

import hashlib

from django.db import connection

from transactions.services.checkouts import token_hash

_STAMP = """
    SELECT orders.id, orders.state, orders.version, orders.expires_at,
        paid.attempts, paid.moves, back.moves
    FROM transactions_checkout AS checkout
    JOIN transactions_order AS orders ON orders.id = checkout.order_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS attempts, coalesce(sum(version), 0) AS moves
        FROM transactions_payment WHERE order_id = orders.id
    ) AS paid
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(refund.version + 1), 0) AS moves
        FROM transactions_refund AS refund
        JOIN transactions_payment AS payment ON payment.id = refund.payment_id
        WHERE payment.order_id = orders.id AND orders.paid_amount > 0
    ) AS back
    WHERE checkout.token_hash = %s
"""


def stamp_of(token: str) -> str | None:
    """Return the stamp of the page with this token, or None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_STAMP, [token_hash(token)])
        row = cursor.fetchone()
    return None if row is None else hashlib.sha256(repr(row).encode()).hexdigest()[:16]
