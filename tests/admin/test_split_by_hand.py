"""Splitting by hand: asked for on the payment's page, decided by somebody else on the split's."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.admin.pages import address, read
from tests.admin.rows import Company, make_company
from tests.support.split_rules import make_receiver
from transactions.models import Order, Payment, Receiver, Split

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english(browser: Client) -> None:
    browser.cookies["django_language"] = "en"


@pytest.fixture
def colleague(browser: Client) -> Client:
    client = Client()
    client.force_login(User.objects.create(username="checker", is_staff=True, is_superuser=True))
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def payment(company: Company, order: Order) -> Payment:
    """A payment that was made to be divided by hand."""
    payment = Payment.objects.get(order=order, settles_order=True)
    Order.objects.filter(pk=order.pk).update(split_mode="manual")
    return payment


@pytest.fixture
def receiver(payment: Payment) -> Receiver:
    return make_receiver(payment.channel_merchant, label="保洁公司")


def _page(payment: Payment) -> str:
    return address(Payment, "change", payment.pk).replace("/change/", "/split/")


def _form(receiver: Receiver, amount: str = "10.00", **changes: str) -> dict[str, str]:
    return {
        "shares-TOTAL_FORMS": "2",
        "shares-INITIAL_FORMS": "0",
        "shares-0-receiver": str(receiver.pk),
        "shares-0-amount": amount,
        "shares-0-description": "保洁费",
        "reason": "as agreed",
    } | changes


def _ask(browser: Client, payment: Payment, receiver: Receiver, *rest: str, **changes: str) -> str:
    form = _form(receiver, *rest, **changes)
    return browser.post(_page(payment), form, follow=True).content.decode()


def test_one_asks_and_another_approves(
    browser: Client, colleague: Client, payment: Payment, receiver: Receiver
) -> None:
    assert "It waits for somebody else" in _ask(browser, payment, receiver)
    split = Split.objects.get(payment=payment)
    assert (split.state, split.amount, split.asked_by) == ("pending_approval", 1_000, "operator")

    own = read(browser, address(Split, "change", split.pk))
    assert ("as agreed" in own, "/approve/" in own) == (True, False)
    button = address(Split, "change", split.pk).replace("/change/", "/approve/")
    page = colleague.get(button).content.decode()
    assert "10.00" in page
    assert "保洁公司" in page
    assert "as agreed" in page
    colleague.post(button, {"note": "checked", "version": split.version})
    split = Split.objects.get(pk=split.pk)
    assert (split.state, split.decided_by) == ("planned", "checker")


def test_the_asker_cannot_approve_even_by_address(
    browser: Client, payment: Payment, receiver: Receiver
) -> None:
    _ask(browser, payment, receiver)
    split = Split.objects.get(payment=payment)
    button = address(Split, "change", split.pk).replace("/change/", "/approve/")
    assert browser.post(button, {"note": "x", "version": split.version}).status_code == 403
    assert Split.objects.get(pk=split.pk).state == "pending_approval"


@pytest.mark.parametrize(
    ("amount", "changes", "told"),
    [
        ("100.00", {}, "yuan of the payment may still be split"),
        ("10.00", {"shares-0-description": ""}, "A share needs a receiver"),
        ("", {"shares-0-receiver": "", "shares-0-description": ""}, "Enter at least one share"),
        ("10.00", {"reason": ""}, "required"),
        ("x", {}, "Write an amount of yuan"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(
    browser: Client,
    payment: Payment,
    receiver: Receiver,
    amount: str,
    changes: dict[str, str],
    told: str,
) -> None:
    page = _ask(browser, payment, receiver, amount, **changes)
    assert told in page
    assert not Split.objects.exists()
    if "shares-0-description" not in changes:
        assert "保洁费" in page


def test_receivers_of_other_accounts_are_not_offered(
    browser: Client, payment: Payment, receiver: Receiver
) -> None:
    other = make_receiver(make_company().owner, label="别家公司")
    page = read(browser, _page(payment))
    assert receiver.label in page
    assert other.label not in page
    assert "Select a valid choice" in _ask(browser, payment, other)


def test_a_payment_that_a_rule_divides_has_no_button(browser: Client, payment: Payment) -> None:
    Order.objects.filter(pk=payment.order_id).update(split_mode="rule")
    assert _page(payment) not in read(browser, address(Payment, "change", payment.pk))
    assert browser.get(_page(payment)).status_code == 403
