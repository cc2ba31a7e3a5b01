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

_OPENED = """
SELECT {start}::timestamptz AS start, {stop}::timestamptz AS stop, merchant_id, payment_account_id,
       count(*) AS opened,
       count(repeat_of_id) AS repeated,
       count(*) FILTER (WHERE was_sent) AS sent,
       count(*) FILTER (WHERE state = 'succeeded') AS succeeded,
       count(*) FILTER (WHERE is_over AND was_sent) AS at_payer,
       count(*) FILTER (WHERE is_over AND NOT was_sent) AS on_way,
       0 AS paid, 0 AS taken, 0 AS refunds, 0 AS refunded
FROM (
    SELECT payment.merchant_id, payment.payment_account_id, payment.repeat_of_id, payment.state,
           payment.state IN ('failed', 'closed') AS is_over,
           payment.state IN ('pending', 'succeeded') OR payment.state <> 'initiating' AND EXISTS (
               SELECT FROM transactions_move
               WHERE subject = 'payment' AND subject_id = payment.id AND target = 'pending'
           ) AS was_sent
    FROM transactions_payment payment
    WHERE payment.serial_no >= {from_no} AND payment.serial_no < {to_no} {payment}
) attempt
GROUP BY 1, 2, 3, 4
"""

_TAKEN = """
SELECT {start}::timestamptz, {stop}::timestamptz, payment.merchant_id, payment.payment_account_id,
       0, 0, 0, 0, 0, 0, count(*), sum(payment.amount), 0, 0
FROM merchants_channelmerchant owner
JOIN transactions_payment payment
  ON payment.channel_merchant_id = owner.id AND payment.state = 'succeeded'
 AND payment.paid_at >= {start} AND payment.paid_at < {stop}
WHERE payment.settles_order {payment}
GROUP BY 1, 2, 3, 4
"""

_REFUNDED = """
SELECT {start}::timestamptz, {stop}::timestamptz, payment.merchant_id, payment.payment_account_id,
       0, 0, 0, 0, 0, 0, 0, 0, count(*), sum(refund.amount)
FROM merchants_merchant company
JOIN transactions_refund refund
  ON refund.merchant_id = company.id AND refund.state = 'succeeded'
 AND refund.succeeded_at >= {start} AND refund.succeeded_at < {stop}
JOIN transactions_payment payment ON payment.id = refund.payment_id
WHERE true {payment}
GROUP BY 1, 2, 3, 4
"""

_NEVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2000, 1, 1, tzinfo=UTC))
_SUMS = ", ".join(f"sum({name})::bigint AS {name}" for name in FIGURES)

_FACTS = f"""
SELECT start, stop, merchant_id, payment_account_id, {_SUMS}
FROM ({{facts}}) fact
GROUP BY 1, 2, 3, 4
"""  # noqa: S608 (only the constants above)


def facts_of(spans: Sequence[Span], *, narrowed: bool) -> tuple[str, dict[str, Any]]:
    """Return a ``SELECT`` of figures per span and payment account, and its parameters.

    Each span is written out, so that the planner knows how short it is. Narrowed, it is up to the
    caller to say of which ``accounts``. Of no span there are no rows.
    """
    payment = "AND payment.payment_account_id = ANY(%(accounts)s)" if narrowed else ""
    parts: list[str] = []
    params: dict[str, Any] = {}
    for number, span in enumerate(spans or [_NEVER]):
        values = _values(span)
        names = {name: f"%({name}_{number})s" for name in values}
        parts += [part.format(**names, payment=payment) for part in (_OPENED, _TAKEN, _REFUNDED)]
        params |= {f"{name}_{number}": value for name, value in values.items()}
    return _FACTS.format(facts=" UNION ALL ".join(parts)), params


def _values(span: Span) -> dict[str, Any]:
    start, stop = span
    return {
        "start": start.astimezone(UTC),
        "stop": stop.astimezone(UTC),
        "from_no": first_number("P", start),
        "to_no": first_number("P", stop),
    }
