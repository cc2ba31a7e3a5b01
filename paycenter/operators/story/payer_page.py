"""Where an order came from that the center made itself, and that its payer has a page."""

from django.utils.translation import gettext as _

from paycenter.operators.columns import page_of
from paycenter.operators.story.entry import Entry, Fact, facts
from paycenter.operators.story.rows import Rows
from transactions.models import Checkout, Order


def entries(rows: Rows) -> list[Entry]:
    """Return that a page was made, if one was. Its address is not told: it is a key."""
    checkout = _checkout(rows.order)
    if checkout is None:
        return []
    entry = Entry(
        at=checkout.created_at,
        order=(1, 0),
        kind="request",
        icon="shopping_cart_checkout",
        title=_("Checkout page made"),
        url=page_of(checkout),
        facts=facts(*_place(checkout)),
    )
    return [entry]


def origin(order: Order) -> Fact | None:
    """Return how the center came to make an order, or None for one of an application."""
    checkout = _checkout(order)
    if checkout is None:
        return None
    if checkout.made_by:
        return Fact(_("Came from"), f"{_('Front desk')} · {checkout.made_by}")
    code = checkout.collection_code
    return Fact(_("Came from"), f"{_('Collection code')} · {code}", page_of(code)) if code else None


def _checkout(order: Order) -> Checkout | None:
    return getattr(order, "checkout", None)


def _place(checkout: Checkout) -> tuple[Fact, ...]:
    code = checkout.collection_code
    return () if code is None else (Fact(_("Collection code"), str(code), page_of(code)),)
