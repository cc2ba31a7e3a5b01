"""What must hold between orders, payments, refunds and shares."""

from django.utils.translation import gettext_noop

from transactions.invariants.invariant import Invariant

MONEY = (
    Invariant(
        "paid_once",
        gettext_noop("an order is paid exactly if one payment settles it"),
        """
        SELECT ordered.order_no
        FROM touched_order JOIN transactions_order ordered USING (id)
        CROSS JOIN LATERAL (
            SELECT count(*) AS count FROM transactions_payment payment
            WHERE payment.order_id = ordered.id
              AND payment.settles_order AND payment.state = 'succeeded'
        ) settling
        WHERE settling.count
           <> CASE WHEN ordered.state IN ('paid', 'partially_refunded', 'refunded')
                   THEN 1 ELSE 0 END
        """,
        "I2",
    ),
    Invariant(
        "paid_in_full",
        gettext_noop("what was paid is the amount of the order"),
        """
        SELECT payment.serial_no
        FROM touched_payment JOIN transactions_payment payment USING (id)
        JOIN transactions_order ordered ON ordered.id = payment.order_id
        WHERE payment.settles_order
          AND NOT (payment.amount = ordered.amount AND ordered.paid_amount = ordered.amount)
        """,
        "I3",
    ),
    Invariant(
        "refunds_add_up",
        gettext_noop("what a payment reserved and returned is the sum of its refunds"),
        """
        SELECT payment.serial_no
        FROM touched_payment JOIN transactions_payment payment USING (id)
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount) FILTER (
                       WHERE state IN ('pending_approval', 'approved', 'processing', 'unknown')
                   ), 0) AS reserved,
                   coalesce(sum(amount) FILTER (WHERE state = 'succeeded'), 0) AS done
            FROM transactions_refund WHERE payment_id = payment.id
        ) refunds
        WHERE (payment.refund_reserved, payment.refunded) <> (refunds.reserved, refunds.done)
           OR payment.refund_reserved + payment.refunded > payment.amount
        """,
        "I4",
    ),
    Invariant(
        "orders_refunded",
        gettext_noop("what an order says was refunded is what its payment returned"),
        """
        SELECT ordered.order_no
        FROM touched_order JOIN transactions_order ordered USING (id)
        LEFT JOIN transactions_payment payment
          ON payment.order_id = ordered.id AND payment.settles_order
        WHERE ordered.refunded_amount <> coalesce(payment.refunded, 0)
           OR (ordered.state = 'refunded')
              <> (ordered.paid_amount > 0 AND ordered.refunded_amount = ordered.paid_amount)
        """,
        "I4",
    ),
    Invariant(
        "channel_numbers_unique",
        gettext_noop("a channel's number stands for one payment of a channel merchant"),
        """
        SELECT payment.serial_no
        FROM touched_payment JOIN transactions_payment payment USING (id)
        WHERE EXISTS (
            SELECT FROM transactions_payment other
            WHERE other.channel_serial_no = payment.channel_serial_no
              AND other.channel_merchant_id = payment.channel_merchant_id
              AND other.id <> payment.id
        )
        """,
        "I5",
    ),
    Invariant(
        "shares_add_up",
        gettext_noop("what a payment gave to receivers is the sum of their shares"),
        """
        SELECT payment.serial_no
        FROM touched_payment JOIN transactions_payment payment USING (id)
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(share.amount - share.returned - coalesce(aside.amount, 0)), 0)
                   AS amount
            FROM transactions_split split
            JOIN transactions_splitshare share ON share.split_id = split.id
            CROSS JOIN LATERAL (
                SELECT sum(back.amount) AS amount
                FROM transactions_splitreturn back
                JOIN transactions_refund refund ON refund.id = back.refund_id
                WHERE back.share_id = share.id
                  AND back.state IN ('planned', 'processing', 'unknown')
                  AND refund.state IN ('pending_approval', 'approved', 'processing', 'unknown')
            ) aside
            WHERE split.payment_id = payment.id AND share.result <> 'failed'
              AND split.state IN (
                  'pending_approval', 'planned', 'processing', 'unknown', 'finished'
              )
        ) shares
        WHERE payment.shared <> shares.amount
        """,
    ),
    Invariant(
        "returns_add_up",
        gettext_noop("what came back of a share is the sum of its returns"),
        """
        SELECT split.split_serial_no
        FROM touched_payment
        JOIN transactions_split split ON split.payment_id = touched_payment.id
        JOIN transactions_splitshare share ON share.split_id = split.id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount) FILTER (
                       WHERE state IN ('planned', 'processing', 'unknown')), 0) AS reserved,
                   coalesce(sum(amount) FILTER (WHERE state = 'succeeded'), 0) AS done
            FROM transactions_splitreturn WHERE share_id = share.id
        ) back
        WHERE (share.return_reserved, share.returned) <> (back.reserved, back.done)
        """,
    ),
)
