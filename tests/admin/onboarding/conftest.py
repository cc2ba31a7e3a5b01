"""A company of which nothing is missing, and people with roles."""

import pytest
from django.contrib.auth.models import User
from django.db.models import Model

from gateway.channels.wechat import config as wechat
from merchants.credentials import store_credential
from merchants.models import Membership, PaymentAccount, Role
from paycenter.kernel.clock import now
from paycenter.kernel.credential import Credential
from tests.admin.roles.conftest import foreign as foreign
from tests.admin.roles.conftest import own as own
from tests.admin.roles.conftest import sign_in as sign_in
from tests.admin.rows import Company
from transactions.models import Payment
from transactions.services.trials import open_trial, trials_of


@pytest.fixture
def ready(company: Company) -> Company:
    """A company of which nothing but a trial payment is missing."""
    return made_ready(company)


def scope_of(role: Role, own: Company) -> dict[str, Model]:
    """Return the scope of a role at the first company."""
    if role == Role.DEVELOPER:
        return {"application": own.application}
    return {"merchant": own.merchant}


def made_ready(company: Company) -> Company:
    """Do every step but the trial payment."""
    for kind in (wechat.MERCHANT_KEY, wechat.PUBLIC_KEY):
        store_credential(company.owner, Credential(kind, "1", f"{kind}-value"))
    company.application.notify_url = "https://app.example.com/notify"
    company.application.save(update_fields=["notify_url"])
    PaymentAccount.objects.update(finding="works", tested_at=now())
    clerk = User.objects.create(username=f"clerk-{company.merchant.pk}", is_staff=True)
    Membership.objects.create(user=clerk, role=Role.OPERATOR, merchant=company.merchant)
    return company


def finished(company: Company) -> Company:
    """Do every step, the trial payment included."""
    made_ready(company)
    open_trial(company.application, company.account, subject="试付", made_by="clerk")
    pay_trial(company)
    return company


def pay_trial(company: Company) -> Payment:
    """Let the newest trial have been paid through the account."""
    order = trials_of([company.account])[company.account.pk][0].order
    moment = now()
    type(order).objects.filter(pk=order.pk).update(state="paid", paid_amount=order.amount)
    return Payment.objects.create(
        state="succeeded",
        merchant=company.merchant,
        order=order,
        payment_account=company.account,
        channel_merchant=company.owner,
        serial_no=f"P2611220800{order.pk:013d}",
        invoke_method="qr_code",
        amount=order.amount,
        attempt_no=1,
        launch={},
        request_hash="0" * 64,
        settles_order=True,
        expires_at=order.expires_at,
        paid_at=moment,
        created_at=moment,
    )
