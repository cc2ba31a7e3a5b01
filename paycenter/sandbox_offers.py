"""What the simulated channels gave the sandbox's first customer: a number and keys at each."""

from dataclasses import dataclass

from gateway.channels.alipay import credentials as alipay
from gateway.channels.easypay import keys as easypay
from gateway.channels.wechat import config as wechat
from gateway.sandbox.identity import Identity
from paycenter.kernel.credential import Credential


@dataclass(frozen=True, slots=True)
class Offer:
    """One channel's account: what an operator would enter in the admin."""

    channel: str
    name: str
    mchid: str
    credentials: tuple[Credential, ...]
    appid: str = ""
    mini_program_appid: str = ""


def offers_of(identity: Identity) -> tuple[Offer, ...]:
    """Return the accounts of all channels."""
    return _wechat(identity), _alipay(identity), _easypay(identity)


def _wechat(identity: Identity) -> Offer:
    known = identity.wechat.merchant
    return Offer(
        "wechat",
        "微信支付",
        known.mchid,
        (
            Credential(wechat.MERCHANT_KEY, known.serial_no, known.private_key_pem),
            Credential(wechat.APIV3_KEY, "", known.apiv3_key),
            Credential(wechat.PUBLIC_KEY, known.public_key_id, known.public_key_pem),
            Credential(wechat.OFFICIAL_ACCOUNT_SECRET, known.appid, known.app_secret),
        ),
        appid=known.appid,
        mini_program_appid=known.mini_program_appid,
    )


def _alipay(identity: Identity) -> Offer:
    known = identity.alipay.merchant
    return Offer(
        "alipay",
        "支付宝",
        known.seller_id,
        (
            Credential(alipay.APP_KEY, "", known.app_private_key_pem),
            Credential(alipay.ALIPAY_KEY, "", known.alipay_public_key_pem),
        ),
        appid=known.app_id,
    )


def _easypay(identity: Identity) -> Offer:
    known = identity.easypay.merchant
    return Offer(
        "easypay",
        "易支付",
        known.pid,
        (Credential(easypay.SHARED_KEY, "", known.key),),
    )
