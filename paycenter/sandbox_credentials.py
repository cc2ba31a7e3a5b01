"""What a tool needs to use the sandbox, as ``manage.py sandbox credentials --json`` prints it."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from gateway.channels.easypay.channel import EasyPayChannel
from gateway.sandbox.identity import Identity
from merchants.models import Application
from merchants.selectors import granted_accounts
from paycenter.sandbox_seed import APPLICATION_CODE, OPERATOR, sandbox_identity


def sandbox_credentials() -> dict[str, Any]:
    """Return the identifiers and secrets of the seeded sandbox customer.

    These are test keys of a simulator that moves no money. Raises ``ImproperlyConfigured`` when
    there is no sandbox or it was not seeded.
    """
    identity = sandbox_identity()
    application = Application.objects.filter(code=APPLICATION_CODE).first()
    if application is None:
        raise ImproperlyConfigured("The sandbox is empty: run manage.py seed_sandbox first")
    accounts = list(granted_accounts(application))
    key = application.keys.get(revoked_at=None, slot=1)
    return {
        "base_url": settings.PUBLIC_BASE_URL,
        "application": {
            "key_id": key.key_id,
            "secret": key.unseal("sealed_secret"),
            "webhook_secret": application.unseal("sealed_webhook_secret"),
            "notify_url": application.notify_url,
        },
        "merchant_id": accounts[0].channel_merchant.merchant.merchant_no,
        "payment_ids": {item.channel_merchant.channel: item.payment_no for item in accounts},
        "admin": {
            "url": f"{settings.PUBLIC_BASE_URL}{reverse('admin:index')}",
            "username": OPERATOR,
            "password": settings.OPERATOR_PASSWORD,
            "totp_secret": None,
        },
        "sandbox": {
            "control_url": f"{settings.SANDBOX_URL}/control",
            "wechat": _wechat(identity),
            "alipay": _alipay(identity),
            "easypay": _easypay(identity),
        },
    }


def _wechat(identity: Identity) -> dict[str, str]:
    known = identity.wechat.merchant
    return {
        "base_url": settings.SANDBOX_URL,
        "mchid": known.mchid,
        "appid": known.appid,
        "app_secret": known.app_secret,
        "serial_no": known.serial_no,
        "private_key_pem": known.private_key_pem,
        "apiv3_key": known.apiv3_key,
        "public_key_id": known.public_key_id,
        "public_key_pem": known.public_key_pem,
    }


def _alipay(identity: Identity) -> dict[str, str]:
    known = identity.alipay.merchant
    return {
        "gateway": f"{settings.SANDBOX_URL}/gateway.do",
        "app_id": known.app_id,
        "app_private_key_pem": known.app_private_key_pem,
        "alipay_public_key_pem": known.alipay_public_key_pem,
        "seller_id": known.seller_id,
    }


def _easypay(identity: Identity) -> dict[str, str]:
    known = identity.easypay.merchant
    return {
        "base_url": f"{settings.SANDBOX_URL}{EasyPayChannel.sandbox_path}",
        "pid": known.pid,
        "key": known.key,
    }
