"""An order's page tells everything that happened, in the order of time."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from gateway.models import Callback, ChannelCall
from merchants.models import Application
from notifications.models import Delivery
from paycenter.operators.columns import SHOWN_AT_MOST, indented
from paycenter.operators.story.order import Story, order_story
from paycenter.operators.story.rows import AT_MOST
from tests.admin.pages import address, read
from tests.admin.rows import BODY_CANARY, Company, make_company, make_story
from transactions.models import Move, Order, Payment, Refund


def story_of(order: Order) -> Story:
    """Return the story of an order that exists."""
    story = order_story(order.pk, Order.objects.all())
    assert story is not None
    return story


def kinds(story: Story) -> list[str]:
    """Return what kinds of entries follow each other."""
    return [entry.kind for entry in story.entries]


def test_everything_is_told_in_the_order_of_time(company: Company) -> None:
    story = story_of(make_story(company, attempts=2, tries=2))
    moments = [entry.at for entry in story.entries]
    assert moments == sorted(moments)
    assert {kind: kinds(story).count(kind) for kind in set(kinds(story))} == {
        "request": 4,  # the order, two attempts, a refund
        "call": 3,
        "callback": 1,
        "move": 6,
        "event": 2,
        "notification": 4,
    }


def test_what_happened_at_one_moment_is_told_cause_first(company: Company) -> None:
    order = make_story(company, attempts=1, tries=0)
    moment = datetime(2026, 11, 22, 8, tzinfo=UTC)
    Order.objects.update(created_at=moment)
    Payment.objects.update(created_at=moment)
    Move.objects.update(created_at=moment)
    ChannelCall.objects.update(created_at=moment)
    assert kinds(story_of(order))[:6] == ["request", "request", "call", "call", "move", "move"]


def test_a_story_has_nothing_of_another_order(company: Company) -> None:
    quiet = make_story(company, attempts=0, tries=0)
    make_story(company)
    make_story(make_company())
    assert sorted(kinds(story_of(quiet))) == ["event", "request"]


def test_the_same_order_number_of_another_application_is_another_story(company: Company) -> None:
    mine = make_story(company, order_no="A1")
    make_story(make_company(), order_no="A1", attempts=5)
    assert kinds(story_of(mine)).count("event") == 2


def test_a_repeated_attempt_says_what_it_repeats_and_when(browser: Client, order: Order) -> None:
    first, second = Payment.objects.filter(order=order).order_by("id")
    page = read(browser, address(Order, "change", order.pk))
    assert "重复自" in page
    assert "7.0 秒" in page
    assert page.count(first.serial_no) > page.count(second.serial_no) - 4


def test_the_page_links_payments_and_refunds_and_they_link_back(
    browser: Client, order: Order
) -> None:
    page = read(browser, address(Order, "change", order.pk))
    payment, refund = Payment.objects.latest("id"), Refund.objects.get()
    assert f'href="{address(Payment, "change", payment.pk)}"' in page
    assert f'href="{address(Refund, "change", refund.pk)}"' in page
    for row in (payment, refund):
        own = address(type(row), "change", row.pk)
        assert f'href="{own.replace("/change/", "/story/")}"' in read(browser, own)
        answer = browser.get(own.replace("/change/", "/story/"))
        assert answer.headers["Location"] == address(Order, "change", order.pk)


def test_the_header_says_who_is_paid_for_what(browser: Client, order: Order) -> None:
    page = read(browser, address(Order, "change", order.pk))
    channel_serial_no = Payment.objects.latest("id").channel_serial_no
    for text in ("11月物业费", "阳光花园", "¥128.50", "已付 128.50，已退 28.50", channel_serial_no):
        assert str(text) in page
    for line in ("物业费", "100.00", "停车费", "28.50"):
        assert line in page


def test_a_callback_is_shown_as_text_not_as_markup(browser: Client, order: Order) -> None:
    callback = Callback.objects.latest("id")
    for url in (
        address(Order, "change", order.pk),
        address(Callback, "change", callback.pk),
    ):
        page = read(browser, url)
        assert BODY_CANARY not in page
        assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    "body", [b"\xff\xfe\x00 no text", b"[" * 20_000, b'"\\ud800"', b"x" * 65_536, b""]
)
def test_any_body_can_be_shown(browser: Client, order: Order, body: bytes) -> None:
    Callback.objects.update(body=body)
    page = read(browser, address(Order, "change", order.pk))
    assert len(page) < 120_000


def test_a_long_text_shows_its_beginning() -> None:
    assert indented("x" * 50_000) == "x" * 50_000
    assert SHOWN_AT_MOST < 50_000


def test_what_is_due_comes_last(order: Order) -> None:
    due_at = datetime.now(UTC) + timedelta(seconds=20)
    payment = Payment.objects.latest("id")
    Payment.objects.filter(pk=payment.pk).update(due_at=due_at)
    upcoming = story_of(order).upcoming
    later = Delivery.objects.order_by("due_at").values_list("due_at", flat=True)
    assert [next_.at for next_ in upcoming] == [due_at, *later]
    assert payment.serial_no in str(upcoming[0].text)


def test_an_endless_history_shows_its_newest_part(browser: Client, company: Company) -> None:
    order = make_story(company, attempts=1, tries=0)
    Move.objects.bulk_create(
        Move(
            merchant=company.merchant,
            subject="order",
            subject_id=order.pk,
            source="paying",
            target="paying",
            cause="clock",
            created_at=order.created_at,
        )
        for _ in range(AT_MOST + 50)
    )
    story = story_of(order)
    assert kinds(story).count("move") == AT_MOST
    assert story.cut
    assert "只显示最新的记录" in read(browser, address(Order, "change", order.pk))


def test_a_short_history_is_whole(order: Order) -> None:
    assert not story_of(order).cut


def test_sandbox_money_is_marked(browser: Client, company: Company) -> None:
    real = make_story(make_company(is_sandbox=False))
    assert "pc-sandbox" in read(browser, address(Order, "change", make_story(company).pk))
    assert "pc-sandbox" not in read(browser, address(Order, "change", real.pk))


@pytest.mark.parametrize("number", ["999999999", "0", "abc", "1%27"])
def test_no_such_order_is_not_found(browser: Client, order: Order, number: str) -> None:
    url = address(Order, "change", order.pk).replace(f"/{order.pk}/", f"/{number}/")
    assert browser.get(url).status_code == 404


def test_an_application_that_wants_no_notification_has_events_all_the_same(
    company: Company,
) -> None:
    order = make_story(company, attempts=1, tries=0)
    Delivery.objects.all().delete()
    Application.objects.update(notify_url="")
    story = story_of(order)
    event = next(entry for entry in story.entries if entry.kind == "event")
    assert re.search("无通知地址", event.label)
