"""The documented fields of the order, close, refund and bill calls of WeChat Pay APIv3.

One table per call; what is not listed here is refused.
"""

from functools import cache

from gateway.sandbox.wechat.schema import Choice, Field, Flag, Group, Items, Text, Whole

PRODUCTS = ("jsapi", "app", "h5", "native")

_URL = r"https?://([^\s/?#\[\]@]+@)?([^\s/?#@:]+)(?::\d{2,5})?([^\s?#\[\]]*)"
_RFC3339 = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"

OUT_TRADE_NO = Text(
    label="商户订单号", least=6, most=32, pattern=r"[0-9a-zA-Z_\-\|\*]+", required=True
)
OUT_REFUND_NO = Text(label="商户退款单号", most=64, pattern=r"[0-9a-zA-Z_\-\|\*@]+", required=True)
TRANSACTION_ID = Text(label="微信支付订单号", most=32, required=True)
_MCHID = Text(label="商户号", most=32, required=True)
_SP_MCHID = Text(label="服务商户号", most=32, required=True)
_SUB_MCHID = Text(label="子商户号", most=32, required=True)
_CURRENCY = Choice(label="货币类型", words=("CNY",))

CLOSE_DIRECT = Group(label="关闭订单", fields={"mchid": _MCHID})
CLOSE_PARTNER = Group(label="关闭订单", fields={"sp_mchid": _SP_MCHID, "sub_mchid": _SUB_MCHID})
QUERY_DIRECT = Group(label="查询订单", fields={"mchid": _MCHID})
QUERY_PARTNER = Group(label="查询订单", fields={"sp_mchid": _SP_MCHID, "sub_mchid": _SUB_MCHID})
REFUND_QUERY = Group(label="查询退款", fields={"sub_mchid": Text(label="子商户号", most=32)})
CERTIFICATES_QUERY = Group(
    label="证书列表", fields={"algorithm_type": Choice(label="算法", words=("RSA", "SM2", "ALL"))}
)

_BILL_DATE = Text(label="账单日期", most=10, pattern=r"\d{4}-\d\d-\d\d", required=True)
_TAR_TYPE = Choice(label="压缩类型", words=("GZIP",))
TRADE_BILL = Group(
    label="申请交易账单",
    fields={
        "bill_date": _BILL_DATE,
        # The others, of successes or of refunds only, have columns of their own and are not made.
        "bill_type": Choice(label="账单类型", words=("ALL",)),
        "tar_type": _TAR_TYPE,
        "sub_mchid": Text(label="子商户号", most=32),
    },
)
FUND_FLOW_BILL = Group(
    label="申请资金账单",
    fields={
        "bill_date": _BILL_DATE,
        "account_type": Choice(label="资金账户类型", words=("BASIC", "OPERATION", "FEES")),
        "tar_type": _TAR_TYPE,
    },
)
BILL_FILE = Group(
    label="下载账单",
    fields={
        "token": Text(label="下载凭证", most=128, required=True),
        "tartype": Choice(label="压缩类型", words=("gzip",)),
    },
)

_GOODS = Group(
    label="单品列表",
    fields={
        "merchant_goods_id": Text(label="商户侧商品编码", most=32, required=True),
        "wechatpay_goods_id": Text(label="微信支付商品编码", most=32),
        "goods_name": Text(label="商品名称", most=256),
        "quantity": Whole(label="商品数量", least=1, required=True),
        "unit_price": Whole(label="商品单价", least=0, required=True),
    },
)
_STORE = Group(
    label="商户门店信息",
    fields={
        "id": Text(label="门店编号", most=32, required=True),
        "name": Text(label="门店名称", most=256),
        "area_code": Text(label="地区编码", most=32),
        "address": Text(label="详细地址", most=512),
    },
)
_H5_INFO = Group(
    label="H5场景信息",
    required=True,
    fields={
        "type": Text(label="场景类型", most=32, required=True),
        "app_name": Text(label="应用名称", most=64),
        "app_url": Text(label="网站URL", most=128),
        "bundle_id": Text(label="iOS平台BundleID", most=128),
        "package_name": Text(label="Android平台PackageName", most=128),
    },
)
_LIMITS = ("no_balance", "no_credit", "no_debit", "balance_only")
_SHARED: dict[str, Field] = {
    "description": Text(label="商品描述", most=127, required=True),
    "out_trade_no": OUT_TRADE_NO,
    "time_expire": Text(label="交易结束时间", most=64, pattern=_RFC3339),
    "attach": Text(label="附加数据", most=128),
    "notify_url": Text(label="通知地址", most=255, pattern=_URL, required=True),
    "goods_tag": Text(label="订单优惠标记", most=32),
    "support_fapiao": Flag(label="电子发票入口开放标识"),
    "limit_pay": Items(label="指定支付方式", of=Choice(label="指定支付方式", words=_LIMITS)),
    "amount": Group(
        label="订单金额",
        required=True,
        fields={"total": Whole(label="总金额", least=1, required=True), "currency": _CURRENCY},
    ),
    "detail": Group(
        label="优惠功能",
        fields={
            "cost_price": Whole(label="订单原价", least=0),
            "invoice_id": Text(label="商品小票ID", most=32),
            "goods_detail": Items(label="单品列表", of=_GOODS),
        },
    ),
    "settle_info": Group(label="结算信息", fields={"profit_sharing": Flag(label="是否指定分账")}),
}
_DIRECT: dict[str, Field] = {"appid": Text(label="公众号ID", most=32, required=True)}
_PARTNER: dict[str, Field] = {
    "sp_appid": Text(label="服务商应用ID", most=32, required=True),
    "sub_appid": Text(label="子商户应用ID", most=32),
    "sp_mchid": _SP_MCHID,
    "sub_mchid": _SUB_MCHID,
}


@cache
def order_fields(product: str, *, partner: bool) -> Group:
    """The body of an order call."""
    caller = _PARTNER if partner else _DIRECT | {"mchid": _MCHID}
    fields = caller | _SHARED | {"scene_info": _scene_info(is_h5=product == "h5")}
    if product == "jsapi":
        fields["payer"] = _payer(partner=partner)
    return Group(label="下单", fields=fields)


def _payer(*, partner: bool) -> Group:
    if not partner:
        openid = Text(label="用户标识", most=128, required=True)
        return Group(label="支付者", required=True, fields={"openid": openid})
    fields = {
        "sp_openid": Text(label="用户服务标识", most=128),
        "sub_openid": Text(label="用户子标识", most=128),
    }
    return Group(label="支付者", required=True, fields=fields)


def _scene_info(*, is_h5: bool) -> Group:
    fields: dict[str, Field] = {
        "payer_client_ip": Text(label="用户终端IP", most=45, required=True),
        "device_id": Text(label="商户端设备号", most=32),
        "store_info": _STORE,
    }
    if is_h5:
        fields["h5_info"] = _H5_INFO
    return Group(label="场景信息", required=is_h5, fields=fields)


_FROZEN_PART = Group(
    label="退款出资账户",
    fields={
        "account": Choice(label="出资账户类型", words=("AVAILABLE", "UNAVAILABLE"), required=True),
        "amount": Whole(label="出资金额", least=1, required=True),
    },
)
_REFUND_GOODS = Group(
    label="退款商品",
    fields={
        "merchant_goods_id": Text(label="商户侧商品编码", most=32, required=True),
        "wechatpay_goods_id": Text(label="微信支付商品编码", most=32),
        "goods_name": Text(label="商品名称", most=256),
        "unit_price": Whole(label="商品单价", least=0, required=True),
        "refund_amount": Whole(label="商品退款金额", least=0, required=True),
        "refund_quantity": Whole(label="商品退货数量", least=1, required=True),
    },
)
REFUND = Group(
    label="申请退款",
    fields={
        "sub_mchid": Text(label="子商户号", most=32),
        "transaction_id": Text(label="微信支付订单号", most=32),
        "out_trade_no": Text(label="商户订单号", least=6, most=32, pattern=OUT_TRADE_NO.pattern),
        "out_refund_no": OUT_REFUND_NO,
        "reason": Text(label="退款原因", most=80),
        "notify_url": Text(label="退款结果回调url", most=256, pattern=_URL),
        "funds_account": Choice(label="退款资金来源", words=("AVAILABLE", "UNSETTLED")),
        "amount": Group(
            label="金额信息",
            required=True,
            fields={
                "refund": Whole(label="退款金额", least=1, required=True),
                "total": Whole(label="原订单金额", least=1, required=True),
                "currency": Choice(label="退款币种", words=("CNY",), required=True),
                "from": Items(label="退款出资账户及金额", of=_FROZEN_PART),
            },
        ),
        "goods_detail": Items(label="退款商品", of=_REFUND_GOODS),
    },
)
