"""The tables that grow with payments: what must stay quick however large they are."""

from django.apps import apps
from django.db import models

_GROWING = {
    "merchants": ("AuditEvent",),
    "notifications": ("Event", "Delivery", "DeliveryAttempt"),
    "gateway": ("Callback", "ChannelCall"),
    "transactions": (
        *("Order", "OrderLine", "Payment", "Refund", "Move", "Checkout", "DoorOrder"),
        *("DuplicatePayment", "Difference", "ChannelBill", "BillLine", "Reconciliation"),
        *("JournalEntry", "JournalLine", "DayBalance", "HourTally"),
        *("Split", "SplitShare", "SplitReturn", "SplitRelease"),
    ),
}


def growing_models() -> list[type[models.Model]]:
    """Return their models, in a fixed order."""
    return [apps.get_model(app, name) for app, names in _GROWING.items() for name in names]


def is_growing(app: str, name: str) -> bool:
    """Tell whether a model, written in whatever case, is one of them."""
    return name.lower() in {each.lower() for each in _GROWING.get(app, ())}
