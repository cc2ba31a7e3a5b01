"""The same request again, another one under the same number, more back than was paid."""

from typing import Any

import pytest

from gateway.messages import Operation
from tests.attacks.facts import refused_request
from tests.attacks.shop import PAYMENTS, REFUNDS, Shop, open_shop
from tests.support.desk import Desk
from tests.support.signing import Answer
from tests.support.together import together
from tests.support.workers import Workers
from transactions.models import Payment, Refund


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 1},
        {"amount": 10_001},
        {"subject": "物业费 2"},
        {"lines": [{"fee_type": "a", "amount": 10_000}]},
        {"order_group_no": "G1"},
    ],
    ids=str,
)
def test_order_number_stands_for_one_content(change: dict[str, Any], shop: Shop) -> None:
    shop.initiated()
    with refused_request(409, "order_mismatch") as answers:
        answers.append(shop.pay(**change))


def test_paid_order_is_not_paid_again(shop: Shop) -> None:
    shop.paid()
    with refused_request(409, "order_paid") as answers:
        answers.append(shop.pay())


@pytest.mark.parametrize(
    "change",
    [{"invoke_method": "mini_program", "payer": {"openid": "o1"}}, {"invoke_method": "app"}],
)
def test_other_method_waits_while_the_first_attempt_may_still_be_paid(
    change: dict[str, Any], shop: Shop
) -> None:
    shop.initiated()
    with refused_request(409, "attempt_too_soon") as answers:
        answers.append(shop.pay(**change))
    assert 0 < int(answers[0].headers["Retry-After"]) <= 15


def test_twenty_equal_requests_at_once_are_one_payment_and_one_call(
    desk: Desk, workers: Workers
) -> None:
    workers.resume()
    answers = together(20, lambda _: desk.pay())
    assert {answer.status for answer in answers} <= {200, 201, 202}
    assert len({answer["serial_no"] for answer in answers}) == 1
    assert Payment.objects.count() == 1
    assert len(desk.channel.calls_of(Operation.PAY)) == 1


@pytest.mark.parametrize("change", [{"amount": 1}, {"reason": "x"}], ids=str)
def test_refund_number_stands_for_one_content(change: dict[str, Any], shop: Shop) -> None:
    facts = _refund_of(shop.paid())
    assert shop.client.post(REFUNDS, facts).status == 201
    with refused_request(409, "refund_mismatch") as answers:
        answers.append(shop.client.post(REFUNDS, facts | change))


def test_refund_number_of_another_payment_is_a_mismatch(shop: Shop) -> None:
    first, second = shop.paid("A1"), shop.paid("A2")
    shop.client.post(REFUNDS, _refund_of(first))
    with refused_request(409, "refund_mismatch") as answers:
        answers.append(shop.client.post(REFUNDS, _refund_of(second)))


def test_same_refund_again_is_the_same_refund(shop: Shop) -> None:
    facts = _refund_of(shop.paid())
    first, again = shop.client.post(REFUNDS, facts), shop.client.post(REFUNDS, facts)
    assert (first.status, again.status) == (201, 200)
    assert first["refund_serial_no"] == again["refund_serial_no"]


@pytest.mark.parametrize("amount", [10_001, 10_000_000_000])
def test_more_than_was_paid_is_not_returned(amount: int, shop: Shop) -> None:
    payment = shop.paid()
    with refused_request(409, "refund_exceeds_payment") as answers:
        answers.append(shop.client.post(REFUNDS, _refund_of(payment, amount=amount)))


def test_one_fen_more_than_the_rest_is_not_returned(shop: Shop) -> None:
    payment = shop.paid()
    shop.client.post(REFUNDS, _refund_of(payment, amount=9_000))
    with refused_request(409, "refund_exceeds_payment") as answers:
        answers.append(shop.client.post(REFUNDS, _refund_of(payment, refund_no="R2", amount=1_001)))


def test_payment_that_is_not_paid_is_not_refundable(shop: Shop) -> None:
    payment = shop.initiated()
    with refused_request(409, "payment_not_refundable") as answers:
        answers.append(shop.client.post(REFUNDS, _refund_of(payment)))


def test_of_eight_refunds_of_sixty_percent_at_once_one_is_taken(transactional_db: None) -> None:
    shop = open_shop()
    payment = shop.paid()

    def refund(index: int) -> Answer:
        return shop.client.post(REFUNDS, _refund_of(payment, refund_no=f"R{index}", amount=6_000))

    answers = together(8, refund)
    assert sorted(answer.status for answer in answers) == [201] + [409] * 7
    assert {answer.code for answer in answers if answer.status == 409} == {"refund_exceeds_payment"}
    assert shop.payment(payment.serial_no).refund_reserved == 6_000


def test_twenty_equal_refunds_at_once_are_one(transactional_db: None) -> None:
    shop = open_shop()
    facts = _refund_of(shop.paid())
    answers = together(20, lambda _: shop.client.post(REFUNDS, facts))
    assert sorted(answer.status for answer in answers) == [200] * 19 + [201]
    assert Refund.objects.count() == 1


def test_paid_payment_is_not_closed(shop: Shop) -> None:
    payment = shop.paid()
    with refused_request(409, "payment_not_closable") as answers:
        answers.append(shop.client.post(f"{PAYMENTS}/{payment.serial_no}/close"))


def _refund_of(payment: Payment, *, refund_no: str = "R1", amount: int = 1_000) -> dict[str, Any]:
    return {
        "serial_no": payment.serial_no,
        "refund_no": refund_no,
        "amount": amount,
        "reason": "多收",
    }
