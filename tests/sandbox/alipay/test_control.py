"""The control API of Alipay: what a test or a developer can make happen."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.sandbox.keys import new_private_key_pem, public_key_pem
from tests.sandbox.alipay.merchant import Merchant, is_genuine, read_form
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver


def _refusal(sandbox: Sandbox, path: str, **body: Any) -> tuple[int, str]:
    response = sandbox.try_control(f"alipay/{path}", body)
    return response.status_code, str(response.json()["error"]["message"])


def test_link_nobody_opened_cannot_be_paid_by_its_number_alone(
    sandbox: Sandbox, merchant: Merchant
) -> None:
    number, _ = merchant.link("page")

    status, message = _refusal(sandbox, "pay", serial_no=number)

    assert (status, "launch" in message) == (404, True)


@pytest.mark.parametrize("product", ["page", "wap"])
def test_opened_link_is_paid_by_its_number(
    sandbox: Sandbox, merchant: Merchant, product: str
) -> None:
    number, link = merchant.link(product)
    sandbox.control("alipay/fail", {"serial_no": number, "launch": link})

    assert sandbox.control("alipay/pay", {"serial_no": number})["state"] == "succeeded"


def test_launch_must_be_about_the_number(sandbox: Sandbox, merchant: Merchant) -> None:
    number, link = merchant.link("page")

    status, message = _refusal(sandbox, "pay", serial_no="ANOTHER", launch=link)

    assert (status, number in message) == (409, True)


def test_launch_must_be_genuine(sandbox: Sandbox, merchant: Merchant) -> None:
    number, link = merchant.link("page")

    status, message = _refusal(
        sandbox, "pay", serial_no=number, launch=link.replace("128.50", "1.00")
    )

    assert (status, "isv.invalid-signature" in message) == (409, True)


def test_content_of_a_code_is_a_launch_too(sandbox: Sandbox, merchant: Merchant) -> None:
    biz = merchant.order()
    code = merchant.call("precreate", biz).node["qr_code"]

    paid = sandbox.control("alipay/pay", {"serial_no": biz["out_trade_no"], "launch": code})

    assert paid["state"] == "succeeded"


def test_trade_is_paid_once_only(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.place()
    sandbox.control("alipay/pay", {"serial_no": number})

    status, message = _refusal(sandbox, "pay", serial_no=number)

    assert (status, "twice" in message) == (409, True)


def test_closed_trade_cannot_be_paid(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.create()
    merchant.close(number)

    assert "closed" in _refusal(sandbox, "pay", serial_no=number)[1]


def test_failed_attempt_leaves_the_trade_waiting_and_tells_nobody(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    number = merchant.place(notify_url=receiver.url)

    failed = sandbox.control("alipay/fail", {"serial_no": number})

    assert (failed["state"], failed["callbacks"]) == ("pending", [])
    assert failed["failed_at"] is not None
    assert sandbox.control("alipay/pay", {"serial_no": number})["state"] == "succeeded"


def test_payer_may_be_named(sandbox: Sandbox, merchant: Merchant) -> None:
    first, second = merchant.place(), merchant.place()

    sandbox.control("alipay/pay", {"serial_no": first, "buyer_id": "2088260200000777"})
    sandbox.control("alipay/pay", {"serial_no": second, "openid": "oPayer"})

    assert merchant.query(first).node["buyer_user_id"] == "2088260200000777"
    assert merchant.query(second).node["buyer_open_id"] == "oPayer"


def test_trade_made_for_one_payer_is_paid_by_no_other(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.create()

    status, message = _refusal(sandbox, "pay", serial_no=number, buyer_id="2088260200000777")

    assert (status, "2088260200000099" in message) == (409, True)
    same = {"serial_no": number, "buyer_id": "2088260200000099"}
    assert sandbox.control("alipay/pay", same)["state"] == "succeeded"


@pytest.mark.parametrize("coupon", [-1, 12851])
def test_coupon_beyond_the_price_is_refused(
    sandbox: Sandbox, merchant: Merchant, coupon: int
) -> None:
    status, message = _refusal(sandbox, "pay", serial_no=merchant.place(), coupon=coupon)

    assert (status, "coupon" in message) == (409, True)


def test_code_nobody_scanned_is_shown_without_a_trade(sandbox: Sandbox, merchant: Merchant) -> None:
    shown = sandbox.look(f"alipay/orders/{merchant.place()}")

    assert (shown["state"], shown["channel_serial_no"]) == ("pending", None)


def test_books_hold_every_fen_taken_and_returned(sandbox: Sandbox, merchant: Merchant) -> None:
    unpaid, paid = merchant.create(), merchant.create()
    sandbox.control("alipay/pay", {"serial_no": paid, "coupon": 50})
    merchant.refund(paid, "8.50", "R1")
    merchant.refund(paid, "120.00", "R2")

    books = sandbox.look("alipay/books")

    first, second = books["orders"]
    assert (first["serial_no"], first["state"], first["paid_at"]) == (unpaid, "pending", None)
    assert (second["serial_no"], second["state"]) == (paid, "succeeded")
    assert (second["amount"], second["payer_amount"]) == (12850, 12800)
    assert [(one["refund_serial_no"], one["amount"]) for one in second["refunds"]] == [
        ("R1", 850),
        ("R2", 12000),
    ]
    assert books["totals"] == {
        "taken": 12850,
        "returned": 12850,
        "shared": 0,
        "taken_back": 0,
        "released": 0,
    }


def test_callback_is_sent_again_as_often_as_wanted(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    number = merchant.place(notify_url=receiver.url)
    sandbox.control("alipay/pay", {"serial_no": number})
    receiver.wait()

    sent = sandbox.control("alipay/callbacks", {"serial_no": number, "times": 3, "parallel": True})

    assert [attempt["accepted"] for attempt in sent["attempts"]] == [True] * 3
    assert sent["event_type"] == "TRADE_SUCCESS"
    assert len(receiver.received) == 4


def test_tampered_callback_is_not_genuine(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    number = merchant.place(notify_url=receiver.url)
    sandbox.control("alipay/pay", {"serial_no": number})
    receiver.wait()

    sandbox.control("alipay/callbacks", {"serial_no": number, "tamper": True})

    told = read_form(receiver.wait(2)[1].body)
    assert told["total_amount"] == "1128.50"
    assert not is_genuine(told, merchant.holder.alipay_public_key_pem)


def test_callback_that_does_not_exist_is_refused(sandbox: Sandbox, merchant: Merchant) -> None:
    assert _refusal(sandbox, "callbacks", serial_no=merchant.place())[0] == 409


def test_reset_forgets_business_but_not_apps(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.create()
    sandbox.control("alipay/settings", {"refund_finish_seconds": None})

    sandbox.control("reset")

    assert merchant.query(number).code == "40004:ACQ.TRADE_NOT_EXIST"
    assert sandbox.look("alipay/settings") == {
        "refund_finish_seconds": 0,
        "refund_gap": False,
        "close_notifications": True,
        "payer": "2088260200000012",
        "payer_id": "user_id",
        "split_finish_seconds": 0,
        "max_ratio": 30,
    }


def _newcomer(sandbox: Sandbox, merchant: Merchant, **wanted: Any) -> Merchant:
    credentials = sandbox.control("alipay/merchants", wanted)
    assert "alipay_private_key_pem" not in credentials
    own = {name: value for name, value in credentials.items() if hasattr(merchant.holder, name)}
    return Merchant(sandbox.url, replace(merchant.holder, **own))


def test_admitted_app_can_work_at_once(sandbox: Sandbox, merchant: Merchant) -> None:
    newcomer = _newcomer(sandbox, merchant)

    answer = newcomer.query(newcomer.create())

    assert (answer.code, answer.is_signed) == ("10000", True)


def test_app_may_bring_its_own_key(sandbox: Sandbox, merchant: Merchant) -> None:
    key = new_private_key_pem()
    credentials = sandbox.control("alipay/merchants", {"app_public_key_pem": public_key_pem(key)})

    assert credentials["app_private_key_pem"] is None
    holder = replace(merchant.holder, app_id=credentials["app_id"], app_private_key_pem=key)
    assert Merchant(sandbox.url, holder).query("NONE").code == "40004:ACQ.TRADE_NOT_EXIST"


def test_app_may_act_for_others(sandbox: Sandbox, merchant: Merchant) -> None:
    acts_for = {"app_id": "9021000177777777", "seller_id": "2088260277777777"}
    provider = _newcomer(sandbox, merchant, acts_for=acts_for)
    provider = Merchant(
        sandbox.url, provider.holder, app_auth_token=str(provider.holder.app_auth_token)
    )

    number = provider.create()

    assert sandbox.look(f"alipay/orders/{number}")["mchid"] == "2088260277777777"


@pytest.mark.parametrize(
    "wanted",
    [
        {"app_id": "9021000126010001"},
        {"app_id": "x"},
        {"seller_id": "1900012601"},
        {"key_mode": "none"},
        {"app_public_key_pem": "none"},
        {"acts_for": {"app_id": "1"}},
        {"acts_for": {"app_id": "1", "seller_id": "2"}},
    ],
)
def test_impossible_app_is_refused(sandbox: Sandbox, wanted: dict[str, Any]) -> None:
    assert _refusal(sandbox, "merchants", **wanted)[0] == 409


def test_number_used_by_two_sellers_needs_the_seller(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.create()
    newcomer = _newcomer(sandbox, merchant)
    newcomer.create(out_trade_no=number)

    status, message = _refusal(sandbox, "pay", serial_no=number)

    assert (status, "mchid" in message) == (409, True)
    mine = {"serial_no": number, "mchid": newcomer.holder.seller_id}
    assert sandbox.control("alipay/pay", mine)["mchid"] == newcomer.holder.seller_id


def test_restart_forgets_nothing(sandbox: Sandbox, merchant: Merchant) -> None:
    code, trade = merchant.place(), merchant.create()
    sandbox.control("alipay/pay", {"serial_no": trade})
    merchant.refund(trade, "8.50", "R1")

    sandbox.restart()

    assert sandbox.control("alipay/pay", {"serial_no": code})["state"] == "succeeded"
    assert merchant.query_refund(trade, "R1").node["refund_amount"] == "8.50"
