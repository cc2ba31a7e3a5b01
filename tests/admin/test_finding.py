"""An order, payment or refund is found by any of its numbers, whole and nothing else."""

import json
from urllib.parse import urlencode

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from merchants.doors import open_door
from notifications.models import Event
from paycenter.operators import finding
from tests.admin.pages import address, read
from tests.admin.rows import Company, make_company, make_story
from tests.admin.split_rows import divide
from transactions.models import (
    Checkout,
    DoorOrder,
    Order,
    OrderLine,
    Payment,
    Refund,
    Split,
    SplitRelease,
    SplitReturn,
    SplitShare,
)


@pytest.fixture(autouse=True)
def _others(company: Company, order: Order) -> None:
    """Other orders, that must not be found."""
    make_story(company)
    make_story(company)


def all_numbers(order: Order) -> list[str]:
    """Return every number an order can be asked for by."""
    payment = Payment.objects.filter(order=order).latest("id")
    refund = Refund.objects.get(payment=payment)
    numbers = [
        order.order_no,
        payment.serial_no,
        payment.channel_serial_no,
        refund.refund_no,
        refund.refund_serial_no,
        refund.channel_refund_no,
    ]
    assert all(numbers)
    return [str(number) for number in numbers]


def test_every_number_leads_to_the_order(order: Order) -> None:
    for number in all_numbers(order):
        assert finding.orders_by(number) == [order.pk], number


def test_every_number_leads_to_the_payment_and_the_refund(order: Order) -> None:
    payments = {payment.pk for payment in Payment.objects.filter(order=order)}
    refund = Refund.objects.get(payment__order=order)
    for number in all_numbers(order):
        assert set(finding.payments_by(number)) <= payments, number
        assert refund.payment_id in finding.payments_by(number), number
        assert finding.refunds_by(number) == [refund.pk], number


def test_moves_lines_events_and_notifications_are_found_by_the_order(order: Order) -> None:
    number = order.order_no
    assert len(finding.moves_by(number)) == 6
    assert len(finding.lines_by(number)) == 2
    of_order = set(Event.objects.filter(data__order_no=number).values_list("pk", flat=True))
    assert len(of_order) == 2
    assert set(finding.events_by(number)) == of_order
    assert len(finding.deliveries_by(number)) == 2


@pytest.mark.parametrize("part", [slice(None, -1), slice(1, None)])
def test_a_part_of_a_number_finds_nothing(order: Order, part: slice) -> None:
    for number in all_numbers(order):
        assert finding.orders_by(number[part]) == []


def test_one_hit_goes_straight_to_the_story(browser: Client, order: Order) -> None:
    for number in all_numbers(order):
        answer = browser.get(address(Order, "changelist"), {"q": f" {number} "})
        assert answer.headers["Location"] == address(Order, "change", order.pk)


def split_numbers(order: Order) -> list[str]:
    """Divide an order's payment and return every number that came of it."""
    divide(order)
    share = SplitShare.objects.get(split__payment__order=order, result="succeeded")
    SplitShare.objects.filter(pk=share.pk).update(channel_share_no="36011111")
    returned = SplitReturn.objects.get(share=share)
    SplitReturn.objects.filter(pk=returned.pk).update(channel_return_no="36022222")
    release = SplitRelease.objects.get(payment__order=order)
    own = (share.split.split_serial_no, share.split.split_no, share.split.channel_split_no)
    others = (returned.return_serial_no, returned.return_no, release.release_serial_no)
    return [str(number) for number in (*own, *others, "36011111", "36022222")]


def test_every_number_of_a_split_leads_to_the_order_and_the_payment(order: Order) -> None:
    payment = Payment.objects.get(order=order, settles_order=True)
    for number in split_numbers(order):
        assert finding.orders_by(number) == [order.pk], number
        assert finding.payments_by(number) == [payment.pk], number


def test_a_number_of_a_share_or_return_leads_to_its_split(order: Order) -> None:
    *numbers, _, share, returned = split_numbers(order)
    split = Split.objects.get(payment__order=order)
    for number in (*numbers, share, returned):
        assert finding.splits_by(number) == [split.pk], number


def test_the_number_of_an_easypay_door_leads_to_the_order(order: Order) -> None:
    door, _ = open_door(order.application)
    DoorOrder.objects.create(
        order=order,
        door=door,
        trade_no="2026112216000000001",
        out_trade_no=order.order_no,
        version=DoorOrder.Version.V1,
        notify_url="https://app.test/paid",
        created_at=order.created_at,
    )
    assert finding.orders_by("2026112216000000001") == [order.pk]


def test_a_room_finds_its_orders_newest_first(company: Company, order: Order) -> None:
    OrderLine.objects.update(room="9-9-999")
    OrderLine.objects.filter(order=order).update(room="3-1-777")
    newer = make_story(company)
    OrderLine.objects.filter(order=newer).update(room="3-1-777")
    everything = Order.objects.all()
    assert finding.orders_about("3-1-777", everything) == [newer.pk, order.pk]
    for text in ("3-1-77", "-1-777", "3-1-7%", ""):
        assert finding.orders_about(text, everything) == []


@pytest.mark.parametrize(
    ("phone", "text", "is_found"),
    [
        ("13812345678", "5678", True),
        ("+86 138 1234 5678", "5678", True),
        ("13812345678", "1234", False),
        ("13812345678", "678", False),
        ("13812345678", "45678", False),
        ("13812345678", "５６７８", False),
        ("", "5678", False),
    ],
)
def test_the_end_of_a_phone_number_finds_its_orders(
    order: Order, phone: str, text: str, *, is_found: bool
) -> None:
    expected = [order.pk] if is_found else []
    payment = Payment.objects.filter(order=order).earliest("id")
    Payment.objects.filter(pk=payment.pk).update(metadata={"phone": phone})
    assert finding.orders_about(text, Order.objects.all()) == expected
    checkout = Checkout.objects.latest("id")
    Payment.objects.update(metadata={})
    Checkout.objects.filter(pk=checkout.pk).update(metadata={"phone": phone})
    expected = [checkout.order_id] if is_found else []
    assert finding.orders_about(text, Order.objects.all()) == expected


def test_others_rooms_do_not_crowd_out_the_readers(
    company: Company, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "AT_MOST", 1)
    other = make_story(make_company())
    OrderLine.objects.filter(order__in=(order, other)).update(room="3-1-777")
    own = Order.objects.filter(merchant=company.merchant)
    assert finding.orders_about("3-1-777", Order.objects.all()) == [other.pk]
    assert finding.orders_about("3-1-777", own) == [order.pk]


def test_only_orders_that_the_pages_show_are_found(
    browser: Client, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever narrows the list narrows the search and the palette."""
    pages = site._registry[Order]
    monkeypatch.setattr(pages, "get_queryset", lambda request: Order.objects.exclude(pk=order.pk))
    page = read(browser, address(Order, "changelist") + f"?q={order.order_no}")
    assert address(Order, "change", order.pk) not in page
    page = read(browser, reverse("admin:search") + f"?extended=1&s={order.order_no}")
    assert address(Order, "change", order.pk) not in page


def test_one_box_takes_a_room_and_a_phone(browser: Client, order: Order) -> None:
    OrderLine.objects.filter(order=order).update(room="3-1-777")
    Payment.objects.filter(order=order).update(metadata={"phone": "13812345678"})
    for text in ("3-1-777", "5678"):
        answer = browser.get(address(Order, "changelist"), {"q": text})
        assert answer.headers["Location"] == address(Order, "change", order.pk)
        page = read(browser, reverse("admin:search") + f"?extended=1&s={text}")
        assert address(Order, "change", order.pk) in page
    page = read(browser, address(Order, "changelist") + "?q=3-1-777&state=partially_refunded")
    assert address(Order, "change", order.pk) in page


def test_no_hit_shows_an_empty_list(browser: Client) -> None:
    page = read(browser, address(Order, "changelist") + "?q=nothing")
    assert "没有找到结果" in page


def test_the_palette_finds_numbers_in_their_own_case(browser: Client, order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(order_no="Fee-a1")
    page = read(browser, reverse("admin:search") + "?extended=1&s=Fee-a1")
    assert address(Order, "change", order.pk) in page


def test_the_palette_shows_orders_only_to_who_may_see_them(client: Client, order: Order) -> None:
    clerk = User.objects.create(username="clerk", is_staff=True)
    client.force_login(clerk)
    page = read(client, reverse("admin:search") + f"?extended=1&s={order.order_no}")
    assert order.subject not in page


def test_a_search_cannot_be_made_a_pattern(browser: Client, order: Order) -> None:
    for text in ("%", "_", "' OR 1=1 --", json.dumps({"a": 1}), "\x07", "😀" * 200):
        for model in (Order, Payment):
            page = read(browser, f"{address(model, 'changelist')}?{urlencode({'q': text})}")
            assert order.order_no not in page
        read(browser, f"{reverse('admin:search')}?{urlencode({'extended': 1, 's': text})}")


def test_a_character_the_database_cannot_hold_is_no_number(browser: Client) -> None:
    for model in (Order, Payment):
        read(browser, f"{address(model, 'changelist')}?q=%00")
    read(browser, f"{reverse('admin:search')}?extended=1&s=%00")
