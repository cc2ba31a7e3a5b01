"""The trial payment: a real order through one account, shown once, paid, and given back."""

import re

import pytest
from django.test import Client

from merchants.models import Application, Grant, PaymentAccount, Role
from paycenter.operators.onboarding.checklist import checklist, checklist_url
from paycenter.operators.onboarding.company import read_company
from paycenter.operators.onboarding.steps import State
from tests.admin.onboarding.conftest import pay_trial, scope_of
from tests.admin.pages import address, read
from tests.admin.roles.conftest import SignIn
from tests.admin.rows import Company, make_company
from tests.support.audit import deeds
from tests.support.workers import Workers
from transactions.models import Checkout, Order, Refund
from transactions.services.trials import AT_MOST, open_trial, trials_of


def button(account: PaymentAccount, name: str) -> str:
    """Return the address of a button of an account."""
    return address(PaymentAccount, "change", account.pk).replace("/change/", f"/{name}/")


def try_out(browser: Client, company: Company, **changes: object) -> str:
    """Make a trial and return the page that answers."""
    fields = {"application": company.application.pk} | changes
    answer = browser.post(button(company.account, "trial"), fields, follow=True)
    return answer.content.decode()


def state_of_trial(company: Company) -> State:
    """Return how the step of the account stands."""
    sections = checklist(read_company(company.merchant))
    account = next(one for one in sections if one.account_id == company.account.pk)
    return account.steps[-1].state


def test_a_trial_is_an_order_of_the_least_through_this_account_alone(
    browser: Client, ready: Company
) -> None:
    assert state_of_trial(ready) is State.TODO
    page = try_out(browser, ready)
    order = Order.objects.get()
    assert (order.application, order.merchant) == (ready.application, ready.merchant)
    assert (order.amount, order.state) == (1, "created")
    assert order.order_no == f"trial-{ready.account.payment_no}-1"
    checkout = Checkout.objects.get()
    assert (checkout.payment_nos, checkout.made_by) == ([ready.account.payment_no], "operator")
    assert "<svg" in page
    assert "¥0.01" in page
    assert re.search(r'href="http[^"]*/checkout/[^"]+" target="_blank"', page)
    assert deeds().get().object_id == str(ready.account.pk)


def test_looking_makes_nothing_and_shows_no_link(browser: Client, ready: Company) -> None:
    try_out(browser, ready)
    page = read(browser, button(ready.account, "trial"))
    assert "/checkout/" not in page.replace("/transactions/checkout/", "")
    assert "<svg" not in page
    assert Order.objects.count() == 1


def test_an_account_that_takes_no_fen_is_tried_with_the_least_it_takes(
    browser: Client, ready: Company
) -> None:
    PaymentAccount.objects.update(min_amount=500)
    assert "¥5.00" in try_out(browser, ready)
    assert Order.objects.get().amount == 500


def test_a_trial_that_waits_is_shown_again(browser: Client, ready: Company) -> None:
    first, second = try_out(browser, ready), try_out(browser, ready)
    link = re.compile(r'data-copy="([^"]*/checkout/[^"]*)"')
    assert link.findall(first) == link.findall(second)
    assert Order.objects.count() == 1
    pay_trial(ready)
    try_out(browser, ready)
    assert Order.objects.count() == 2


def test_each_application_has_trials_of_its_own(browser: Client, ready: Company) -> None:
    other = Application.objects.create(code="other", name="报修系统", group=ready.merchant.group)
    Grant.objects.create(application=other, payment_account=ready.account)
    try_out(browser, ready)
    try_out(browser, ready, application=other.pk)
    owners = set(Order.objects.values_list("application", flat=True))
    assert owners == {ready.application.pk, other.pk}


def test_a_trial_of_an_application_that_is_switched_off_is_not_made(
    browser: Client, ready: Company
) -> None:
    Application.objects.update(is_active=False)
    try_out(browser, ready)
    assert not Order.objects.exists()


def test_an_order_of_the_applications_own_is_no_trial(ready: Company) -> None:
    """Whatever an application calls its orders, nobody is shown another one's page for a trial."""
    own = open_trial(ready.application, ready.account, subject="x", made_by="clerk")
    assert own is not None
    Checkout.objects.update(made_by="")
    assert trials_of([ready.account]) == {}
    other = open_trial(ready.application, ready.account, subject="x", made_by="clerk")
    assert other is not None
    assert other.order.order_no == f"trial-{ready.account.payment_no}-2"


def test_money_that_came_through_another_account_proves_nothing(ready: Company) -> None:
    open_trial(ready.application, ready.account, subject="x", made_by="clerk")
    payment = pay_trial(ready)
    assert state_of_trial(ready) is State.DONE
    other = PaymentAccount.objects.create(channel_merchant=ready.owner, name="another")
    type(payment).objects.update(payment_account=other)
    assert state_of_trial(ready) is State.TODO


def test_trials_come_to_an_end(browser: Client, ready: Company) -> None:
    for _ in range(AT_MOST):
        assert open_trial(ready.application, ready.account, subject="x", made_by="clerk")
        Order.objects.update(state="closed")
    try_out(browser, ready)
    assert Order.objects.count() == AT_MOST


@pytest.mark.parametrize("lacking", ["grant", "active", "company"])
def test_an_account_that_takes_no_money_is_not_tried(
    browser: Client, ready: Company, lacking: str
) -> None:
    if lacking == "grant":
        Grant.objects.all().delete()
    elif lacking == "active":
        PaymentAccount.objects.update(is_active=False)
    else:
        type(ready.merchant).objects.update(is_active=False)
    try_out(browser, ready)
    assert not Order.objects.exists()
    assert browser.get(button(ready.account, "trial")).status_code == 302


def test_another_ones_application_cannot_be_chosen(browser: Client, ready: Company) -> None:
    other = make_company()
    assert other.application.name not in read(browser, button(ready.account, "trial"))
    try_out(browser, ready, application=other.application.pk)
    assert not Order.objects.exists()


def test_what_was_paid_is_given_back_once(
    browser: Client, ready: Company, workers: Workers
) -> None:
    workers.pause()
    open_trial(ready.application, ready.account, subject="x", made_by="clerk")
    back = button(ready.account, "refund-trial")
    assert browser.post(back).status_code == 403, "nobody paid it"
    payment = pay_trial(ready)
    assert back in read(browser, checklist_url(ready.merchant))
    assert 'method="post"' in read(browser, back)
    assert not Refund.objects.exists(), "looking gives nothing back"
    assert browser.post(back).status_code == 302
    refund = Refund.objects.get()
    assert (refund.payment, refund.amount, refund.application) == (payment, 1, ready.application)
    assert [message.args for message in workers.kept("send_refund")] == [(refund.pk,)]
    assert browser.post(back).status_code == 403
    assert Refund.objects.count() == 1
    assert back not in read(browser, checklist_url(ready.merchant))


def test_a_return_that_failed_is_followed_by_another(
    browser: Client, ready: Company, workers: Workers
) -> None:
    workers.pause()
    open_trial(ready.application, ready.account, subject="x", made_by="clerk")
    payment = pay_trial(ready)
    browser.post(button(ready.account, "refund-trial"))
    Refund.objects.update(state="failed", due_at=None)
    type(payment).objects.update(refund_reserved=0)
    browser.post(button(ready.account, "refund-trial"))
    second = Refund.objects.exclude(state="failed").get()
    assert str(second.refund_no).endswith("-back-2")


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.FINANCE, Role.CASHIER, Role.DEVELOPER])
def test_who_may_not_collect_makes_no_trial(role: Role, own: Company, sign_in: SignIn) -> None:
    browser = sign_in(role, **scope_of(role, own))
    before = Order.objects.count()
    answer = browser.post(button(own.account, "trial"), {"application": own.application.pk})
    assert answer.status_code in {403, 404}
    assert Order.objects.count() == before


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.DEVELOPER])
def test_who_may_not_work_on_refunds_gives_nothing_back(
    role: Role, own: Company, sign_in: SignIn
) -> None:
    open_trial(own.application, own.account, subject="x", made_by="clerk")
    pay_trial(own)
    before = Refund.objects.count()
    browser = sign_in(role, **scope_of(role, own))
    assert browser.post(button(own.account, "refund-trial")).status_code == 403
    assert Refund.objects.count() == before


def test_an_operator_of_the_company_tries_and_gives_back(
    own: Company, foreign: Company, sign_in: SignIn, workers: Workers
) -> None:
    workers.pause()
    browser = sign_in(Role.OPERATOR, merchant=own.merchant)
    assert "<svg" in try_out(browser, own)
    pay_trial(own)
    before = Refund.objects.count()
    assert browser.post(button(own.account, "refund-trial")).status_code == 302
    assert Refund.objects.count() == before + 1
    assert browser.get(button(foreign.account, "trial")).status_code == 404
