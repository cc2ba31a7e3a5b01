"""One admitted request of a merchant, as the business functions see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.sandbox.easypay.errors import NO_PARAMETERS, ApiError
from gateway.sandbox.easypay.records import Merchant, Order
from gateway.sandbox.easypay.server import EasypayServer
from gateway.sandbox.faults import Fault

Parameters = Mapping[str, str]


@dataclass(frozen=True)
class Call:
    """``base_url`` is how the caller reached the platform, ending in ``/``; pages hang below it."""

    server: EasypayServer
    merchant: Merchant
    version: str
    parameters: Parameters
    base_url: str
    faults: Sequence[Fault] = ()

    def text(self, name: str) -> str:
        """A parameter without the space around it; nothing when it is missing."""
        return self.parameters.get(name, "").strip()

    def named_order(self) -> Order:
        """The order by ``trade_no``, or else by ``out_trade_no``; raises ApiError."""
        trade_no, out_trade_no = self.text("trade_no"), self.text("out_trade_no")
        if not trade_no and not out_trade_no:
            raise ApiError("订单号不能为空", NO_PARAMETERS)
        if trade_no:
            order = self.server.order(trade_no)
        else:
            order = self.server.order_by_number(self.merchant.pid, out_trade_no)
        if order is None or order.pid != self.merchant.pid:
            raise ApiError("订单号不存在")
        return order
