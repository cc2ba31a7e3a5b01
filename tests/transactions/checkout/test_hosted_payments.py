"""A payment for which its channel has a code and no page: the center shows it on its own page."""

from typing import Any

import pytest

from gateway.messages import Operation, Outcome, PayResult
from tests.support.desk import PAYMENTS, Desk, events
from tests.support.resident import Resident, ask_for_page, checkout_body, resident_of
from tests.support.statements import counting
from tests.support.workers import Workers
from transactions.models import Checkout


def _pay(desk: Desk, order_no: str = "A1", **changes: Any) -> Any:
    return desk.pay(order_no, invoke_method="pc", **changes)


def test_action_leads_to_our_page_with_the_code(desk: Desk) -> None:
    answer = _pay(desk)
    assert (answer.status, answer["state"]) == (201, "pending")
    assert answer["action"]["type"] == "redirect"
    face = Resident(answer["action"]["params"]["url"]).look()
    assert (face.status, face.state) == (200, "waiting")
    assert "<svg" in face.html
    assert "Scan this code with Code Pay." in face.text


def test_reading_it_again_shows_the_same_page(desk: Desk) -> None:
    answer = _pay(desk)
    serial_no, action = answer["serial_no"], answer["action"]
    order_path = f"/api/v1/orders/A1?merchant_id={checkout_body(desk)['merchant_id']}"
    assert desk.client.get(f"{PAYMENTS}/{serial_no}")["action"] == action
    assert desk.client.get(PAYMENTS)["data"][0]["action"] == action
    assert desk.client.get(order_path)["payments"][0]["action"] == action
    assert desk.sync(serial_no)["action"] == action
    assert _pay(desk)["action"] == action
    assert ask_for_page(desk)["checkout_url"] == action["params"]["url"]


def test_code_itself_is_not_told_to_the_application(desk: Desk) -> None:
    answer = _pay(desk)
    assert "fake://pay/" not in str(answer.body)


def test_method_that_shows_a_code_by_itself_stays_a_code(desk: Desk) -> None:
    assert desk.pay(invoke_method="qr_code")["action"]["type"] == "qr_code"
    assert not Checkout.objects.exists()


def test_list_of_hosted_payments_takes_no_statement_for_each(desk: Desk) -> None:
    _pay(desk, "A1")
    with counting() as one:
        desk.client.get(PAYMENTS)
    for number in range(2, 6):
        _pay(desk, f"A{number}")
    with counting() as five:
        assert len(desk.client.get(PAYMENTS)["data"]) == 5
    assert len(five.statements) == len(one.statements), five


def test_notifications_do_not_carry_the_page(desk: Desk) -> None:
    url = _pay(desk)["action"]["params"]["url"]
    desk.callback(desk.channel.paid(desk.the_payment().serial_no))
    desk.channel.answers(Operation.PAY, PayResult(Outcome.FAILED))
    _pay(desk, "A2")
    told = events()
    assert {event.type for event in told} == {"payment.succeeded", "payment.failed"}
    assert all(event.data["action"] is None for event in told)
    assert Resident(url).token not in str([event.data for event in told])


def test_page_waits_while_the_channel_has_not_answered(desk: Desk, workers: Workers) -> None:
    workers.pause()
    answer = _pay(desk)
    assert (answer.status, answer["action"]) == (202, None)
    face = Resident(ask_for_page(desk)["checkout_url"]).look()
    assert face.state == "waiting"
    assert "The channel has not answered yet." in face.text


def test_page_offers_the_account_that_was_named_and_no_other(desk: Desk) -> None:
    url = _pay(desk)["action"]["params"]["url"]
    assert Resident(url).look().ways == ["wechat"]


def test_page_of_the_order_offers_the_account_as_well(desk: Desk) -> None:
    resident = resident_of(desk, payment_ids=[desk.other_account.payment_no])
    url = _pay(desk)["action"]["params"]["url"]
    assert Resident(url).path == resident.path
    assert resident.look().ways == ["wechat", "alipay"]


def test_page_that_offers_every_account_goes_on_to(desk: Desk) -> None:
    resident = resident_of(desk)
    _pay(desk)
    assert resident.look().ways == ["wechat", "alipay"]
    assert Checkout.objects.get().payment_nos == []


@pytest.mark.parametrize(
    ("given", "told"),
    [("https://app.test/other", "https://app.test/other"), (None, "https://app.test/notify")],
)
def test_payer_who_switches_is_told_of_as_the_application_wished(
    desk: Desk, given: str | None, told: str
) -> None:
    changes = {"notify_url": given} if given else {}
    metadata = {"building": "3"}
    answer = _pay(desk, return_url="https://app.test/back", metadata=metadata, **changes)
    resident = Resident(answer["action"]["params"]["url"])
    assert 'href="https://app.test/back"' in resident.look().html
    Checkout.objects.update(payment_nos=[])
    resident.press("alipay")
    latest = desk.order().payments.get(attempt_no=2)
    assert (latest.notify_url, latest.metadata) == (told, metadata)


def test_paid_page_is_the_same(desk: Desk) -> None:
    answer = _pay(desk)
    resident = Resident(answer["action"]["params"]["url"])
    desk.callback(desk.channel.paid(answer["serial_no"]))
    assert resident.look().state == "paid"
    assert desk.client.get(f"{PAYMENTS}/{answer['serial_no']}")["action"] is None
