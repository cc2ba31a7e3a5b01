"""The simulated channels by code: what the shared control API and the shared pages ask of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gateway.sandbox.alipay import cashier as alipay_cashier
from gateway.sandbox.alipay import faults as alipay_faults
from gateway.sandbox.cashier.rows import OrderRow
from gateway.sandbox.easypay import faults as easypay_faults
from gateway.sandbox.easypay import pages as easypay_pages
from gateway.sandbox.faults import Menu
from gateway.sandbox.wechat import cashier as wechat_cashier
from gateway.sandbox.wechat import faults as wechat_faults


@dataclass(frozen=True)
class SandboxChannel:
    """``control_urls`` and ``cashier_urls`` are the modules that hold its routes of either kind."""

    menu: Menu
    operations: Sequence[str]
    recent_orders: Callable[[int], list[OrderRow]]
    control_urls: str
    #: None when the payer's pages are at the channel's own paths.
    cashier_urls: str | None = None


CHANNELS: Mapping[str, SandboxChannel] = {
    "wechat": SandboxChannel(
        menu=wechat_faults.MENU,
        operations=wechat_faults.OPERATIONS,
        recent_orders=wechat_cashier.recent_orders,
        control_urls="gateway.sandbox.wechat.control",
        cashier_urls="gateway.sandbox.wechat.cashier",
    ),
    "alipay": SandboxChannel(
        menu=alipay_faults.MENU,
        operations=alipay_faults.OPERATIONS,
        recent_orders=alipay_cashier.recent_orders,
        control_urls="gateway.sandbox.alipay.control",
        cashier_urls="gateway.sandbox.alipay.cashier",
    ),
    "easypay": SandboxChannel(
        menu=easypay_faults.MENU,
        operations=easypay_faults.OPERATIONS,
        recent_orders=easypay_pages.recent_orders,
        control_urls="gateway.sandbox.easypay.control",
    ),
}
