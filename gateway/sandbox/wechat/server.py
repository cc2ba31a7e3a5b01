"""The simulated WeChat Pay as one object: its records, and the engine below them."""

from collections.abc import Iterable
from contextlib import AbstractContextManager

from gateway.sandbox import keys
from gateway.sandbox.engine import Engine
from gateway.sandbox.store import Table
from gateway.sandbox.wechat.identity import WechatIdentity, WechatMerchant
from gateway.sandbox.wechat.records import (
    Counter,
    Login,
    Merchant,
    Order,
    PlatformKey,
    Prepay,
    Refund,
    Switches,
    Transaction,
)
from gateway.sandbox.wechat.split_records import (
    Receiver,
    ReceiverAccount,
    Share,
    ShareReturn,
    Split,
)

CHANNEL = "wechat"


class WechatServer:
    """Tables by name; the rules about them live in the modules beside this one."""

    def __init__(self, engine: Engine, identity: WechatIdentity) -> None:
        self.engine = engine
        store = engine.store
        self.merchants = Table(store, "wechat.merchant", Merchant, key=lambda one: one.mchid)
        self.platform_keys = Table(
            store, "wechat.platform_key", PlatformKey, key=lambda one: one.serial_no
        )
        self.orders = Table(store, "wechat.order", Order, key=lambda one: one.key)
        self.refunds = Table(store, "wechat.refund", Refund, key=lambda one: one.key)
        self.prepays = Table(store, "wechat.prepay", Prepay, key=lambda one: one.token)
        self.transactions = Table(
            store, "wechat.transaction", Transaction, key=lambda one: one.transaction_id
        )
        self.logins = Table(store, "wechat.login", Login, key=lambda one: one.code)
        self.receivers = Table(store, "wechat.receiver", Receiver, key=lambda one: one.key)
        self.receiver_accounts = Table(
            store, "wechat.receiver_account", ReceiverAccount, key=lambda one: one.account
        )
        self.splits = Table(store, "wechat.split", Split, key=lambda one: one.key)
        self.shares = Table(store, "wechat.share", Share, key=lambda one: one.detail_id)
        self.share_returns = Table(
            store, "wechat.share_return", ShareReturn, key=lambda one: one.key
        )
        self._counters = Table(store, "wechat.counter", Counter, key=lambda one: one.name)
        self._switches = Table(store, "wechat.switches", Switches, key=lambda one: one.name)
        self._admit(identity)

    @property
    def switches(self) -> Switches:
        """The present setup."""
        return self._switches.get(Switches.name) or Switches()

    @switches.setter
    def switches(self, switches: Switches) -> None:
        self._switches.put(switches)

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

    def refunds_of(self, order: Order) -> list[Refund]:
        """Every refund of that order, oldest first."""
        found = (self.refunds.get(f"{order.mchid}:{number}") for number in order.refund_nos)
        return [refund for refund in found if refund is not None]

    def order_of_transaction(self, transaction_id: str) -> Order | None:
        """The order a WeChat number belongs to."""
        transaction = self.transactions.get(transaction_id)
        return self.orders.get(transaction.order_key) if transaction else None

    def splits_of(self, order: Order) -> list[Split]:
        """Every split and release of that order, oldest first."""
        found = (self.splits.get(f"{order.mchid}:{number}") for number in order.split_nos)
        return [split for split in found if split is not None]

    def order_of(self, split: Split) -> Order:
        """The order a split belongs to."""
        order = self.orders.get(split.order_key)
        if order is None:
            raise LookupError("orders are never removed before their splits")
        return order

    def shares_of(self, split: Split) -> list[Share]:
        """The shares of a split in their order, the payee's own line last."""
        found = (self.shares.get(detail_id) for detail_id in split.detail_ids)
        return [share for share in found if share is not None]

    def returns_of(self, split: Split) -> list[ShareReturn]:
        """Every return of shares of that split, oldest first."""
        found = (self.share_returns.get(f"{split.mchid}:{number}") for number in split.return_nos)
        return [back for back in found if back is not None]

    def account_of(self, account: str) -> ReceiverAccount:
        """How that receiver's account behaves."""
        return self.receiver_accounts.get(account) or ReceiverAccount(account)

    def forget_business(self) -> None:
        """Back to the first day: no orders, receivers or logins, default setup.

        Merchants stay, and so do the certificates that sign or signed. One that was announced for
        later goes: nobody could say whether its time has come once the clock is turned back.
        """
        with self.atomic():
            for business in (
                self.orders,
                self.refunds,
                self.prepays,
                self.transactions,
                self.receivers,
                self.receiver_accounts,
                self.splits,
                self.shares,
                self.share_returns,
                self.logins,
                self._switches,
            ):
                business.clear()
            for key in self.platform_keys.all():
                if key.effective_at > self.now():
                    self.platform_keys.remove(key.serial_no)

    def _admit(self, identity: WechatIdentity) -> None:
        platform = PlatformKey(
            serial_no=keys.certificate_serial(identity.platform_certificate_pem),
            certificate_pem=identity.platform_certificate_pem,
            private_key_pem=identity.platform_private_key_pem,
            effective_at=0,
        )
        if self.platform_keys.get(platform.serial_no) is None:
            self.platform_keys.put(platform)
        for merchant in _merchants_of(identity):
            self.merchants.put(merchant)


def merchant_record(holder: WechatMerchant, sub_merchants: dict[str, list[str]]) -> Merchant:
    """The platform's side of a merchant: its certificate, never its private key."""
    return Merchant(
        mchid=holder.mchid,
        name=holder.name,
        appids=[holder.appid, holder.mini_program_appid],
        certificates={holder.serial_no: holder.certificate_pem},
        apiv3_key=holder.apiv3_key,
        public_key_id=holder.public_key_id,
        public_key_private_pem=holder.public_key_private_pem,
        sub_merchants=sub_merchants,
        app_secret=holder.app_secret,
    )


def _merchants_of(identity: WechatIdentity) -> Iterable[Merchant]:
    for holder in (identity.merchant, identity.service_provider):
        has_sub = holder.sub_mchid is not None and holder.sub_appid is not None
        sub = {str(holder.sub_mchid): [str(holder.sub_appid)]} if has_sub else {}
        yield merchant_record(holder, sub)
