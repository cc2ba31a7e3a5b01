"""A day of the books as the rows of Alipay's channel bills: trades, and changes of the balance.

Alipay, "Trade bill" (业务明细) and "Account bill" (账务明细). A trade stands under the day it was
paid, a refund under the day its money moved. The fee is 0.6 % of what the merchant received, and
stays with Alipay when that is refunded.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from gateway.sandbox.alipay import times
from gateway.sandbox.alipay.records import Refund, Trade
from gateway.sandbox.alipay.server import AlipayServer
from gateway.sandbox.bills import Row, day_of, fee_of

TRADE_COLUMNS = (
    *("支付宝交易号", "商户订单号", "业务类型", "商品名称", "创建时间", "完成时间", "门店编号"),
    *("门店名称", "操作员", "终端号", "对方账户", "订单金额（元）", "商家实收（元）"),
    *("支付宝红包（元）", "集分宝（元）", "支付宝优惠（元）", "商家优惠（元）", "券核销金额（元）"),
    *("券名称", "商家红包消费金额（元）", "卡消费金额（元）", "退款批次号/请求号"),
    *("服务费（元）", "分润（元）", "备注"),
)
ACCOUNT_COLUMNS = (
    *("账务流水号", "业务流水号", "商户订单号", "商品名称", "发生时间", "对方账号"),
    *("收入金额（+元）", "支出金额（-元）", "账户余额（元）", "交易渠道", "业务类型", "备注"),
)
_PAYER = "沙*(pay***@sandbox.com)"


@dataclass(frozen=True)
class _Change:
    """One change of a seller's balance, in fen."""

    moment: float
    amount: int
    kind: str
    trade: Trade


def trade_rows(server: AlipayServer, seller_id: str, day: date) -> list[Row]:
    """Every trade paid and every refund made on the day, the oldest first."""
    dated = []
    for trade in _trades(server, seller_id):
        if day_of(trade.paid_at) == day:
            dated.append((trade.paid_at, _payment_row(trade)))
        for refund in server.refunds_of(trade):
            if refund.finished_at and day_of(refund.finished_at) == day:
                dated.append((refund.finished_at, _refund_row(trade, refund)))
    return [row for _, row in sorted(dated, key=lambda one: one[0])]


def account_rows(server: AlipayServer, seller_id: str, day: date) -> list[Row]:
    """Every change of the balance on the day, the oldest first; before the first it was zero."""
    changes = [change for trade in _trades(server, seller_id) for change in _changes(server, trade)]
    rows, balance = [], 0
    for number, change in enumerate(sorted(changes, key=lambda one: one.moment), start=1):
        balance += change.amount
        if day_of(change.moment) == day:
            rows.append(_account_row(change, balance, number))
    return rows


def yuan(fen: int) -> str:
    """``-0.77`` from -77."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _trades(server: AlipayServer, seller_id: str) -> list[Trade]:
    return [one for one in server.trades.all() if one.is_paid and one.wanted.seller_id == seller_id]


def _payment_row(trade: Trade) -> Row:
    return _trade_row(trade) | {
        "业务类型": "交易\t",
        "完成时间": times.to_text(trade.paid_at),
        "订单金额（元）": yuan(trade.wanted.total),
        "商家实收（元）": yuan(trade.buyer_pay),
        "商家优惠（元）": yuan(trade.coupon),
        "服务费（元）": yuan(-fee_of(trade.buyer_pay)),
    }


def _refund_row(trade: Trade, refund: Refund) -> Row:
    return _trade_row(trade) | {
        "业务类型": "退款\t",
        "完成时间": times.to_text(refund.finished_at),
        "订单金额（元）": yuan(-refund.amount),
        "商家实收（元）": yuan(-refund.amount),
        "退款批次号/请求号": f"{refund.out_request_no}\t",
        "备注": refund.reason,
    }


def _trade_row(trade: Trade) -> Row:
    """What both kinds of rows have in common; texts end with a tab."""
    amounts = [name for name in TRADE_COLUMNS if name.endswith("（元）")]
    texts = ("门店编号", "门店名称", "操作员", "终端号", "退款批次号/请求号")
    return {
        **dict.fromkeys(TRADE_COLUMNS, ""),
        **dict.fromkeys(amounts, "0.00"),
        **dict.fromkeys(texts, "\t"),
        "支付宝交易号": f"{trade.trade_no}\t",
        "商户订单号": f"{trade.wanted.out_trade_no}\t",
        "商品名称": trade.wanted.biz["subject"],
        "创建时间": times.to_text(trade.created_at),
        "对方账户": f"{_PAYER}\t",
    }


def _changes(server: AlipayServer, trade: Trade) -> Iterable[_Change]:
    yield _Change(trade.paid_at, trade.buyer_pay, "在线支付", trade)
    if fee_of(trade.buyer_pay):
        yield _Change(trade.paid_at, -fee_of(trade.buyer_pay), "收费", trade)
    for refund in server.refunds_of(trade):
        if refund.finished_at:
            yield _Change(refund.finished_at, -refund.amount, "交易退款", trade)


def _account_row(change: _Change, balance: int, number: int) -> Row:
    trade = change.trade
    return {
        "账务流水号": f"{times.compact(change.moment)[:8]}{number:08d}\t",
        "业务流水号": f"{trade.trade_no}\t",
        "商户订单号": f"{trade.wanted.out_trade_no}\t",
        "商品名称": trade.wanted.biz["subject"],
        "发生时间": times.to_text(change.moment),
        "对方账号": f"{_PAYER}\t",
        "收入金额（+元）": yuan(max(change.amount, 0)),
        "支出金额（-元）": yuan(min(change.amount, 0)),
        "账户余额（元）": yuan(balance),
        "交易渠道": "支付宝",
        "业务类型": change.kind,
        "备注": "",
    }
