"""Business rules of a refund call; each raises a GatewayError."""

from gateway.sandbox.alipay.errors import failed, invalid_parameter
from gateway.sandbox.alipay.records import CLOSED, FINISHED, WAITING, Refund, Trade
from gateway.sandbox.alipay.server import AlipayServer

_GAP_SECONDS = 3


def check_refundable(server: AlipayServer, trade: Trade, *, fen: int, is_numbered: bool) -> None:
    """Whether this trade has so much left to return, and may return it now."""
    _check_state(trade)
    refunds = server.refunds_of(trade)
    if sum(one.amount for one in refunds) + fen > trade.wanted.total:
        raise failed("REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限")
    if not is_numbered and fen != trade.wanted.total:
        raise invalid_parameter("部分退款必须传入out_request_no")
    is_hasty = bool(refunds) and server.now() < refunds[-1].created_at + _GAP_SECONDS
    if server.switches.refund_gap and is_hasty:
        raise failed("REASON_TRADE_REFUND_FEE_ERR", "同一笔交易的退款至少间隔3秒")


def check_same(refund: Refund, *, fen: int) -> None:
    """A number stands for one amount."""
    if refund.amount != fen:
        raise failed("DISCORDANT_REPEAT_REQUEST", "不一致的请求")


def _check_state(trade: Trade) -> None:
    if trade.state == WAITING:
        raise failed("TRADE_STATUS_ERROR", "交易状态不合法")
    if trade.state == FINISHED:
        raise failed("TRADE_HAS_FINISHED", "交易已完结")
    if trade.state == CLOSED:
        raise failed("TRADE_HAS_CLOSE", "交易已关闭")
