"""Every model's pages, registered: Django's admin imports this module.

The pages are here and not in the apps because one may need what its app must not import: a
company's keys are entered in the words of the gateway's channels.
"""

from django.contrib.admin import site

from paycenter.operators import alerts, gateway, notifications, people
from paycenter.operators.alerting import incidents, robots
from paycenter.operators.audit import events, sign_ins
from paycenter.operators.books import closed_days, journal, tallies
from paycenter.operators.bulk import page as bulk_runs
from paycenter.operators.columns import EMPTY
from paycenter.operators.desk import checkouts, codes
from paycenter.operators.finance import bills, differences, runs
from paycenter.operators.health import changes, switches
from paycenter.operators.merchants import (
    applications,
    channel_merchants,
    credentials,
    doors,
    parties,
    payment_accounts,
    security,
)
from paycenter.operators.security import pages
from paycenter.operators.splitting import receivers, rules
from paycenter.operators.transactions import (
    door_orders,
    duplicates,
    history,
    orders,
    payments,
    refund_proposals,
    refunds,
    split_returns,
    splits,
)

site.empty_value_display = EMPTY

__all__ = [
    "alerts",
    "applications",
    "bills",
    "bulk_runs",
    "changes",
    "channel_merchants",
    "checkouts",
    "closed_days",
    "codes",
    "credentials",
    "differences",
    "door_orders",
    "doors",
    "duplicates",
    "events",
    "gateway",
    "history",
    "incidents",
    "journal",
    "notifications",
    "orders",
    "pages",
    "parties",
    "payment_accounts",
    "payments",
    "people",
    "receivers",
    "refund_proposals",
    "refunds",
    "robots",
    "rules",
    "runs",
    "security",
    "sign_ins",
    "split_returns",
    "splits",
    "switches",
    "tallies",
]
