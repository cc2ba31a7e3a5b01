"""The first page sets a day beside the one before, and its figures lead to what they count."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from notifications.models import Delivery
from paycenter.dashboard import dashboard
from paycenter.kernel.numbers import first_number, mint
from paycenter.operators.columns import percent
from paycenter.operators.overview.card import Card
from paycenter.operators.overview.day import ChannelDay, Day, change
from tests.admin.pages import read
from tests.admin.rows import Company, make_company, make_story
from tests.support.clock import START, Clock
from transactions.models import Payment, Refund
from transactions.tallies.counting import count_due_hours

MIDNIGHT = datetime(2026, 11, 21, 16, tzinfo=UTC)
"""The 22nd begins in Shanghai. The clock stands at 16:00 of that day, stories are 5 minutes old."""


@pytest.fixture(autouse=True)
def _clock(clock: Clock) -> None:
    """Let the clock stand still."""


def page(operator: User, rf: RequestFactory, **chosen: object) -> dict[str, Any]:
    """Return what the first page shows of what was chosen."""
    request = rf.get("/", {name: str(value) for name, value in chosen.items()})
    request.user = operator
    return dashboard(request, {})


def day_of(operator: User, rf: RequestFactory, **chosen: object) -> Day:
    """Return the day the first page shows."""
    day: Day = page(operator, rf, **chosen)["day"]
    return day


def waiting(operator: User, rf: RequestFactory, **chosen: object) -> list[Card]:
    """Return the cards of what waits: stuck, unknown, refunds, duplicates, differences, ..."""
    cards: list[Card] = page(operator, rf, **chosen)["waiting"]
    return cards


def shift(order_rows: Any, **by: float) -> None:
    """Let payments have been opened and paid, and their refunds been made, so much earlier."""
    earlier = timedelta(**by)
    for payment in order_rows:
        paid_at = payment.paid_at and payment.paid_at - earlier
        created_at = payment.created_at - earlier
        facts = {"serial_no": mint("P", created_at), "created_at": created_at, "paid_at": paid_at}
        Payment.objects.filter(pk=payment.pk).update(**facts)
        for refund in payment.refunds.all():
            succeeded_at = refund.succeeded_at - earlier
            Refund.objects.filter(pk=refund.pk).update(succeeded_at=succeeded_at)


def test_today_begins_at_midnight_in_shanghai() -> None:
    before, after = MIDNIGHT - timedelta(seconds=1), MIDNIGHT
    assert mint("P", before) < first_number("P", MIDNIGHT) <= mint("P", after)


def test_today_is_counted_by_channel(operator: User, rf: RequestFactory, company: Company) -> None:
    make_story(company, attempts=2)
    make_story(company, attempts=1)
    found = page(operator, rf)
    [channel] = found["day"].channels
    assert isinstance(channel, ChannelDay)
    assert (channel.channel, channel.now.opened, channel.now.repeated) == ("wechat", 3, 1)
    assert (channel.now.succeeded, channel.now.taken, channel.rate) == (2, 25_700, "66.7%")
    assert [card.figure for card in found["cards"]] == ["¥257.00", "66.7%", "3", "1", "¥57.00"]


def test_yesterday_counts_up_to_the_same_time(
    operator: User, rf: RequestFactory, company: Company
) -> None:
    for hours in (0, 24, 25, 23):
        order = make_story(company, attempts=1)
        shift(order.payments.all(), hours=hours)
    for _ in range(2):
        day = day_of(operator, rf)
        assert (day.now.opened, day.before.opened) == (1, 2)
        assert (day.now.taken, day.before.taken) == (12_850, 25_700)
        count_due_hours()


def test_later_in_the_same_hour_of_yesterday_does_not_count_yet(
    operator: User, rf: RequestFactory, company: Company, clock: Clock
) -> None:
    clock.shift(timedelta(minutes=30))
    early, late = make_story(company, attempts=1), make_story(company, attempts=1)
    shift(early.payments.all(), hours=24)
    shift(late.payments.all(), hours=23, minutes=50)
    for _ in range(2):
        day = day_of(operator, rf)
        assert (day.now.taken, day.before.taken) == (0, 12_850)
        assert day.hours_before[16].taken == 25_700
        count_due_hours()
    assert len(day.hours) == 17


def test_a_day_that_is_over_is_set_beside_the_whole_day_before(
    operator: User, rf: RequestFactory, company: Company
) -> None:
    for hours in (15, 30, 60):
        order = make_story(company, attempts=1)
        shift(order.payments.all(), hours=hours)
    found = page(operator, rf, day="2026-11-21")
    assert found["day"].is_over
    assert (found["day"].now.opened, found["day"].before.opened) == (1, 1)
    assert len(found["day"].hours) == 24
    assert found["cards"][2].remark.startswith("前一天")


@pytest.mark.parametrize("day", ["2026-11-23", "tomorrow"])
def test_a_day_that_cannot_be_is_refused_and_today_shown(
    operator: User, rf: RequestFactory, company: Company, day: str
) -> None:
    make_story(company, attempts=1)
    found = page(operator, rf, day=day)
    assert found["form"].errors.keys() == {"day"}
    assert found["day"].now.opened == 1


def test_a_group_a_company_or_a_project_is_looked_at_alone(
    operator: User, rf: RequestFactory, company: Company
) -> None:
    other = make_company()
    make_story(company, attempts=1)
    for _ in range(2):
        make_story(other, attempts=1)
    Payment.objects.update(due_at=START - timedelta(minutes=3))
    for chosen, count in (
        ({}, 3),
        ({"group": other.merchant.group_id}, 2),
        ({"company": company.merchant.pk}, 1),
        ({"company": other.merchant.pk, "project": other.project.pk}, 2),
        ({"company": other.merchant.pk, "project": company.project.pk}, 2),
        ({"group": company.merchant.group_id, "company": other.merchant.pk}, 1),
    ):
        found = page(operator, rf, **chosen)
        assert found["day"].now.opened == count, chosen
        assert len(found["latest_payments"]) == count, chosen
        assert found["waiting"][0].figure == str(count), chosen


def test_a_project_without_an_account_has_no_figures(
    operator: User, rf: RequestFactory, company: Company
) -> None:
    make_story(company, attempts=1)
    empty = company.merchant.projects.create(code="empty", name="空")
    found = page(operator, rf, company=company.merchant.pk, project=empty.pk)
    assert found["day"].now.opened == 0
    assert found["latest_payments"] == []


def test_what_was_opened_yesterday_and_paid_today_is_taken_today(
    operator: User, rf: RequestFactory, company: Company
) -> None:
    make_story(company, attempts=1)
    Payment.objects.update(serial_no=mint("P", START - timedelta(days=1)))
    day = day_of(operator, rf)
    assert (day.now.opened, day.now.taken) == (0, 12_850)


def test_pretended_money_counts_only_where_there_is_nothing_else(
    operator: User, rf: RequestFactory, company: Company, settings: Settings
) -> None:
    make_story(company, attempts=1)
    make_story(make_company(is_sandbox=False), attempts=1)
    settings.SANDBOX_URL = "http://127.0.0.1:8001"
    assert day_of(operator, rf).now.taken == 25_700
    settings.SANDBOX_URL = ""
    assert day_of(operator, rf).now.taken == 12_850


def test_refunds_of_pretended_money_do_not_wait_beside_real_ones(
    operator: User, rf: RequestFactory, company: Company, settings: Settings
) -> None:
    make_story(company, attempts=1)
    Refund.objects.update(needs_person=True, due_at=START)
    settings.SANDBOX_URL = ""
    card = waiting(operator, rf)[2]
    assert (card.figure, card.is_alarming) == ("0", False)


def test_what_nobody_looks_after_is_alarming(
    operator: User, rf: RequestFactory, company: Company
) -> None:
    make_story(company, attempts=1)
    assert not any(card.is_alarming for card in waiting(operator, rf))
    long_ago = START - timedelta(minutes=3)
    Payment.objects.update(state="unknown", settles_order=False, refunded=0, due_at=long_ago)
    Delivery.objects.update(due_at=long_ago)
    Refund.objects.update(state="processing", due_at=long_ago, needs_person=True)
    found = [(card.figure, card.is_alarming) for card in waiting(operator, rf)]
    assert found == [
        ("1", True),
        ("1", False),
        ("1", True),
        ("0", False),
        ("0", False),
        ("1", True),
        ("0", False),
    ]


def test_every_card_leads_to_a_list_that_opens(
    browser: Client, operator: User, rf: RequestFactory, company: Company
) -> None:
    make_story(company)
    found = page(operator, rf)
    for card in (*found["cards"], *found["waiting"]):
        read(browser, card.url)


def test_the_cards_of_waiting_work_lead_to_exactly_that(
    browser: Client, operator: User, rf: RequestFactory, company: Company
) -> None:
    old, new = make_story(company, attempts=1), make_story(company, attempts=1)
    unknown = {"state": "unknown", "settles_order": False, "refunded": 0}
    due_at = START - timedelta(minutes=3)
    Payment.objects.filter(order=old).update(due_at=due_at, **unknown)
    Refund.objects.filter(payment__order=old).update(
        state="processing", needs_person=True, due_at=due_at
    )
    Delivery.objects.filter(event__data__order_no=new.order_no).update(state="dead", due_at=None)
    stuck, unknown_card, refunds, _, _, notifications, _ = waiting(operator, rf)
    for card in (stuck, unknown_card, refunds, notifications):
        shown = read(browser, card.url)
        assert old.order_no in shown, card
        assert new.order_no not in shown, card


def test_the_hours_stand_below_the_drawing_in_figures(
    browser: Client, operator: User, company: Company
) -> None:
    make_story(company, attempts=1)
    shown = read(browser, reverse("admin:index"))
    assert 'id="pc-curve-figures"' in shown
    assert 'aria-describedby="pc-curve-figures"' in shown
    assert shown.count('<rect class="pc-curve-bar" x=') == 1


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(0, 0, "–"), (0, 3, "0.0%"), (1, 3, "33.3%"), (2, 3, "66.7%"), (999, 1000, "99.9%")],
)
def test_a_share_has_one_decimal(part: int, whole: int, shown: str) -> None:
    assert percent(part, whole) == shown


@pytest.mark.parametrize(
    ("now", "before", "shown"),
    [(5, 0, "–"), (3, 2, "+50.0%"), (1, 2, "-50.0%"), (2, 2, "+0.0%"), (0, 7, "-100.0%")],
)
def test_a_change_is_written_with_its_sign(now: int, before: int, shown: str) -> None:
    assert change(now, before) == shown


def test_who_may_not_see_payments_sees_no_figures(client: Client, company: Company) -> None:
    make_story(company)
    client.force_login(User.objects.create(username="clerk", is_staff=True))
    shown = read(client, reverse("admin:index"))
    assert "¥" not in shown
    assert "请在菜单中选择" in shown


def test_who_may_not_see_something_that_waits_gets_no_card_of_it(
    rf: RequestFactory, company: Company
) -> None:
    clerk = User.objects.create(username="clerk", is_staff=True)
    clerk.user_permissions.add(permission("view_payment"))
    assert len(waiting(clerk, rf)) == 2
    assert page(clerk, rf)["lights"] is None


def permission(codename: str) -> Any:
    """Return a permission by its name."""
    return Permission.objects.get(codename=codename)
