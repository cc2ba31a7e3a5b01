"""The sandbox's first customer: one company with an account per simulated channel.

Used by ``manage.py seed_sandbox``; safe to run again, keeps what is there.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from gateway.sandbox.identity import Identity, load_or_create
from merchants.credentials import store_credential
from merchants.keys import issue_key, issue_webhook_secret
from merchants.models import (
    Application,
    ChannelMerchant,
    Grant,
    Merchant,
    PaymentAccount,
    Project,
    PropertyGroup,
)
from paycenter.sandbox_offers import Offer, offers_of

APPLICATION_CODE = "sandbox-app"
OPERATOR = "operator"
COMPANY = "阳光物业服务有限公司"


def sandbox_identity() -> Identity:
    """Return the sandbox's keys. Raises ``ImproperlyConfigured`` where no sandbox may run."""
    if not settings.SANDBOX_URL:
        raise ImproperlyConfigured("SANDBOX_URL is not set: a center without it has no sandbox")
    return load_or_create(settings.SANDBOX_DATA_DIR)


@transaction.atomic
def seed() -> None:
    """Make the sandbox company, its accounts, an application that may use them, an operator."""
    identity = sandbox_identity()
    project = _company()
    application = _application(project.merchant.group)
    for offer in offers_of(identity):
        account = _account(project, offer)
        Grant.objects.get_or_create(application=application, payment_account=account)
    _operator()


def _company() -> Project:
    group, _ = PropertyGroup.objects.get_or_create(code="sunshine", defaults={"name": "阳光集团"})
    merchant, _ = Merchant.objects.get_or_create(
        group=group,
        credit_code="91310000MA1K00000X",
        defaults={"name": COMPANY, "display_name": "阳光物业"},
    )
    project, _ = Project.objects.get_or_create(
        merchant=merchant, code="garden", defaults={"name": "阳光花园"}
    )
    return project


def _application(group: PropertyGroup) -> Application:
    notify_url = f"{settings.RECEIVER_URL}/notify" if settings.RECEIVER_URL else ""
    hosts = [urlsplit(notify_url).hostname or ""] if notify_url else []
    application, is_new = Application.objects.get_or_create(
        code=APPLICATION_CODE, defaults={"name": "物业收费系统", "group": group}
    )
    # The receiver may have moved to another port since the last start.
    application.notify_url, application.allowed_hosts = notify_url, hosts
    application.save(update_fields=["notify_url", "allowed_hosts"])
    if is_new:
        issue_key(application)
        issue_webhook_secret(application)
    return application


def _account(project: Project, offer: Offer) -> PaymentAccount:
    owner, _ = ChannelMerchant.objects.get_or_create(
        channel=offer.channel,
        mchid=offer.mchid,
        is_sandbox=True,
        defaults={"merchant": project.merchant},
    )
    for credential in offer.credentials:
        store_credential(owner, credential)
    account, _ = PaymentAccount.objects.get_or_create(
        channel_merchant=owner,
        appid=offer.appid,
        defaults={
            "name": f"{project.name} {offer.name}",
            "project": project,
            "mini_program_appid": offer.mini_program_appid,
            "is_active": True,
        },
    )
    return account


def _operator() -> None:
    users = get_user_model().objects
    if settings.OPERATOR_PASSWORD and not users.filter(username=OPERATOR).exists():
        users.create_superuser(OPERATOR, "", settings.OPERATOR_PASSWORD)
