"""What a resident sees of an order that is paid, refunded, paid twice, closed or out of time."""

import pytest

from gateway.messages import (
    Outcome,
)
from merchants.models import ChannelMerchant, PaymentAccount
from tests.support.clock import Clock
from tests.support.desk import Desk
from tests.support.resident import (
    Resident,
    paid_resident,
    resident_of,
)
from transactions.models import DuplicatePayment, Payment
from transactions.services.closing import close_order, expire_orders

LINES = [
    {"fee_type": "物业费", "room": "1-101", "period": "2026-11", "amount": 9_000},
    {"fee_type": "停车费", "amount": 1_000, "description": "车位 B12"},
]


def test_paid_order_shows_all_three_numbers(desk: Desk) -> None:
    resident, payment = paid_resident(desk, lines=LINES)
    face = resident.look()
    assert face.state == "paid"
    for text in ("Paid. Thank you.", "¥100.00", "2026-11-22 16:00:00", "Paid by Code Pay"):
        assert text in face.text
    numbers = ("A1", payment.serial_no, payment.channel_serial_no)
    assert all(str(number) in face.text for number in numbers)
    assert "车位 B12" in face.text
    for below in ("receipt", "receipt.pdf"):
        assert f'href="{resident.path}{below}"' in face.html


def test_paid_order_offers_nothing_to_pay(desk: Desk) -> None:
    resident, _ = paid_resident(desk)
    face = resident.look()
    assert face.ways == []
    for text in ("Time left", "try", "Choose", "Refund", "twice", "second time"):
        assert text not in face.text


def test_paid_page_names_who_was_paid_even_when_all_is_switched_off(desk: Desk) -> None:
    resident, _ = paid_resident(desk)
    PaymentAccount.objects.update(is_active=False)
    ChannelMerchant.objects.update(is_active=False, options={"qr_product": "gone"})
    face = resident.look()
    assert (face.status, face.state) == (200, "paid")
    assert resident.look("receipt").status == 200


def test_refund_is_shown_from_request_to_end(desk: Desk) -> None:
    resident, payment = paid_resident(desk)
    desk.refund(payment, amount=4_000)
    refund = desk.the_refund()
    face = resident.look()
    assert f"On its way back to you {refund.refund_serial_no} ¥40.00" in face.text
    assert "Paid. Thank you." in face.text
    desk.callback(desk.channel.refunded(refund.refund_serial_no))
    face = resident.look()
    assert f"Returned to where it came from {refund.refund_serial_no} ¥40.00" in face.text
    assert "Paid, and refunded in part" in face.text
    assert "Refunded ¥40.00" in face.text


def test_order_refunded_in_full_says_so(desk: Desk) -> None:
    resident, payment = paid_resident(desk)
    desk.refund(payment, amount=10_000)
    desk.callback(desk.channel.refunded(desk.the_refund().refund_serial_no))
    face = resident.look()
    assert face.state == "paid"
    assert "Paid, and refunded in full" in face.text
    assert "Refunded ¥100.00" in face.text


def test_refund_that_failed_says_whom_to_ask(desk: Desk) -> None:
    resident, payment = paid_resident(desk)
    desk.refund(payment)
    desk.channel.refunded(desk.the_refund().refund_serial_no, outcome=Outcome.FAILED)
    desk.sweep_refunds()
    face = resident.look()
    assert "Not returned: ask the merchant" in face.text
    assert "Paid. Thank you." in face.text


def _paid_twice(desk: Desk) -> tuple[Resident, Payment]:
    """Return a resident who paid by the second way, and the first payment that came late."""
    resident = resident_of(desk)
    resident.press("wechat")
    first = desk.the_payment()
    resident.press("alipay")
    second = desk.order().payments.get(attempt_no=2)
    desk.other_channel.come(second.serial_no)  # type: ignore[attr-defined]
    desk.callback(desk.other_channel.paid(second.serial_no), account=desk.other_account)
    desk.callback(desk.channel.paid(first.serial_no))
    return resident, desk.payment(first.serial_no)


TWICE = {
    "return": "are being returned to where they came from",
    "held": "The merchant decides about them",
    "keep": "The merchant decides about them",
}


@pytest.mark.parametrize("state", TWICE)
def test_money_paid_twice_is_shown_with_what_becomes_of_it(desk: Desk, state: str) -> None:
    resident, surplus = _paid_twice(desk)
    DuplicatePayment.objects.filter(payment=surplus).update(state=state)
    face = resident.look()
    assert face.state == "paid"
    assert "You paid more than once ¥100.00 were paid a second time" in face.text
    assert TWICE[state] in face.text
    assert surplus.serial_no in face.text
    assert "Paid by Link Pay" in face.text


def test_money_paid_twice_that_went_back_says_so(desk: Desk) -> None:
    resident, surplus = _paid_twice(desk)
    Payment.objects.filter(pk=surplus.pk).update(refunded=surplus.amount, refund_reserved=0)
    assert "and have been returned to where they came from" in resident.look().text


def test_refund_of_a_duplicate_is_no_refund_of_the_order(desk: Desk) -> None:
    resident, surplus = _paid_twice(desk)
    desk.refund(surplus, "R2", amount=10_000)
    text = resident.look().text
    assert "On its way back to you" not in text
    assert "Paid. Thank you." in text


def test_closed_order_offers_nothing(desk: Desk) -> None:
    resident = resident_of(desk)
    close_order(desk.order().pk)
    face = resident.look()
    assert (face.state, face.ways) == ("closed", [])
    assert "This order was closed It can no longer be paid." in face.text
    assert "Time left" not in face.text


@pytest.mark.parametrize("swept", [False, True])
def test_order_out_of_time_offers_nothing(desk: Desk, swept: bool, clock: Clock) -> None:
    resident = resident_of(desk)
    clock.shift(1_799)
    assert resident.look().state == "choose"
    clock.shift(1)
    if swept:
        clock.shift(120)
        assert expire_orders() == 1
    face = resident.look()
    assert (face.state, face.ways) == ("expired", [])
    assert "The time to pay is over Ask for a new link where you got this one." in face.text


def test_payer_who_began_in_time_is_waited_for(desk: Desk, clock: Clock) -> None:
    resident = resident_of(desk)
    clock.shift(1_790)
    resident.press("wechat")
    clock.shift(10 + 299)
    assert resident.look().state == "waiting"
    clock.shift(1)
    assert resident.look().state == "expired"


def test_late_success_turns_an_expired_page_into_a_paid_one(desk: Desk, clock: Clock) -> None:
    resident = resident_of(desk)
    resident.press("wechat")
    payment = desk.the_payment()
    clock.shift(7_200)
    assert resident.look().state == "expired"
    desk.callback(desk.channel.paid(payment.serial_no))
    assert resident.look().state == "paid"
