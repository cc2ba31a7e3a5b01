"""Every channel at work with an account of ours: its genuine callbacks, and variations of them.

Keys, accounts and genuine messages are those of the channels' own contract suites. They are all
signed as of ``NOW``, about one payment of ``AMOUNT`` fen.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.test import Client

from gateway.messages import Operation, RawCallback
from merchants.credentials import store_credential
from merchants.models import Merchant, PaymentAccount
from paycenter.kernel.http import WireResponse
from tests.contract import test_alipay_contract as alipay_suite
from tests.contract import test_easypay_contract as easypay_suite
from tests.contract import test_wechat_contract as wechat_suite
from tests.contract.channel_contract import PAYMENT, REFUND, ChannelContract
from tests.gateway.channels.alipay import peer as alipay
from tests.gateway.channels.easypay import peer as easypay
from tests.gateway.channels.wechat import peer as wechat
from tests.support.money import make_order, make_payment, make_refund
from tests.support.parties import make_account, make_channel_merchant
from transactions.models import Payment, Refund

AMOUNT = 1_990
TRADE_NO = "2026010122001400000000000077"


@dataclass(frozen=True)
class Told:
    """What a genuine callback says; ``word`` is the channel's own for the state."""

    amount: int = AMOUNT
    serial_no: str = PAYMENT.serial_no
    trade_no: str = TRADE_NO
    word: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def yuan(self) -> str:
        """The amount as Alipay and EasyPay write it."""
        return f"{self.amount // 100}.{self.amount % 100:02d}"


@dataclass(frozen=True)
class House:
    """A channel in one of its ways of working; ``tell`` signs a callback as the channel does.

    ``unpaid``: what it answers, asked, while nobody has paid; only where callbacks are confirmed.
    """

    name: str
    suite: ChannelContract
    tell: Callable[[Told], RawCallback]
    unsettled_words: tuple[str, ...]
    unpaid: WireResponse | None = None

    @property
    def code(self) -> str:
        """The channel's code."""
        return self.suite.channel.code

    @property
    def paid(self) -> WireResponse:
        """What it answers, asked, once the payment is paid."""
        return self.suite.accepted(Operation.QUERY)

    def open_account(self, mchid: str = "", merchant: Merchant | None = None) -> PaymentAccount:
        """Make the suite's account a row; ``mchid`` names another merchant with the same keys."""
        known = self.suite.account()
        owner = make_channel_merchant(
            merchant,
            channel=self.code,
            mchid=mchid or known.mchid,
            provider_mchid=known.provider_mchid,
            provider_appid=known.provider_appid,
            options=dict(known.options),
            endpoint=known.base_url if self.suite.channel.own_endpoint else "",
        )
        for credential in known.credentials:
            store_credential(owner, credential)
        return make_account(owner, appid=known.appid, mini_program_appid="")


def _wechat(told: Told) -> RawCallback:
    order = wechat.order(
        told.word or "SUCCESS",
        out_trade_no=told.serial_no,
        transaction_id=told.trade_no,
        amount={"total": told.amount, "payer_total": told.amount, "currency": "CNY"},
        **told.extra,
    )
    return wechat.callback(wechat.envelope(order, "transaction"))


def _alipay(pen: alipay.Pen) -> Callable[[Told], RawCallback]:
    return lambda told: alipay.notification(
        pen,
        out_trade_no=told.serial_no,
        trade_no=told.trade_no,
        total_amount=told.yuan,
        trade_status=told.word or "TRADE_SUCCESS",
        **told.extra,
    )


def _easypay(sign: Callable[..., RawCallback]) -> Callable[[Told], RawCallback]:
    return lambda told: sign(
        out_trade_no=told.serial_no,
        trade_no=told.trade_no,
        money=told.yuan,
        trade_status=told.word or "TRADE_SUCCESS",
        **told.extra,
    )


_ALIPAY_WORDS = ("WAIT_BUYER_PAY", "trade_success", "TRADE_PAID", "SUCCESS")
_EASYPAY_WORDS = ("TRADE_CLOSED", "trade_success", "WAIT", "1")

WECHAT = House(
    "wechat", wechat_suite.TestWeChatContract(), _wechat, ("NOTPAY", "USERPAYING", "success")
)
ALIPAY = House(
    "alipay", alipay_suite.TestAlipayContract(), _alipay(alipay.BY_ALIPAY), _ALIPAY_WORDS
)
ALIPAY_CERTIFIED = House(
    "alipay with certificates",
    alipay_suite.TestAlipayContractWithCertificates(),
    _alipay(alipay_suite.TestAlipayContractWithCertificates.pen),
    _ALIPAY_WORDS,
)
EASYPAY_V1 = House(
    "easypay v1",
    easypay_suite.TestEasyPayV1Contract(),
    _easypay(easypay.v1_callback),
    _EASYPAY_WORDS,
    unpaid=easypay.answer({"code": 1, "msg": "succ", **easypay.order(0)}),
)
EASYPAY_V2 = House(
    "easypay v2",
    easypay_suite.TestEasyPayV2Contract(),
    _easypay(easypay.v2_callback),
    _EASYPAY_WORDS,
    unpaid=easypay.signed_answer({"code": 0, **easypay.order(0)}),
)
HOUSES = (WECHAT, ALIPAY, ALIPAY_CERTIFIED, EASYPAY_V1, EASYPAY_V2)


def make_the_payment(account: PaymentAccount, **changes: Any) -> Payment:
    """Return the payment all genuine callbacks are about, at this account."""
    order = make_order(account=account, amount=AMOUNT)
    return make_payment(order, account, serial_no=PAYMENT.serial_no, **changes)


def make_the_refund(account: PaymentAccount) -> Refund:
    """Return the refund that ``REFUND_NEWS`` are about, at this account; it was sent."""
    payment = make_the_payment(account, state="succeeded", refund_reserved=990)
    number = REFUND.refund_serial_no
    return make_refund(payment, refund_serial_no=number, amount=990, state="processing")


REFUND_NEWS: Mapping[str, RawCallback] = {
    "wechat": wechat.callback(wechat.envelope(wechat.refund_event(), "refund")),
    "alipay": alipay.notification(
        out_biz_no=REFUND.refund_serial_no, refund_fee="9.90", gmt_refund="2026-01-01 08:00:00.000"
    ),
}
"""Genuine callbacks about one refund, by the channels that send any."""


def deliver(account: PaymentAccount, callback: RawCallback) -> HttpResponse:
    """Deliver a callback to an account's address, exactly as it is."""
    path = f"/callbacks/{account.channel_merchant.channel}/{account.payment_no}/"
    headers = {name: value for name, value in callback.headers.items() if name != "content-type"}
    response: Any = Client().generic(
        callback.method,
        path,
        callback.body,
        callback.headers.get("content-type", ""),
        headers=headers,
        QUERY_STRING=callback.query,
    )
    assert isinstance(response, HttpResponse)
    return response
