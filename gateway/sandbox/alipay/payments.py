"""What a payer does: come, pay, or try and fail. Reached from the cashier and the control API."""

from dataclasses import dataclass, replace

from django.utils.translation import gettext_noop as _

from gateway.sandbox.alipay.courier import owe_payment_notification
from gateway.sandbox.alipay.errors import GatewayError
from gateway.sandbox.alipay.records import CLOSED, SUCCESS, Launch, Trade
from gateway.sandbox.alipay.server import AlipayServer
from gateway.sandbox.alipay.trades import JOB, find_trade, open_trade
from gateway.sandbox.refusal import NotPossible


@dataclass(frozen=True)
class Buyer:
    """Who pays, by Alipay's number for the account or by the app's name for it; or anybody."""

    buyer_id: str = ""
    buyer_open_id: str = ""


def arrive(server: AlipayServer, launch: Launch) -> Trade:
    """The payer opens a link or scans a code: from now on there is a trade.

    Raises NotPossible when the link or code has run out, or its number was paid or closed.
    """
    with server.atomic():
        known = find_trade(server, launch.wanted.trade_key)
        if known is None and server.now() >= launch.expires_at:
            raise NotPossible(_("The code or link has expired; place a new payment."))
        try:
            return open_trade(server, launch.wanted)
        except GatewayError as error:
            raise NotPossible(f"{error.sub_code}: {error.sub_msg}") from error


def pay(server: AlipayServer, key: str, *, buyer: Buyer | None = None, coupon: int = 0) -> Trade:
    """Take the money and owe the merchant a notification; ``coupon`` is the part (fen) not paid.

    Raises NotPossible when the trade is paid or closed, or meant for another payer.
    """
    with server.atomic():
        trade = _payable(server, key)
        if not 0 <= coupon <= trade.wanted.total:
            raise NotPossible(f"coupon must be between 0 and the amount, {trade.wanted.total} fen.")
        paid = replace(
            _with_buyer(trade, buyer or Buyer()),
            state=SUCCESS,
            paid_at=server.now(),
            coupon=coupon,
        )
        server.engine.agenda.remove(JOB, key)
        server.trades.put(paid)
        owe_payment_notification(server, paid)
    return paid


def fail(server: AlipayServer, key: str) -> Trade:
    """The payer tries and fails: the trade stays WAIT_BUYER_PAY and nobody is told.

    Raises NotPossible as ``pay`` does.
    """
    with server.atomic():
        return server.trades.put(replace(_payable(server, key), failed_at=server.now()))


def _payable(server: AlipayServer, key: str) -> Trade:
    trade = find_trade(server, key)
    if trade is None:
        raise NotPossible(_("There is no such order."))
    if trade.is_paid:
        raise NotPossible(_("The order is paid already; a payer cannot pay it twice."))
    if trade.state == CLOSED:
        raise NotPossible(_("The order is closed; place a new one under a new number."))
    return trade


def _with_buyer(trade: Trade, buyer: Buyer) -> Trade:
    """A trade made for one payer can be paid by nobody else (ACQ.TRADE_BUYER_NOT_MATCH)."""
    if buyer == Buyer():
        return trade
    named = Buyer(trade.buyer_id, trade.buyer_open_id)
    if trade.wanted.names_buyer and buyer != named:
        raise NotPossible(
            f"The trade was made for the payer {named.buyer_id or named.buyer_open_id}; "
            "name no other."
        )
    return replace(trade, buyer_id=buyer.buyer_id, buyer_open_id=buyer.buyer_open_id)
