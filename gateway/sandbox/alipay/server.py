"""The simulated Alipay as one object: its records, and the engine below them."""

from collections.abc import Iterable
from contextlib import AbstractContextManager

from gateway.sandbox import keys
from gateway.sandbox.alipay.identity import AlipayApp, AlipayIdentity
from gateway.sandbox.alipay.records import (
    App,
    Counter,
    LatestLaunch,
    Launch,
    Login,
    Refund,
    Switches,
    Trade,
    TradeNumber,
)
from gateway.sandbox.alipay.serials import certificate_sn, root_certificate_sn
from gateway.sandbox.alipay.settle_records import (
    AppGateway,
    Relation,
    RoyaltyAccount,
    RoyaltyShare,
    Settlement,
)
from gateway.sandbox.engine import Engine
from gateway.sandbox.store import Table

CHANNEL = "alipay"


class AlipayServer:
    """Tables by name; the rules about them live in the modules beside this one."""

    def __init__(self, engine: Engine, identity: AlipayIdentity) -> None:
        self.engine = engine
        self.identity = identity
        store = engine.store
        self.apps = Table(store, "alipay.app", App, key=lambda one: one.app_id)
        self.launches = Table(store, "alipay.launch", Launch, key=lambda one: one.token)
        self._latest = Table(
            store, "alipay.latest_launch", LatestLaunch, key=lambda one: one.trade_key
        )
        self.trades = Table(store, "alipay.trade", Trade, key=lambda one: one.key)
        self.trade_numbers = Table(
            store, "alipay.trade_number", TradeNumber, key=lambda one: one.trade_no
        )
        self.refunds = Table(store, "alipay.refund", Refund, key=lambda one: one.key)
        self.logins = Table(store, "alipay.login", Login, key=lambda one: one.code)
        self.relations = Table(store, "alipay.relation", Relation, key=lambda one: one.key)
        self.royalty_accounts = Table(
            store, "alipay.royalty_account", RoyaltyAccount, key=lambda one: one.account
        )
        self.settlements = Table(store, "alipay.settlement", Settlement, key=lambda one: one.key)
        self.royalty_shares = Table(
            store, "alipay.royalty_share", RoyaltyShare, key=lambda one: one.detail_id
        )
        self.app_gateways = Table(
            store, "alipay.app_gateway", AppGateway, key=lambda one: one.app_id
        )
        self._counters = Table(store, "alipay.counter", Counter, key=lambda one: one.name)
        self._switches = Table(store, "alipay.switches", Switches, key=lambda one: one.name)
        for app in _apps_of(identity):
            self._admit(app)

    @property
    def root_cert_sn(self) -> str:
        """What every request in certificate mode must name as alipay_root_cert_sn."""
        return root_certificate_sn(self.identity.root_certificates_pem)

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

    def now(self) -> float:
        """Seconds of the virtual clock."""
        return self.engine.clock.now()

    def next_number(self, series: str) -> int:
        """1, 2, 3, ... for each series, never the same twice."""
        with self.atomic():
            last = self._counters.get(series)
            return self._counters.put(Counter(series, last.value + 1 if last else 1)).value

    def remember_launch(self, launch: Launch) -> Launch:
        """Keep a code or link, as the latest of its number."""
        with self.atomic():
            self._latest.put(LatestLaunch(launch.wanted.trade_key, launch.token))
            return self.launches.put(launch)

    def launch_of(self, trade_key: str) -> Launch | None:
        """The latest code or link of a number."""
        latest = self._latest.get(trade_key)
        return self.launches.get(latest.token) if latest else None

    def refunds_of(self, trade: Trade) -> list[Refund]:
        """Every refund of that trade, oldest first."""
        found = (self.refunds.get(f"{trade.key}:{number}") for number in trade.refund_nos)
        return [refund for refund in found if refund is not None]

    def settlements_of(self, trade: Trade) -> list[Settlement]:
        """Every settlement of that trade, oldest first."""
        seller_id = trade.wanted.seller_id
        found = (self.settlements.get(f"{seller_id}:{number}") for number in trade.settlement_nos)
        return [settlement for settlement in found if settlement is not None]

    def trade_of(self, settlement: Settlement) -> Trade:
        """The trade a settlement belongs to."""
        trade = self.trades.get(settlement.trade_key)
        if trade is None:
            raise LookupError("trades are never removed before their settlements")
        return trade

    def shares_of(self, settlement: Settlement) -> list[RoyaltyShare]:
        """The shares of a settlement in their order."""
        found = (self.royalty_shares.get(detail_id) for detail_id in settlement.detail_ids)
        return [share for share in found if share is not None]

    def royalty_account(self, account: str) -> RoyaltyAccount:
        """How that receiver's account behaves."""
        return self.royalty_accounts.get(account) or RoyaltyAccount(account)

    def forget_business(self) -> None:
        """Back to the first day: no trades, no relations, no logins, default setup. Apps stay."""
        with self.atomic():
            for business in (
                self.launches,
                self._latest,
                self.trades,
                self.trade_numbers,
                self.refunds,
                self.relations,
                self.royalty_accounts,
                self.settlements,
                self.royalty_shares,
                self.app_gateways,
                self.logins,
                self._switches,
            ):
                business.clear()

    def _admit(self, app: App) -> None:
        """Keep what happened to its certificates since it was admitted first."""
        if self.apps.get(app.app_id) is None:
            self.apps.put(app)


def app_record(holder: AlipayApp) -> App:
    """Alipay's side of an app: its public key, never its private one."""
    alipay_cert_sn = certificate_sn(holder.alipay_certificate_pem)
    expired_cert_sn = certificate_sn(holder.expired_alipay_certificate_pem)
    acts_for = {"app_id": holder.auth_app_id or "", "seller_id": holder.auth_seller_id or ""}
    return App(
        app_id=holder.app_id,
        name=holder.name,
        seller_id=holder.seller_id,
        key_mode=holder.key_mode,
        app_public_key_pem=keys.certificate_public_key_pem(holder.app_certificate_pem),
        app_cert_sn=certificate_sn(holder.app_certificate_pem),
        alipay_private_key_pem=holder.alipay_private_key_pem,
        alipay_cert_sn=alipay_cert_sn,
        expired_alipay_cert_sn=expired_cert_sn,
        alipay_certificates={
            alipay_cert_sn: holder.alipay_certificate_pem,
            expired_cert_sn: holder.expired_alipay_certificate_pem,
        },
        authorizations={holder.app_auth_token: acts_for} if holder.app_auth_token else {},
    )


def _apps_of(identity: AlipayIdentity) -> Iterable[App]:
    holders = (identity.merchant, identity.certificate_merchant, identity.service_provider)
    return (app_record(holder) for holder in holders)
