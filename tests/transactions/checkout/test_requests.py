"""Asking for a page: once made it stays the order's page, whoever asks again and however."""

from datetime import timedelta
from typing import Any

import pytest

from gateway.messages import Operation
from merchants.models import Grant
from paycenter.kernel.clock import now
from tests.support.clock import Clock
from tests.support.desk import Desk, history
from tests.support.parties import make_account, make_application, make_channel_merchant, make_key
from tests.support.resident import CHECKOUTS, Resident, ask_for_page, checkout_body, resident_of
from tests.support.signing import SigningClient
from tests.support.together import together
from transactions.lifecycle import OrderState
from transactions.models import Checkout, Order, OrderLine, Payment
from transactions.services.closing import close_order, expire_orders

LINES = [
    {"fee_type": "物业费", "room": "1-101", "period": "2026-11", "amount": 9_000},
    {"fee_type": "停车费", "amount": 1_000, "description": "车位 B12"},
]


def _expire(desk: Desk, *, swept: bool) -> None:
    Order.objects.update(expires_at=now() - timedelta(minutes=10))
    if swept:
        assert expire_orders() == 1
        assert desk.order().state == OrderState.EXPIRED


def test_new_order_gets_a_page(desk: Desk, clock: Clock) -> None:
    answer = ask_for_page(desk, lines=LINES, expires_in=600)
    assert answer.status == 201
    assert set(answer.body) == {"checkout_url", "order_no", "expires_at"}
    assert (answer["order_no"], answer["expires_at"]) == ("A1", "2026-11-22T08:10:00Z")
    order = desk.order()
    assert (order.state, order.amount, order.currency) == (OrderState.CREATED, 10_000, "CNY")
    assert OrderLine.objects.filter(order=order).count() == 2
    assert Resident(answer["checkout_url"]).look().status == 200


def test_asking_begins_no_payment(desk: Desk) -> None:
    resident_of(desk).look()
    assert not Payment.objects.exists()
    assert desk.channel.calls == desk.other_channel.calls == []


def test_same_order_again_has_the_same_page(desk: Desk) -> None:
    first, again = ask_for_page(desk), ask_for_page(desk)
    assert (first.status, again.status) == (201, 200)
    assert first.body == again.body
    assert Checkout.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 10_001},
        {"subject": "停车费"},
        {"lines": LINES},
        {"order_group_no": "G1"},
    ],
    ids=str,
)
def test_order_number_stands_for_one_content(desk: Desk, change: dict[str, Any]) -> None:
    first = ask_for_page(desk)
    refused = ask_for_page(desk, **change)
    assert (refused.status, refused.code) == (409, "order_mismatch")
    assert ask_for_page(desk).body == first.body


def test_latest_request_says_what_is_offered_and_who_is_told(desk: Desk) -> None:
    resident = resident_of(desk, metadata={"a": "1"})
    assert resident.look().ways == ["wechat", "alipay"]
    ask_for_page(
        desk,
        payment_ids=[desk.other_account.payment_no],
        return_url="https://app.test/back",
        notify_url="https://app.test/told",
        metadata={"b": "2"},
    )
    face = resident.look()
    assert face.ways == ["alipay"]
    assert 'href="https://app.test/back"' in face.html
    resident.press("alipay")
    payment = desk.the_payment()
    assert (payment.notify_url, payment.metadata) == ("https://app.test/told", {"b": "2"})


@pytest.mark.parametrize("swept", [False, True])
def test_order_out_of_time_is_offered_again(desk: Desk, swept: bool) -> None:
    resident = resident_of(desk)
    _expire(desk, swept=swept)
    assert resident.look().state == "expired"
    again = ask_for_page(desk, expires_in=900)
    assert again.status == 200
    assert Resident(again["checkout_url"]).path == resident.path
    assert resident.look().state == "choose"
    left = desk.order().expires_at - now()
    assert timedelta(seconds=890) < left <= timedelta(seconds=900)


def test_order_expired_in_the_middle_of_paying_is_offered_again(desk: Desk) -> None:
    resident = resident_of(desk)
    resident.press("wechat")
    desk.close(desk.the_payment().serial_no)
    Order.objects.update(state=OrderState.PAYING)
    _expire(desk, swept=True)
    ask_for_page(desk)
    assert resident.look().state == "choose"
    assert ("expired", "created", "request") in history(desk.order())


def test_asking_again_in_time_gives_no_more_of_it(desk: Desk, clock: Clock) -> None:
    first = ask_for_page(desk, expires_in=600)
    clock.shift(300)
    assert ask_for_page(desk, expires_in=86_400)["expires_at"] == first["expires_at"]


def test_closed_order_keeps_its_page_and_stays_closed(desk: Desk) -> None:
    resident = resident_of(desk)
    close_order(desk.order().pk)
    over = now() - timedelta(minutes=10)
    Order.objects.update(expires_at=over)
    again = ask_for_page(desk)
    assert again.status == 200
    assert (desk.order().state, desk.order().expires_at) == (OrderState.CLOSED, over)
    assert resident.look().state == "closed"


def test_paid_order_keeps_its_page(desk: Desk) -> None:
    resident = resident_of(desk)
    resident.press("wechat")
    desk.callback(desk.channel.paid(desk.the_payment().serial_no))
    again = ask_for_page(desk)
    assert (again.status, Resident(again["checkout_url"]).path) == (200, resident.path)
    assert resident.look().state == "paid"
    assert Order.objects.count() == 1


def test_order_paid_through_the_api_first_gets_a_page_too(desk: Desk) -> None:
    payment = desk.pending_payment()
    answer = ask_for_page(desk)
    assert answer.status == 201
    resident = Resident(answer["checkout_url"])
    assert resident.look().state == "waiting"
    desk.callback(desk.channel.paid(payment.serial_no))
    assert resident.look().state == "paid"


def test_order_of_a_page_can_be_paid_through_the_api(desk: Desk) -> None:
    resident = resident_of(desk)
    answer = desk.pay()
    assert answer.status == 201
    assert Order.objects.count() == 1
    assert desk.order().state == OrderState.PAYING
    assert resident.look().state == "waiting"


def test_payment_through_the_api_takes_no_time_from_the_page(desk: Desk, clock: Clock) -> None:
    promised = ask_for_page(desk, expires_in=3_600)["expires_at"]
    desk.pay(expires_in=60)
    order = desk.client.get(f"/api/v1/orders/A1?merchant_id={checkout_body(desk)['merchant_id']}")
    assert order["expires_at"] == promised


def test_unknown_merchant_is_refused(desk: Desk) -> None:
    refused = ask_for_page(desk, merchant_id="M9999999999")
    assert (refused.status, refused.code) == (404, "merchant_not_found")
    assert not Order.objects.exists()


def test_merchant_of_somebody_else_is_refused(desk: Desk) -> None:
    stranger = make_channel_merchant()
    make_application(make_account(stranger))
    refused = ask_for_page(desk, merchant_id=stranger.merchant.merchant_no)
    assert (refused.status, refused.code) == (404, "merchant_not_found")


def test_merchant_is_refused_once_no_account_of_it_is_granted(desk: Desk) -> None:
    Grant.objects.all().delete()
    assert ask_for_page(desk).code == "merchant_not_found"


@pytest.mark.parametrize("whose", ["nobody", "not granted", "another merchant"])
def test_account_that_may_not_be_used_is_refused_by_name(desk: Desk, whose: str) -> None:
    other_merchant = make_account(make_channel_merchant())
    Grant.objects.create(application=desk.application, payment_account=other_merchant)
    number = {
        "nobody": "P0000000000",
        "not granted": make_account(desk.account.channel_merchant).payment_no,
        "another merchant": other_merchant.payment_no,
    }[whose]
    refused = ask_for_page(desk, payment_ids=[desk.account.payment_no, number])
    assert (refused.status, refused.code) == (404, "payment_account_not_found")
    assert number in refused["detail"]
    assert desk.account.payment_no not in refused["detail"]
    assert not Order.objects.exists()


def test_refused_change_leaves_the_page_as_it_was(desk: Desk) -> None:
    resident = resident_of(desk)
    ask_for_page(desk, payment_ids=["P0000000000"], return_url="https://app.test/back")
    assert resident.look().ways == ["wechat", "alipay"]
    assert "app.test" not in resident.look().html


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"lines": [{"fee_type": "a", "amount": 9_999}]}, 400, "invalid_request"),
        ({"amount": 0}, 400, "invalid_request"),
        ({"amount": "10000"}, 400, "invalid_request"),
        ({"currency": "USD"}, 400, "invalid_request"),
        ({"subject": ""}, 400, "invalid_request"),
        ({"expires_in": 59}, 400, "invalid_request"),
        ({"expires_in": 86_401}, 400, "invalid_request"),
        ({"payment_ids": "P0000000001"}, 400, "invalid_request"),
        ({"payment_ids": [1]}, 400, "invalid_request"),
        ({"payment_ids": ["P0000000001"] * 51}, 400, "invalid_request"),
        ({"payment_id": "P0000000001"}, 400, "unknown_field"),
        ({"invoke_method": "pc"}, 400, "unknown_field"),
        ({"payer": {"openid": "o"}}, 400, "unknown_field"),
        ({"token": "x"}, 400, "unknown_field"),
        ({"split": {"mode": "rule"}}, 409, "split_not_allowed"),
        ({"split": {"mode": "all"}}, 400, "invalid_request"),
        ({"notify_url": "https://evil.test/"}, 400, "notify_url_refused"),
        ({"return_url": "https://evil.test/"}, 400, "return_url_refused"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(
    desk: Desk, change: dict[str, Any], status: int, code: str
) -> None:
    refused = ask_for_page(desk, **change)
    assert (refused.status, refused.code) == (status, code)
    assert not Checkout.objects.exists()


@pytest.mark.parametrize("field", ["merchant_id", "order_no", "amount", "subject"])
def test_missing_field_is_refused_by_name(desk: Desk, field: str) -> None:
    body = checkout_body(desk)
    del body[field]
    refused = desk.client.post(CHECKOUTS, body)
    assert refused.code == "invalid_request"
    assert [error["field"] for error in refused["errors"]] == [field]


def test_split_that_says_none_is_taken(desk: Desk) -> None:
    assert ask_for_page(desk, split={"mode": "none"}).status == 201


def test_request_cannot_be_repeated_by_a_stranger(desk: Desk) -> None:
    nonce = "n" * 32
    body = checkout_body(desk)
    assert desk.client.post(CHECKOUTS, body, nonce=nonce).status == 201
    repeated = desk.client.post(CHECKOUTS, body, nonce=nonce)
    assert (repeated.status, repeated.code) == (401, "nonce_reused")


def test_page_is_never_handed_to_another_application(desk: Desk) -> None:
    mine = ask_for_page(desk)
    other = make_application(desk.account)
    key, secret = make_key(other)
    theirs = SigningClient(key.key_id, secret).post(CHECKOUTS, checkout_body(desk))
    assert theirs.status == 201
    assert theirs["checkout_url"] != mine["checkout_url"]
    assert Order.objects.count() == 2


def test_twenty_requests_at_once_get_one_page(desk: Desk) -> None:
    answers = together(20, lambda _: ask_for_page(desk, lines=LINES))
    assert sorted(answer.status for answer in answers) == [200] * 19 + [201]
    assert len({answer["checkout_url"] for answer in answers}) == 1
    assert (Order.objects.count(), Checkout.objects.count()) == (1, 1)
    assert OrderLine.objects.count() == 2


def test_page_and_payment_asked_for_at_once_are_of_one_order(desk: Desk) -> None:
    answers = together(8, lambda n: ask_for_page(desk) if n % 2 else desk.pay())
    assert {answer.status for answer in answers} <= {200, 201, 202}
    assert (Order.objects.count(), Payment.objects.count()) == (1, 1)
    assert len(desk.channel.calls_of(Operation.PAY)) == 1
