"""Paying from the page obeys the rules of paying through the API, and says why when it waits."""

import time
from datetime import timedelta

import pytest
from django.conf import settings

from gateway.messages import Operation, Outcome, PaymentReport, PayRequest
from merchants.models import PaymentAccount
from paycenter.kernel.clock import now
from tests.support.clock import Clock
from tests.support.desk import Desk, events
from tests.support.resident import IN_WECHAT, PHONE, Resident, resident_of
from tests.support.together import together
from tests.support.workers import Workers
from transactions.lifecycle import OPEN_PAYMENT, OrderState, PaymentState
from transactions.models import Order, Payment
from transactions.services.closing import close_order

HELD = "Your earlier payment may still go through, so a second one is not started yet."
NOT_OFFERED = "This way to pay is not offered here any more. Choose another one."


def _request(desk: Desk) -> PayRequest:
    (call,) = desk.channel.calls_of(Operation.PAY)
    assert isinstance(call.request, PayRequest)
    return call.request


def _neighbour(resident: Resident, agent: str | None = None) -> Resident:
    """Return another tab of the same browser."""
    same = resident.client.defaults
    headers = agent or same["HTTP_USER_AGENT"]
    return Resident(resident.path, headers, REMOTE_ADDR=same["REMOTE_ADDR"])


def test_channel_is_asked_for_the_order_on_the_page(desk: Desk, clock: Clock) -> None:
    resident = resident_of(desk, metadata={"a": "1"}, notify_url="https://app.test/told")
    resident.press("wechat")
    request, payment = _request(desk), desk.the_payment()
    assert (request.amount, request.subject) == (10_000, "物业费")
    assert request.payer.client_ip == resident.client.defaults["REMOTE_ADDR"]
    assert (payment.metadata, payment.notify_url) == ({"a": "1"}, "https://app.test/told")
    assert desk.order().state == OrderState.PAYING
    assert payment.payment_account == desk.account


def test_payer_comes_back_to_the_page(desk: Desk) -> None:
    resident = resident_of(desk, return_url="https://app.test/back")
    resident.press("wechat")
    assert _request(desk).return_url == settings.PUBLIC_BASE_URL + resident.path


def test_payer_comes_back_to_the_page_from_a_link_too(desk: Desk) -> None:
    resident = resident_of(desk, agent=PHONE)
    resident.press("alipay")
    (call,) = desk.other_channel.calls_of(Operation.PAY)
    assert isinstance(call.request, PayRequest)
    assert call.request.return_url == settings.PUBLIC_BASE_URL + resident.path


def test_attempt_ends_with_the_order(desk: Desk, clock: Clock) -> None:
    resident = resident_of(desk, expires_in=600)
    until = desk.order().expires_at
    clock.shift(200.25)
    resident.press("wechat")
    assert timedelta(0) <= until - desk.the_payment().expires_at < timedelta(seconds=1)
    assert desk.order().expires_at == until


def test_whoever_begins_in_the_last_minute_has_a_minute(desk: Desk, clock: Clock) -> None:
    resident = resident_of(desk, expires_in=600)
    until = desk.order().expires_at
    clock.shift(590)
    resident.press("wechat")
    assert desk.the_payment().expires_at == until + timedelta(seconds=50)


def test_order_gets_no_more_time_however_often_its_payer_begins(desk: Desk, clock: Clock) -> None:
    resident = resident_of(desk, expires_in=600)
    until = desk.order().expires_at
    clock.shift(560)
    for way in ("wechat", "alipay", "wechat"):
        resident.press(way)
        clock.shift(16)
    assert desk.order().expires_at == until
    assert Payment.objects.count() == 3
    assert resident.press("alipay") == resident.path
    assert Payment.objects.count() == 3


@pytest.mark.parametrize("state", ["out of time", "expired", "closed", "paid"])
def test_nothing_begins_for_an_order_that_is_over(desk: Desk, state: str) -> None:
    resident = resident_of(desk)
    if state == "closed":
        close_order(desk.order().pk)
    elif state == "paid":
        desk.paid_payment()
    else:
        Order.objects.update(expires_at=now() - timedelta(minutes=10))
        if state == "expired":
            Order.objects.update(state=OrderState.EXPIRED)
    before = Payment.objects.count()
    face = resident.pay_by("wechat")
    assert face.state == {"out of time": "expired"}.get(state, state)
    assert Payment.objects.count() == before
    assert desk.order().state != OrderState.PAYING


def test_same_way_in_two_tabs_at_once_is_one_payment(desk: Desk) -> None:
    resident = resident_of(desk)
    tabs = [_neighbour(resident) for _ in range(8)]
    faces = together(8, lambda index: tabs[index].pay_by("wechat"))
    assert {face.state for face in faces} == {"waiting"}
    assert Payment.objects.count() == 1
    assert len(desk.channel.calls_of(Operation.PAY)) == 1
    assert events("order.attempt_repeated") == []


def test_same_link_in_two_tabs_at_once_is_one_payment(desk: Desk) -> None:
    resident = resident_of(desk, agent=PHONE)
    tabs = [_neighbour(resident) for _ in range(8)]
    went = together(8, lambda index: tabs[index].press("alipay"))
    assert set(went) == {f"{resident.path}go"}
    assert Payment.objects.count() == 1
    assert len(desk.other_channel.calls_of(Operation.PAY)) == 1


def test_same_way_pressed_again_later_is_the_same_payment(desk: Desk, clock: Clock) -> None:
    resident = resident_of(desk)
    resident.press("wechat")
    clock.shift(14)
    resident.press("wechat")
    assert Payment.objects.count() == 1


def test_two_ways_at_once_never_leave_two_that_can_be_paid(desk: Desk) -> None:
    resident = resident_of(desk)
    tabs = [_neighbour(resident) for _ in range(6)]
    together(6, lambda index: tabs[index].press("alipay" if index % 2 else "wechat"))
    still_open = Payment.objects.filter(state__in=OPEN_PAYMENT)
    assert still_open.count() == 1


def test_switch_inside_the_window_is_at_once_where_the_channel_closes(desk: Desk) -> None:
    resident = resident_of(desk, agent=PHONE)
    resident.press("wechat")
    first = desk.the_payment()
    assert resident.press("alipay") == f"{resident.path}go"
    assert desk.payment(first.serial_no).state == PaymentState.CLOSED
    second = desk.order().payments.get(attempt_no=2)
    assert (second.state, second.repeat_of) == (PaymentState.PENDING, first)
    assert len(events("order.attempt_repeated")) == 1


def test_switch_waits_while_the_earlier_one_may_be_paid(desk: Desk, clock: Clock) -> None:
    resident = resident_of(desk)
    resident.press("wechat")
    clock.shift(5)
    unclear = PaymentReport(Outcome.UNKNOWN, desk.the_payment().serial_no)
    desk.channel.answers(Operation.QUERY, unclear, unclear)
    desk.channel.answers(Operation.CLOSE, unclear, unclear)
    sent_to = resident.press("alipay")
    assert sent_to == f"{resident.path}?said=held&until={int(time.time()) + 10}"
    face = resident.look(sent_to.removeprefix(resident.path))
    assert HELD in face.text
    assert '<span class="count" data-seconds="10">10 seconds</span>' in face.html
    assert '<details id="switch" open>' in face.html, "the countdown is in sight"
    assert Payment.objects.count() == 1
    assert desk.other_channel.calls == []


def test_switch_waits_while_no_worker_answers(desk: Desk, workers: Workers) -> None:
    resident = resident_of(desk)
    workers.pause()
    resident.press("wechat")
    assert resident.press("alipay").startswith(f"{resident.path}?said=held&until=")
    assert Payment.objects.count() == 1


def test_after_the_window_nobody_is_held(desk: Desk, clock: Clock) -> None:
    resident = resident_of(desk)
    resident.press("wechat")
    first = desk.the_payment()
    unclear = PaymentReport(Outcome.UNKNOWN, first.serial_no)
    desk.channel.answers(Operation.QUERY, unclear, unclear)
    desk.channel.answers(Operation.CLOSE, unclear, unclear)
    clock.shift(16)
    assert "can begin in" not in resident.look().text
    assert resident.press("alipay") == f"{resident.path}go"
    assert Payment.objects.count() == 2


def test_window_is_the_applications_own(desk: Desk, clock: Clock) -> None:
    desk.application.attempt_guard_seconds = 40
    desk.application.save()
    face = resident_of(desk).pay_by("wechat")
    assert "another one can begin in 40 seconds" in face.text


def test_earlier_attempt_found_paid_ends_the_switch(desk: Desk) -> None:
    resident = resident_of(desk)
    resident.press("wechat")
    desk.channel.paid(desk.the_payment().serial_no)
    face = resident.pay_by("alipay")
    assert face.state == "paid"
    assert Payment.objects.count() == 1
    assert desk.other_channel.calls == []


def test_order_paid_in_another_tab_begins_nothing(desk: Desk) -> None:
    resident = resident_of(desk)
    resident.press("wechat")
    desk.callback(desk.channel.paid(desk.the_payment().serial_no))
    face = _neighbour(resident).pay_by("alipay")
    assert face.state == "paid"
    assert Payment.objects.count() == 1


def test_business_paid_under_another_number_is_told(desk: Desk) -> None:
    resident = resident_of(desk, "A2", order_group_no="G1")
    desk.paid_payment("A1", order_group_no="G1")
    face = resident.pay_by("wechat")
    assert face.state == "paid_elsewhere"
    assert "Another order for the same was paid. Nothing more is due." in face.text
    assert Payment.objects.count() == 1


def test_attempt_through_the_api_is_closed_before_another_begins(desk: Desk) -> None:
    resident = resident_of(desk)
    first = desk.pending_payment()
    resident.press("alipay")
    assert desk.payment(first.serial_no).state == PaymentState.CLOSED
    assert Payment.objects.count() == 2


@pytest.mark.parametrize("way", ["", "easypay-any", "WECHAT", "wechat ", "qr_code", "<script>"])
def test_way_that_is_not_offered_begins_nothing(desk: Desk, way: str) -> None:
    resident = resident_of(desk)
    assert resident.press(way) == f"{resident.path}?said=way"
    assert NOT_OFFERED in resident.look("?said=way").text
    assert not Payment.objects.exists()


def test_request_without_a_way_begins_nothing(desk: Desk) -> None:
    resident = resident_of(desk)
    for body in ({}, {"ways": "wechat"}):
        answer = resident.client.post(f"{resident.path}pay", body)
        assert answer["Location"] == f"{resident.path}?said=way"
    json = resident.client.post(
        f"{resident.path}pay", {"way": "wechat"}, content_type="application/json"
    )
    assert json["Location"] == f"{resident.path}?said=way"
    assert not Payment.objects.exists()


def test_body_nobody_can_read_is_refused(desk: Desk) -> None:
    resident = resident_of(desk)
    answer = resident.client.post(
        f"{resident.path}pay", b"--x\r\nbroken", content_type="multipart/form-data; boundary=y"
    )
    assert answer.status_code in {303, 400}
    assert not Payment.objects.exists()


def test_account_cannot_be_chosen_behind_the_pages_back(desk: Desk) -> None:
    resident = resident_of(desk, payment_ids=[desk.account.payment_no])
    body = {"way": "alipay", "payment_id": desk.other_account.payment_no}
    resident.client.post(f"{resident.path}pay", body)
    assert not Payment.objects.exists()


def test_amount_cannot_be_chosen_by_the_payer(desk: Desk) -> None:
    resident = resident_of(desk)
    body = {"way": "wechat", "amount": "1", "order_no": "A2", "payer": "x", "openid": "o1"}
    resident.client.post(f"{resident.path}pay", body)
    request = _request(desk)
    assert (request.amount, request.payer.openid) == (10_000, "")


def test_way_that_needs_a_login_is_refused_at_the_door(desk: Desk) -> None:
    resident = resident_of(desk, agent=IN_WECHAT)
    body = {"way": "wechat", "openid": "o-somebody-else"}
    answer = resident.client.post(f"{resident.path}pay", body)
    assert answer["Location"] == f"{resident.path}?said=way"
    assert not Payment.objects.exists()


@pytest.mark.parametrize("change", [{"is_active": False}, {"max_amount": 9_999}])
def test_account_withdrawn_while_the_page_was_open_begins_nothing(
    desk: Desk, change: dict[str, object]
) -> None:
    resident = resident_of(desk)
    assert resident.look().ways == ["wechat", "alipay"]
    PaymentAccount.objects.filter(pk=desk.account.pk).update(**change)
    face = resident.pay_by("wechat")
    assert NOT_OFFERED in face.text
    assert face.ways == ["alipay"]
    assert not Payment.objects.exists()


def test_payment_begins_through_the_account_that_was_offered(desk: Desk) -> None:
    PaymentAccount.objects.filter(pk=desk.account.pk).update(checkout_position=200)
    front = PaymentAccount.objects.get(pk=desk.account.pk)
    front.pk, front.payment_no, front.checkout_position = None, "P0000000077", 1
    front._state.adding = True
    front.save()
    desk.application.grants.create(payment_account=front)
    resident_of(desk).press("wechat")
    assert desk.the_payment().payment_account == front


def test_post_ends_in_a_redirect_that_a_reload_repeats_without_effect(desk: Desk) -> None:
    resident = resident_of(desk)
    answer = resident.client.post(f"{resident.path}pay", {"way": "wechat"})
    assert (answer.status_code, answer["Location"]) == (303, f"{resident.path}?begun=1")
    assert answer.content == b""
