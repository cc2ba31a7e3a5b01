"""The page of an action on many rows: what will happen, how far it is, what became of each."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from notifications.models import Delivery
from paycenter.kernel.clock import now
from paycenter.operators.bulk import choosing
from paycenter.operators.bulk.confirming import confirm
from paycenter.operators.bulk.models import BulkItem, BulkRun
from paycenter.operators.bulk.sweeping import forget_drafts
from paycenter.operators.bulk.tasks import sweep_bulk_items
from tests.admin.bulk.choosing import became, chosen, confirmed
from tests.admin.bulk.conftest import make_dead
from tests.admin.pages import address, read
from tests.support.audit import deeds
from tests.support.statements import counting
from tests.support.workers import Workers


def _pending() -> int:
    return Delivery.objects.filter(state="pending").count()


def test_nothing_is_done_before_it_is_confirmed(browser: Client, dead: list[Delivery]) -> None:
    page = read(browser, chosen(browser, Delivery, "resend", *dead[:2]))
    assert "Do it to 2 rows" in page
    assert page.count("will be done") == 2
    assert dead[0].url in page
    assert dead[2].url not in page
    assert _pending() == 0


def test_a_few_are_done_at_once_each_with_its_result(browser: Client, dead: list[Delivery]) -> None:
    until = now() + timedelta(seconds=50)
    being_sent = Delivery.objects.filter(pk=dead[1].pk)
    being_sent.update(state="pending", due_at=until, leased_until=until)
    run = confirmed(browser, chosen(browser, Delivery, "resend", *dead))
    assert (run.state, run.total, run.done, run.skipped, run.failed) == ("finished", 3, 2, 1, 0)
    assert became(run) == [
        ("done", ""),
        ("skipped", "It is being sent this very moment."),
        ("done", ""),
    ]
    assert being_sent.get().leased_until == until
    page = read(browser, address(BulkRun, "change", run.pk))
    assert "It is being sent this very moment." in page
    assert "Refresh" not in browser.get(address(BulkRun, "change", run.pk)).headers


def test_each_row_is_in_the_log_as_if_it_were_done_alone(
    browser: Client, operator: User, dead: list[Delivery]
) -> None:
    confirmed(browser, chosen(browser, Delivery, "resend", *dead[:2]))
    logged = list(deeds().order_by("pk"))
    assert [(one.object_id, one.detail, one.user) for one in logged] == [
        (str(row.pk), "Sent again.", operator) for row in dead[:2]
    ]
    assert {one.before["state"] for one in logged} == {"dead"}
    assert {one.after["state"] for one in logged} == {"pending"}
    assert {one.address for one in logged} == {"127.0.0.1"}


def test_many_are_done_by_workers_while_the_page_shows_how_far(
    browser: Client, dead: list[Delivery], workers: Workers
) -> None:
    run = confirmed(browser, chosen(browser, Delivery, "resend", *make_dead(21)))
    assert (run.state, run.ended, _pending()) == ("running", 0, 0)
    assert [message.args for message in workers.kept("sweep_bulk_items")] == [()]
    sweep_bulk_items()
    hints = workers.kept("work_on_bulk_item")
    assert len(hints) == 21
    for hint in hints[:10]:
        workers.work_on(hint)
    answer = browser.get(address(BulkRun, "change", run.pk))
    assert answer.headers["Refresh"] == "2"
    page = answer.content.decode()
    assert '<progress class="pc-progress" max="21" value="10"' in page
    assert "10 of 21 rows" in page
    for hint in hints[10:]:
        workers.work_on(hint)
    run.refresh_from_db()
    assert (run.state, run.done, _pending()) == ("finished", 21, 21)
    assert "Refresh" not in browser.get(address(BulkRun, "change", run.pk)).headers


def test_who_says_yes_twice_does_it_once(browser: Client, dead: list[Delivery]) -> None:
    url = chosen(browser, Delivery, "resend", *dead)
    confirmed(browser, url)
    Delivery.objects.update(state="dead", due_at=None)
    assert browser.post(url).status_code == 403
    assert not confirm(BulkRun.objects.get(), why="", address="")
    assert not BulkItem.objects.filter(due_at__isnull=False).exists()
    assert _pending() == 0
    assert deeds().count() == 3


def test_the_results_are_taken_away_as_a_file(browser: Client, dead: list[Delivery]) -> None:
    run = confirmed(browser, chosen(browser, Delivery, "resend", *dead))
    answer = browser.get(reverse("admin:bulk_bulkrun_results", args=[run.pk]))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    lines = text.splitlines()
    assert lines[0] == "Row,Property company,Result,Why"
    assert len(lines) == 4
    assert lines[1].endswith(",done,")


def test_all_that_the_filters_leave_are_chosen_across_pages(
    browser: Client, dead: list[Delivery]
) -> None:
    make_dead(60)
    elsewhere = Delivery.objects.filter(url__startswith="https://app.test/1/")
    elsewhere.update(state="delivered", delivered_at=now())
    page = read(browser, address(Delivery, "changelist") + "?state__exact=dead")
    assert "Select all that the filters leave" in page
    assert "9999999999" not in page
    url = address(Delivery, "changelist") + "?state__exact=dead"
    ticked = [Delivery.objects.filter(state="dead").latest("pk").pk]
    form = {"action": "resend", "_selected_action": ticked, "select_across": "1"}
    answer = browser.post(url, form)
    assert "Do it to 59 rows" in read(browser, answer["Location"])


def test_more_than_a_person_reads_is_refused_with_what_to_do(
    browser: Client, dead: list[Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "MOST_ROWS", 2)
    form = {"action": "resend", "_selected_action": [row.pk for row in dead]}
    page = browser.post(address(Delivery, "changelist"), form, follow=True).content.decode()
    assert "At most 2 rows at once" in page
    assert not BulkRun.objects.exists()


def test_a_draft_nobody_confirmed_is_thrown_away(browser: Client, dead: list[Delivery]) -> None:
    done = confirmed(browser, chosen(browser, Delivery, "resend", dead[0]))
    chosen(browser, Delivery, "resend", dead[1])
    assert forget_drafts() == 0
    BulkRun.objects.filter(state="draft").update(due_at=now())
    assert forget_drafts() == 1
    assert list(BulkRun.objects.all()) == [done]
    assert BulkItem.objects.count() == 1


def test_a_preview_costs_the_same_however_many_rows(browser: Client, dead: list[Delivery]) -> None:
    few = chosen(browser, Delivery, "resend", *dead[:1])
    many = chosen(browser, Delivery, "resend", *dead)
    costs = []
    for url in (few, many):
        with counting() as cost:
            read(browser, url)
        costs.append(len(cost.statements))
    assert costs[0] == costs[1] < 12


def test_a_run_of_an_action_that_is_no_more_breaks_no_list(
    browser: Client, dead: list[Delivery]
) -> None:
    run = confirmed(browser, chosen(browser, Delivery, "resend", dead[0]))
    BulkRun.objects.update(deed="gone_by_now")
    assert "gone_by_now" in read(browser, address(BulkRun, "changelist"))
    assert browser.get(address(BulkRun, "change", run.pk)).status_code == 404


def test_the_list_shows_ones_own_and_to_the_platform_all(
    browser: Client, dead: list[Delivery]
) -> None:
    run = confirmed(browser, chosen(browser, Delivery, "resend", dead[0]))
    draft = chosen(browser, Delivery, "resend", dead[1])
    other = Client()
    other.force_login(User.objects.create(username="other", is_staff=True, is_superuser=True))
    assert "Send the selected notifications again" in read(browser, address(BulkRun, "changelist"))
    assert other.get(address(BulkRun, "change", run.pk)).status_code == 200
    assert other.get(draft).status_code == 404
    assert other.post(draft).status_code == 404
