"""Rows 80 to 82 of the attacks: shares that are not there, receivers of others, shares refunded."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.attacks.facts import nothing_changes, refused_request
from tests.attacks.shop import PAYMENTS, Shop
from tests.support.parties import make_channel_merchant
from tests.support.signing import Answer
from tests.support.split_desk import SPLITS
from tests.support.split_rules import make_receiver
from transactions.models import Order, Payment, Receiver, Split

Reach = Callable[[Shop, Split], Answer]


def _frozen(shop: Shop) -> Payment:
    """Return a paid payment of 100 yuan that waits to be divided by hand."""
    payment = shop.paid()
    Order.objects.filter(pk=payment.order_id).update(split_mode="manual")
    return payment


def _body(payment: Payment, *shares: tuple[str, Any], split_no: str = "S1") -> dict[str, Any]:
    return {
        "serial_no": payment.serial_no,
        "split_no": split_no,
        "shares": [
            {"receiver_id": receiver_id, "amount": amount, "description": "服务费"}
            for receiver_id, amount in shares
        ],
    }


def _receiver(shop: Shop) -> Receiver:
    return make_receiver(shop.account.channel_merchant)


@pytest.mark.parametrize("amount", [0, -1, 1.0, "1", True, None, 10**12, [1], "１"])
def test_an_amount_that_is_none_is_refused(amount: object, shop: Shop) -> None:
    payment, receiver = _frozen(shop), _receiver(shop)
    with refused_request(400, "invalid_request") as answers:
        answers.append(shop.client.post(SPLITS, _body(payment, (receiver.receiver_no, amount))))


@pytest.mark.parametrize("amounts", [[10_001], [5_001, 5_000], [3_001], [1_501, 1_500]])
def test_shares_of_more_than_was_paid_or_may_be_shared_are_refused(
    amounts: list[int], shop: Shop
) -> None:
    payment = _frozen(shop)
    shares = [(_receiver(shop).receiver_no, amount) for amount in amounts]
    with refused_request(409, "split_exceeds_payment") as answers:
        answers.append(shop.client.post(SPLITS, _body(payment, *shares)))


def test_a_receiver_of_another_company_is_one_nobody_knows(shop: Shop, other_shop: Shop) -> None:
    payment = _frozen(shop)
    stranger = make_receiver(make_channel_merchant())
    for receiver_no in (stranger.receiver_no, _receiver(other_shop).receiver_no, "V0000000000"):
        with refused_request(400, "invalid_request") as answers:
            answers.append(shop.client.post(SPLITS, _body(payment, (receiver_no, 1))))
        assert answers[0]["errors"][0]["field"] == "shares[0].receiver_id"


def test_a_receiver_cannot_stand_there_twice(shop: Shop) -> None:
    payment, receiver = _frozen(shop), _receiver(shop)
    twice = [(receiver.receiver_no, 1), (receiver.receiver_no, 2)]
    with refused_request(400, "invalid_request") as answers:
        answers.append(shop.client.post(SPLITS, _body(payment, *twice)))


def test_what_is_about_to_be_shared_is_not_refunded_as_well(shop: Shop) -> None:
    payment = _frozen(shop)
    shop.client.post(SPLITS, _body(payment, (_receiver(shop).receiver_no, 3_000)))
    Split.objects.update(state="processing", sent_at=payment.created_at)
    facts = {"serial_no": payment.serial_no, "refund_no": "R1", "amount": 7_001, "reason": "多收"}
    with refused_request(409, "request_in_progress") as answers:
        answers.append(shop.client.post("/api/v1/refunds", facts))


def _return(me: Shop, split: Split) -> Answer:
    body = {"return_no": "T1", "receiver_id": "V0000000001", "amount": 1}
    return me.client.post(f"{SPLITS}/{split.split_serial_no}/returns", body)


REACHES: dict[str, Reach] = {
    "split": lambda me, split: me.client.get(f"{SPLITS}/{split.split_serial_no}"),
    "split by row id": lambda me, split: me.client.get(f"{SPLITS}/{split.pk}"),
    "return of": _return,
    "release of": lambda me, split: me.client.post(f"{PAYMENTS}/{split.payment.serial_no}/release"),
    "split of": lambda me, split: me.client.post(
        SPLITS, _body(split.payment, (_receiver(me).receiver_no, 1), split_no="S2")
    ),
}


@pytest.mark.parametrize("reach", REACHES)
def test_splits_of_another_application_do_not_exist(
    reach: str, shop: Shop, other_shop: Shop
) -> None:
    payment = _frozen(shop)
    shop.client.post(SPLITS, _body(payment, (_receiver(shop).receiver_no, 1)))
    split = Split.objects.get()
    with nothing_changes():
        answer = REACHES[reach](other_shop, split)
    assert (answer.status, answer.code) == (404, "not_found")


def test_the_list_shows_own_splits_only(shop: Shop, other_shop: Shop) -> None:
    payment = _frozen(shop)
    shop.client.post(SPLITS, _body(payment, (_receiver(shop).receiver_no, 1)))
    query = f"{SPLITS}?serial_no={payment.serial_no}"
    assert len(shop.client.get(query)["data"]) == 1
    assert other_shop.client.get(query)["data"] == []
