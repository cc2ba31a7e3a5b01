"""What stands on the accounts of a company: closed days by their roll-up, open ones by line."""

from dataclasses import dataclass
from datetime import date

from django.db import connections

from paycenter.kernel.reporting import PRIMARY
from transactions.models import Account


@dataclass(frozen=True, slots=True)
class Balance:
    """The sums of one account's sides up to a day, in fen."""

    account: Account
    channel_merchant_id: int
    fee_type: str
    debit: int
    credit: int

    @property
    def amount(self) -> int:
        """Debits less credits."""
        return self.debit - self.credit


_BALANCES = """
WITH closed AS (
    SELECT business_date FROM transactions_closedday
    WHERE merchant_id = %(merchant)s AND business_date <= %(day)s
), first AS (
    SELECT business_date FROM transactions_journalentry
    WHERE merchant_id = %(merchant)s ORDER BY business_date LIMIT 1
), opened AS (
    SELECT day::date AS business_date
    FROM first, generate_series(first.business_date, %(day)s::date, interval '1 day') day
    EXCEPT SELECT business_date FROM closed
), moved AS (
    SELECT rolled.account, rolled.channel_merchant_id, rolled.fee_type, rolled.debit, rolled.credit
    FROM closed
    JOIN transactions_daybalance rolled
      ON rolled.merchant_id = %(merchant)s AND rolled.business_date = closed.business_date
    UNION ALL
    SELECT line.account, entry.channel_merchant_id, line.fee_type, line.debit, line.credit
    FROM opened
    JOIN transactions_journalentry entry
      ON entry.merchant_id = %(merchant)s AND entry.business_date = opened.business_date
    JOIN transactions_journalline line ON line.entry_id = entry.id
)
SELECT account, channel_merchant_id, fee_type, sum(debit)::bigint, sum(credit)::bigint
FROM moved GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


def balances_on(merchant_id: int, day: date, *, database: str = PRIMARY) -> list[Balance]:
    """Return a company's balances at the end of a day, whatever is closed of the days before."""
    with connections[database].cursor() as cursor:
        cursor.execute(_BALANCES, {"merchant": merchant_id, "day": day})
        return [Balance(Account(account), *rest) for account, *rest in cursor.fetchall()]
