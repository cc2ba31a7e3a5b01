"""What waits: to each person what that person may decide or mend, and never one's own request."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from merchants.models import Membership, Role
from notifications.models import Delivery
from paycenter.kernel.approvals import Decision, Verdict
from paycenter.operators.worklists.queues import DECISIONS, WORK, Queue
from tests.admin.bill_rows import make_bill
from tests.admin.books import make_books
from tests.admin.pages import address, read
from tests.admin.rows import Company, make_company, make_duplicate, make_proposal, make_story
from tests.admin.split_rows import divide, rule_for
from tests.support.statements import counting
from transactions.models import (
    Difference,
    DuplicatePayment,
    Order,
    Payment,
    Refund,
    Split,
)
from transactions.services.refund_approvals import (
    RefundWish,
    ask_for_refund,
    decide_waiting_refund,
)

QUEUES = [*DECISIONS, *WORK]


@pytest.fixture(autouse=True)
def _english(browser: Client) -> None:
    browser.cookies["django_language"] = "en"


def _other(number: str) -> str:
    return number[:-1] + ("1" if number.endswith("0") else "0")


def _everything_waits(order: Order) -> None:
    """Have a row wait in every queue."""
    make_duplicate(order)
    payment = divide(order)
    make_books(order)
    make_bill(order)
    rule_for(order)
    refund = ask_for_refund(payment.pk, RefundWish(100, "too much", "asker"))
    make_proposal(order)
    Refund.objects.create(
        state="failed",
        merchant=order.merchant,
        application=order.application,
        payment=payment,
        refund_serial_no=_other(refund.refund_serial_no),
        amount=1,
        reason="x",
        failure_code="x",
        created_at=order.created_at,
    )
    Split.objects.filter(payment=payment).update(state="failed")
    waiting = Split.objects.get(payment=payment)
    waiting.pk, waiting.split_no, waiting.asked_by = None, None, "asker"
    waiting.split_serial_no = _other(waiting.split_serial_no)
    Split(
        **{f.attname: getattr(waiting, f.attname) for f in Split._meta.concrete_fields}
        | {"state": "pending_approval", "finished_at": None}
    ).save(force_insert=True)
    DuplicatePayment.objects.update(state="held")
    Difference.objects.update(
        state="proposed", solution="explained", explanation="x", proposed_by="asker"
    )
    Payment.objects.exclude(pk=payment.pk).filter(order=order).update(
        state="unknown", due_at=order.created_at
    )


def _waiting(user: User) -> dict[str, int]:
    found = {queue.key: queue.items(user) for queue in QUEUES}
    return {key: len(items) for key, items in found.items() if items}


def test_what_one_asked_for_waits_for_others_only(
    browser: Client, operator: User, order: Order
) -> None:
    payment = Payment.objects.get(order=order, settles_order=True)
    refund = ask_for_refund(payment.pk, RefundWish(100, "too much", "operator"))
    assert refund.refund_serial_no not in read(browser, reverse("work"))
    other = User.objects.create(username="other", is_staff=True, is_superuser=True)
    assert _waiting(other)["refunds"] == 1
    assert "refunds" not in _waiting(operator)
    decide_waiting_refund(refund.pk, Decision(Verdict.REFUSE, "other", "no", refund.version))
    assert "refunds" not in _waiting(other)


def test_the_page_leads_to_the_decision(browser: Client, order: Order) -> None:
    payment = Payment.objects.get(order=order, settles_order=True)
    refund = ask_for_refund(payment.pk, RefundWish(100, "too much", "asker"))
    page = read(browser, reverse("work"))
    button = address(Refund, "change", refund.pk).replace("/change/", "/approve/")
    assert f'href="{button}"' in page
    assert "asker" in page


@pytest.mark.parametrize("queue", QUEUES, ids=lambda queue: queue.key)
def test_every_queue_costs_one_statement_and_leads_to_its_list(
    browser: Client, operator: User, order: Order, queue: Queue
) -> None:
    with counting() as cost:
        queue.items(operator)
    assert len(cost.statements) == 1
    assert browser.get(queue.url).status_code == 200


@pytest.mark.parametrize("queue", QUEUES, ids=lambda queue: queue.key)
def test_the_list_a_queue_leads_to_has_all_its_rows(
    browser: Client, order: Order, queue: Queue
) -> None:
    _everything_waits(order)
    if queue.key == "differences":
        Difference.objects.update(state="assigned", solution="", proposed_by="", assignee="li")
    rows = set(queue.rows().values_list("pk", flat=True))
    listed = browser.get(queue.url).context["cl"].result_list
    assert rows <= {row.pk for row in listed}


def test_more_than_is_shown_is_said(browser: Client, order: Order) -> None:
    event = Delivery.objects.select_related("event").first()
    assert event is not None
    Delivery.objects.bulk_create(
        Delivery(
            event=event.event,
            application=event.application,
            merchant=event.merchant,
            url=f"https://app.test/{number}",
            state="dead",
        )
        for number in range(25)
    )
    page = read(browser, reverse("work"))
    assert "20+" in page
    assert page.count("https://app.test/") <= 22


def test_nobody_finds_another_groups_work(order: Order) -> None:
    other = make_company()
    _everything_waits(make_story(other))
    user = User.objects.create(username="finance", is_staff=True)
    Membership.objects.create(user=user, role=Role.FINANCE, merchant=other.merchant)
    mine = _waiting(user)
    assert set(mine) >= {"refunds", "splits", "rules", "solutions", "unknown", "duplicates"}
    assert set(mine) >= {"refund_proposals", "failed_refunds", "failed_splits"}
    stranger = User.objects.create(username="stranger", is_staff=True)
    Membership.objects.create(user=stranger, role=Role.FINANCE, merchant=order.merchant)
    assert set(_waiting(stranger)) <= {"unknown", "failed_refunds", "dead_notifications"}
    for queue in QUEUES:
        for item in queue.items(stranger) or ():
            assert item.company == order.merchant.display_name


def test_who_only_reads_has_no_work(company: Company) -> None:
    user = User.objects.create(username="auditor", is_staff=True)
    Membership.objects.create(user=user, role=Role.AUDITOR, merchant=company.merchant)
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("work")).status_code == 403
