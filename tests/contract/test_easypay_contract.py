"""EasyPay keeps the channel contract, in both versions of its protocol."""

from dataclasses import replace

from gateway.channels.easypay.channel import EasyPayChannel
from gateway.messages import (
    Acknowledgement,
    ChannelAccount,
    InvokeMethod,
    Operation,
    RawCallback,
)
from paycenter.kernel.http import WireResponse
from tests.contract.channel_contract import ChannelContract
from tests.contract.transport import FakeTransport
from tests.gateway.channels.easypay import peer

_NOT_IN_REPEATS = ("timestamp", "sign")


class EasyPayContract(ChannelContract):
    """What both versions have in common."""

    channel = EasyPayChannel()
    network_method = InvokeMethod.QR_CODE
    accepted_callback = Acknowledgement(200, b"success", "text/plain")
    refused_callback = Acknowledgement(200, b"fail", "text/plain")

    def tampered_callbacks(self) -> list[RawCallback]:
        """Change one letter of the query at places all over it."""
        genuine = self.callback()
        size = len(genuine.query)
        places = range(0, size, max(1, size // 64))
        return [replace(genuine, query=_changed(genuine.query, place)) for place in places]

    def content_of(self, transport: FakeTransport) -> object:
        """Leave out what dates a request."""
        (request,) = transport.sent
        form = peer.form_of(request) if request.body else {}
        same = {name: value for name, value in form.items() if name not in _NOT_IN_REPEATS}
        return (request.method, request.url, same)


class TestEasyPayV1Contract(EasyPayContract):
    signs_answers = False
    silent = frozenset({Operation.CLOSE})
    inconclusive = frozenset({Operation.CLOSE, Operation.REFUND_QUERY})
    shows_its_key = True

    def account(self) -> ChannelAccount:
        return peer.v1_account()

    def accepted(self, operation: Operation) -> WireResponse:
        if operation is Operation.PAY:
            return peer.answer({"code": 1, "trade_no": peer.TRADE_NO, "qrcode": "weixin://x"})
        if operation is Operation.REFUND:
            return peer.answer({"code": 0, **peer.refund()})
        status = 2 if operation is Operation.REFUND_QUERY else 1
        return peer.answer({"code": 1, "msg": "succ", **peer.order(status)})

    def accepted_payment(self, method: InvokeMethod) -> WireResponse | None:
        return self.accepted(Operation.PAY) if method is InvokeMethod.QR_CODE else None

    def refused(self, operation: Operation) -> WireResponse:
        return peer.error(-1, "商户余额不足，请先充值")

    def unsigned(self, response: WireResponse) -> WireResponse:
        return response

    def badly_signed(self, response: WireResponse) -> WireResponse:
        return response

    def callback(self) -> RawCallback:
        return peer.v1_callback()

    def forged_callbacks(self) -> dict[str, RawCallback]:
        return {
            **_forged(self.callback(), peer.md5_signed(peer.told())),
            "another key": peer.get(peer.md5_signed(peer.told(), "x" * 32)),
            "an empty key": peer.get(peer.md5_signed(peer.told(), "")),
            "authentic for another account": peer.v1_callback(pid="1001"),
            "RSA": peer.v2_callback(),
        }


class TestEasyPayV2Contract(EasyPayContract):
    inconclusive = frozenset({Operation.CLOSE})

    def account(self) -> ChannelAccount:
        return peer.v2_account()

    def accepted(self, operation: Operation) -> WireResponse:
        made = {"trade_no": peer.TRADE_NO, "pay_type": "qrcode", "pay_info": "weixin://x"}
        answers = {
            Operation.PAY: made,
            Operation.QUERY: peer.order(),
            Operation.CLOSE: {"msg": "订单关闭成功"},
            Operation.REFUND: peer.refund(),
            Operation.REFUND_QUERY: peer.refund(status=1, endtime="2026-01-01 08:00:00"),
        }
        return peer.signed_answer({"code": 0, **answers[operation]})

    def accepted_payment(self, method: InvokeMethod) -> WireResponse | None:
        if method is InvokeMethod.QR_CODE:
            return self.accepted(Operation.PAY)
        page = {"pay_type": "jump", "pay_info": "https://pay.test/epay/pay/alipay/1/"}
        return peer.signed_answer({"code": 0, "trade_no": peer.TRADE_NO, **page})

    def refused(self, operation: Operation) -> WireResponse:
        return peer.signed_answer({"code": -1, "msg": "商户余额不足，请先充值"})

    def unsigned(self, response: WireResponse) -> WireResponse:
        return peer.without(response, "sign", "sign_type", "timestamp")

    def badly_signed(self, response: WireResponse) -> WireResponse:
        return peer.signed_by_merchant(response)

    def callback(self) -> RawCallback:
        return peer.v2_callback()

    def forged_callbacks(self) -> dict[str, RawCallback]:
        genuine = peer.rsa_signed(peer.told())
        return {
            **_forged(self.callback(), genuine),
            "our own key": peer.get(peer.by_merchant(peer.told())),
            "authentic for another account": peer.v2_callback(pid="1001"),
            "MD5 with a key of V1": peer.v1_callback(),
            "MD5 with an empty key": peer.get(peer.md5_signed(peer.told(), "")),
            "MD5 announced": peer.get({**genuine, "sign_type": "MD5"}),
            "no timestamp": peer.get({k: v for k, v in genuine.items() if k != "timestamp"}),
            "too old": peer.v2_callback(timestamp=peer.NOW - 301),
            "from the future": peer.v2_callback(timestamp=peer.NOW + 301),
        }


def _forged(callback: RawCallback, genuine: dict[str, str]) -> dict[str, RawCallback]:
    unsigned = {name: value for name, value in genuine.items() if name != "sign"}
    return {
        "no signature": peer.get(unsigned),
        "an empty signature": peer.get({**unsigned, "sign": ""}),
        "a list of signatures": peer.get({**unsigned, "sign[]": genuine["sign"]}),
        "no parameters": replace(callback, query=""),
        "another method": replace(callback, method="PUT"),
    }


def _changed(query: str, place: int) -> str:
    return query[:place] + chr(ord(query[place]) ^ 1) + query[place + 1 :]
