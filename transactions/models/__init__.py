"""The money facts. Only ``transactions.services`` changes them."""

from transactions.models.checkout import Checkout, CollectionCode
from transactions.models.door_order import DoorOrder
from transactions.models.duplicate import DuplicatePayment
from transactions.models.move import Move
from transactions.models.order import Order, OrderLine
from transactions.models.payment import Payment
from transactions.models.refund import Refund

__all__ = [
    "Checkout",
    "CollectionCode",
    "DoorOrder",
    "DuplicatePayment",
    "Move",
    "Order",
    "OrderLine",
    "Payment",
    "Refund",
]
