"""The simulated EasyPay platform as one object: its records, and the engine below them."""

from contextlib import AbstractContextManager

from gateway.sandbox.easypay.identity import EasypayIdentity, EasypayMerchant
from gateway.sandbox.easypay.records import (
    UNPAID,
    Counter,
    Merchant,
    Order,
    OrderNumber,
    Profile,
    Refund,
    RefundNumber,
    Switches,
)
from gateway.sandbox.engine import Engine
from gateway.sandbox.store import Table

CHANNEL = "easypay"

_UNPAID_SECONDS = 48 * 3600


class EasypayServer:
    """Tables by name; the rules about them live in the modules beside this one."""

    def __init__(self, engine: Engine, identity: EasypayIdentity) -> None:
        self.engine = engine
        self.private_key_pem = identity.platform_private_key_pem
        self.public_key_pem = identity.platform_public_key_pem
        store = engine.store
        self.merchants = Table(store, "easypay.merchant", Merchant, key=lambda one: one.pid)
        self.orders = Table(store, "easypay.order", Order, key=lambda one: one.trade_no)
        self.numbers = Table(store, "easypay.number", OrderNumber, key=lambda one: one.number)
        self.refunds = Table(store, "easypay.refund", Refund, key=lambda one: one.refund_no)
        self.refund_numbers = Table(
            store, "easypay.refund_number", RefundNumber, key=lambda one: one.number
        )
        self._profiles = Table(store, "easypay.profile", Profile, key=lambda one: one.pid)
        self._counters = Table(store, "easypay.counter", Counter, key=lambda one: one.name)
        self._switches = Table(store, "easypay.switches", Switches, key=lambda one: one.name)
        self.merchants.put(merchant_record(identity.merchant))

    @property
    def switches(self) -> Switches:
        """The present setup."""
        return self._switches.get(Switches.name) or Switches()

    @switches.setter
    def switches(self, switches: Switches) -> None:
        self._switches.put(switches)

    def profile(self, pid: str) -> Profile:
        """How the platform treats this merchant."""
        return self._profiles.get(pid) or Profile(pid)

    def set_profile(self, profile: Profile) -> None:
        """Treat a merchant so from now on."""
        self._profiles.put(profile)

    def atomic(self) -> AbstractContextManager[None]:
        """All changes made inside are kept together."""
        return self.engine.store.atomic()

    def now(self) -> int:
        """Whole seconds of the virtual clock."""
        return int(self.engine.clock.now())

    def next_number(self, series: str) -> int:
        """1, 2, 3, ... for each series, never the same twice."""
        with self.atomic():
            last = self._counters.get(series)
            return self._counters.put(Counter(series, last.value + 1 if last else 1)).value

    def order(self, trade_no: str) -> Order | None:
        """An order by the platform's number; the nightly cleaning has taken old unpaid ones."""
        with self.atomic():
            order = self.orders.get(trade_no)
            if order is None or not self._is_swept(order):
                return order
            self.orders.remove(trade_no)
            self.numbers.remove(order.number)
            return None

    def order_by_number(self, pid: str, out_trade_no: str) -> Order | None:
        """An order by the merchant's number."""
        number = self.numbers.get(f"{pid}:{out_trade_no}")
        return self.order(number.trade_no) if number else None

    def all_orders(self) -> list[Order]:
        """Every order there still is, oldest first."""
        with self.atomic():
            found = [self.order(order.trade_no) for order in self.orders.all()]
        return [order for order in found if order is not None]

    def refund_by_number(self, pid: str, out_refund_no: str) -> Refund | None:
        """A refund by the merchant's V2 number."""
        number = self.refund_numbers.get(f"{pid}:{out_refund_no}")
        return self.refunds.get(number.refund_no) if number else None

    def refunds_of(self, order: Order) -> list[Refund]:
        """Every refund of that order, oldest first."""
        found = (self.refunds.get(number) for number in order.refund_nos)
        return [refund for refund in found if refund is not None]

    def refunded_fen(self, order: Order) -> int:
        """What has gone back to the payer."""
        return sum(refund.fen for refund in self.refunds_of(order) if refund.succeeded)

    def forget_business(self) -> None:
        """Back to the first day: no orders, no refunds, default setup. Accounts stay."""
        with self.atomic():
            self.orders.clear()
            self.numbers.clear()
            self.refunds.clear()
            self.refund_numbers.clear()
            self._profiles.clear()
            self._switches.clear()

    def _is_swept(self, order: Order) -> bool:
        return order.status == UNPAID and self.now() >= order.created_at + _UNPAID_SECONDS


def merchant_record(holder: EasypayMerchant) -> Merchant:
    """The platform's side of a merchant: never its private key."""
    return Merchant(
        pid=holder.pid, name=holder.name, key=holder.key, public_key_pem=holder.public_key_pem
    )
