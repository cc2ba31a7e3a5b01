"""The checklist says what is missing, and each step is done by what is entered elsewhere."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation

from merchants.activation import deactivate
from merchants.credentials import store_credential
from merchants.keys import revoke_key
from merchants.models import (
    ApplicationKey,
    ChannelMerchant,
    Grant,
    Membership,
    Merchant,
    PaymentAccount,
    PropertyGroup,
    Role,
    StoredCredential,
)
from paycenter.kernel.clock import now
from paycenter.kernel.credential import Credential
from paycenter.operators.onboarding.checklist import checklist, checklist_url
from paycenter.operators.onboarding.company import read_company
from paycenter.operators.onboarding.steps import State, Step, missing, progress
from tests.admin.pages import read
from tests.admin.rows import Company, make_company, make_story
from tests.support.statements import counting


@pytest.fixture(autouse=True)
def _english() -> None:
    translation.activate("en")


def step(merchant: Merchant, section: str, title: str) -> Step:
    """Return one step of a company's checklist."""
    merchant = Merchant.objects.get(pk=merchant.pk)
    found = [one for one in checklist(read_company(merchant)) if one.title == section]
    return next(one for one in found[0].steps if one.title == title)


def to_do(merchant: Merchant) -> list[str]:
    """Return the titles of what is missing."""
    return [str(one.title) for one in missing(checklist(read_company(merchant)))]


def test_a_company_without_anything_wants_people_and_a_channel(db: None) -> None:
    group = PropertyGroup.objects.create(code="g", name="G")
    merchant = Merchant.objects.create(
        group=group, name="M", display_name="M", credit_code="91310000MA1K00001X"
    )
    assert to_do(merchant) == ["People who work here", "Channel merchants"]


def test_a_company_that_is_ready_wants_a_trial_payment_alone(ready: Company) -> None:
    assert to_do(ready.merchant) == ["Trial payment"]
    done, wanted = progress(checklist(read_company(ready.merchant)))
    assert wanted - done == 1


BREAKS: list[tuple[str, str, Callable[[Company], object]]] = [
    ("Property company", "Company data", lambda c: Merchant.objects.update(is_active=False)),
    ("Property company", "People who work here", lambda c: Membership.objects.all().delete()),
    ("Property company", "People who work here", lambda c: User.objects.update(is_active=False)),
    (
        "Property company",
        "People who work here",
        lambda c: Membership.objects.update(role=Role.AUDITOR),
    ),
    ("Channel merchant", "Data", lambda c: ChannelMerchant.objects.update(is_active=False)),
    (
        "Channel merchant",
        "Keys and certificates",
        lambda c: StoredCredential.objects.filter(kind="apiv3_key").update(revoked_at=now()),
    ),
    (
        "Channel merchant",
        "Keys and certificates",
        lambda c: StoredCredential.objects.update(not_after=now() + timedelta(days=20)),
    ),
    ("Payment account", "Tested", lambda c: PaymentAccount.objects.update(finding="wrong_key")),
    ("Payment account", "Tested", lambda c: PaymentAccount.objects.update(finding="")),
    (
        "Payment account",
        "Tested",
        lambda c: store_credential(c.owner, Credential("wechat_public_key", "2", "newer")),
    ),
    ("Payment account", "Switched on", lambda c: deactivate(c.account)),
    ("Payment account", "Granted to an application", lambda c: Grant.objects.all().delete()),
    ("Application", "Data", lambda c: type(c.application).objects.update(is_active=False)),
    (
        "Application",
        "Access key and hand-over sheet",
        lambda c: revoke_key(ApplicationKey.objects.get()),
    ),
    (
        "Application",
        "Notification URL",
        lambda c: type(c.application).objects.update(notify_url=""),
    ),
    (
        "Application",
        "Notification secret",
        lambda c: type(c.application).objects.update(sealed_webhook_secret=""),
    ),
]


@pytest.mark.parametrize(("section", "title", "spoil"), BREAKS)
def test_what_is_taken_away_is_missing(
    ready: Company, section: str, title: str, spoil: Callable[[Company], object]
) -> None:
    if section != "Application" or title != "Data":
        assert step(ready.merchant, section, title).state is State.DONE
    spoil(ready)
    merchant = Merchant.objects.get(pk=ready.merchant.pk)
    if title == "Granted to an application":
        assert title in to_do(merchant)
    else:
        assert step(merchant, section, title).state is State.TODO
        assert step(merchant, section, title).links


def test_nothing_is_tested_before_its_keys_are_there(ready: Company) -> None:
    StoredCredential.objects.update(revoked_at=now())
    PaymentAccount.objects.update(finding="", tested_at=None, is_active=False)
    for title in ("Tested", "Switched on", "Trial payment"):
        assert step(ready.merchant, "Payment account", title).state is State.BLOCKED


def test_page_costs_the_same_however_much_there_is(browser: Client, ready: Company) -> None:
    def cost() -> int:
        with counting() as spent:
            read(browser, checklist_url(ready.merchant))
        return len(spent.statements)

    few = cost()
    for number in range(3):
        other = make_company()
        ChannelMerchant.objects.filter(pk=other.owner.pk).update(merchant=ready.merchant)
        PaymentAccount.objects.create(channel_merchant=ready.owner, name=f"another {number}")
    assert cost() == few


def test_page_links_each_step_to_where_it_is_done_and_back(browser: Client, ready: Company) -> None:
    url = checklist_url(ready.merchant)
    for one in checklist(read_company(ready.merchant)):
        for link in (link for step in one.steps for link in step.links):
            assert browser.get(link.url).status_code == 200, link
            assert f"next={url.replace('/', '%2F')}" in link.url, link


def test_an_account_through_which_residents_pay_needs_no_trial(ready: Company) -> None:
    make_story(ready)
    trial = step(ready.merchant, "Payment account", "Trial payment")
    assert (trial.state, trial.note) == (State.DONE, "Residents pay through it already.")
    assert to_do(ready.merchant) == []
    other = PaymentAccount.objects.create(
        channel_merchant=ready.owner, name="another", finding="works", tested_at=now()
    )
    sections = checklist(read_company(ready.merchant))
    new = next(one for one in sections if one.account_id == other.pk)
    assert new.steps[-1].state is State.BLOCKED, "what came through another one proves nothing"
