"""Refunds asked for on a payment's page: one asks, and beyond the limit another decides."""

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from merchants.models import Membership, Merchant, Role
from tests.admin.pages import address, read
from tests.admin.rows import Company
from tests.support.workers import Workers
from transactions.models import Order, Payment, Refund

PDF = b"%PDF-1.4 a transfer"


@pytest.fixture(autouse=True)
def _setting(browser: Client, settings: Settings, tmp_path: object, workers: Workers) -> None:
    workers.pause()
    browser.cookies["django_language"] = "en"
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def colleague(browser: Client) -> Client:
    client = Client()
    client.force_login(User.objects.create(username="checker", is_staff=True, is_superuser=True))
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def payment(order: Order) -> Payment:
    """A payment of 128.50 yuan of which 100 are left."""
    return Payment.objects.get(order=order, settles_order=True)


def _button(row: Payment | Refund, name: str) -> str:
    return address(type(row), "change", row.pk).replace("/change/", f"/{name}/")


def _ask(browser: Client, payment: Payment, amount: str = "10.00", **more: object) -> str:
    form = {"amount": amount, "reason": "charged twice", "way": "channel"} | more
    return browser.post(_button(payment, "refund"), form, follow=True).content.decode()


def _newest() -> Refund:
    return Refund.objects.latest("pk")


def test_one_asks_and_another_approves(
    browser: Client, colleague: Client, payment: Payment
) -> None:
    before = Refund.objects.count()
    assert 'value="100.00"' in read(browser, _button(payment, "refund"))
    assert "It waits for somebody else" in _ask(browser, payment)
    refund = _newest()
    assert (Refund.objects.count(), refund.state, refund.amount) == (
        before + 1,
        "pending_approval",
        1_000,
    )
    assert "/approve/" not in read(browser, address(Refund, "change", refund.pk))
    assert browser.get(_button(refund, "approve")).status_code == 403
    page = colleague.get(_button(refund, "approve")).content.decode()
    assert "charged twice" in page
    assert "operator" in page
    colleague.post(_button(refund, "approve"), {"note": "checked", "version": refund.version})
    refund = _newest()
    assert (refund.state, refund.decided_by) == ("approved", "checker")


def test_refused_with_a_reason(browser: Client, colleague: Client, payment: Payment) -> None:
    _ask(browser, payment)
    refund = _newest()
    assert colleague.post(_button(refund, "refuse"), {"version": refund.version}).status_code == 200
    assert _newest().state == "pending_approval"
    colleague.post(_button(refund, "refuse"), {"note": "no", "version": refund.version})
    assert _newest().state == "rejected"


def test_up_to_the_companys_limit_it_goes_at_once(
    browser: Client, company: Company, payment: Payment
) -> None:
    form = {
        "name": company.merchant.name,
        "display_name": company.merchant.display_name,
        "credit_code": company.merchant.credit_code,
        "refund_limit": "50.00",
        "is_active": "on",
        "projects-TOTAL_FORMS": "0",
        "projects-INITIAL_FORMS": "0",
        "channel_merchants-TOTAL_FORMS": "0",
        "channel_merchants-INITIAL_FORMS": "0",
    }
    saved = browser.post(address(Merchant, "change", company.merchant.pk), form)
    assert saved.status_code == 302, saved.content.decode()
    assert Merchant.objects.get(pk=company.merchant.pk).refund_limit == 5_000
    assert "being sent" in _ask(browser, payment)
    assert _newest().state == "approved"


def test_an_offline_refund_needs_a_document(
    browser: Client, colleague: Client, payment: Payment
) -> None:
    assert "Upload what proves" in _ask(browser, payment, way="offline")
    fake = SimpleUploadedFile("proof.pdf", b"MZ not a document")
    assert "Choose a PDF" in _ask(browser, payment, way="offline", proof=fake)
    needless = SimpleUploadedFile("proof.pdf", PDF)
    assert "needs no proof" in _ask(browser, payment, proof=needless)
    _ask(browser, payment, way="offline", proof=SimpleUploadedFile("../../x.pdf", PDF))
    refund = _newest()
    assert (refund.state, refund.is_offline) == ("pending_approval", True)
    answer = colleague.get(_button(refund, "get_proof"))
    assert b"".join(answer.streaming_content) == PDF  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith("attachment")
    colleague.post(_button(refund, "approve"), {"note": "seen", "version": refund.version})
    assert _newest().state == "succeeded"


@pytest.mark.parametrize("amount", ["100.01", "0", "x", ""])
def test_what_is_not_possible_is_said(browser: Client, payment: Payment, amount: str) -> None:
    before = Refund.objects.count()
    page = _ask(browser, payment, amount)
    assert Refund.objects.count() == before
    assert "errorlist" in page
    assert "charged twice" in page


def test_a_cashier_asks_and_cannot_decide(
    browser: Client, company: Company, payment: Payment
) -> None:
    _ask(browser, payment)
    cashier = User.objects.create(username="cashier", is_staff=True)
    Membership.objects.create(user=cashier, role=Role.CASHIER, merchant=company.merchant)
    client = Client()
    client.force_login(cashier, "django.contrib.auth.backends.ModelBackend")
    assert client.get(_button(payment, "refund")).status_code == 200
    assert client.get(_button(_newest(), "approve")).status_code == 403
