"""The first page says how today goes, in figures that lead to what they count."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from notifications.models import Delivery
from paycenter.dashboard import Card, ChannelDay, dashboard
from paycenter.kernel.numbers import first_number, mint
from paycenter.operators.columns import percent
from tests.admin.pages import read
from tests.admin.rows import Company, make_company, make_story
from transactions.models import Payment, Refund

MIDNIGHT = datetime(2026, 11, 21, 16, tzinfo=UTC)
"""The 22nd begins in Shanghai."""


def figures(operator: User, rf: RequestFactory) -> tuple[list[Card], list[ChannelDay]]:
    """Return what the first page shows."""
    request = rf.get("/")
    request.user = operator
    context = dashboard(request, {})
    return context["cards"], context["channel_days"]


def test_today_begins_at_midnight_in_shanghai() -> None:
    before, after = MIDNIGHT - timedelta(seconds=1), MIDNIGHT
    assert mint("P", before) < first_number("P", MIDNIGHT) <= mint("P", after)


def test_today_is_counted_by_channel(operator: User, rf: RequestFactory, company: Company) -> None:
    make_story(company, attempts=2)
    make_story(company, attempts=1)
    cards, days = figures(operator, rf)
    assert days == [
        ChannelDay("wechat", opened=3, repeated=1, still_open=0, succeeded=2, taken=25_700)
    ]
    assert [card.figure for card in cards] == [
        "¥257.00",
        "66.7%",
        "1",
        "¥57.00",
        "0",
        "3",
        "0",
        "0",
    ]


def test_yesterday_does_not_count(operator: User, rf: RequestFactory, company: Company) -> None:
    make_story(company, attempts=1)
    yesterday = datetime.now(UTC) - timedelta(days=1, hours=1)
    Payment.objects.update(serial_no=mint("P", yesterday), paid_at=yesterday)
    Refund.objects.update(refund_serial_no=mint("R", yesterday), succeeded_at=yesterday)
    cards, _ = figures(operator, rf)
    assert [card.figure for card in cards[:4]] == ["¥0.00", "–", "0", "¥0.00"]


def test_what_was_opened_yesterday_and_paid_today_is_taken_today(
    operator: User, rf: RequestFactory, company: Company
) -> None:
    make_story(company, attempts=1)
    Payment.objects.update(serial_no=mint("P", datetime.now(UTC) - timedelta(days=1)))
    _, days = figures(operator, rf)
    assert (days[0].opened, days[0].taken) == (0, 12_850)


def refunds_card(operator: User, rf: RequestFactory) -> Card:
    """Return the card of today's refunds."""
    return figures(operator, rf)[0][3]


def test_only_what_went_back_today_is_refunded_today(
    operator: User, rf: RequestFactory, company: Company
) -> None:
    for _ in range(4):
        make_story(company, attempts=1)
    failed, open_, late, _ = Refund.objects.order_by("id")
    Refund.objects.filter(pk=failed.pk).update(state="failed", succeeded_at=None)
    Refund.objects.filter(pk=open_.pk).update(
        state="processing", succeeded_at=None, due_at=datetime.now(UTC)
    )
    asked_before = mint("R", datetime.now(UTC) - timedelta(days=3))
    Refund.objects.filter(pk=late.pk).update(refund_serial_no=asked_before)
    card = refunds_card(operator, rf)
    assert card.figure == "¥57.00"
    assert card.remark == "2 笔成功，1 笔处理中，1 笔失败"


def test_refunds_of_pretended_money_do_not_count_beside_real_ones(
    operator: User, rf: RequestFactory, company: Company, settings: Settings
) -> None:
    make_story(company, attempts=1)
    Refund.objects.update(needs_person=True)
    make_story(make_company(is_sandbox=False), attempts=1)
    settings.SANDBOX_URL = ""
    card = refunds_card(operator, rf)
    assert (card.figure, card.is_alarming) == ("¥28.50", False)


def test_a_duplicate_payment_is_not_taken(
    operator: User, rf: RequestFactory, company: Company
) -> None:
    make_story(company, attempts=1)
    Payment.objects.update(settles_order=False)
    _, days = figures(operator, rf)
    assert days[0].taken == 0


def test_pretended_money_counts_only_where_there_is_nothing_else(
    operator: User, rf: RequestFactory, company: Company, settings: Settings
) -> None:
    make_story(company, attempts=1)
    make_story(make_company(is_sandbox=False), attempts=1)
    settings.SANDBOX_URL = "http://127.0.0.1:8001"
    assert figures(operator, rf)[1][0].taken == 25_700
    settings.SANDBOX_URL = ""
    assert figures(operator, rf)[1][0].taken == 12_850


def test_what_nobody_looks_after_is_alarming(
    operator: User, rf: RequestFactory, company: Company
) -> None:
    make_story(company, attempts=1)
    assert not any(card.is_alarming for card in figures(operator, rf)[0])
    long_ago = datetime.now(UTC) - timedelta(minutes=3)
    Payment.objects.update(due_at=long_ago)
    Delivery.objects.update(due_at=long_ago)
    Refund.objects.update(state="processing", due_at=long_ago, needs_person=True)
    cards, _ = figures(operator, rf)
    assert [card.is_alarming for card in cards] == [
        False,
        False,
        False,
        True,
        False,
        True,
        True,
        False,
    ]


def test_every_card_leads_to_a_list_that_opens(
    browser: Client, operator: User, rf: RequestFactory, company: Company
) -> None:
    make_story(company)
    for card in figures(operator, rf)[0]:
        read(browser, card.url)


def test_the_cards_of_waiting_work_lead_to_exactly_that(
    browser: Client, operator: User, rf: RequestFactory, company: Company
) -> None:
    old, new = make_story(company, attempts=1), make_story(company, attempts=1)
    Payment.objects.filter(order=old).update(due_at=datetime.now(UTC) - timedelta(minutes=3))
    Delivery.objects.filter(event__data__order_no=new.order_no).update(state="dead", due_at=None)
    _, _, _, _, _, notifications, stuck, _ = figures(operator, rf)[0]
    for card in (notifications, stuck):
        page = read(browser, card.url)
        assert old.order_no in page
        assert new.order_no not in page


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(0, 0, "–"), (0, 3, "0.0%"), (1, 3, "33.3%"), (2, 3, "66.7%"), (999, 1000, "99.9%")],
)
def test_a_share_has_one_decimal(part: int, whole: int, shown: str) -> None:
    assert percent(part, whole) == shown


def test_who_may_not_see_payments_sees_no_figures(client: Client, company: Company) -> None:
    make_story(company)
    client.force_login(User.objects.create(username="clerk", is_staff=True))
    page = read(client, reverse("admin:index"))
    assert "¥" not in page
    assert "请在菜单中选择" in page
