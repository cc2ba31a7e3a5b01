"""EasyPay's callbacks: the payment as signed query parameters, five deliveries in all.

They come in the version in which the order was created. Refunds, closed orders and failed payments
are never told.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from gateway.sandbox.callbacks import Callback, Outgoing
from gateway.sandbox.easypay.documents import payment_notification
from gateway.sandbox.easypay.faults import MENU
from gateway.sandbox.easypay.records import Order
from gateway.sandbox.easypay.sealing import sealed
from gateway.sandbox.easypay.server import CHANNEL, EasypayServer
from gateway.sandbox.faults import Fault, Menu

_MINUTE = 60
_ACKNOWLEDGEMENTS = (b"success", b"SUCCESS", b"Success")
_RETURN_SECONDS = 5 * _MINUTE
_BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"


class EasypayCourier:
    """Writes, signs and judges callbacks to merchants."""

    menu: Menu = MENU
    delays: Sequence[int] = (1 * _MINUTE, 3 * _MINUTE, 19 * _MINUTE, 55 * _MINUTE)

    def __init__(self, server: EasypayServer) -> None:
        self._server = server

    def compose(self, callback: Callback, faults: Sequence[Fault]) -> Outgoing:
        """The request as of now, bent by the faults."""
        message = callback.message
        document = message["document"]
        for fault in faults:
            document = fault.document(document)
        told = sealed(
            self._server, document, pid=message["pid"], version=message["version"], faults=faults
        )
        form = urlencode(told).encode()
        for fault in faults:
            form = fault.body(form)
        headers = {"User-Agent": _BROWSER, "Accept": "*/*"}
        if self._server.switches.callback_method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            return Outgoing("POST", callback.url, headers, form)
        return Outgoing("GET", _with_query(callback.url, form.decode()), headers, b"")

    def accepted(self, status: int, body: bytes) -> bool:  # noqa: ARG002 - nobody looks at it
        """The word anywhere in the body, under whatever status."""
        return any(word in body for word in _ACKNOWLEDGEMENTS)


def owe_payment_callback(server: EasypayServer, order: Order) -> None:
    """Tell the merchant that the order is paid."""
    server.engine.callbacks.enqueue(
        CHANNEL,
        subject=order.trade_no,
        url=order.notify_url,
        message={
            "event_type": "TRADE_SUCCESS",
            "pid": order.pid,
            "version": order.version,
            "document": payment_notification(server, order),
        },
    )


def return_address(server: EasypayServer, order: Order) -> str:
    """Where the payer's browser goes after paying; empty when it has nowhere to go (any more)."""
    is_fresh = order.is_paid and server.now() <= order.paid_at + _RETURN_SECONDS
    if not order.return_url or not is_fresh:
        return ""
    document = payment_notification(server, order)
    told = sealed(server, document, pid=order.pid, version=order.version)
    return _with_query(order.return_url, urlencode(told))


def _with_query(url: str, query: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{query}"
