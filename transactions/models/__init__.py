"""The money facts. Only ``transactions.services`` changes them."""

from transactions.models.channel_bill import BillLine, ChannelBill, Reconciliation
from transactions.models.checkout import Checkout, CollectionCode
from transactions.models.difference import Difference
from transactions.models.door_order import DoorOrder
from transactions.models.duplicate import DuplicatePayment
from transactions.models.ledger import Account, ClosedDay, DayBalance, JournalEntry, JournalLine
from transactions.models.move import Move
from transactions.models.order import Order, OrderLine, SplitMode
from transactions.models.payment import Payment
from transactions.models.refund import Refund
from transactions.models.refund_proposal import RefundProposal
from transactions.models.split import (
    Receiver,
    Split,
    SplitRelease,
    SplitReturn,
    SplitRule,
    SplitRuleItem,
    SplitShare,
)
from transactions.models.tally import HourTally, TallyProgress

__all__ = [
    "Account",
    "BillLine",
    "ChannelBill",
    "Checkout",
    "ClosedDay",
    "CollectionCode",
    "DayBalance",
    "Difference",
    "DoorOrder",
    "DuplicatePayment",
    "HourTally",
    "JournalEntry",
    "JournalLine",
    "Move",
    "Order",
    "OrderLine",
    "Payment",
    "Receiver",
    "Reconciliation",
    "Refund",
    "RefundProposal",
    "Split",
    "SplitMode",
    "SplitRelease",
    "SplitReturn",
    "SplitRule",
    "SplitRuleItem",
    "SplitShare",
    "TallyProgress",
]
