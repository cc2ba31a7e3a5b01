"""The documented fields of the profit-sharing calls of WeChat Pay APIv3.

One table per call, as in ``fields``; what is not listed here is refused.
"""

from gateway.sandbox.wechat.schema import Choice, Field, Flag, Group, Items, Text, Whole

_NUMBER = r"[0-9a-zA-Z_\-\|\*@]+"
_TYPES = ("MERCHANT_ID", "PERSONAL_OPENID", "PERSONAL_SUB_OPENID")
_RELATIONS = (
    "SERVICE_PROVIDER",
    "STORE",
    "STAFF",
    "STORE_OWNER",
    "PARTNER",
    "HEADQUARTER",
    "BRAND",
    "DISTRIBUTOR",
    "USER",
    "SUPPLIER",
    "CUSTOM",
)

OUT_ORDER_NO = Text(label="商户分账单号", most=64, pattern=_NUMBER, required=True)
OUT_RETURN_NO = Text(label="商户回退单号", most=64, pattern=_NUMBER, required=True)
TRANSACTION_ID = Text(label="微信支付订单号", most=32, required=True)
SUB_MCHID = Text(label="子商户号", most=32, required=True)

_SUB = Text(label="子商户号", most=32)
_DESCRIPTION = Text(label="分账描述", most=80, required=True)
_NAME = Text(label="分账接收方全称", most=1024)
_APPS: dict[str, Field] = {
    "appid": Text(label="应用ID", most=32),
    "sub_appid": Text(label="子商户应用ID", most=32),
    "sub_mchid": _SUB,
}
_PARTY: dict[str, Field] = {
    "type": Choice(label="分账接收方类型", words=_TYPES, required=True),
    "account": Text(label="分账接收方账号", most=64, required=True),
}

ADD_RECEIVER = Group(
    label="添加分账接收方",
    fields={
        **_APPS,
        **_PARTY,
        "appid": Text(label="应用ID", most=32, required=True),
        "name": _NAME,
        "relation_type": Choice(label="与分账方的关系类型", words=_RELATIONS, required=True),
        # Production counts characters here; thirty bytes hold ten Chinese ones.
        "custom_relation": Text(label="自定义的分账关系", most=30),
    },
)
DELETE_RECEIVER = Group(
    label="删除分账接收方",
    fields={**_APPS, **_PARTY, "appid": Text(label="应用ID", most=32, required=True)},
)
_SHARE = Group(
    label="分账接收方列表",
    fields={
        **_PARTY,
        "name": _NAME,
        "amount": Whole(label="分账金额", least=1, required=True),
        "description": _DESCRIPTION,
    },
)
SPLIT = Group(
    label="请求分账",
    fields={
        **_APPS,
        "transaction_id": TRANSACTION_ID,
        "out_order_no": OUT_ORDER_NO,
        "receivers": Items(label="分账接收方列表", of=_SHARE, required=True),
        "unfreeze_unsplit": Flag(label="是否解冻剩余未分资金", required=True),
    },
)
SPLIT_QUERY = Group(
    label="查询分账结果", fields={"transaction_id": TRANSACTION_ID, "sub_mchid": _SUB}
)
RELEASE = Group(
    label="解冻剩余资金",
    fields={
        "sub_mchid": _SUB,
        "transaction_id": TRANSACTION_ID,
        "out_order_no": OUT_ORDER_NO,
        "description": _DESCRIPTION,
    },
)
RETURN = Group(
    label="请求分账回退",
    fields={
        "sub_mchid": _SUB,
        "order_id": Text(label="微信分账单号", most=64),
        "out_order_no": Text(label="商户分账单号", most=64, pattern=_NUMBER),
        "out_return_no": OUT_RETURN_NO,
        "return_mchid": Text(label="回退商户号", most=32, required=True),
        "amount": Whole(label="回退金额", least=1, required=True),
        "description": _DESCRIPTION,
    },
)
RETURN_QUERY = Group(
    label="查询分账回退结果", fields={"out_order_no": OUT_ORDER_NO, "sub_mchid": _SUB}
)
NO_QUERY = Group(label="查询", fields={})
