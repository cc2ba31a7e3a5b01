"""A callback that is quicker than the answer to our own request: it wins, nothing is lost."""

import pytest

from gateway.messages import Failure, Operation, Outcome, PayRequest, PayResult
from tests.support.desk import Desk, events, history

LATE_ANSWERS = [
    None,
    PayResult(Outcome.UNKNOWN),
    PayResult(Outcome.FAILED, failure=Failure("ORDERPAID", "paid already")),
]


@pytest.mark.parametrize("late_answer", LATE_ANSWERS)
def test_success_before_the_answer_stays_whatever_the_answer_says(
    desk: Desk, late_answer: PayResult | None
) -> None:
    def paid_meanwhile(request: PayRequest) -> PayResult:
        owner = desk.account.channel_merchant
        answer = desk.channel.take(request, mchid=owner.mchid, appid=desk.account.appid)
        desk.callback(desk.channel.paid(request.serial_no))
        return late_answer or answer

    desk.channel.answers(Operation.PAY, paid_meanwhile)
    answer = desk.pay()
    assert (answer.status, answer["state"], answer["action"]) == (201, "succeeded", None)
    payment = desk.the_payment()
    assert history(payment) == [("initiating", "succeeded", "callback")]
    assert [event.type for event in events()] == ["payment.succeeded"]
    assert desk.order().state == "paid"
