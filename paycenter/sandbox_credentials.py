"""What a tool needs to use the sandbox, as ``manage.py sandbox credentials --json`` prints it."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

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
    merchant = identity.wechat.merchant
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
            "url": f"{settings.PUBLIC_BASE_URL}/admin/",
            "username": OPERATOR,
            "password": settings.OPERATOR_PASSWORD,
            "totp_secret": None,
        },
        "sandbox": {
            "control_url": f"{settings.SANDBOX_URL}/control",
            "wechat": {
                "base_url": settings.SANDBOX_URL,
                "mchid": merchant.mchid,
                "appid": merchant.appid,
                "serial_no": merchant.serial_no,
                "private_key_pem": merchant.private_key_pem,
                "apiv3_key": merchant.apiv3_key,
                "public_key_id": merchant.public_key_id,
                "public_key_pem": merchant.public_key_pem,
            },
        },
    }
