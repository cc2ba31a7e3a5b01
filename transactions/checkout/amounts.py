"""Which amounts can be paid where a person enters one: what at least one account takes."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchants.models import Application, Merchant, PaymentAccount
from merchants.selectors import offered_accounts
from paycenter.kernel.money import format_yuan
from paycenter.kernel.rows import find
from transactions.models import Checkout, Order

NOTHING_TAKES_MONEY = gettext_lazy(
    "There is no way to pay at the moment. Try again later, or ask the merchant."
)


@dataclass(frozen=True, slots=True)
class Limits:
    """The smallest and largest amount of each account, in fen. Without any nothing can be paid."""

    spans: tuple[tuple[int, int], ...]

    def refusal(self, amount: int) -> str:
        """Say why an amount cannot be paid, in the reader's language; blank when it can."""
        if not self.spans:
            return str(NOTHING_TAKES_MONEY)
        if any(lowest <= amount <= highest for lowest, highest in self.spans):
            return ""
        lowest = min(span[0] for span in self.spans)
        highest = max(span[1] for span in self.spans)
        if amount < lowest:
            return _("The smallest amount is %(yuan)s yuan.") % {"yuan": format_yuan(lowest)}
        if amount > highest:
            return _("The largest amount is %(yuan)s yuan.") % {"yuan": format_yuan(highest)}
        return _("This very amount cannot be paid here. Ask the merchant.")


def limits_of(application: Application, merchant: Merchant) -> Limits:
    """Return what checkout pages of an application take for one company."""
    return _limits(offered_accounts(application, merchant))


def refusal_of(order: Order) -> str:
    """Say why the page of an order could not take its money; blank when it could.

    A page that there is may offer named accounts alone; a new one offers all.
    """
    checkout = find(Checkout.objects.filter(order=order))
    named = checkout.payment_nos if checkout else ()
    return _limits(offered_accounts(order.application, order.merchant, named)).refusal(order.amount)


def _limits(accounts: QuerySet[PaymentAccount]) -> Limits:
    return Limits(tuple(accounts.order_by("pk").values_list("min_amount", "max_amount")))
