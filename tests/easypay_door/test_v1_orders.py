"""Placing and querying orders the V1 way: what clients of any EasyPay platform rely on."""

from typing import Any

import pytest

from gateway.messages import Failure, Operation, Outcome, PayResult
from tests.easypay_door.client import OldApplication
from tests.support.clock import Clock
from tests.support.desk import Desk
from transactions.models import DoorOrder, Order, Payment

CHANGED = "该订单支付参数有变化，请更换订单号重新发起支付"


def test_order_is_placed_paid_and_queried(desk: Desk, old: OldApplication) -> None:
    placed = old.mapi(param="房号=3-201")

    payment = desk.the_payment()
    assert (placed["code"], placed["qrcode"]) == (1, f"fake://pay/{payment.serial_no}")
    assert (payment.amount, payment.order.order_no) == (1280, "A1")
    assert (len(placed["trade_no"]), placed["trade_no"].isdigit()) == (19, True)

    assert old.act("order", out_trade_no="A1")["status"] == 0
    desk.callback(desk.channel.paid(payment.serial_no))
    told = old.act("order", trade_no=placed["trade_no"])
    assert {name: told[name] for name in ("code", "status", "money", "type", "param", "name")} == {
        "code": 1,
        "status": 1,
        "money": "12.80",
        "type": "wxpay",
        "param": "房号=3-201",
        "name": "物业费",
    }
    assert told["api_trade_no"] == desk.the_payment().channel_serial_no
    assert told["endtime"] == "2026-11-22 16:00:00", "in China's time"


@pytest.mark.parametrize(
    ("money", "fen"),
    [("12.80", 1280), ("12.8", 1280), ("1", 100), ("0.01", 1), ("1.1000", 110)],
)
def test_amount_is_exact(old: OldApplication, money: str, fen: int) -> None:
    assert old.mapi(money=money)["code"] == 1
    assert Order.objects.get().amount == fen


@pytest.mark.parametrize(
    "money",
    ["0", "0.00", "-1", "+1", "1e3", "1.005", "1,00", "1.1.1", ".5", "1.", "１", " 1", "NaN"],
)
def test_amount_that_is_none_is_refused(old: OldApplication, money: str) -> None:
    assert old.mapi(money=money) == {"code": -1, "msg": "金额不合法"}
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"out_trade_no": None}, "订单号(out_trade_no)不能为空"),
        ({"out_trade_no": "A 1"}, "订单号(out_trade_no)格式不正确"),
        ({"out_trade_no": "A" * 65}, "订单号(out_trade_no)格式不正确"),
        ({"out_trade_no": "A1\n"}, "订单号(out_trade_no)格式不正确"),
        ({"name": " "}, "商品名称(name)不能为空"),
        ({"name": "\u202e费"}, "商品名称(name)格式不正确"),
        ({"type": None}, "支付方式(type)不能为空"),
        ({"type": "qqpay"}, "支付方式(type)不存在"),
        ({"clientip": None}, "用户IP地址(clientip)不能为空"),
        ({"clientip": "localhost"}, "用户IP地址不合法"),
        ({"device": "toaster"}, "设备类型(device)不存在"),
        ({"notify_url": None}, "通知地址(notify_url)不能为空"),
        ({"notify_url": "https://elsewhere.test/x"}, "通知地址(notify_url)不可用"),
        ({"notify_url": "http://169.254.169.254/"}, "通知地址(notify_url)不可用"),
        ({"return_url": "javascript:alert(1)"}, "回调地址(return_url)不可用"),
        ({"return_url": "https://app.test@evil.test/"}, "回调地址(return_url)不可用"),
    ],
)
def test_order_with_a_flaw_is_refused(
    old: OldApplication, changes: dict[str, str | None], words: str
) -> None:
    assert old.mapi(**changes) == {"code": -1, "msg": words}
    assert not Order.objects.exists()


def test_name_is_cut_between_letters(old: OldApplication) -> None:
    old.mapi(name="费" * 50)

    assert Order.objects.get().subject == "费" * 42


def test_same_order_again_keeps_its_number_and_payment(old: OldApplication) -> None:
    first, again = old.mapi(), old.mapi()

    assert first == again
    assert Payment.objects.count() == 1


def test_same_order_after_the_guard_keeps_its_number(
    desk: Desk, old: OldApplication, clock: Clock
) -> None:
    first = old.mapi()
    clock.shift(3600)

    assert old.mapi()["trade_no"] == first["trade_no"]
    assert Payment.objects.count() == 2


@pytest.mark.parametrize(
    "change",
    [
        {"money": "12.81"},
        {"name": "停车费"},
        {"param": "x"},
        {"notify_url": "https://app.test/elsewhere"},
        {"return_url": "https://app.test/elsewhere"},
    ],
)
def test_other_content_under_the_same_number_is_refused(
    old: OldApplication, change: dict[str, str]
) -> None:
    first = old.mapi()

    assert old.mapi(**change) == {"code": -1, "msg": CHANGED}
    assert Payment.objects.get().state == "pending", "the payer goes on undisturbed"
    assert old.mapi() == first


def test_paid_order_is_not_paid_again(desk: Desk, old: OldApplication) -> None:
    old.mapi()
    desk.callback(desk.channel.paid(desk.the_payment().serial_no))

    assert old.mapi()["msg"] == "该订单已完成支付，请勿重复发起支付"
    assert Payment.objects.count() == 1


def test_payer_may_switch_the_way_to_pay(desk: Desk, old: OldApplication) -> None:
    """The repeat rule holds here too: the first attempt is closed at its channel."""
    first = old.mapi(type="wxpay")
    other = old.mapi(type="alipay")

    assert first["trade_no"] == other["trade_no"]
    assert sorted(Payment.objects.values_list("state", flat=True)) == ["closed", "pending"]


def test_link_that_may_still_be_paid_holds_the_order(old: OldApplication) -> None:
    """Nobody has opened the link, so its channel cannot close it."""
    old.mapi(type="alipay")

    assert old.mapi(type="wxpay")["msg"] == "该订单正在以其他方式支付，请稍后再试"
    assert Payment.objects.count() == 1


def test_order_of_the_api_is_not_taken_over(desk: Desk, old: OldApplication) -> None:
    desk.pay("A1", amount=1280)

    assert old.mapi() == {"code": -1, "msg": CHANGED}
    assert not DoorOrder.objects.exists()


def test_way_to_pay_without_an_account_is_refused(old: OldApplication) -> None:
    old.door.alipay_account = None
    old.door.save()

    assert old.mapi(type="alipay") == {"code": -1, "msg": "该支付方式未开通"}


def test_grant_taken_back_closes_the_way_to_pay(desk: Desk, old: OldApplication) -> None:
    desk.account.grants.all().delete()

    assert old.mapi() == {"code": -1, "msg": "该支付方式暂不可用"}
    assert not Order.objects.exists()


def test_refusal_of_the_channel_is_told(desk: Desk, old: OldApplication) -> None:
    refusal = PayResult(Outcome.FAILED, failure=Failure("NO_AUTH", "no permission"))
    desk.channel.answers(Operation.PAY, refusal)

    answer = old.mapi()

    assert (answer["code"], "no permission" in answer["msg"]) == (-2, True)


@pytest.mark.parametrize(
    ("type_", "device", "method", "member"),
    [
        ("wxpay", None, "qr_code", "qrcode"),
        ("wxpay", "pc", "qr_code", "qrcode"),
        ("wxpay", "wechat", "qr_code", "qrcode"),
        ("wxpay", "jump", "qr_code", "payurl"),
        ("wxpay", "mobile", "wap", "qrcode"),
        ("alipay", "pc", "pc", "payurl"),
        ("alipay", "mobile", "wap", "payurl"),
        ("alipay", "alipay", "wap", "payurl"),
    ],
)
def test_device_decides_how_to_pay(
    old: OldApplication, type_: str, device: str | None, method: str, member: str
) -> None:
    answer = old.mapi(type=type_, device=device)

    assert answer.get(member), answer
    assert Payment.objects.get().invoke_method == method


def test_orders_are_listed_newest_first_by_status(desk: Desk, old: OldApplication) -> None:
    for number in ("A1", "A2", "A3"):
        old.mapi(out_trade_no=number)
    desk.callback(desk.channel.paid(Payment.objects.get(order__order_no="A2").serial_no))

    def listed(**filters: str) -> list[Any]:
        return [row["out_trade_no"] for row in old.act("orders", **filters)["data"]]

    assert listed() == ["A3", "A2", "A1"]
    assert listed(limit="1", offset="1") == ["A2"]
    assert (listed(status="1"), listed(status="0"), listed(status="2")) == (
        ["A2"],
        ["A3", "A1"],
        [],
    )


def test_merchant_is_told_without_its_key(old: OldApplication) -> None:
    old.mapi()

    told = old.act("query")

    assert (told["pid"], told["orders"], told["orders_today"]) == (old.door.pid, 1, 1)
    assert "key" not in told


@pytest.mark.parametrize(
    ("act", "more", "code"),
    [
        ("order", {}, -4),
        ("order", {"out_trade_no": "none"}, -1),
        ("order", {"trade_no": "x' OR 1=1"}, -1),
        ("nonsense", {}, -5),
        ("orders", {"limit": "-1"}, -1),
        ("refund", {"out_trade_no": "A1", "money": "1"}, -4),
    ],
)
def test_query_that_makes_no_sense(
    old: OldApplication, act: str, more: dict[str, str], code: int
) -> None:
    old.mapi()

    assert old.act(act, **more)["code"] == code


def test_mapi_takes_no_get(old: OldApplication) -> None:
    response = old.client.get("/easypay/mapi.php", old.signed(old.order()))

    assert b'"code":-4' in response.content
    assert not Order.objects.exists()
