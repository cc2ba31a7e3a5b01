"""With what a printed code can be scanned: the apps in which it can be paid."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gateway.messages import Browser
from transactions.checkout.amounts import limits_of
from transactions.checkout.offers import offers_of
from transactions.models import Checkout, CollectionCode, Order

_APPS = (Browser.WECHAT, Browser.ALIPAY)
_WORDS: dict[tuple[Browser, ...], Promise] = {
    _APPS: _("Scan with WeChat or Alipay"),
    (Browser.WECHAT,): _("Scan with WeChat"),
    (Browser.ALIPAY,): _("Scan with Alipay"),
    (): _("Scan with your phone"),
}


def how_to_scan(pages: Iterable[Checkout]) -> str:
    """Say in which apps at least one of these pages can be paid, in the reader's language.

    What is switched off or out of order for now counts as well: paper outlives it.
    """
    known = list(pages)
    apps = tuple(app for app in _APPS if any(offers_of(page, app) for page in known))
    return str(_WORDS[apps])


def pages_of(code: CollectionCode) -> list[Checkout]:
    """Return pages like those a code will make, none of them saved.

    Where the payer enters the amount it is one for the least that each account takes.
    """
    application, merchant = code.application, code.merchant
    least = {span[0] for span in limits_of(application, merchant).spans}
    return [
        Checkout(order=Order(application=application, merchant=merchant, amount=amount))
        for amount in ([code.amount] if code.amount else sorted(least))
    ]
