"""Alipay keeps the channel contract, in both of its key modes, and splits as agreed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gateway.channels.alipay.channel import AlipayChannel
from gateway.messages import (
    Acknowledgement,
    ChannelAccount,
    InvokeMethod,
    Operation,
    Outcome,
    PaymentRef,
    RawCallback,
)
from gateway.split_messages import Receiver, ReceiverKind, Share
from paycenter.kernel.http import WireResponse
from tests.contract.channel_contract import ChannelContract
from tests.contract.split_contract import SplitContract
from tests.contract.transport import FakeTransport
from tests.gateway.channels.alipay import peer

_METHODS = {**AlipayChannel.operations, Operation.PAY: "alipay.trade.create"}
_LOGIN = "alipay.system.oauth.token"
_TRADE = {"out_trade_no": peer.SERIAL_NO, "trade_no": peer.TRADE_NO}
_ANSWERS: dict[Operation, dict[str, Any]] = {
    Operation.PAY: _TRADE,
    Operation.QUERY: peer.trade(),
    Operation.CLOSE: _TRADE,
    Operation.REFUND: {**_TRADE, "fund_change": "Y", "refund_fee": "9.90"},
    Operation.REFUND_QUERY: {
        **_TRADE,
        "out_request_no": peer.REFUND_SERIAL_NO,
        "refund_amount": "9.90",
        "refund_status": "REFUND_SUCCESS",
    },
}
_ASKED = {
    InvokeMethod.MINI_PROGRAM: _TRADE,
    InvokeMethod.QR_CODE: {**_TRADE, "qr_code": "https://qr.alipay.com/bax01234"},
}


class TestAlipayContract(ChannelContract):
    channel = AlipayChannel()
    network_method = InvokeMethod.MINI_PROGRAM
    accepted_callback = Acknowledgement(200, b"success", "text/plain")
    refused_callback = Acknowledgement(200, b"fail", "text/plain")
    pen = peer.BY_ALIPAY

    def account(self) -> ChannelAccount:
        return peer.account()

    def accepted(self, operation: Operation) -> WireResponse:
        return peer.done(_METHODS[operation], pen=self.pen, **_ANSWERS[operation])

    def accepted_payment(self, method: InvokeMethod) -> WireResponse | None:
        if method not in _ASKED:
            return None
        return peer.done(self.channel.methods[method], pen=self.pen, **_ASKED[method])

    def refused(self, operation: Operation) -> WireResponse:
        refusal = peer.failed(
            _METHODS[operation], "ACQ.SELLER_BALANCE_NOT_ENOUGH", sub_msg="余额不足"
        )
        return peer.signed_by(refusal, self.pen)

    def identified(self) -> WireResponse:
        return peer.answer(_LOGIN, {"user_id": "2088102146225135"}, pen=self.pen)

    def unidentified(self) -> WireResponse:
        content = {"code": "40002", "sub_code": "isv.code-invalid"}
        return peer.answer(_LOGIN, content, pen=self.pen, node="error_response")

    def unsigned(self, response: WireResponse) -> WireResponse:
        return peer.unsigned(response)

    def badly_signed(self, response: WireResponse) -> WireResponse:
        return peer.signed_by(response, replace(self.pen, key=peer.BY_STRANGER.key))

    def content_of(self, transport: FakeTransport) -> object:
        """Every request is signed with the time of its sending."""
        (request,) = transport.sent
        parameters = peer.parameters_in(request)
        return {name: parameters[name] for name in parameters if name not in ("timestamp", "sign")}

    def callback(self) -> RawCallback:
        return peer.notification(self.pen)

    def forged_callbacks(self) -> dict[str, RawCallback]:
        genuine = self.callback()
        body = genuine.body
        unsigned = body[: body.index(b"&sign=")]
        signature = body[body.index(b"&sign=") :]
        without_type = unsigned.replace(b"&sign_type=RSA2", b"")
        return {
            "no signature": peer.posted(unsigned),
            "an empty signature": peer.posted(unsigned + b"&sign="),
            "a list as signature": peer.posted(unsigned + b"&sign[]=" + signature[6:]),
            "a signature that is not ASCII": peer.posted(unsigned + b"&sign=%E7%AD%BE"),
            "two signatures": peer.posted(body + signature),
            "our own key": peer.notification(peer.BY_STRANGER),
            "another seller": peer.notification(self.pen, seller_id="2088000000000002"),
            "no seller": peer.notification(self.pen, seller_id=None),
            "another application": peer.notification(self.pen, app_id="2021000000000002"),
            "another authorised application": peer.notification(
                self.pen, auth_app_id="2021000000000002"
            ),
            **{
                f"signature type {named!r}": peer.notification(self.pen, sign_type=named)
                for named in ("RSA", "MD5", "NONE", "rsa2", "", None)
            },
            "no signature type": peer.posted(without_type + signature),
            "another amount besides": peer.posted(body + b"&total_amount=0.01"),
            "a parameter in the address": replace(genuine, query="trade_status=TRADE_SUCCESS"),
            "another method": replace(genuine, method="GET"),
            "nothing at all": peer.posted(b""),
            "thousands of parameters": peer.posted(b"&".join([b"a=1"] * 20_000)),
        }


class TestAlipayContractWithCertificates(TestAlipayContract):
    pen = peer.certificates().pen

    def account(self) -> ChannelAccount:
        return replace(peer.certified_account(), version=2)

    def forged_callbacks(self) -> dict[str, RawCallback]:
        another_merchant, _ = peer.certificates().pen_of("Another Merchant")
        return {
            **super().forged_callbacks(),
            "a merchant of the same authority": peer.notification(another_merchant),
            "a serial nobody has": peer.notification(self.pen, alipay_cert_sn="0" * 32),
        }


_STATES = {Outcome.SUCCEEDED: "SUCCESS", Outcome.FAILED: "FAIL", Outcome.PENDING: "PROCESSING"}
_SETTLED = {"trade_no": peer.TRADE_NO, "settle_no": "20260101002530070036530006474222"}


class TestAlipaySplitContract(SplitContract):
    channel = AlipayChannel()
    payment = PaymentRef(peer.SERIAL_NO, peer.TRADE_NO)
    receivers = (
        Receiver(ReceiverKind.USER_ID, "2088000000000301"),
        Receiver(ReceiverKind.LOGIN_NAME, "share@property.test"),
    )

    def account(self) -> ChannelAccount:
        return peer.account()

    def accepted(self, operation: Operation) -> WireResponse:
        answers: dict[Operation, dict[str, Any]] = {
            Operation.BIND_RECEIVER: {"result_code": "SUCCESS"},
            Operation.UNBIND_RECEIVER: {"result_code": "SUCCESS"},
            Operation.SPLIT: _SETTLED,
            Operation.SPLIT_QUERY: {
                "royalty_detail_list": [peer.transfer(share) for share in self.shares]
            },
            Operation.RELEASE: _SETTLED,
            Operation.LEFT_AMOUNT: {"unsettled_amount": "13.93"},
            Operation.MAX_RATIO: {"user_id": peer.SELLER_ID, "max_ratio": 30},
            Operation.REFUND: _ANSWERS[Operation.REFUND],
        }
        return peer.done(_METHODS[operation], **answers[operation])

    def refused(self, operation: Operation) -> WireResponse:
        return peer.failed(_METHODS[operation], "ACQ.INVALID_PARAMETER", sub_msg="参数无效")

    def unknown_number(self, operation: Operation) -> WireResponse:
        return peer.done(_METHODS[operation], royalty_detail_list=[])

    def told(self, shares: Sequence[Share], outcome: Outcome = Outcome.SUCCEEDED) -> WireResponse:
        details = [peer.transfer(share, _STATES[outcome]) for share in shares]
        return peer.done(_METHODS[Operation.SPLIT_QUERY], royalty_detail_list=details)

    def unsigned(self, response: WireResponse) -> WireResponse:
        return peer.unsigned(response)

    def badly_signed(self, response: WireResponse) -> WireResponse:
        return peer.signed_by(response, peer.BY_STRANGER)

    def content_of(self, transport: FakeTransport) -> object:
        """Every request is signed with the time of its sending."""
        (request,) = transport.sent
        parameters = peer.parameters_in(request)
        return {name: parameters[name] for name in parameters if name not in ("timestamp", "sign")}
