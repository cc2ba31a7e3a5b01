"""Every model's pages, registered: Django's admin imports this module.

The pages are here and not in the apps because one may need what its app must not import: a
company's keys are entered in the words of the gateway's channels.
"""

from paycenter.operators import gateway, notifications, people
from paycenter.operators.merchants import accounts, applications, credentials, parties, security
from paycenter.operators.transactions import history, orders, payments, refunds

__all__ = [
    "accounts",
    "applications",
    "credentials",
    "gateway",
    "history",
    "notifications",
    "orders",
    "parties",
    "payments",
    "people",
    "refunds",
    "security",
]
