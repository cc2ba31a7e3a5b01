"""The control API of the platform: what it wants, what it did, and whom it admits."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.sandbox.easypay.identity import new_merchant
from tests.sandbox.easypay.merchant import Merchant
from tests.sandbox.process import Sandbox


def test_payer_opens_the_link_and_pays(sandbox: Sandbox, merchant: Merchant) -> None:
    form = merchant.order(clientip=None)
    link = merchant.submit_link(form)

    told = sandbox.control("easypay/pay", {"serial_no": form["out_trade_no"], "launch": link})

    assert (told["state"], told["amount"], told["version"]) == ("succeeded", 1280, "v1")
    assert merchant.query(form["out_trade_no"])["trade_no"] == told["channel_serial_no"]


def test_payment_page_may_be_launched_too(sandbox: Sandbox, merchant: Merchant) -> None:
    form = merchant.order(method="jump")
    link = merchant.v2("pay/create", form)["pay_info"]

    told = sandbox.control("easypay/pay", {"serial_no": form["out_trade_no"], "launch": link})

    assert (told["state"], told["version"]) == ("succeeded", "v2")


def test_unknown_number_is_refused_with_what_to_do(sandbox: Sandbox) -> None:
    response = sandbox.try_control("easypay/pay", {"serial_no": "X"})

    assert response.status_code == 404
    assert "launch" in response.json()["error"]["message"]


@pytest.mark.parametrize("page", ["submit.php?pid=1000&sign=x", "elsewhere"])
def test_bad_link_is_refused(sandbox: Sandbox, merchant: Merchant, page: str) -> None:
    body = {"serial_no": "X", "launch": merchant.base_url + page}

    assert sandbox.try_control("easypay/pay", body).status_code == 409


def test_link_of_another_payment_does_not_pay_this_one(
    sandbox: Sandbox, merchant: Merchant
) -> None:
    other = merchant.order()
    body = {"serial_no": "X", "launch": merchant.submit_link(other)}

    assert sandbox.try_control("easypay/pay", body).status_code == 404
    assert merchant.query(other["out_trade_no"])["status"] == 0


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("pay", {}, "missing_field"),
        ("fail", {"serial_no": "X"}, "not_found"),
        ("refunds", {"refund_serial_no": "X", "state": "processing"}, "unknown_state"),
        ("refunds", {"refund_serial_no": "X", "state": "failed"}, "not_found"),
        ("settings", {"callback_method": "PUT"}, "unknown_choice"),
        ("settings", {"callback_money": "long"}, "unknown_choice"),
        ("settings", {"pay_form": "smoke"}, "unknown_choice"),
        ("merchants", {"pid": "999"}, "not_possible"),
        ("merchants", {"pid": "1000"}, "not_possible"),
        ("merchants", {"public_key_pem": "none"}, "not_possible"),
        ("merchants", {"key_suffix": "long"}, "not_possible"),
        ("merchants/1000", {"refund_success": 2}, "not_possible"),
        ("merchants/4711", {}, "not_possible"),
    ],
)
def test_wrong_request_is_refused_with_a_reason(
    sandbox: Sandbox, path: str, body: dict[str, Any], code: str
) -> None:
    error = sandbox.try_control(f"easypay/{path}", body).json()["error"]

    assert error["code"] == code
    assert error["message"].endswith(".")


def test_paid_order_cannot_be_paid_or_failed_again(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.place()
    sandbox.control("easypay/pay", {"serial_no": number})

    for act in ("pay", "fail"):
        response = sandbox.try_control(f"easypay/{act}", {"serial_no": number})
        assert response.json()["error"]["code"] == "not_possible"


def test_books_hold_every_fen_taken_and_returned(sandbox: Sandbox, merchant: Merchant) -> None:
    unpaid, paid = merchant.place(), merchant.place_v2()
    sandbox.control("easypay/pay", {"serial_no": paid})
    merchant.v2("pay/refund", {"out_trade_no": paid, "money": "1.00", "out_refund_no": "R-00001"})
    merchant.refund(paid, "2.00", refund_no="R-00002")
    merchant.refund(paid, "3.00")

    books = sandbox.look("easypay/books")

    first, second = books["orders"]
    assert (first["serial_no"], first["state"], first["paid_at"]) == (unpaid, "pending", None)
    assert (second["serial_no"], second["state"], second["amount"]) == (paid, "succeeded", 1280)
    assert [one["amount"] for one in second["refunds"]] == [100, 200, 300]
    named = [one["refund_serial_no"] for one in second["refunds"]]
    assert named == ["R-00001", "R-00002", second["refunds"][2]["channel_refund_no"]]
    assert books["totals"] == {"taken": 1280, "returned": 600, "shared": 0}


def test_registered_merchant_can_work_at_once(sandbox: Sandbox, merchant: Merchant) -> None:
    told = sandbox.control("easypay/merchants", {"refund_success": 1})
    names = ("pid", "key", "private_key_pem", "public_key_pem")
    holder = replace(merchant.holder, **{name: told[name] for name in names})
    newcomer = Merchant(sandbox.url, holder)

    number, second = newcomer.place(), newcomer.place_v2()

    assert newcomer.query(number)["pid"] == int(told["pid"])
    assert merchant.query(second)["code"] == -1
    sandbox.control("easypay/pay", {"serial_no": number})
    assert newcomer.refund(number, "1.00")["code"] == 1
    assert told["platform_public_key_pem"] == sandbox.identity.easypay.platform_public_key_pem


def test_merchant_may_bring_its_own_keys(sandbox: Sandbox) -> None:
    own = new_merchant("4712", name="Own")

    told = sandbox.control(
        "easypay/merchants", {"pid": "4712", "key": own.key, "public_key_pem": own.public_key_pem}
    )

    assert told["private_key_pem"] is None
    newcomer = Merchant(sandbox.url, own)
    assert newcomer.place()
    assert newcomer.place_v2()


def test_number_used_by_two_merchants_needs_the_merchant(
    sandbox: Sandbox, merchant: Merchant
) -> None:
    number = merchant.place()
    told = sandbox.control("easypay/merchants")
    holder = replace(merchant.holder, pid=told["pid"], key=told["key"])
    Merchant(sandbox.url, holder).place(out_trade_no=number)

    response = sandbox.try_control("easypay/pay", {"serial_no": number})

    assert (response.status_code, response.json()["error"]["code"]) == (409, "ambiguous")
    paid = sandbox.control("easypay/pay", {"serial_no": number, "mchid": told["pid"]})
    assert paid["mchid"] == told["pid"]


def test_reset_forgets_business_profiles_and_settings(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.place()
    sandbox.control(f"easypay/merchants/{merchant.holder.pid}", {"rsa_only": True})
    sandbox.control("easypay/settings", {"hide_names": False})

    sandbox.control("reset")

    assert merchant.query(number)["msg"] == "订单号不存在"
    assert sandbox.look("easypay/settings")["hide_names"] is True


def test_restart_forgets_nothing(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.place_v2()
    sandbox.control("easypay/pay", {"serial_no": number})
    merchant.v2("pay/refund", {"out_trade_no": number, "money": "1.00", "out_refund_no": "R-00001"})

    sandbox.restart()

    assert merchant.v2("pay/query", {"out_trade_no": number})["refundmoney"] == "1.00"
    assert merchant.v2("pay/refundquery", {"out_refund_no": "R-00001"})["status"] == 1
