"""What each action on many rows does, and what it leaves alone."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gateway.messages import Operation, Outcome, PaymentReport
from paycenter.operators.bulk.models import BulkItem, BulkRun
from paycenter.operators.bulk.tasks import sweep_bulk_items
from tests.admin.bill_rows import make_bill
from tests.admin.bulk.choosing import became, chosen, confirmed
from tests.admin.pages import address, read
from tests.admin.rows import make_company, make_duplicate, make_story
from tests.admin.split_rows import divide
from tests.support.audit import deeds
from tests.support.desk import Desk
from tests.support.workers import Workers
from transactions.models import (
    Difference,
    DuplicatePayment,
    Order,
    Payment,
    Refund,
    Split,
    SplitShare,
)
from transactions.services.refund_approvals import RefundWish, ask_for_refund

OWN = "You asked for it yourself: somebody else must decide."


class TestDeciding:
    @pytest.fixture
    def waiting(self, order: Order) -> list[Refund]:
        """One of one's own, one of somebody else's, one that changes before it is decided."""
        payment = Payment.objects.get(order=order, settles_order=True)
        return [
            ask_for_refund(payment.pk, RefundWish(100, "too much", by))
            for by in ("operator", "asker", "asker")
        ]

    def test_what_others_asked_for_is_approved(
        self, browser: Client, waiting: list[Refund]
    ) -> None:
        url = chosen(browser, Refund, "approve", *waiting)
        page = read(browser, url)
        assert "Do it to 2 rows" in page
        assert OWN in page
        assert "<dd>2.00</dd>" in page  # yuan, of the two that are not one's own
        Refund.objects.filter(pk=waiting[2].pk).update(version=7)
        assert "Something changed meanwhile" in read(browser, url)
        run = confirmed(browser, url, why="looked at both")
        assert became(run) == [
            ("skipped", OWN),
            ("done", ""),
            ("skipped", "Something changed meanwhile. Look at it again."),
        ]
        states = [Refund.objects.get(pk=row.pk).state for row in waiting]
        assert states == ["pending_approval", "approved", "pending_approval"]
        logged = deeds().get()
        assert (logged.detail, logged.reason) == ("Approve", "looked at both")

    def test_they_are_refused_only_with_a_reason(
        self, browser: Client, waiting: list[Refund]
    ) -> None:
        url = chosen(browser, Refund, "refuse", waiting[1])
        read(browser, url)
        assert browser.post(url, {"why": ""}).status_code == 200
        assert BulkRun.objects.get().state == "draft"
        confirmed(browser, url, why="not ours")
        assert Refund.objects.get(pk=waiting[1].pk).state == "rejected"

    def test_a_proof_is_looked_at_alone(self, browser: Client, waiting: list[Refund]) -> None:
        Refund.objects.filter(pk=waiting[1].pk).update(is_offline=True, proof="x.pdf")
        page = read(browser, chosen(browser, Refund, "approve", waiting[1]))
        assert "Look at its proof first" in page
        assert "There is nothing to do" in page
        assert "<form method" not in page.partition("pc-card")[2]
        assert "Do it to 1 row" in read(browser, chosen(browser, Refund, "refuse", waiting[1]))

    def test_splits_are_decided_too(self, browser: Client, order: Order) -> None:
        divide(order)
        Payment.objects.filter(order=order, shared__gt=0).update(shared=1_500)
        SplitShare.objects.update(result="pending", returned=0, finished_at=None, failure_code="")
        splits = Split.objects.filter(payment__order=order)
        splits.update(state="pending_approval", asked_by="asker", finished_at=None, due_at=None)
        run = confirmed(browser, chosen(browser, Split, "refuse", *splits), why="no")
        assert {state for state, _ in became(run)} == {"done"}
        assert set(splits.values_list("state", flat=True)) == {"cancelled"}


def test_duplicates_are_kept_or_returned(browser: Client, order: Order) -> None:
    held = make_duplicate(order)
    other = make_duplicate(make_story(make_company()), state="return")
    url = chosen(browser, DuplicatePayment, "keep", held, other)
    page = read(browser, url)
    assert "There is nothing to decide." in page
    assert "<dd>128.50</dd>" in page
    run = confirmed(browser, url, why="prepaid")
    assert became(run) == [("done", ""), ("skipped", "There is nothing to decide.")]
    held.refresh_from_db()
    assert held.state == "keep"
    confirmed(browser, chosen(browser, DuplicatePayment, "return", held), why="asked back")
    held.refresh_from_db()
    assert held.state == "return"
    assert Refund.objects.filter(payment=held.payment, state="approved").exists()


def test_proposals_of_others_are_agreed_with(browser: Client, order: Order) -> None:
    row = make_bill(order)
    Difference.objects.update(
        state="proposed", solution="explained", explanation="seen", proposed_by="operator"
    )
    page = read(browser, chosen(browser, Difference, "agree", row))
    assert "You proposed this yourself" in page
    Difference.objects.update(proposed_by="asker")
    url = chosen(browser, Difference, "agree", row)
    assert "seen · asker" in read(browser, url)
    run = confirmed(browser, url)
    assert became(run) == [("done", "")]
    row.refresh_from_db()
    assert (row.state, row.resolved_by) == ("resolved", "operator")
    assert deeds().get().detail == "Resolved."


class TestAtTheChannel:
    @pytest.fixture(autouse=True)
    def _english(self, desk: Desk) -> Client:
        user = User.objects.create(username="boss", is_staff=True, is_superuser=True)
        self.browser = Client()
        self.browser.force_login(user)
        self.browser.cookies["django_language"] = "en"
        return self.browser

    def test_it_is_asked_by_its_own_workers_and_its_word_is_the_result(
        self, desk: Desk, workers: Workers
    ) -> None:
        payments = [desk.pending_payment("A1"), desk.pending_payment("A2")]
        desk.channel.answers(Operation.QUERY, desk.channel.paid(payments[0].serial_no))
        run = confirmed(self.browser, chosen(self.browser, Payment, "ask_channel", *payments))
        assert (run.state, run.ended) == ("running", 0)
        sweep_bulk_items()
        assert {one.queue for one in workers.kept("work_on_bulk_item")} == {"channel.wechat"}
        run.refresh_from_db()
        assert run.state == "finished"
        assert became(run) == [("done", "succeeded"), ("done", "waiting for the payer")]
        assert desk.payment(payments[0].serial_no).state == "succeeded"
        page = read(self.browser, address(BulkRun, "change", run.pk))
        assert "succeeded" in page

    def test_unpaid_payments_are_closed_and_paid_ones_are_not(
        self, desk: Desk, workers: Workers
    ) -> None:
        unpaid, paid, late = (
            desk.pending_payment("A1"),
            desk.paid_payment("A2"),
            desk.pending_payment("A3"),
        )
        url = chosen(self.browser, Payment, "close", unpaid, paid, late)
        page = read(self.browser, url)
        assert "It has ended." in page
        assert "<dd>200.00</dd>" in page
        desk.channel.answers(
            Operation.QUERY,
            PaymentReport(serial_no=unpaid.serial_no, outcome=Outcome.FAILED, closed=True),
            desk.channel.paid(late.serial_no),
        )
        run = confirmed(self.browser, url)
        sweep_bulk_items()
        assert became(run) == [
            ("done", ""),
            ("skipped", "It has ended."),
            ("skipped", "The channel says that it was paid."),
        ]
        assert desk.payment(unpaid.serial_no).state == "closed"
        assert desk.payment(late.serial_no).state == "succeeded"

    def test_asked_again_after_a_dead_worker_it_is_no_second_effect(
        self, desk: Desk, workers: Workers
    ) -> None:
        payment = desk.pending_payment("A1")
        run = confirmed(self.browser, chosen(self.browser, Payment, "ask_channel", payment))
        sweep_bulk_items()
        done = BulkItem.objects.get()
        calls = len(desk.channel.calls_of(Operation.QUERY))
        for message in workers.kept("work_on_bulk_item"):
            workers.work_on(message)
        assert len(desk.channel.calls_of(Operation.QUERY)) == calls
        assert BulkItem.objects.get().text == done.text
        run.refresh_from_db()
        assert run.done == 1

    def test_refunds_that_were_sent_are_asked_about(self, desk: Desk, workers: Workers) -> None:
        payment = desk.paid_payment()
        desk.refund(payment)
        refund = desk.the_refund()
        Refund.objects.update(state="processing", succeeded_at=None, due_at=refund.created_at)
        run = confirmed(self.browser, chosen(self.browser, Refund, "ask_channel", refund))
        sweep_bulk_items()
        assert [state for state, _ in became(run)] == ["done"]
        assert desk.channel.calls_of(Operation.REFUND_QUERY)
