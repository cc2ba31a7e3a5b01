"""What a person sees at a glance: duplicates, what is closed, what waits, where a link leads."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse

from gateway.models import ChannelCall
from merchants.models import Merchant
from paycenter.admin_site import navigation
from tests.admin.pages import address, read, record_models
from tests.admin.rows import Company, make_duplicate, make_story
from transactions.models import Move, Order, Payment, Refund

DUPLICATE = '<span class="pc-label pc-bad">重复支付</span>'

PAGES_OF_THEIR_OWN = {"space_dashboard", "point_of_sale", "add_business"}
"""Links of the menu that lead to no list."""


@pytest.fixture
def duplicate(order: Order) -> Payment:
    """A payment whose money came although the order was paid by another."""
    return Payment.objects.get(pk=make_duplicate(order).payment_id)


def test_a_duplicate_payment_is_marked_wherever_it_is_shown(
    browser: Client, duplicate: Payment
) -> None:
    for url in (
        reverse("admin:index"),
        address(Payment, "changelist"),
        address(Payment, "change", duplicate.pk),
        address(Order, "change", duplicate.order_id),
    ):
        assert read(browser, url).count(DUPLICATE) == 1, url


def test_the_filter_shows_duplicate_payments_only(
    browser: Client, company: Company, duplicate: Payment
) -> None:
    make_story(company)
    page = read(browser, address(Payment, "changelist") + "?duplicate=yes")
    assert set(re.findall(r"P\d{12}[A-Z0-9]{11}", page)) == {duplicate.serial_no}


def test_a_close_that_closed_is_no_failure(browser: Client, order: Order) -> None:
    ChannelCall.objects.update(operation="close", outcome="closed")
    call = ChannelCall.objects.filter(number__startswith="P").latest("id")
    for url in (
        address(ChannelCall, "changelist"),
        address(ChannelCall, "change", call.pk),
        address(Order, "change", order.pk),
    ):
        assert '<span class="pc-label pc-plain">已关闭</span>' in read(browser, url), url


def test_the_filters_of_calls_are_words(browser: Client, order: Order) -> None:
    page = read(browser, address(ChannelCall, "changelist"))
    assert "refund_query" not in re.sub(r'(?:value|id|for)="[^"]*"', "", page)
    assert "查询退款" in page


def test_nothing_on_a_record_promises_to_close_it(browser: Client, order: Order) -> None:
    for model in record_models():
        row = model._default_manager.order_by("-pk").first()
        if row is None or model is Order:
            continue
        page = read(browser, address(model, "change", row.pk))
        back = re.search(r'<a class="pc-button[^>]*href="([^"]*)">返回</a>', page)
        assert back, model
        assert back[1] == address(model, "changelist")
        assert not re.search(r">\s*关闭\s*<", page), model


def test_a_move_names_what_moved(browser: Client, order: Order) -> None:
    payment = Payment.objects.filter(order=order).latest("id")
    refund = Refund.objects.get(payment=payment)
    page = read(browser, address(Move, "changelist"))
    for row, number in (
        (order, order.order_no),
        (payment, payment.serial_no),
        (refund, refund.refund_serial_no),
    ):
        assert f'href="{address(type(row), "change", row.pk)}">{number}</a>' in page
    move = Move.objects.get(subject="refund")
    assert refund.refund_serial_no in read(browser, address(Move, "change", move.pk))


def test_only_what_failed_has_a_section_about_it(browser: Client, order: Order) -> None:
    failed, paid = Payment.objects.filter(order=order).order_by("id")
    assert "失败代码" in read(browser, address(Payment, "change", failed.pk))
    assert "失败代码" not in read(browser, address(Payment, "change", paid.pk))
    assert "失败代码" not in read(browser, address(Refund, "change", Refund.objects.get().pk))


def test_what_is_well_is_not_red(browser: Client, order: Order) -> None:
    User.objects.create(username="clerk")
    failed = Payment.objects.filter(order=order).earliest("id")
    for url in (
        address(Payment, "change", failed.pk),
        address(Refund, "changelist"),
        address(Refund, "change", Refund.objects.get().pk),
        address(User, "changelist"),
    ):
        page = read(browser, url)
        assert "close_small" not in page, url
        assert "bg-red-100 text-red" not in page, url


def test_what_waits_for_a_person_is_red(browser: Client, order: Order) -> None:
    Refund.objects.update(needs_person=True)
    for url in (address(Refund, "changelist"), address(Refund, "change", Refund.objects.get().pk)):
        assert '<span class="pc-label pc-bad">是</span>' in read(browser, url), url


def test_what_is_not_there_is_one_kind_of_dash(browser: Client, order: Order) -> None:
    for model in record_models():
        for row in model._default_manager.order_by("pk")[:1]:
            pages = [address(model, "changelist"), address(model, "change", row.pk)]
            for url in pages:
                assert not re.search(r">\s*-\s*<", read(browser, url)), url


def test_the_story_and_the_history_have_their_own_icons(browser: Client, order: Order) -> None:
    page = read(browser, address(Payment, "change", Payment.objects.latest("id").pk))
    buttons = page[page.index("/story/") :]
    assert page.count("receipt_long") > 1
    assert len(re.findall(r"\bhistory\s*</span>", buttons)) <= 1


OWN_PAGES = ("channel-health", "statements", "reports", "work")


def test_the_menu_and_the_pages_use_the_same_words(
    browser: Client, operator: User, rf: RequestFactory, order: Order
) -> None:
    request = rf.get("/")
    request.user = operator
    items = [item for group in navigation(request) for item in group["items"]]
    assert len(items) > 20
    for item in items:
        if item["icon"] in PAGES_OF_THEIR_OWN:
            continue
        context = browser.get(item["link"]).context
        if item["link"] in {reverse(name) for name in OWN_PAGES}:
            assert context["title"] == item["title"]
            continue
        opts = context["cl"].opts
        assert item["title"].lower() == str(opts.verbose_name_plural).lower()


def test_an_empty_list_does_not_ask_to_make_what_nobody_makes(browser: Client) -> None:
    page = read(browser, address(Payment, "changelist") + "?q=nothing")
    for entry in ("新建收款订单", "新建物业公司"):
        page = page.replace(entry, "")
    assert "新建" not in page
    browser.cookies["django_language"] = "en"
    page = read(browser, address(Payment, "changelist") + "?q=nothing")
    assert "Nothing here matches." in page
    assert "Create a new item" not in page
    assert "apps and models" not in page


def test_adding_begins_at_the_list(browser: Client, company: Company) -> None:
    add = address(Merchant, "add")
    assert f'href="{add}" title="新增物业公司"' in read(browser, address(Merchant, "changelist"))
    for url in (add, address(Merchant, "change", company.merchant.pk)):
        assert f'href="{add}"' not in read(browser, url)


def test_the_dates_of_a_user_are_not_entered(browser: Client, operator: User) -> None:
    page = read(browser, address(User, "change", operator.pk))
    assert 'name="date_joined' not in page
    assert 'name="last_login' not in page
