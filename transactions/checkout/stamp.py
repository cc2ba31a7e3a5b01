"""What an open page asks again and again: did anything change? One statement, by indexes alone.

The answer is a stamp that says nothing by itself; a page that holds another one loads itself anew.
"""

import hashlib

from django.db import connection

from transactions.services.checkouts import token_hash

_STAMP = """
    SELECT orders.id, orders.state, orders.version, orders.expires_at,
        (SELECT sum(version + 1) FROM transactions_payment WHERE order_id = orders.id),
        (SELECT sum(refund.version + 1)
            FROM transactions_payment AS payment
            JOIN transactions_refund AS refund ON refund.payment_id = payment.id
            WHERE payment.order_id = orders.id)
    FROM transactions_order AS orders
    WHERE orders.id = (SELECT order_id FROM transactions_checkout WHERE token_hash = %s)
"""
# Versions only rise and rows never go: a sum of them changes with each change. Most of what this
# costs is planning it, so it has as few joins as it can.


def stamp_of(token: str) -> str | None:
    """Return the stamp of the page with this token, or None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_STAMP, [token_hash(token)])
        row = cursor.fetchone()
    return None if row is None else hashlib.sha256(repr(row).encode()).hexdigest()[:16]
