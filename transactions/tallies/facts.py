"""The figures of spans of time, counted from the payments and refunds themselves.

All of it is read from ranges of indexes that are there for other reasons: attempts by their
numbers, which carry the moment they were made (``kernel.numbers``), money by its owner and time.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from paycenter.kernel.numbers import first_number

FIGURES = (
    "opened",
    "repeated",
    "sent",
    "succeeded",
    "at_payer",
    "on_way",
    "paid",
    "taken",
    "refunds",
    "refunded",
)
"""What is counted; ``transactions.models.HourTally`` says what each means."""

Span = tuple[datetime, datetime]
"""From a moment, included, to another one, not included; whole seconds."""

_SPANS = """
span AS MATERIALIZED (
    SELECT * FROM unnest(
        %(starts)s::timestamptz[], %(ends)s::timestamptz[], %(from_nos)s::text[], %(to_nos)s::text[]
    ) AS span (start, stop, from_no, to_no)
)
"""

_OPENED = """
SELECT start, stop, merchant_id, payment_account_id,
       count(*) AS opened,
       count(repeat_of_id) AS repeated,
       count(*) FILTER (WHERE was_sent) AS sent,
       count(*) FILTER (WHERE state = 'succeeded') AS succeeded,
       count(*) FILTER (WHERE is_over AND was_sent) AS at_payer,
       count(*) FILTER (WHERE is_over AND NOT was_sent) AS on_way,
       0 AS paid, 0 AS taken, 0 AS refunds, 0 AS refunded
FROM (
    SELECT span.start, span.stop, payment.merchant_id, payment.payment_account_id,
           payment.repeat_of_id, payment.state, payment.state IN ('failed', 'closed') AS is_over,
           payment.state IN ('pending', 'succeeded') OR payment.state <> 'initiating' AND EXISTS (
               SELECT FROM transactions_move
               WHERE subject = 'payment' AND subject_id = payment.id AND target = 'pending'
           ) AS was_sent
    FROM span
    JOIN transactions_payment payment
      ON payment.serial_no >= span.from_no AND payment.serial_no < span.to_no
    WHERE true {payment}
) attempt
GROUP BY 1, 2, 3, 4
"""

_TAKEN = """
SELECT span.start, span.stop, payment.merchant_id, payment.payment_account_id,
       0, 0, 0, 0, 0, 0, count(*), sum(payment.amount), 0, 0
FROM span
CROSS JOIN merchants_channelmerchant owner
JOIN transactions_payment payment
  ON payment.channel_merchant_id = owner.id AND payment.state = 'succeeded'
 AND payment.paid_at >= span.start AND payment.paid_at < span.stop
WHERE payment.settles_order {payment}
GROUP BY 1, 2, 3, 4
"""

_REFUNDED = """
SELECT span.start, span.stop, payment.merchant_id, payment.payment_account_id,
       0, 0, 0, 0, 0, 0, 0, 0, count(*), sum(refund.amount)
FROM span
CROSS JOIN merchants_merchant company
JOIN transactions_refund refund
  ON refund.merchant_id = company.id AND refund.state = 'succeeded'
 AND refund.succeeded_at >= span.start AND refund.succeeded_at < span.stop
JOIN transactions_payment payment ON payment.id = refund.payment_id
WHERE true {payment}
GROUP BY 1, 2, 3, 4
"""

_SUMS = ", ".join(f"sum({name})::bigint AS {name}" for name in FIGURES)

_FACTS = f"""
SELECT start, stop, merchant_id, payment_account_id, {_SUMS}
FROM ({_OPENED} UNION ALL {_TAKEN} UNION ALL {_REFUNDED}) fact
GROUP BY 1, 2, 3, 4
"""  # noqa: S608 (only the constants above)


def facts_sql(*, narrowed: bool) -> tuple[str, str]:
    """Return a ``WITH`` query and a ``SELECT`` of figures per span and payment account.

    Parameters are those of ``spans_as_params``; narrowed, ``accounts`` are the ids of the accounts.
    """
    payment = "AND payment.payment_account_id = ANY(%(accounts)s)" if narrowed else ""
    return _SPANS, _FACTS.format(payment=payment)


def spans_as_params(spans: Sequence[Span]) -> dict[str, Any]:
    """Return the parameters that stand for spans in ``facts_sql``."""
    return {
        "starts": [start.astimezone(UTC) for start, _ in spans],
        "ends": [end.astimezone(UTC) for _, end in spans],
        "from_nos": [first_number("P", start) for start, _ in spans],
        "to_nos": [first_number("P", end) for _, end in spans],
    }
