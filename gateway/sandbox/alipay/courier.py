"""Alipay's notifications: form-encoded, signed, repeated until the merchant answers ``success``.

Same notify_id and facts at every repetition; notify_time and signature are new each time. They go
to the notify_url of the pay request, whatever they are about; only messages about settlements go to
the app's own address, in another form.
"""

import json
import time
from collections.abc import Sequence
from urllib.parse import urlencode

from gateway.sandbox.alipay import signing, times
from gateway.sandbox.alipay.documents import amounts_paid, buyer_part, fund_bills, numbers
from gateway.sandbox.alipay.faults import MENU
from gateway.sandbox.alipay.money import to_yuan
from gateway.sandbox.alipay.records import JsonObject, Refund, Trade
from gateway.sandbox.alipay.request import codec_of
from gateway.sandbox.alipay.server import CHANNEL, AlipayServer
from gateway.sandbox.alipay.settle_records import Settlement
from gateway.sandbox.callbacks import Callback, Outgoing
from gateway.sandbox.faults import Fault, Menu

_MINUTE = 60
_HOUR = 3600
_ACKNOWLEDGEMENT = b"success"
_SETTLEMENT_MESSAGE = "alipay.trade.order.settle.notify"


class AlipayCourier:
    """Writes, signs and judges notifications to merchants."""

    menu: Menu = MENU
    delays: Sequence[int] = (
        4 * _MINUTE,
        10 * _MINUTE,
        10 * _MINUTE,
        1 * _HOUR,
        2 * _HOUR,
        6 * _HOUR,
        15 * _HOUR,
    )

    def __init__(self, server: AlipayServer) -> None:
        self._server = server

    def compose(self, callback: Callback, faults: Sequence[Fault]) -> Outgoing:
        """The request as of now, bent by the faults."""
        app = self._server.apps.get(callback.message["app_id"])
        if app is None:
            raise LookupError("apps are never removed")
        facts = {**callback.message["document"], **_time_of_sending(callback.message["document"])}
        for fault in faults:
            facts = fault.document(facts)
        charset = facts["charset"]
        content = signing.notification_content(facts, codec_of(charset))
        seal = {
            "sign_type": signing.SIGN_TYPE,
            "sign": signing.sign(app.alipay_private_key_pem, content),
        }
        for fault in faults:
            seal = fault.seal(seal)
        body = urlencode({**facts, **seal}, encoding=codec_of(charset)).encode()
        for fault in faults:
            body = fault.body(body)
        content_type = f"application/x-www-form-urlencoded; charset={charset}"
        return Outgoing("POST", callback.url, {"Content-Type": content_type}, body)

    def accepted(self, status: int, body: bytes) -> bool:
        """200 and these seven letters, nothing else."""
        return status == 200 and body == _ACKNOWLEDGEMENT


def owe_payment_notification(server: AlipayServer, trade: Trade) -> None:
    """Tell the merchant that the trade is paid."""
    wanted = trade.wanted
    facts = {
        **_facts(trade),
        **amounts_paid(trade),
        "fund_bill_list": _compact(fund_bills(trade, channel_name="fundChannel")),
        "gmt_payment": times.to_text(trade.paid_at),
    }
    if "passback_params" in wanted.biz:
        facts["passback_params"] = wanted.biz["passback_params"]
    _owe(server, trade, facts, subject=wanted.out_trade_no)


def owe_refund_notification(
    server: AlipayServer, trade: Trade, refund: Refund, *, cumulative: int
) -> None:
    """Tell the merchant that money went back; the state stays TRADE_SUCCESS while some is left."""
    facts = {
        **_facts(trade),
        "gmt_payment": times.to_text(trade.paid_at),
        "refund_fee": to_yuan(cumulative),
        "gmt_refund": times.with_milliseconds(refund.finished_at),
        "out_biz_no": refund.out_request_no,
    }
    if trade.closed_at:
        facts["gmt_close"] = times.to_text(trade.closed_at)
    _owe(server, trade, facts, subject=refund.out_request_no)


def owe_close_notification(server: AlipayServer, trade: Trade) -> None:
    """Tell the merchant that nobody paid."""
    facts = {**_facts(trade), "gmt_close": times.to_text(trade.closed_at)}
    _owe(server, trade, facts, subject=trade.wanted.out_trade_no)


def owe_settlement_message(
    server: AlipayServer, settlement: Settlement, trade: Trade, shares: list[JsonObject]
) -> None:
    """Tell the app how its settlement in the mode async ended, if it has an address."""
    gateway = server.app_gateways.get(settlement.app_id)
    if gateway is None:
        return
    content = {
        "msg_type": "ASYNC_SETTLE_RESULT",
        "trade_no": trade.trade_no,
        "out_request_no": settlement.out_request_no,
        "settle_no": settlement.settle_no,
        "operation_dt": times.to_text(settlement.created_at),
        "royalty_detail_list": shares,
    }
    document = {
        "msg_method": _SETTLEMENT_MESSAGE,
        "app_id": settlement.app_id,
        "version": "1.1",
        "charset": "UTF-8",
        "biz_content": _compact(content),
        "notify_id": f"{times.compact(server.now())}0022{server.next_number('notification'):016d}",
    }
    server.engine.callbacks.enqueue(
        CHANNEL,
        subject=settlement.out_request_no,
        url=gateway.url,
        message={
            "app_id": settlement.app_id,
            "event_type": _SETTLEMENT_MESSAGE,
            "document": document,
        },
    )


def _time_of_sending(document: JsonObject) -> JsonObject:
    if "msg_method" in document:
        return {"utc_timestamp": str(int(time.time() * 1000))}
    return {"notify_time": times.to_text(time.time())}


def _owe(server: AlipayServer, trade: Trade, facts: JsonObject, *, subject: str) -> None:
    url = trade.wanted.notify_url
    if not url:
        return
    now = server.now()
    number = server.next_number("notification")
    message = {
        "app_id": trade.wanted.app_id,
        "event_type": trade.state,
        "document": {**facts, "notify_id": f"{times.compact(now)}0022{number:016d}"},
    }
    server.engine.callbacks.enqueue(CHANNEL, subject=subject, url=url, message=message)


def _facts(trade: Trade) -> JsonObject:
    """What every notification tells; no member is empty."""
    wanted = trade.wanted
    facts = {
        "notify_type": "trade_status_sync",
        "charset": wanted.charset,
        "version": "1.0",
        "app_id": wanted.app_id,
        "auth_app_id": wanted.auth_app_id,
        "seller_id": wanted.seller_id,
        "seller_email": f"{wanted.seller_id}@sandbox.com",
        **buyer_part(trade, id_name="buyer_id"),
        **numbers(trade),
        "trade_status": trade.state,
        "total_amount": to_yuan(wanted.total),
        "subject": wanted.biz["subject"],
        "gmt_create": times.to_text(trade.created_at),
    }
    if "body" in wanted.biz:
        facts["body"] = wanted.biz["body"]
    return facts


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
