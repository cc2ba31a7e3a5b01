"""The columns of WeChat Pay's channel bills, by the names in their heads.

Rules: WeChat Pay APIv3, "Apply for a trade bill" (all trades, ``ALL``) and "Apply for a fund-flow
bill". Bills of successes or refunds alone have other columns: they are not what is asked for, and
are refused for them.
"""

from collections.abc import Mapping
from typing import NamedTuple

from gateway.bill_tables import Layout


class TradeRow(NamedTuple):
    """The values of a trade bill that are used."""

    moment: str
    appid: str
    mchid: str
    sub_mchid: str
    channel_serial_no: str
    serial_no: str
    state: str
    settled_amount: str
    channel_refund_no: str
    refund_serial_no: str
    settled_refund_amount: str
    refund_state: str
    fee: str
    rate: str
    amount: str
    refund_amount: str


TRADE = Layout(
    TradeRow._make,
    TradeRow(
        moment="交易时间",
        appid="公众账号ID",
        mchid="商户号",
        sub_mchid="特约商户号",
        channel_serial_no="微信订单号",
        serial_no="商户订单号",
        state="交易状态",
        settled_amount="应结订单金额",
        channel_refund_no="微信退款单号",
        refund_serial_no="商户退款单号",
        settled_refund_amount="退款金额",
        refund_state="退款状态",
        fee="手续费",
        rate="费率",
        amount="订单金额",
        refund_amount="申请退款金额",
    ),
    others=(
        *("设备号", "用户标识", "交易类型", "付款银行", "货币种类", "代金券金额"),
        *("充值券退款金额", "退款类型", "商品名称", "商户数据包", "费率备注"),
    ),
)


class FlowRow(NamedTuple):
    """The values of a fund-flow bill that are used."""

    moment: str
    business_no: str
    flow_no: str
    business: str
    kind: str
    way: str
    amount: str
    balance: str
    voucher_no: str


FLOW = Layout(
    FlowRow._make,
    FlowRow(
        moment="记账时间",
        business_no="微信支付业务单号",
        flow_no="资金流水单号",
        business="业务名称",
        kind="业务类型",
        way="收支类型",
        amount="收支金额(元)",
        balance="账户结余(元)",
        voucher_no="业务凭证号",
    ),
    others=("资金变更提交申请人", "备注"),
)

TRADE_SUMS: Mapping[str, str] = {
    "总交易单数": "lines",
    "应结订单总金额": "settled_amount",
    "退款总金额": "settled_refund_amount",
    "手续费总金额": "fee",
    "订单总金额": "amount",
    "申请退款总金额": "refund_amount",
}
FLOW_SUMS: Mapping[str, str] = {
    "资金流水总笔数": "lines",
    "收入金额": "income",
    "支出金额": "expense",
}
"""What the last row states -> the sum of the lines that it must equal (``BillTotals``)."""

COUNTS = frozenset({"总交易单数", "资金流水总笔数"})
NOT_COMPARED = frozenset({"充值券退款总金额", "收入笔数", "支出笔数"})
"""Prepaid coupons returned are a part of the refunds that nothing here needs; a change of nothing
is an income or an expense at WeChat Pay's wish."""
