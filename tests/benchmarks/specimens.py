"""One order per way of signing, with the answer the channel would give: the peers of the tests.

Each channel's own tests have a peer that signs as the channel does; here it signs for this moment.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gateway.channels.alipay import config as alipay_config
from gateway.channels.alipay import signing as alipay_signing
from gateway.channels.alipay.channel import AlipayChannel
from gateway.channels.easypay import config as easypay_config
from gateway.channels.easypay.channel import EasyPayChannel
from gateway.channels.wechat import config as wechat_config
from gateway.channels.wechat import signing as wechat_signing
from gateway.channels.wechat.channel import WeChatChannel
from gateway.contract import Channel
from gateway.messages import ChannelAccount
from paycenter.kernel.http import WireResponse
from tests.gateway.channels.alipay import peer as alipay
from tests.gateway.channels.easypay import peer as easypay
from tests.gateway.channels.wechat import peer as wechat

SERIAL_NO = alipay.SERIAL_NO
_MESSAGE = b"x" * 500
"""About as much as is signed of an order."""


@dataclass(frozen=True)
class Specimen:
    """An account, the answer to its order, and its channel's way to sign and verify."""

    label: str
    channel: Channel
    account: ChannelAccount = field(repr=False)
    answer: WireResponse = field(repr=False)
    sign: Callable[[], object] = field(repr=False)
    verify: Callable[[], object] = field(repr=False)


def all_specimens() -> list[Specimen]:
    """Return one per way of signing. WeChat Pay's and V2's are good for five minutes."""
    return [_wechat(), _alipay(), _easypay_v1(), _easypay_v2()]


def _wechat() -> Specimen:
    account = wechat.account()
    body = wechat.encoded({"code_url": "weixin://wxpay/bizpayurl?pr=benchmark"})
    headers = wechat.BY_PUBLIC_KEY.headers(body, timestamp=str(int(time.time())))
    keys = wechat_config.keys_of(account)
    return Specimen(
        "WeChat Pay (RSA)",
        WeChatChannel(),
        account,
        WireResponse(200, headers, body),
        sign=lambda: keys.signer.sign(_MESSAGE),
        verify=lambda: wechat_signing.verify(keys.trusted, headers, body),
    )


def _alipay() -> Specimen:
    account = alipay.account()
    code = "https://qr.alipay.com/bax0benchmark"
    answer = alipay.done("alipay.trade.precreate", out_trade_no=SERIAL_NO, qr_code=code)
    keys, signature = alipay_config.keys_of(account), alipay.BY_ALIPAY.sign(_MESSAGE)
    return Specimen(
        "Alipay (RSA2)",
        AlipayChannel(),
        account,
        answer,
        sign=lambda: keys.signer.sign(_MESSAGE),
        verify=lambda: alipay_signing.verify(keys.trusted, [_MESSAGE], signature),
    )


def _easypay_v1() -> Specimen:
    answer = easypay.answer({"code": 1, "trade_no": easypay.TRADE_NO, "qrcode": "weixin://1"})
    told = easypay.md5_signed(easypay.told())
    return _easypay("EasyPay V1 (MD5)", easypay.v1_account(), answer, told)


def _easypay_v2() -> Specimen:
    members = {"trade_no": easypay.TRADE_NO, "pay_type": "qrcode", "pay_info": "weixin://1"}
    signed = easypay.rsa_signed({"code": "0", **members}, timestamp=int(time.time()))
    told = easypay.rsa_signed(easypay.told(), timestamp=int(time.time()))
    answer = easypay.answer({**signed, "code": 0})
    return _easypay("EasyPay V2 (RSA)", easypay.v2_account(), answer, told)


def _easypay(
    label: str, account: ChannelAccount, answer: WireResponse, told: Mapping[str, str]
) -> Specimen:
    scheme = easypay_config.scheme_of(account)
    return Specimen(
        label,
        EasyPayChannel(),
        account,
        answer,
        sign=lambda: scheme.signed(easypay.told()),
        verify=lambda: scheme.verify(told),
    )
