"""What must hold of the money of one application at any moment, each law as SQL.

A law returns the rows that break it, so that no row is the only good answer. The numbers are those
of PRODUCT.md, "What must always hold".
"""

from django.db import connection

from merchants.models import Application

_PAYMENTS = """
    SELECT p.*, o.state AS order_state, o.merchant_id AS company, o.order_no,
           CASE WHEN o.order_group_no = '' THEN 'order ' || o.order_no
                ELSE 'group ' || o.order_group_no END AS scope
    FROM transactions_payment p JOIN transactions_order o ON o.id = p.order_id
    WHERE o.application_id = %(application)s
"""
_REFUNDS = """
    SELECT r.payment_id,
           COALESCE(sum(r.amount) FILTER (WHERE r.state = 'succeeded'), 0) AS done,
           COALESCE(sum(r.amount) FILTER (WHERE r.state NOT IN ('succeeded', 'failed')), 0) AS open
    FROM transactions_refund r JOIN payments p ON p.id = r.payment_id
    GROUP BY r.payment_id
"""
_EVENTS = """
    SELECT data ->> 'serial_no' AS serial_no, type FROM notifications_event
    WHERE application_id = %(application)s AND type IN ('payment.succeeded', 'payment.duplicated')
"""
_ALERTS = """
    SELECT a.params ->> 'serial_no' AS serial_no, a.rule FROM notifications_alert a
    JOIN payments p ON p.serial_no = a.params ->> 'serial_no'
"""

LAWS = {
    "an order or a group has at most one payment that settles it (1)": """
        SELECT min(serial_no) FROM payments WHERE settles_order
        GROUP BY company, scope HAVING count(*) > 1
    """,
    "an order is paid by the payment that settles it, and by that amount (1)": """
        SELECT o.order_no FROM transactions_order o
        LEFT JOIN payments p ON p.order_id = o.id AND p.settles_order
        WHERE o.application_id = %(application)s AND (
            (o.state IN ('paid', 'partially_refunded', 'refunded')) != (p.id IS NOT NULL)
            OR o.paid_amount != COALESCE(p.amount, 0)
            OR o.refunded_amount != COALESCE(p.refunded, 0)
        )
    """,
    "every other payment that succeeded is a duplicate payment, and nothing else is (1)": """
        SELECT serial_no FROM payments p
        LEFT JOIN transactions_duplicatepayment d ON d.payment_id = p.id
        WHERE (p.state = 'succeeded' AND NOT p.settles_order) != (d.id IS NOT NULL)
    """,
    "a duplicate payment goes back whole, or waits for a person, or is kept (1)": """
        SELECT serial_no FROM payments p
        JOIN transactions_duplicatepayment d ON d.payment_id = p.id
        WHERE (d.state = 'return') != (p.amount = p.refunded + p.refund_reserved)
    """,
    "refunds done and reserved are what is booked, within what was paid (2)": """
        SELECT serial_no FROM payments p LEFT JOIN refunds r ON r.payment_id = p.id
        WHERE p.refunded != COALESCE(r.done, 0) OR p.refund_reserved != COALESCE(r.open, 0)
           OR p.refunded + p.refund_reserved > p.amount
    """,
    "inside the window an attempt starts only when the earlier one is dead": """
        SELECT later.serial_no FROM payments later JOIN payments p ON p.id = later.repeat_of_id
        WHERE p.state IN ('initiating', 'pending', 'unknown')
          AND later.created_at < p.created_at + %(window)s * interval '1 second'
    """,
    "attempts form one chain: all but the last were replaced": """
        SELECT min(serial_no) FROM payments p
        WHERE NOT EXISTS (SELECT 1 FROM payments later WHERE later.repeat_of_id = p.id)
        GROUP BY company, scope HAVING count(*) > 1
    """,
    "what is open is due, and its order is not given up (7)": """
        SELECT serial_no FROM payments
        WHERE state IN ('initiating', 'pending', 'unknown')
          AND (due_at IS NULL OR order_state IN ('closed', 'expired'))
    """,
    "a success is told once, as what it is (8)": """
        SELECT p.serial_no FROM payments p LEFT JOIN events e USING (serial_no)
        GROUP BY p.serial_no, p.state, p.settles_order
        HAVING count(e.type) != (p.state = 'succeeded')::int
            OR bool_or((e.type = 'payment.succeeded') != p.settles_order)
    """,
    "people hear of every duplicate payment once, and of every refund of one that failed": """
        SELECT p.serial_no FROM payments p
        LEFT JOIN transactions_duplicatepayment d ON d.payment_id = p.id
        WHERE (SELECT count(*) FROM alerts a
               WHERE a.serial_no = p.serial_no AND a.rule = 'duplicate_payment')
              != (d.id IS NOT NULL)::int
           OR (SELECT count(*) FROM alerts a
               WHERE a.serial_no = p.serial_no AND a.rule = 'duplicate_refund_failed')
              != (SELECT count(*) FROM transactions_move m
                  WHERE m.subject = 'duplicatepayment' AND m.subject_id = d.id
                    AND m.source = 'return' AND m.target = 'held')
    """,
}

_PARTS = [
    f"SELECT '{law}' AS law, broken.* FROM ({rows}) AS broken (number)"
    for law, rows in LAWS.items()
]
_ALL = (
    f"WITH payments AS ({_PAYMENTS}), refunds AS ({_REFUNDS}), events AS ({_EVENTS}), "
    f"alerts AS ({_ALERTS}) {' UNION ALL '.join(_PARTS)}"
)


def broken_laws(application: Application, *, window: int) -> list[tuple[str, str]]:
    """Return each broken law with the number of what breaks it; one statement.

    ``window`` is the guard window in seconds.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ALL, {"application": application.pk, "window": window})
        return list(cursor.fetchall())
