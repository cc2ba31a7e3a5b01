"""A day of the books as the rows of WeChat Pay's channel bills: trades, and the flow of funds.

WeChat Pay APIv3, "Apply for a trade bill", "Apply for a fund-flow bill". A payment stands under the
day it was made, a refund under the day it was applied for, in the state it had when the channel
bill was made. The fee is 0.6 % of the cash; refunds give their part of it back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from gateway.sandbox.bills import RATE_TEXT, Row, day_of, fee_of, made_at
from gateway.sandbox.wechat import times
from gateway.sandbox.wechat.documents import TRADE_TYPES
from gateway.sandbox.wechat.records import Order, Refund
from gateway.sandbox.wechat.server import WechatServer

TRADE_COLUMNS = (
    *("交易时间", "公众账号ID", "商户号", "特约商户号", "设备号", "微信订单号", "商户订单号"),
    *("用户标识", "交易类型", "交易状态", "付款银行", "货币种类", "应结订单金额", "代金券金额"),
    *("微信退款单号", "商户退款单号", "退款金额", "充值券退款金额", "退款类型", "退款状态"),
    *("商品名称", "商户数据包", "手续费", "费率", "订单金额", "申请退款金额", "费率备注"),
)
FLOW_COLUMNS = (
    *("记账时间", "微信支付业务单号", "资金流水单号", "业务名称", "业务类型", "收支类型"),
    *("收支金额(元)", "账户结余(元)", "资金变更提交申请人", "备注", "业务凭证号"),
)

_REFUND_WORDS = {"SUCCESS": "SUCCESS", "CLOSED": "FAIL", "ABNORMAL": "CHANGE"}


@dataclass(frozen=True)
class _Change:
    """One change of a merchant's balance, in fen; ``moment`` in Unix seconds."""

    moment: int
    amount: int
    business: str
    kind: str
    business_no: str
    voucher_no: str
    by: str = "system"
    remark: str = ""


def trade_rows(server: WechatServer, orders: Iterable[Order], day: date) -> list[Row]:
    """Every payment and refund of the day, the newest first."""
    dated = []
    for order in orders:
        if order.is_paid and day_of(order.paid_at) == day:
            dated.append((order.paid_at, _payment_row(order)))
        for refund in server.refunds_of(order):
            if day_of(refund.created_at) == day:
                dated.append((refund.created_at, _refund_row(server, order, refund, day)))
    return [row for _, row in sorted(dated, key=lambda one: -one[0])]


def flow_rows(server: WechatServer, orders: Iterable[Order], day: date) -> list[Row]:
    """Every change of the balance on the day, the newest first; before the first it was zero."""
    changes = [change for order in orders for change in _changes(server, order)]
    rows, balance = [], 0
    for number, change in enumerate(sorted(changes, key=lambda one: one.moment), start=1):
        balance += change.amount
        if day_of(change.moment) == day:
            rows.append(_flow_row(change, balance, number))
    return rows[::-1]


def yuan(fen: int) -> str:
    """``-0.06`` from -6."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _payment_row(order: Order) -> Row:
    return _trade_row(order) | {
        "交易时间": _moment(order.paid_at),
        "交易状态": "SUCCESS",
        "应结订单金额": yuan(order.payer_total),
        "代金券金额": yuan(order.coupon),
        "手续费": f"{yuan(fee_of(order.payer_total))}000",
        "订单金额": yuan(order.total),
    }


def _refund_row(server: WechatServer, order: Order, refund: Refund, day: date) -> Row:
    ended = 0 < refund.finished_at <= made_at(day)
    return _trade_row(order) | {
        "交易时间": _moment(refund.created_at),
        "交易状态": "REFUND",
        "微信退款单号": refund.refund_id,
        "商户退款单号": refund.out_refund_no,
        "退款金额": yuan(refund.cash),
        "退款类型": "ORIGINAL",
        "退款状态": _REFUND_WORDS[refund.status] if ended else "PROCESSING",
        "手续费": f"{yuan(-_fee_back(server, order, refund))}000",
        "申请退款金额": yuan(refund.amount),
    }


def _trade_row(order: Order) -> Row:
    """What both kinds of rows have in common; what is not an order's or a refund's is zero."""
    request = order.request
    amounts = ("应结订单金额", "代金券金额", "退款金额", "充值券退款金额", "订单金额")
    return {
        **dict.fromkeys(TRADE_COLUMNS, ""),
        **dict.fromkeys((*amounts, "申请退款金额"), "0.00"),
        "公众账号ID": request.get("appid") or request["sp_appid"],
        "商户号": order.mchid,
        "特约商户号": order.sub_mchid or "0",
        "微信订单号": order.transaction_id,
        "商户订单号": order.out_trade_no,
        "用户标识": order.openid,
        "交易类型": TRADE_TYPES[order.product],
        "付款银行": "OTHERS",
        "货币种类": "CNY",
        "微信退款单号": "0",
        "商户退款单号": "0",
        "商品名称": request["description"],
        "商户数据包": request.get("attach", ""),
        "费率": RATE_TEXT,
    }


def _changes(server: WechatServer, order: Order) -> Iterable[_Change]:
    if not order.is_paid:
        return
    numbers = (order.transaction_id, order.out_trade_no)
    fee = fee_of(order.payer_total)
    yield _Change(order.paid_at, order.payer_total, "交易", "交易", *numbers)
    if fee:
        yield _Change(order.paid_at, -fee, "交易", "扣除交易手续费", *numbers)
    for refund in server.refunds_of(order):
        yield from _refund_changes(server, order, refund)


def _refund_changes(server: WechatServer, order: Order, refund: Refund) -> Iterable[_Change]:
    fee = _fee_back(server, order, refund)
    numbers = (refund.refund_id, refund.out_refund_no)
    told = (f"{order.mchid}API", f"退款总金额{yuan(refund.cash)}元;含手续费{yuan(fee)}元")
    net = refund.cash - fee
    yield _Change(refund.created_at, -net, "退款", "退款", *numbers, *told)
    if refund.status == "CLOSED":
        yield _Change(refund.finished_at, net, "退款", "退款关闭", *numbers, *told)


def _fee_back(server: WechatServer, order: Order, refund: Refund) -> int:
    """The part of the fee that goes back with a refund; together they give back all of it."""
    fee, returned, before = fee_of(order.payer_total), 0, 0
    for one in server.refunds_of(order):
        returned += one.cash
        upto = (2 * fee * returned + order.payer_total) // (2 * order.payer_total)
        if one.key == refund.key:
            return upto - before
        before = upto
    raise LookupError("the refund is not one of the order's")


def _flow_row(change: _Change, balance: int, number: int) -> Row:
    return {
        "记账时间": _moment(change.moment),
        "微信支付业务单号": change.business_no,
        "资金流水单号": f"4200000000{times.compact(change.moment)[:8]}{number:010d}",
        "业务名称": change.business,
        "业务类型": change.kind,
        "收支类型": "收入" if change.amount >= 0 else "支出",
        "收支金额(元)": yuan(abs(change.amount)),
        "账户结余(元)": yuan(balance),
        "资金变更提交申请人": change.by,
        "备注": change.remark,
        "业务凭证号": change.voucher_no,
    }


def _moment(moment: int) -> str:
    return times.to_text(moment)[:19].replace("T", " ")
