"""Example bodies of the OpenAPI document."""

from typing import Any

PAYMENT_REQUEST: dict[str, Any] = {
    "merchant_id": "M0000000001",
    "payment_id": "P0000000001",
    "order_no": "FEE-2026-11-3-1201",
    "amount": 12850,
    "currency": "CNY",
    "invoke_method": "mini_program",
    "subject": "物业费 2026-11 3 栋 1201",
    "lines": [{"fee_type": "property_fee", "room": "3-1201", "period": "2026-11", "amount": 12850}],
    "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
}

PAYMENT: dict[str, Any] = {
    "serial_no": "P261122080000ABCDEFGHJKM",
    "order_no": "FEE-2026-11-3-1201",
    "channel_serial_no": None,
    "merchant_id": "M0000000001",
    "payment_id": "P0000000001",
    "channel": "wechat",
    "invoke_method": "mini_program",
    "amount": 12850,
    "currency": "CNY",
    "refunded_amount": 0,
    "subject": "物业费 2026-11 3 栋 1201",
    "state": "pending",
    "duplicate": False,
    "initiation": {"status": "sent", "code": None, "message": None},
    "action": {
        "type": "wechat_jsapi",
        "params": {
            "appId": "wxd678efh567hg6787",
            "timeStamp": "1795334400",
            "nonceStr": "593BEC0C930BF1AFEB40B4A08C8FB242",
            "package": "prepay_id=wx22160000000000a1b2c3d4e5f60000",
            "signType": "RSA",
            "paySign": "base64...",
        },
    },
    "repeat_of": None,
    "expires_at": "2026-11-22T08:30:00Z",
    "created_at": "2026-11-22T08:00:00Z",
    "paid_at": None,
    "failure": None,
    "metadata": {},
}

ACCOUNTS: dict[str, Any] = {
    "data": [
        {
            "payment_id": "P0000000001",
            "merchant_id": "M0000000001",
            "name": "阳光花园",
            "channel": "wechat",
            "invoke_methods": ["app", "mini_program", "official_account", "pc", "qr_code", "wap"],
            "min_amount": 1,
            "max_amount": 10000000000,
            "sandbox": False,
            "available": False,
            "unavailable_reason": "switched_off",
        }
    ]
}

REFUND_REQUEST: dict[str, Any] = {
    "serial_no": "P261122080000ABCDEFGHJKM",
    "refund_no": "RF-1",
    "amount": 1000,
    "reason": "多缴退款",
}

REFUND: dict[str, Any] = {
    "refund_serial_no": "R261122090000ABCDEFGHJKM",
    "refund_no": "RF-1",
    "serial_no": "P261122080000ABCDEFGHJKM",
    "order_no": "FEE-2026-11-3-1201",
    "channel_refund_no": "50300000002026112200000000001",
    "amount": 1000,
    "currency": "CNY",
    "state": "processing",
    "reason": "多缴退款",
    "failure": None,
    "created_at": "2026-11-22T09:00:00Z",
    "succeeded_at": None,
    "metadata": {},
}

CHECKOUT_REQUEST: dict[str, Any] = {
    "merchant_id": "M0000000001",
    "order_no": "FEE-2026-11-3-1201",
    "amount": 12850,
    "subject": "物业费 2026-11 3 栋 1201",
    "lines": [{"fee_type": "property_fee", "room": "3-1201", "period": "2026-11", "amount": 12850}],
    "return_url": "https://fees.example.com/orders/FEE-2026-11-3-1201",
}

CHECKOUT: dict[str, Any] = {
    "checkout_url": "https://pay.example.com/checkout/bM2pxb1Q9zNjWeS6oUpF8uMuAJO0a1b2/",
    "order_no": "FEE-2026-11-3-1201",
    "expires_at": "2026-11-22T08:30:00Z",
}

SPLIT_REQUEST: dict[str, Any] = {
    "serial_no": "P261122080000ABCDEFGHJKM",
    "split_no": "SP-1",
    "shares": [{"receiver_id": "V0000000001", "amount": 3000, "description": "保洁服务费"}],
    "release_rest": True,
}

SPLIT: dict[str, Any] = {
    "split_serial_no": "S261122081000ABCDEFGHJKM",
    "split_no": "SP-1",
    "serial_no": "P261122080000ABCDEFGHJKM",
    "order_no": "FEE-2026-11-3-1201",
    "channel_split_no": "3008450740201411110007820472",
    "amount": 3000,
    "currency": "CNY",
    "state": "finished",
    "release_rest": True,
    "shares": [
        {
            "receiver_id": "V0000000001",
            "amount": 3000,
            "returned_amount": 0,
            "description": "保洁服务费",
            "result": "succeeded",
            "failure": None,
            "finished_at": "2026-11-22T08:10:05Z",
            "returns": [],
        }
    ],
    "failure": None,
    "created_at": "2026-11-22T08:10:00Z",
    "finished_at": "2026-11-22T08:10:06Z",
}

RETURN_REQUEST: dict[str, Any] = {
    "return_no": "SR-1",
    "receiver_id": "V0000000001",
    "amount": 1000,
}

RETURN: dict[str, Any] = {
    "return_serial_no": "B261122090000ABCDEFGHJKM",
    "return_no": "SR-1",
    "refund_serial_no": None,
    "channel_return_no": "3008450740201411110007820473",
    "amount": 1000,
    "state": "succeeded",
    "failure": None,
    "created_at": "2026-11-22T09:00:00Z",
    "finished_at": "2026-11-22T09:00:01Z",
    "split_serial_no": "S261122081000ABCDEFGHJKM",
    "receiver_id": "V0000000001",
    "serial_no": "P261122080000ABCDEFGHJKM",
    "order_no": "FEE-2026-11-3-1201",
    "currency": "CNY",
}

RELEASE: dict[str, Any] = {
    "release_serial_no": "F261122091000ABCDEFGHJKM",
    "serial_no": "P261122080000ABCDEFGHJKM",
    "order_no": "FEE-2026-11-3-1201",
    "state": "succeeded",
    "failure": None,
    "created_at": "2026-11-22T09:10:00Z",
    "finished_at": "2026-11-22T09:10:01Z",
}

RECEIVERS: dict[str, Any] = {
    "data": [
        {
            "receiver_id": "V0000000001",
            "name": "阳光保洁",
            "merchant_id": "M0000000001",
            "channel": "wechat",
            "payment_ids": ["P0000000001"],
            "relation": "service_provider",
            "kind": "merchant",
            "account": "19***01",
            "state": "bound",
        }
    ],
    "next_cursor": None,
}

STATEMENT: dict[str, Any] = {
    "date": "2026-11-22",
    "merchant_id": "M0000000001",
    "closed": True,
    "data": [
        {
            "kind": "payment",
            "order_no": "FEE-2026-11-3-1201",
            "serial_no": "P261122080000ABCDEFGHJKM",
            "channel_serial_no": "4200002611220000000000000001",
            "refund_no": None,
            "refund_serial_no": None,
            "channel_refund_no": None,
            "channel": "wechat",
            "payment_id": "P0000000001",
            "project": "阳光花园",
            "amount": 12850,
            "currency": "CNY",
            "fee": 77,
            "lines": [{"fee_type": "property_fee", "amount": 12850}],
            "final_at": "2026-11-22T08:00:07Z",
        },
        {
            "kind": "refund",
            "order_no": "FEE-2026-11-3-1201",
            "serial_no": "P261122080000ABCDEFGHJKM",
            "channel_serial_no": "4200002611220000000000000001",
            "refund_no": "RF-1",
            "refund_serial_no": "R261122090000ABCDEFGHJKM",
            "channel_refund_no": "50300000002026112200000000001",
            "channel": "wechat",
            "payment_id": "P0000000001",
            "project": "阳光花园",
            "amount": -1000,
            "currency": "CNY",
            "fee": -6,
            "lines": [{"fee_type": "property_fee", "amount": -1000}],
            "final_at": "2026-11-22T09:00:02Z",
        },
    ],
    "totals": {
        "count": 2,
        "amount": 11850,
        "fee": 71,
        "by_kind": [
            {"kind": "payment", "count": 1, "amount": 12850, "fee": 77},
            {"kind": "refund", "count": 1, "amount": -1000, "fee": -6},
        ],
        "by_channel": [{"channel": "wechat", "count": 2, "amount": 11850, "fee": 71}],
        "by_project": [{"project": "阳光花园", "count": 2, "amount": 11850, "fee": 71}],
        "by_fee_type": [{"fee_type": "property_fee", "count": 2, "amount": 11850, "fee": 0}],
    },
}

DIGESTS: dict[str, Any] = {
    "data": [
        {
            "date": "2026-11-22",
            "payments": [
                {"state": "closed", "count": 1, "amount": 12850},
                {"state": "succeeded", "count": 1, "amount": 12850},
            ],
            "refunds": [{"state": "succeeded", "count": 1, "amount": 1000}],
        }
    ]
}
