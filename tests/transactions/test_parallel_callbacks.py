"""The same success many times at once, and several words about one payment at once: one effect."""

from dataclasses import replace

from gateway.messages import Outcome
from gateway.models import Callback
from tests.support.desk import Desk, events, history
from tests.support.together import together
from transactions.models import Order, Payment

AT_ONCE = 50


def test_fifty_identical_callbacks_have_one_effect_and_fifty_acknowledgements(desk: Desk) -> None:
    payment = desk.pending_payment()
    report = desk.channel.paid(payment.serial_no)
    responses = together(AT_ONCE, lambda _: desk.callback(report))
    assert [response.content for response in responses] == [b"ok"] * AT_ONCE
    assert history(payment) == [
        ("initiating", "pending", "answer"),
        ("pending", "succeeded", "callback"),
    ]
    assert history(desk.order()) == [("paying", "paid", "callback")]
    assert [event.type for event in events()] == ["payment.succeeded"]
    assert desk.order().paid_amount == 10_000
    results = Callback.objects.values_list("result", flat=True)
    assert sorted(results) == ["applied"] + ["no_change"] * (AT_ONCE - 1)


def test_callback_query_and_close_at_once_end_in_success(desk: Desk) -> None:
    payment = desk.pending_payment()
    report = desk.channel.paid(payment.serial_no)
    closed = replace(report, outcome=Outcome.FAILED, closed=True)
    words = [report, closed] * 6

    def speak(index: int) -> object:
        if index == 12:
            return desk.sync(payment.serial_no)
        if index == 13:
            return desk.close(payment.serial_no)
        return desk.callback(words[index])

    together(14, speak)
    assert desk.the_payment().state == "succeeded"
    assert desk.order().state == "paid"
    assert len(events("payment.succeeded")) == 1
    assert len(events("payment.closed")) <= 1


def test_two_payments_of_one_order_at_once_settle_it_once(desk: Desk) -> None:
    first = desk.pending_payment()
    second = desk.pending_payment(account=desk.other_account)
    reports = [
        (desk.channel.paid(first.serial_no), desk.account),
        (desk.other_channel.paid(second.serial_no), desk.other_account),
    ]
    together(2, lambda index: desk.callback(reports[index][0], account=reports[index][1]))
    settled = Payment.objects.values_list("settles_order", flat=True)
    assert sorted(settled) == [False, True]
    kinds = sorted(event.type for event in events() if event.type.startswith("payment."))
    assert kinds == ["payment.closed", "payment.duplicated", "payment.succeeded"]
    assert Order.objects.get().paid_amount == 10_000
