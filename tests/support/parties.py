"""Property companies, accounts and applications for tests; each call makes new ones."""

from itertools import count
from typing import Any

from merchants.keys import issue_key
from merchants.models import (
    Application,
    ApplicationKey,
    ChannelMerchant,
    Grant,
    Merchant,
    PaymentAccount,
    PropertyGroup,
)

APPID = "wx1111111111111111"
MINI_PROGRAM_APPID = "wx2222222222222222"

_numbers = count(1)


def make_merchant(**changes: Any) -> Merchant:
    """Return a property company, in a group of its own unless ``group`` is given."""
    number = next(_numbers)
    if "group" not in changes:
        changes["group"] = PropertyGroup.objects.create(code=f"group-{number}", name="阳光集团")
    facts = {
        "name": "阳光物业服务有限公司",
        "display_name": "阳光物业",
        "credit_code": f"91310000MA1K{number:06d}",
    }
    return Merchant.objects.create(**(facts | changes))


def make_channel_merchant(
    merchant: Merchant | None = None, *, channel: str = "wechat", **changes: Any
) -> ChannelMerchant:
    """Return a company's account at a channel, without credentials."""
    facts = {
        "merchant": merchant or make_merchant(),
        "channel": channel,
        "mchid": f"19{next(_numbers):08d}",
    }
    return ChannelMerchant.objects.create(**(facts | changes))


def make_account(channel_merchant: ChannelMerchant | None = None, **changes: Any) -> PaymentAccount:
    """Return an active payment account."""
    facts = {
        "channel_merchant": channel_merchant or make_channel_merchant(),
        "name": "阳光花园",
        "appid": APPID,
        "mini_program_appid": MINI_PROGRAM_APPID,
        "is_active": True,
    }
    return PaymentAccount.objects.create(**(facts | changes))


def make_application(*accounts: PaymentAccount, **changes: Any) -> Application:
    """Return an application that may use ``accounts``."""
    facts = {
        "code": f"application-{next(_numbers)}",
        "name": "物业收费系统",
        "notify_url": "https://app.test/notify",
        "allowed_hosts": ["app.test"],
    }
    application = Application.objects.create(**(facts | changes))
    for account in accounts:
        Grant.objects.create(application=application, payment_account=account)
    return application


def make_key(application: Application, secret: str = "") -> tuple[ApplicationKey, str]:
    """Return a key of the application and its secret, of which a test may choose the text."""
    key, issued = issue_key(application)
    if secret:
        key.seal("sealed_secret", secret).save(update_fields=["sealed_secret"])
    return key, secret or issued
