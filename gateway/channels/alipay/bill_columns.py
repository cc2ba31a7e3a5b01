"""The columns of Alipay's channel bills, by the names in their heads.

Rules: Alipay Open Platform, "Trade bill" (业务明细) and "Account bill" (账务明细). Brackets in the
names are read as half-width ones.
"""

from typing import NamedTuple

from gateway.bill_tables import Layout

PRODUCT_NAME = "商品名称"
"""The merchant's own words, in which commas stay commas."""


class TradeRow(NamedTuple):
    """The values of a trade bill that are used."""

    channel_serial_no: str
    serial_no: str
    kind: str
    moment: str
    amount: str
    received: str
    refund_serial_no: str
    service_fee: str


TRADE = Layout(
    TradeRow._make,
    TradeRow(
        channel_serial_no="支付宝交易号",
        serial_no="商户订单号",
        kind="业务类型",
        moment="完成时间",
        amount="订单金额(元)",
        received="商家实收(元)",
        refund_serial_no="退款批次号/请求号",
        service_fee="服务费(元)",
    ),
    others=(
        *(PRODUCT_NAME, "创建时间", "门店编号", "门店名称", "操作员", "终端号", "对方账户"),
        *("支付宝红包(元)", "集分宝(元)", "支付宝优惠(元)", "商家优惠(元)", "券核销金额(元)"),
        *("券名称", "商家红包消费金额(元)", "卡消费金额(元)", "分润(元)", "备注"),
    ),
)


class AccountRow(NamedTuple):
    """The values of an account bill that are used."""

    flow_no: str
    channel_serial_no: str
    serial_no: str
    moment: str
    income: str
    expense: str
    balance: str
    kind: str


ACCOUNT = Layout(
    AccountRow._make,
    AccountRow(
        flow_no="账务流水号",
        channel_serial_no="业务流水号",
        serial_no="商户订单号",
        moment="发生时间",
        income="收入金额(+元)",
        expense="支出金额(-元)",
        balance="账户余额(元)",
        kind="业务类型",
    ),
    others=(PRODUCT_NAME, "对方账号", "交易渠道", "备注"),
    later=("业务基础订单号", "业务订单号", "业务账单来源", "业务描述"),
)
