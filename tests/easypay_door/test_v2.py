"""V2: the same door, RSA both ways."""

import time

import pytest

from tests.easypay_door.client import OldApplication
from tests.support.desk import Desk
from transactions.models import DoorOrder, Order


def test_order_is_placed_queried_and_every_answer_verifies(desk: Desk, old: OldApplication) -> None:
    placed = old.create()
    desk.callback(desk.channel.paid(desk.the_payment().serial_no))
    told = old.v2("api/pay/query", trade_no=placed["trade_no"])

    assert (placed["code"], placed["pay_type"]) == (0, "qrcode")
    assert (told["code"], told["status"], told["money"]) == (0, 1, "12.80")
    assert abs(int(told["timestamp"]) - time.time()) < 60
    assert old.verifies(placed)
    assert old.verifies(told)
    assert not old.verifies(told | {"money": "0.01"})
    assert "refundmoney" not in told, "empty members are left out"


def test_query_tells_what_was_refunded(desk: Desk, paid: OldApplication) -> None:
    paid.refund("2.80")
    desk.callback(desk.channel.refunded(desk.the_refund().refund_serial_no))

    told = paid.v2("api/pay/query", out_trade_no="A1")

    assert (told["status"], told["refundmoney"], paid.verifies(told)) == (2, "2.80", True)


@pytest.mark.parametrize(
    ("changes", "pay_type"),
    [
        ({"method": "jump"}, "jump"),
        ({"method": "web", "device": "jump"}, "jump"),
        ({"type": "alipay"}, "jump"),
        ({"type": "wxpay"}, "qrcode"),
    ],
)
def test_method_decides_what_is_shown(
    old: OldApplication, changes: dict[str, str | None], pay_type: str
) -> None:
    assert old.create(**changes)["pay_type"] == pay_type


@pytest.mark.parametrize("method", ["jsapi", "app", "scan", "applet"])
def test_methods_the_door_lacks_are_refused_with_a_signature(
    old: OldApplication, method: str
) -> None:
    answer = old.create(method=method)

    assert (answer["code"], old.verifies(answer)) == (-1, True)
    assert not Order.objects.exists()


def test_version_of_the_first_request_stays(old: OldApplication) -> None:
    old.create()
    old.mapi()

    assert DoorOrder.objects.get().version == "v2"


def test_unpaid_order_is_closed_at_its_channel(desk: Desk, old: OldApplication) -> None:
    old.create()

    closed = old.v2("api/pay/close", out_trade_no="A1")

    assert (closed["code"], old.verifies(closed)) == (0, True)
    assert (desk.the_payment().state, desk.order().state) == ("closed", "closed")
    assert old.v2("api/pay/query", out_trade_no="A1")["status"] == 0


def test_order_that_may_still_be_paid_is_not_said_to_be_closed(old: OldApplication) -> None:
    old.create(type="alipay")

    assert old.v2("api/pay/close", out_trade_no="A1")["code"] == -1


def test_paid_order_is_not_closed(desk: Desk, paid: OldApplication) -> None:
    assert paid.v2("api/pay/close", out_trade_no="A1")["code"] == -1
    assert desk.order().state == "paid"


def test_merchant_info_verifies(old: OldApplication) -> None:
    told = old.v2("api/merchant/info")

    assert (told["code"], told["pid"], old.verifies(told)) == (0, old.door.pid, True)


@pytest.mark.parametrize("path", ["api/transfer/submit", "api/pay/nonsense"])
def test_method_nobody_has_is_minus_five(old: OldApplication, path: str) -> None:
    assert old.v2(path)["code"] == -5


def test_v2_takes_no_get(old: OldApplication) -> None:
    response = old.client.get("/easypay/api/pay/query", old.signed_rsa({"out_trade_no": "A1"}))

    assert b'"code":-4' in response.content
