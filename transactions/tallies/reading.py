"""Figures of payment accounts by hour and channel: from the tallies, and live where none is yet.

Hours that are not counted, and parts of hours, are read from the rows in the same statement: they
are few while the periodic job runs, and right all the same when it does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db import connections

from paycenter.kernel.reporting import PRIMARY
from transactions.models import TallyProgress
from transactions.tallies.counting import HOUR, hour_of
from transactions.tallies.facts import FIGURES, Span, facts_of


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted in some span; ``transactions.models.HourTally`` says what each means."""

    opened: int = 0
    repeated: int = 0
    sent: int = 0
    succeeded: int = 0
    at_payer: int = 0
    on_way: int = 0
    paid: int = 0
    taken: int = 0
    refunds: int = 0
    refunded: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        """Return both together."""
        names = (field.name for field in fields(self))
        return Figures(*(getattr(self, name) + getattr(other, name) for name in names))

    @property
    def decided(self) -> int:
        """Attempts that are no longer open."""
        return self.succeeded + self.at_payer + self.on_way


Found = Mapping[tuple[Span, str], Figures]
"""Figures by span and code of a channel; nothing where nothing was."""

_SUMS = ", ".join(f"sum({name})::bigint" for name in FIGURES)
_READ = f"""
WITH account AS MATERIALIZED (
    SELECT account.id, owner.merchant_id, owner.channel
    FROM merchants_paymentaccount account
    JOIN merchants_channelmerchant owner ON owner.id = account.channel_merchant_id
    WHERE account.id = ANY(%(accounts)s)
)
SELECT tally.hour, tally.hour + interval '1 hour', account.channel, {_SUMS}
FROM account
JOIN transactions_hourtally tally
  ON tally.merchant_id = account.merchant_id AND tally.payment_account_id = account.id
 AND tally.hour >= %(first)s AND tally.hour < %(until)s
GROUP BY 1, 2, 3
UNION ALL
SELECT fact.start, fact.stop, account.channel, {_SUMS}
FROM ({{facts}}) fact JOIN account ON account.id = fact.payment_account_id
GROUP BY 1, 2, 3
"""  # noqa: S608 (only constants)


def read_figures(
    accounts: Sequence[int], span: Span, parts: Sequence[Span] = (), *, database: str = PRIMARY
) -> Found:
    """Return the figures of accounts in the hours of ``span``; two statements.

    Both begin with an hour; the last one of ``span`` may be cut. ``parts`` are spans besides, each
    shorter than an hour.
    """
    first, end = span
    progress = TallyProgress.objects.using(database).filter(pk=1)
    counted = progress.values_list("until", flat=True).first()
    until = min(hour_of(end), max(first, counted or first))
    facts, values = facts_of([*_hours(until, end), *parts], narrowed=True)
    params: dict[str, Any] = {"accounts": list(accounts), "first": first, "until": until}
    with connections[database].cursor() as cursor:
        cursor.execute(_READ.format(facts=facts), params | values)
        rows = cursor.fetchall()
    return {((start, end), channel): Figures(*sums) for start, end, channel, *sums in rows}


def _hours(start: datetime, end: datetime) -> list[Span]:
    """Return the hours between two moments, the last one cut at the end."""
    hours = []
    while start < end:
        hours.append((start, min(start + HOUR, end)))
        start += HOUR
    return hours
