"""Each row once, by who may do it at that moment, whatever becomes of the worker."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test import Client

from merchants.models import Membership, Role
from notifications.models import Delivery
from paycenter.kernel.clock import now
from paycenter.operators.bulk.confirming import confirm
from paycenter.operators.bulk.models import BulkItem, BulkRun
from paycenter.operators.bulk.sweeping import LEASE, take_due_items
from paycenter.operators.bulk.working import work_on
from paycenter.operators.notifications import SendAgain
from tests.admin.bulk.choosing import became, chosen, confirmed
from tests.admin.bulk.conftest import make_dead
from tests.admin.rows import Company
from tests.support.audit import deeds


class Died(BaseException):
    """A worker that is killed runs no handler of errors."""


@pytest.fixture
def items(browser: Client, dead: list[Delivery]) -> list[BulkItem]:
    """A run that is under way, nothing done yet."""
    run = confirmed(browser, chosen(browser, Delivery, "resend", *make_dead(21)))
    return list(run.items.order_by("pk"))


def _dying(error: BaseException) -> Any:
    do = SendAgain.do

    def dying(self: SendAgain, row: Delivery, wish: Any) -> Any:
        do(self, row, wish)
        raise error

    return dying


def test_a_worker_that_dies_leaves_the_row_to_the_next(
    items: list[BulkItem], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = take_due_items()
    assert taken == [(item.pk, "default") for item in items]
    with monkeypatch.context() as patch:
        patch.setattr(SendAgain, "do", _dying(Died()))
        with pytest.raises(Died):
            work_on(items[0].pk)
    items[0].refresh_from_db()
    assert items[0].state == "waiting"
    assert not Delivery.objects.filter(state="pending").exists()
    assert take_due_items() == []
    BulkItem.objects.update(due_at=now() - timedelta(seconds=1))
    assert len(take_due_items()) == 21
    work_on(items[0].pk)
    assert Delivery.objects.filter(state="pending").count() == 1
    assert deeds().count() == 1


def test_a_row_with_a_result_is_not_done_again(items: list[BulkItem]) -> None:
    work_on(items[0].pk)
    Delivery.objects.update(state="dead", due_at=None)
    work_on(items[0].pk)
    assert not Delivery.objects.filter(state="pending").exists()
    assert (deeds().count(), BulkRun.objects.get().done) == (1, 1)


def test_a_row_of_a_draft_is_not_done(browser: Client, dead: list[Delivery]) -> None:
    chosen(browser, Delivery, "resend", *dead)
    for item in BulkItem.objects.all():
        work_on(item.pk)
    assert not Delivery.objects.filter(state="pending").exists()
    assert not BulkItem.objects.exclude(state="waiting").exists()


def test_a_lease_outlives_the_work(items: list[BulkItem]) -> None:
    take_due_items()
    items[0].refresh_from_db()
    assert items[0].due_at is not None
    assert items[0].due_at > now() + LEASE - timedelta(seconds=5)


def test_what_the_database_refuses_for_now_is_tried_again(
    items: list[BulkItem], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SendAgain, "do", _dying(OperationalError("deadlock detected")))
    with pytest.raises(OperationalError):
        work_on(items[0].pk)
    items[0].refresh_from_db()
    assert (items[0].state, items[0].due_at is None) == ("waiting", False)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (KeyError("x"), "Something went wrong here. The log says what."),
        (ValidationError("The account is locked."), "The account is locked."),
    ],
    ids=["ours", "refused"],
)
def test_what_does_not_work_is_undone_and_said(
    items: list[BulkItem], monkeypatch: pytest.MonkeyPatch, error: Exception, text: str
) -> None:
    monkeypatch.setattr(SendAgain, "do", _dying(error))
    work_on(items[0].pk)
    items[0].refresh_from_db()
    assert (items[0].state, items[0].text, items[0].due_at) == ("failed", text, None)
    assert not Delivery.objects.filter(state="pending").exists()
    assert not deeds().exists()
    assert BulkRun.objects.get().failed == 1


class TestWhoMay:
    @pytest.fixture
    def clerk(self, company: Company, browser: Client) -> tuple[User, Client]:
        user = User.objects.create(username="clerk", is_staff=True)
        Membership.objects.create(user=user, role=Role.OPERATOR, merchant=company.merchant)
        client = Client()
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        client.cookies["django_language"] = "en"
        return user, client

    def test_a_role_taken_away_meanwhile_counts(
        self, clerk: tuple[User, Client], dead: list[Delivery]
    ) -> None:
        user, browser = clerk
        run = confirmed(browser, chosen(browser, Delivery, "resend", *make_dead(21)))
        first, second, third = list(run.items.order_by("pk"))[:3]
        work_on(first.pk)
        Membership.objects.update(role=Role.AUDITOR)
        work_on(second.pk)
        User.objects.filter(pk=user.pk).update(is_active=False)
        work_on(third.pk)
        assert became(run)[:3] == [
            ("done", ""),
            ("skipped", "You may not do this to it."),
            ("skipped", "You may not do this to it."),
        ]
        assert Delivery.objects.filter(state="pending").count() == 1

    def test_a_role_gone_altogether_hides_the_row(
        self, clerk: tuple[User, Client], dead: list[Delivery]
    ) -> None:
        _user, browser = clerk
        url = chosen(browser, Delivery, "resend", *dead)
        run = BulkRun.objects.get()
        Membership.objects.all().delete()
        assert browser.get(url).status_code == 302
        confirm(run, why="", address="")
        for item in run.items.all():
            work_on(item.pk)
        assert {text for _state, text in became(run)} == {"You may not see it any more."}

    def test_who_only_reads_is_offered_nothing(
        self, clerk: tuple[User, Client], dead: list[Delivery]
    ) -> None:
        user, browser = clerk
        Membership.objects.update(role=Role.AUDITOR)
        browser.force_login(user, "django.contrib.auth.backends.ModelBackend")
        form = {"action": "resend", "_selected_action": [dead[0].pk]}
        browser.post("/admin/notifications/delivery/", form)
        assert not BulkRun.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE bulk_bulkrun SET due_at = NULL",
        "UPDATE bulk_bulkrun SET done = total + 1",
        "UPDATE bulk_bulkitem SET state = 'done', due_at = now()",
    ],
)
def test_the_database_holds_what_runs_rely_on(
    browser: Client, dead: list[Delivery], change: str
) -> None:
    chosen(browser, Delivery, "resend", *dead)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
