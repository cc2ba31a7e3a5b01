"""Callbacks late, doubled, early or out of order: the money is real, and counts once."""

from collections.abc import Callable
from typing import Any

import pytest

from gateway.messages import Outcome, PaymentReport
from gateway.models import Callback
from notifications.models import Event
from tests.attacks.facts import nothing_changes
from tests.attacks.shop import AMOUNT, Shop, open_shop
from tests.support.desk import Desk, events, history
from tests.support.together import together
from tests.support.workers import Workers
from transactions.models import Move, Order, Payment, Refund
from transactions.services.asking import look_at_payment
from transactions.services.closing import expire_orders
from transactions.services.payment_truth import apply_payment_report


def _close(shop: Shop, payment: Payment) -> None:
    """Let the channel say that it can no longer be paid."""
    report = PaymentReport(Outcome.FAILED, payment.serial_no, closed=True)
    apply_payment_report(payment.channel_merchant, report, cause=Move.Cause.CLOSE)


def _types() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("type", flat=True))


def test_late_success_of_a_closed_payment_settles_its_order(shop: Shop) -> None:
    payment = shop.initiated()
    _close(shop, payment)
    assert shop.deliver(shop.wechat.message(shop.wechat.paid(payment))).status_code == 204
    after = shop.payment(payment.serial_no)
    assert (after.state, after.order.state) == ("succeeded", "paid")
    assert _types() == ["payment.closed", "payment.succeeded"]


def test_late_success_of_an_expired_order_settles_it(shop: Shop) -> None:
    payment = shop.initiated()
    _close(shop, payment)
    Order.objects.update(expires_at="2020-01-01T00:00:00Z")
    assert expire_orders() == 1
    assert shop.deliver(shop.wechat.message(shop.wechat.paid(payment))).status_code == 204
    assert shop.payment(payment.serial_no).order.state == "paid"


def test_second_success_of_an_order_is_a_duplicate_that_goes_back(shop: Shop) -> None:
    first = shop.initiated()
    _close(shop, first)
    second = shop.initiated()
    for payment in (second, first):
        assert shop.deliver(shop.wechat.message(shop.wechat.paid(payment))).status_code == 204
    late = shop.payment(first.serial_no)
    assert (late.state, late.settles_order, late.refund_reserved) == ("succeeded", False, AMOUNT)
    assert Refund.objects.get().amount == AMOUNT
    assert late.order.paid_amount == AMOUNT
    assert "payment.duplicated" in _types()


def test_second_transaction_id_for_one_number_is_not_believed(shop: Shop) -> None:
    payment = shop.paid()
    document = shop.wechat.paid(payment, transaction_id="42" + "9" * 26)
    with nothing_changes():
        assert shop.deliver(shop.wechat.message(document)).status_code == 204
    assert Callback.objects.latest("pk").result == Callback.Result.MISMATCH


def test_success_after_other_words_with_the_same_envelope_counts(shop: Shop) -> None:
    payment = shop.initiated()
    for state in ("NOTPAY", "CLOSED", "SUCCESS", "SUCCESS", "NOTPAY", "CLOSED"):
        document = shop.wechat.paid(payment, trade_state=state)
        assert shop.deliver(shop.wechat.message(document)).status_code == 204
    assert shop.payment(payment.serial_no).state == "succeeded"
    assert _types().count("payment.succeeded") == 1


def test_refund_result_before_the_refunds_answer_counts_once(shop: Shop) -> None:
    refund = shop.refunding(shop.paid())
    for _ in range(3):
        message = shop.wechat.message(shop.wechat.refunded(refund), kind="refund")
        assert shop.deliver(message).status_code == 204
    after = shop.refund(refund.refund_serial_no)
    assert (after.state, after.payment.refunded, after.payment.refund_reserved) == (
        "succeeded",
        1_000,
        0,
    )
    assert _types().count("refund.succeeded") == 1


def test_fifty_equal_callbacks_at_once_are_acknowledged_and_count_once(
    transactional_db: None,
) -> None:
    shop = open_shop()
    payment = shop.initiated()
    message = shop.wechat.message(shop.wechat.paid(payment))
    answers = together(50, lambda _: shop.deliver(message).status_code)
    assert answers == [204] * 50
    after = shop.payment(payment.serial_no)
    assert history(after) == [("initiating", "succeeded", "callback")]
    assert history(after.order) == [("paying", "paid", "callback")]
    assert _types() == ["payment.succeeded"]


def test_forged_callbacks_do_not_keep_genuine_ones_out(transactional_db: None) -> None:
    shop = open_shop()
    payments = [shop.initiated(f"A{number}") for number in range(4)]
    genuine = [shop.wechat.message(shop.wechat.paid(payment)) for payment in payments]

    def deliver(index: int) -> int:
        message = genuine[index % 4]
        forged = message if index < 4 else message.saying(message.body + b" ")
        return shop.deliver(forged).status_code

    answers = together(40, deliver)
    assert answers == [204] * 4 + [401] * 36
    assert _types() == ["payment.succeeded"] * 4


@pytest.mark.parametrize("turn", range(3))
def test_callback_query_and_close_at_once_end_in_paid(
    turn: int, desk: Desk, workers: Workers
) -> None:
    workers.resume()
    payment = desk.pending_payment()
    report = desk.channel.paid(payment.serial_no)
    steps: list[Callable[[], Any]] = [
        lambda: desk.callback(report).status_code,
        lambda: look_at_payment(payment.pk).state,
        lambda: desk.close(payment.serial_no).status,
    ]
    steps = steps[turn:] + steps[:turn]
    together(3, lambda index: steps[index]())
    assert desk.payment(payment.serial_no).state == "succeeded"
    assert desk.order().state == "paid"
    assert len(events("payment.succeeded")) == 1
