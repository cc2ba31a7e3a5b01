"""An order, payment or refund is found by any of its numbers, whole and nothing else."""

import json
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from notifications.models import Event
from paycenter.operators import finding
from tests.admin.pages import address, read
from tests.admin.rows import Company, make_story
from transactions.models import Order, Payment, Refund


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
