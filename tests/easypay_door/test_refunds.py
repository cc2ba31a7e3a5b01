"""Money goes back once for each refund that was meant, and never more than was paid."""

import pytest

from gateway.messages import Failure, Operation, Outcome, RefundReport
from tests.easypay_door.client import OldApplication
from tests.support.clock import Clock
from tests.support.desk import Desk, events
from tests.support.workers import Workers
from transactions.models import Refund


def _amounts() -> list[int]:
    return list(Refund.objects.order_by("pk").values_list("amount", flat=True))


def _return_all(desk: Desk) -> None:
    for number in Refund.objects.values_list("refund_serial_no", flat=True):
        desk.callback(desk.channel.refunded(number))


def test_part_of_an_order_is_refunded(desk: Desk, paid: OldApplication) -> None:
    answer = paid.refund("2.80")

    refund = desk.the_refund()
    assert (answer["code"], answer["money"], answer["uid"]) == (0, "2.80", paid.door.pid)
    assert (answer["refund_no"], refund.amount) == (refund.refund_serial_no, 280)
    assert paid.act("order", out_trade_no="A1")["status"] == 1, "nothing went back yet"
    _return_all(desk)
    assert paid.act("order", out_trade_no="A1")["status"] == 2


def test_same_refund_again_is_taken_for_a_lost_answer(desk: Desk, paid: OldApplication) -> None:
    first, again = paid.refund("2.80"), paid.refund("2.80")

    assert first["refund_no"] == again["refund_no"]
    assert (again["code"], "已存在" in again["msg"]) == (0, True)
    assert _amounts() == [280]
    assert len(desk.channel.calls_of(Operation.REFUND)) == 1


def test_same_refund_after_the_window_is_another(
    desk: Desk, old: OldApplication, clock: Clock
) -> None:
    old.mapi()
    desk.callback(desk.channel.paid(desk.the_payment().serial_no))
    old.refund("2.80")
    clock.shift(599)
    old.refund("2.80")
    assert _amounts() == [280]
    clock.shift(2)
    old.refund("2.80")

    assert _amounts() == [280, 280]


def test_own_numbers_tell_two_equal_refunds_apart(paid: OldApplication) -> None:
    answers = [paid.refund("2.80", out_refund_no=f"REFUND-{n}") for n in (1, 2, 2)]

    assert [answer["code"] for answer in answers] == [0, 0, 0]
    assert answers[1]["refund_no"] == answers[2]["refund_no"]
    assert _amounts() == [280, 280]


@pytest.mark.parametrize(
    ("money", "words"),
    [
        ("12.81", "退款金额超过剩余可退款金额"),
        ("0", "金额不合法"),
        ("-1", "金额不合法"),
        ("1.001", "金额不合法"),
        ("1e1", "金额不合法"),
    ],
)
def test_refund_of_what_was_not_paid_is_refused(
    paid: OldApplication, money: str, words: str
) -> None:
    assert paid.refund(money) == {"code": -1, "msg": words}
    assert _amounts() == []


def test_refunds_together_stay_within_the_payment(paid: OldApplication) -> None:
    codes = [paid.refund(money)["code"] for money in ("8.00", "4.80", "0.01")]

    assert (codes, _amounts()) == ([0, 0, -1], [800, 480])


def test_unpaid_order_is_not_refunded(old: OldApplication) -> None:
    old.mapi()

    assert old.refund("1.00") == {"code": -1, "msg": "当前订单状态不支持退款"}


def test_refusal_of_the_channel_is_no_success(desk: Desk, paid: OldApplication) -> None:
    desk.channel.answers(
        Operation.REFUND,
        lambda request: RefundReport(
            Outcome.FAILED,
            request.refund_serial_no,
            failure=Failure("NOT_ENOUGH", "no money"),
        ),
    )

    refused, again = paid.refund("2.80"), paid.refund("2.80")

    assert (refused["code"], "no money" in refused["msg"]) == (-1, True)
    assert again["code"] == 0, "what failed may be tried again"


def test_refund_survives_a_lost_broker(desk: Desk, paid: OldApplication, workers: Workers) -> None:
    workers.lose()
    asked = paid.refund("2.80")
    assert (asked["code"], asked["msg"]) == (-1, "退款处理中，请稍后再查询")
    workers.resume()
    desk.sweep_refunds()

    assert paid.refund("2.80")["code"] == 0
    assert _amounts() == [280]
    assert len(desk.channel.calls_of(Operation.REFUND)) == 1


def test_v2_refund_number_is_its_key(paid: OldApplication) -> None:
    wanted = {"out_trade_no": "A1", "money": "2.80", "out_refund_no": "REFUND-1"}
    first = paid.v2("api/pay/refund", **wanted)
    again = paid.v2("api/pay/refund", **wanted)
    other = paid.v2("api/pay/refund", **(wanted | {"money": "3.00"}))

    assert (first["code"], first["refund_no"]) == (0, again["refund_no"])
    assert (other["code"], other["msg"]) == (-1, "该退款单号已用于其他退款")
    assert all(paid.verifies(answer) for answer in (first, again, other))
    assert _amounts() == [280]


@pytest.mark.parametrize("number", [None, "short", "R 000001", "R" * 65])
def test_v2_refund_needs_a_number(paid: OldApplication, number: str | None) -> None:
    answer = paid.v2("api/pay/refund", out_trade_no="A1", money="1.00", out_refund_no=number)

    assert (answer["code"], _amounts()) == (-1, [])


def test_v2_refund_query_says_only_what_is_certain(desk: Desk, paid: OldApplication) -> None:
    paid.v2("api/pay/refund", out_trade_no="A1", money="2.80", out_refund_no="REFUND-1")

    def asked(number: str = "REFUND-1") -> dict[str, object]:
        return paid.v2("api/pay/refundquery", out_refund_no=number)

    assert (asked()["code"], "status" in asked()) == (-1, False)
    _return_all(desk)
    assert (asked()["code"], asked()["status"], asked()["money"]) == (0, 1, "2.80")
    assert asked("REFUND-2")["msg"] == "退款记录不存在"


def test_refund_is_told_in_the_feed_only(desk: Desk, paid: OldApplication) -> None:
    """The protocol has no word for it."""
    paid.refund("2.80")
    _return_all(desk)

    (event,) = events("refund.succeeded")
    assert not event.deliveries.exists()
