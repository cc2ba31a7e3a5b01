"""WeChat Pay keeps the channel contract, and that of channels that split payments."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gateway.channels.wechat.channel import WeChatChannel
from gateway.messages import (
    Acknowledgement,
    ChannelAccount,
    InvokeMethod,
    Operation,
    Outcome,
    RawCallback,
)
from gateway.split_messages import Receiver, ReceiverKind, Share
from paycenter.kernel.http import WireResponse
from tests.contract.channel_contract import ChannelContract
from tests.contract.split_contract import SplitContract
from tests.gateway.channels.wechat import peer

_ANSWERS = {
    Operation.PAY: {"prepay_id": "wx01080000000000a1b2c3d4e5f60000000"},
    Operation.QUERY: peer.order(),
    Operation.REFUND: peer.refund("PROCESSING"),
    Operation.REFUND_QUERY: peer.refund(),
}
_LAUNCHES = {
    "jsapi": {"prepay_id": "wx01080000000000a1b2c3d4e5f60000000"},
    "app": {"prepay_id": "wx01080000000000a1b2c3d4e5f60000000"},
    "h5": {"h5_url": "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx01"},
    "native": {"code_url": "weixin://wxpay/bizpayurl?pr=JyC91EIz1"},
}


class TestWeChatContract(ChannelContract):
    channel = WeChatChannel()
    network_method = InvokeMethod.OFFICIAL_ACCOUNT
    signs_logins = False
    accepted_callback = Acknowledgement(204, b"")
    refused_callback = Acknowledgement(
        401, b'{"code":"FAIL","message":"the callback was not accepted"}'
    )

    def account(self) -> ChannelAccount:
        return peer.account()

    def accepted(self, operation: Operation) -> WireResponse:
        if operation is Operation.CLOSE:
            return peer.answer(b"", status=204)
        return peer.answer(_ANSWERS[operation])

    def accepted_payment(self, method: InvokeMethod) -> WireResponse | None:
        return peer.answer(_LAUNCHES[self.channel.methods[method]])

    def refused(self, operation: Operation) -> WireResponse:
        return peer.error(403, "NO_AUTH", "商户无权限")

    def login_account(self) -> ChannelAccount:
        base = self.account()
        return replace(base, credentials=(*base.credentials, peer.APP_SECRET))

    def identified(self) -> WireResponse:
        granted = {"access_token": "t", "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}
        return WireResponse(200, {}, peer.encoded(granted))

    def unidentified(self) -> WireResponse:
        return WireResponse(200, {}, peer.encoded({"errcode": 40029, "errmsg": "invalid code"}))

    def unsigned(self, response: WireResponse) -> WireResponse:
        return peer.unsigned(response)

    def badly_signed(self, response: WireResponse) -> WireResponse:
        return replace(response, headers=peer.BY_STRANGER.headers(response.body))

    def callback(self) -> RawCallback:
        return peer.callback(peer.envelope(peer.order(), "transaction"))

    def forged_callbacks(self) -> dict[str, RawCallback]:
        genuine = self.callback()
        elsewhere = peer.order(mchid="1900000888")
        other_key = peer.sealed(peer.encoded(peer.order()), key="x" * 32)
        without = {
            f"no {name}": replace(
                genuine, headers={key: item for key, item in genuine.headers.items() if key != name}
            )
            for name in genuine.headers
            if name.startswith("wechatpay-")
        }
        return {
            **without,
            "no header at all": replace(genuine, headers={}),
            "our own key": peer.callback(genuine.body, pen=peer.BY_STRANGER),
            "another merchant in it": peer.callback(peer.envelope(elsewhere, "transaction")),
            "another APIv3 key": peer.callback(
                peer.envelope(peer.order(), "transaction", **other_key)
            ),
            "another method": replace(genuine, method="GET"),
        }


_RESULTS = {
    Outcome.SUCCEEDED: ("FINISHED", "SUCCESS"),
    Outcome.FAILED: ("FINISHED", "CLOSED"),
    Outcome.PENDING: ("PROCESSING", "PENDING"),
}
_RETURN = {
    "order_id": "30000000002026010100000000001",
    "out_order_no": "S260101080000ABCDEFGHJKM",
    "out_return_no": "T260101080000ABCDEFGHJKM",
    "return_id": "30700000002026010100000000001",
    "return_mchid": "1900000309",
    "amount": 300,
    "result": "SUCCESS",
    "finish_time": "2026-01-01T08:00:00+08:00",
}
_SHARES = (("1900000309", 500, "PENDING"), ("1900000310", 97, "PENDING"))


class TestWeChatSplitContract(SplitContract):
    """As a service provider's merchant: only a provider may ask for the ratio."""

    channel = WeChatChannel()
    receivers = (
        Receiver(ReceiverKind.MERCHANT, "1900000309"),
        Receiver(ReceiverKind.MERCHANT, "1900000310"),
    )

    def account(self) -> ChannelAccount:
        return peer.partner_account()

    def accepted(self, operation: Operation) -> WireResponse:
        mine = (peer.SUB_MCHID, 1393, "SUCCESS")
        answers: dict[Operation, dict[str, Any]] = {
            Operation.BIND_RECEIVER: {"type": "MERCHANT_ID", "account": "1900000309"},
            Operation.UNBIND_RECEIVER: {"type": "MERCHANT_ID", "account": "1900000309"},
            Operation.SPLIT: peer.split_order("PROCESSING", *_SHARES),
            Operation.SPLIT_QUERY: peer.split_order("PROCESSING", *_SHARES),
            Operation.RELEASE: peer.split_order(
                "FINISHED", mine, number="L260101080000ABCDEFGHJKM"
            ),
            Operation.SPLIT_RETURN: _RETURN,
            Operation.RETURN_QUERY: _RETURN,
            Operation.LEFT_AMOUNT: {
                "transaction_id": self.payment.channel_serial_no,
                "unsplit_amount": 1393,
            },
            Operation.MAX_RATIO: {"sub_mchid": peer.SUB_MCHID, "max_ratio": 2000},
        }
        return peer.answer(answers[operation])

    def refused(self, operation: Operation) -> WireResponse:
        return peer.error(403, "NO_AUTH", "无分账权限")

    def unknown_number(self, operation: Operation) -> WireResponse:
        return peer.error(404, "RESOURCE_NOT_EXISTS", "记录不存在")

    def told(self, shares: Sequence[Share], outcome: Outcome = Outcome.SUCCEEDED) -> WireResponse:
        state, result = _RESULTS[outcome]
        lines = [(share.receiver.account, share.amount, result) for share in shares]
        return peer.answer(peer.split_order(state, *lines))

    def unsigned(self, response: WireResponse) -> WireResponse:
        return peer.unsigned(response)

    def badly_signed(self, response: WireResponse) -> WireResponse:
        return replace(response, headers=peer.BY_STRANGER.headers(response.body))
