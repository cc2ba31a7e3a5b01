"""Payment codes at a front desk: for whoever may make them, and for an order that may be paid."""

import logging
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from merchants.doors import open_door
from merchants.models import AuditEvent, Grant, PaymentAccount
from tests.admin.pages import address, payees_like, read
from tests.admin.rows import Company, make_checkout, make_code, make_company, make_story
from tests.support.audit import deeds
from transactions.models import Checkout, DoorOrder, Order, OrderLine
from transactions.services.checkouts import checkout_url
from transactions.services.desk_orders import new_once

XSS = "<script>alert('x')</script>"


def form(company: Company, **changes: object) -> dict[str, object]:
    """Return what the form of a new order sends."""
    fields = {
        "payee": f"{company.merchant.pk}:{company.application.pk}",
        "subject": "11月物业费",
        "amount": "128.50",
        "room": "3-1-502",
        "fee_type": "物业费",
        "period": "2026-11",
        "expires_in": "7200",
        "once": new_once(),
    }
    return fields | changes


def new_order() -> str:
    """Return the address of the form."""
    return reverse("admin:transactions_order_collect")


def payment_code(order: Order) -> str:
    """Return the address of an order's button."""
    return address(Order, "change", order.pk).replace("/change/", "/payment_code/")


def show_link(checkout: Checkout) -> str:
    """Return the address of a page's button."""
    return address(Checkout, "change", checkout.pk).replace("/change/", "/show_link/")


def unpaid(company: Company, **facts: object) -> Order:
    """Return an order of an application that nobody has tried to pay."""
    order = make_story(company, attempts=0, tries=0)
    state = {"state": "created", "paid_amount": 0, "refunded_amount": 0, "paid_at": None}
    Order.objects.filter(pk=order.pk).update(**(state | facts))
    return Order.objects.get(pk=order.pk)


def is_a_code(answer: object) -> bool:
    """Whether an answer is the printable page."""
    return answer.status_code == 200 and b"<svg" in answer.content  # type: ignore[attr-defined]


@pytest.fixture
def auditor(db: None, client: Client) -> Client:
    """The browser of somebody who may see everything and change nothing."""
    user = User.objects.create(username="auditor", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(user)
    return client


def test_form_makes_an_order_of_the_application_and_shows_its_code(
    browser: Client, company: Company
) -> None:
    answer = browser.post(new_order(), form(company))
    order = Order.objects.get()
    assert is_a_code(answer)
    assert (order.application, order.merchant) == (company.application, company.merchant)
    assert (order.amount, order.subject, order.state) == (12_850, "11月物业费", "created")
    assert order.expires_at - order.created_at == timedelta(hours=2)
    line = OrderLine.objects.get()
    facts = (line.fee_type, line.room, line.period, line.amount)
    assert facts == ("物业费", "3-1-502", "2026-11", 12_850)
    page = answer.content.decode()
    for text in ("阳光物业", "11月物业费", "¥128.50", "3-1-502", order.order_no):
        assert text in page
    assert Checkout.objects.get().order == order
    assert re.fullmatch(r"desk-[0-9A-Z]{16}", order.order_no)


def test_form_that_is_sent_twice_is_one_order(browser: Client, company: Company) -> None:
    fields = form(company)
    assert all(is_a_code(browser.post(new_order(), fields)) for _ in range(2))
    assert (Order.objects.count(), Checkout.objects.count()) == (1, 1)
    assert is_a_code(browser.post(new_order(), fields | {"once": new_once()}))
    assert Order.objects.count() == 2


def test_old_form_shows_no_code_of_an_order_that_was_paid(
    browser: Client, company: Company
) -> None:
    fields = form(company)
    browser.post(new_order(), fields)
    Order.objects.update(state="paid", paid_amount=12_850)
    order = Order.objects.get()
    assert browser.post(new_order(), fields)["Location"] == address(Order, "change", order.pk)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "1e2"},
        {"amount": "０.５"},
        {"amount": ""},
        {"amount": "-1"},
        {"amount": "100000000.01"},
        {"subject": " "},
        {"subject": "a\u202eb"},
        {"room": "x" * 65},
        {"expires_in": "999999"},
        {"once": ""},
        {"once": XSS},
        {"payee": ""},
        {"payee": "1:1:1"},
        {"payee": "9" * 30 + ":1"},
    ],
    ids=str,
)
def test_what_is_entered_wrong_makes_no_order(
    browser: Client, company: Company, wrong: dict[str, object]
) -> None:
    answer = browser.post(new_order(), form(company, **wrong))
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert XSS not in answer.content.decode()
    assert not Order.objects.exists()


def test_only_what_an_application_may_use_is_offered(browser: Client, company: Company) -> None:
    other = make_company()
    Grant.objects.filter(application=other.application).delete()
    assert payees_like(browser) == [f"{company.merchant.pk}:{company.application.pk}"]
    assert f'data-ajax--url="{reverse("payee-choices")}"' in read(browser, new_order())
    crossed = f"{company.merchant.pk}:{other.application.pk}"
    browser.post(new_order(), form(company, payee=crossed))
    assert not Order.objects.exists()


def test_what_was_chosen_is_shown_again_beside_an_error(browser: Client, company: Company) -> None:
    page = browser.post(new_order(), form(company, amount="x")).content.decode()
    key = form(company)["payee"]
    assert re.search(f'<option value="{key}" selected>\\s*{company.merchant.name} · ', page)


def test_who_may_make_codes_finds_companies_by_typing(
    auditor: Client, company: Company, client: Client
) -> None:
    assert auditor.get(reverse("payee-choices")).status_code == 403
    clerk = User.objects.create(username="clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="collect_checkout"))
    client.force_login(clerk)
    assert len(payees_like(client)) == 1


def test_unpaid_order_of_an_application_gets_a_page_once_asked(
    browser: Client, company: Company
) -> None:
    order = unpaid(company, expires_at=datetime.now(UTC) + timedelta(minutes=20))
    assert payment_code(order) in read(browser, address(Order, "change", order.pk))
    assert 'method="post"' in read(browser, payment_code(order))
    assert not Checkout.objects.exists(), "looking makes nothing"
    codes = {browser.post(payment_code(order)).content for _ in range(2)}
    assert len(codes) == 1
    checkout = Checkout.objects.get()
    assert (checkout.order, checkout.return_url) == (order, "")


def test_payer_at_the_desk_is_told_of_as_the_application_wished(
    browser: Client, company: Company
) -> None:
    order = make_story(company)
    order.payments.update(
        notify_url="https://app.test/own", metadata={"bill": "7"}, settles_order=False
    )
    facts = {"state": "paying", "paid_amount": 0, "refunded_amount": 0, "paid_at": None}
    Order.objects.filter(pk=order.pk).update(**facts)
    assert is_a_code(browser.post(payment_code(order)))
    checkout = Checkout.objects.get()
    assert (checkout.notify_url, checkout.metadata) == ("https://app.test/own", {"bill": "7"})


def test_order_whose_time_is_over_is_offered_again(browser: Client, company: Company) -> None:
    order = unpaid(company, state="expired", expires_at=datetime.now(UTC) - timedelta(days=2))
    assert is_a_code(browser.post(payment_code(order)))
    order.refresh_from_db()
    assert order.state == "created"
    left = order.expires_at - datetime.now(UTC)
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)


@pytest.mark.parametrize(("left", "expected"), [(10, 1_800), (1_799, 1_800), (7_200, 7_200)])
def test_whoever_scans_has_half_an_hour_at_least(
    browser: Client, company: Company, left: int, expected: int
) -> None:
    order = unpaid(company, expires_at=datetime.now(UTC) + timedelta(seconds=left))
    assert is_a_code(browser.post(payment_code(order)))
    order.refresh_from_db()
    seconds = (order.expires_at - datetime.now(UTC)).total_seconds()
    assert expected - 60 < seconds <= expected


def test_order_of_which_another_of_its_group_was_paid_has_no_code(
    browser: Client, company: Company
) -> None:
    group = {"order_group_no": "GROUP-1"}
    order, other = unpaid(company, **group), unpaid(company, **group)
    assert payment_code(order) in read(browser, address(Order, "change", order.pk))
    Order.objects.filter(pk=other.pk).update(state="paid", paid_amount=12_850)
    assert payment_code(order) not in read(browser, address(Order, "change", order.pk))
    assert browser.post(payment_code(order)).status_code == 302
    assert not Checkout.objects.exists()


@pytest.mark.parametrize(
    "facts",
    [
        {"state": "paid", "paid_amount": 12_850},
        {"state": "partially_refunded", "paid_amount": 12_850, "refunded_amount": 1},
        {"state": "closed"},
    ],
    ids=str,
)
def test_order_that_cannot_be_paid_has_no_code(
    browser: Client, company: Company, facts: dict[str, object]
) -> None:
    order = unpaid(company, **facts)
    assert payment_code(order) not in read(browser, address(Order, "change", order.pk))
    for answer in (browser.get(payment_code(order)), browser.post(payment_code(order))):
        assert answer["Location"] == address(Order, "change", order.pk)
    assert not Checkout.objects.exists()


def test_order_that_came_through_a_door_is_paid_there(browser: Client, company: Company) -> None:
    order = unpaid(company)
    DoorOrder.objects.create(
        order=order,
        door=open_door(company.application)[0],
        trade_no="2026112216000000001",
        out_trade_no=order.order_no,
        version=DoorOrder.Version.V1,
        notify_url="https://app.test/paid",
        created_at=order.created_at,
    )
    assert payment_code(order) not in read(browser, address(Order, "change", order.pk))
    assert browser.post(payment_code(order)).status_code == 302
    assert not Checkout.objects.exists()


def test_nobody_is_shown_a_code_with_which_nothing_can_be_paid(
    browser: Client, company: Company
) -> None:
    order = unpaid(company)
    Grant.objects.all().delete()
    assert browser.post(payment_code(order)).status_code == 302
    assert not Checkout.objects.exists()


def test_page_that_offers_a_named_account_alone_is_judged_by_that_account(
    browser: Client, company: Company
) -> None:
    order = unpaid(company)
    assert is_a_code(browser.post(payment_code(order)))
    Checkout.objects.update(payment_nos=[company.account.payment_no])
    PaymentAccount.objects.filter(pk=company.account.pk).update(checkout_weight=0)
    assert is_a_code(browser.post(payment_code(order))), "its page offers what it names"
    Checkout.objects.update(payment_nos=["P9999999999"])
    PaymentAccount.objects.filter(pk=company.account.pk).update(checkout_weight=1)
    assert browser.post(payment_code(order)).status_code == 302, "its page offers nothing"


def test_who_only_reads_sees_no_button_and_is_refused(auditor: Client, company: Company) -> None:
    order, checkout = unpaid(company), make_checkout(company)
    buttons = {
        payment_code(order): address(Order, "change", order.pk),
        show_link(checkout): address(Checkout, "change", checkout.pk),
        new_order(): address(Order, "changelist"),
    }
    before = Order.objects.count(), Checkout.objects.count()
    for button, page in buttons.items():
        assert button not in read(auditor, page)
        assert auditor.get(button).status_code == 403
        assert auditor.post(button, form(company)).status_code == 403
    assert (Order.objects.count(), Checkout.objects.count()) == before


def test_who_may_make_codes_still_changes_no_record(client: Client, company: Company) -> None:
    clerk = User.objects.create(username="clerk", is_staff=True)
    permissions = Permission.objects.filter(codename__in=["collect_checkout", "view_order"])
    clerk.user_permissions.set(permissions)
    client.force_login(clerk)
    order = unpaid(company)
    assert payment_code(order) in read(client, address(Order, "change", order.pk))
    assert is_a_code(client.post(new_order(), form(company)))
    assert client.post(address(Order, "change", order.pk), {"amount": "1"}).status_code == 403
    assert client.get(address(Checkout, "changelist")).status_code == 403


def test_code_wants_the_token_of_its_page(operator: User, company: Company) -> None:
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(operator)
    assert forged.post(payment_code(unpaid(company))).status_code == 403
    assert forged.post(new_order(), form(company)).status_code == 403
    assert not Checkout.objects.exists()


def test_story_says_where_an_order_came_from(browser: Client, company: Company) -> None:
    browser.cookies["django_language"] = "en"
    code = make_code(company, place="三号窗口")
    by_code = make_checkout(company).order
    Checkout.objects.update(collection_code=code)
    browser.post(new_order(), form(company))
    at_desk = Order.objects.latest("id")
    page = read(browser, address(Order, "change", by_code.pk))
    assert "Collection code · 三号窗口" in page
    assert f'href="{address(type(code), "change", code.pk)}"' in page
    assert "Checkout page made" in page
    page = read(browser, address(Order, "change", at_desk.pk))
    assert "Front desk · operator" in page
    assert "Checkout page made" in page
    own = unpaid(company)
    Order.objects.filter(pk=own.pk).update(order_no="desk-ABCDEFGHJKMNPQRS")
    page = read(browser, address(Order, "change", own.pk))
    assert "Came from" not in page
    assert "Checkout page made" not in page


def test_link_is_shown_once_asked_and_who_asked_is_in_the_log(
    browser: Client, operator: User, company: Company
) -> None:
    checkout = make_checkout(company)
    url = checkout_url(checkout)
    assert url not in read(browser, show_link(checkout))
    assert not deeds().exists()
    answer = browser.post(show_link(checkout))
    assert f'data-copy="{url}"' in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    entry = deeds().get()
    assert (entry.user, entry.object_id) == (operator, str(checkout.pk))


def test_token_is_in_no_list_no_row_and_no_log(
    browser: Client, company: Company, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    order = unpaid(company)
    shown = [browser.post(new_order(), form(company)), browser.post(payment_code(order))]
    browser.post(show_link(make_checkout(company)))
    checkouts = list(Checkout.objects.all())
    tokens = [one.unseal("sealed_token") for one in checkouts]
    pages = [read(browser, address(model, "changelist")) for model in (Order, Checkout, AuditEvent)]
    for one in checkouts:
        pages += [read(browser, address(Checkout, page, one.pk)) for page in ("change", "history")]
        pages.append(read(browser, address(Order, "change", one.order_id)))
        pages.append(read(browser, address(Order, "history", one.order_id)))
    rows = "\n".join(
        repr(row) for model in apps.get_models() for row in model._base_manager.values_list()
    )
    assert len(tokens) == 3
    for token in tokens:
        assert not [page for page in pages if token in page]
        assert token not in rows
        assert token not in caplog.text
    assert deeds().count() == 3
    assert all("no-store" in answer["Cache-Control"] for answer in shown)


def test_texts_on_a_printed_code_are_text(browser: Client, company: Company) -> None:
    answer = browser.post(new_order(), form(company, subject=XSS, room=XSS))
    assert is_a_code(answer)
    assert XSS not in answer.content.decode()


def test_checkout_is_found_by_any_number_of_its_order(browser: Client, company: Company) -> None:
    wanted, other = make_checkout(company), make_checkout(company)
    page = read(browser, address(Checkout, "changelist") + f"?q={wanted.order.order_no}")
    assert wanted.order.order_no in page
    assert other.order.order_no not in page


def test_checkout_says_which_accounts_it_offers(browser: Client, company: Company) -> None:
    checkout = make_checkout(company)
    browser.cookies["django_language"] = "en"
    url = address(Checkout, "change", checkout.pk)
    assert "every one that is granted" in read(browser, url)
    Checkout.objects.update(payment_nos=[company.account.payment_no])
    assert company.account.payment_no in read(browser, url)
