"""Telling an application that its order was paid, as EasyPay does: by GET, in exactly this order.

Rules: EasyPay protocol V1 and V2, "payment result notification". Only success is told; an order is
told in the version in which it was placed. Taken is an answer with the word ``success`` in it.
"""

from datetime import datetime
from urllib.parse import urlencode

from notifications.dialects import USER_AGENT, refused_status
from notifications.models import Delivery
from paycenter.kernel.http import WireRequest, WireResponse
from paycenter.kernel.money import format_yuan
from transactions.easypay_door.methods import TYPE_OF_CHANNEL
from transactions.easypay_door.schemes import scheme_of
from transactions.models import DoorOrder, Payment

DIALECT = "easypay"

_WORDS = (b"success", b"SUCCESS", b"Success")


class EasyPayDialect:
    """How applications behind a door are told."""

    def tells(self, type_: str) -> bool:
        """The protocol knows one event."""
        return type_ == "payment.succeeded"

    def request(self, delivery: Delivery, at: datetime) -> WireRequest:
        """Return the GET; in V2 its timestamp is that of this attempt."""
        del at
        rows = Payment.objects.select_related("channel_merchant", "order__door_order__door")
        payment = rows.get(serial_no=delivery.event.data["serial_no"])
        url = told_link(delivery.url, payment)
        return WireRequest("GET", url, {"User-Agent": USER_AGENT})

    def refusal(self, response: WireResponse) -> str:
        """A 2xx is not enough: the application must say that it understood."""
        said = any(word in response.body for word in _WORDS)
        return refused_status(response) or ("" if said else "the answer is not “success”")


def told_link(url: str, payment: Payment) -> str:
    """Return ``url`` with the signed parameters that say that ``payment`` paid its order.

    ``payment`` must come with its channel merchant, order, door order and door.
    """
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}{urlencode(_told(payment.order.door_order, payment))}"


def _told(known: DoorOrder, payment: Payment) -> dict[str, str]:
    paid = {
        "pid": str(known.door.pid),
        "trade_no": known.trade_no,
        "out_trade_no": known.out_trade_no,
        "type": TYPE_OF_CHANNEL[payment.channel_merchant.channel],
        "name": payment.order.subject,
        "money": format_yuan(payment.amount),
        "trade_status": "TRADE_SUCCESS",
    }
    if known.version == DoorOrder.Version.V2:
        paid["api_trade_no"] = payment.channel_serial_no or ""
    signed = scheme_of(known.door, known.version).signed(paid | {"param": known.param})
    if known.version == DoorOrder.Version.V2:
        signed["sign"] = signed.pop("sign")  # V2 ends with it
    return signed
