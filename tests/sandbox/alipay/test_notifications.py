"""Notifications: what they say, how they are signed, how long they are repeated."""

from typing import Any

import pytest

from tests.sandbox.alipay.merchant import Merchant, is_genuine, moment, read_form
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver

PAID = {
    "gmt_create",
    "charset",
    "seller_email",
    "subject",
    "sign",
    "buyer_id",
    "invoice_amount",
    "notify_id",
    "fund_bill_list",
    "notify_type",
    "trade_status",
    "receipt_amount",
    "buyer_pay_amount",
    "app_id",
    "sign_type",
    "seller_id",
    "gmt_payment",
    "notify_time",
    "version",
    "out_trade_no",
    "total_amount",
    "trade_no",
    "auth_app_id",
    "buyer_logon_id",
    "point_amount",
}
MINUTE, HOUR = 60, 3600


def _paid(sandbox: Sandbox, merchant: Merchant, receiver: Receiver, **order: Any) -> str:
    number = merchant.create(notify_url=receiver.url, **order)
    sandbox.control("alipay/pay", {"serial_no": number})
    return number


def test_payment_is_told_with_the_members_production_sends(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    number = _paid(sandbox, merchant, receiver)

    (received,) = receiver.wait()
    told = read_form(received.body)

    assert told.keys() == PAID
    assert "" not in told.values()
    assert received.headers["Content-Type"] == "application/x-www-form-urlencoded; charset=utf-8"
    assert told["trade_no"] == merchant.query(number).node["trade_no"]
    assert told["seller_id"] == merchant.holder.seller_id
    assert told["app_id"] == told["auth_app_id"] == merchant.holder.app_id
    assert told["fund_bill_list"] == '[{"amount":"128.50","fundChannel":"ALIPAYACCOUNT"}]'
    assert is_genuine(told, merchant.holder.alipay_public_key_pem)


def test_what_the_merchant_passed_along_comes_back(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    _paid(sandbox, merchant, receiver, body="说明", passback_params="a%3d1%26b%25")

    told = read_form(receiver.wait()[0].body)

    assert (told["body"], told["passback_params"]) == ("说明", "a%3d1%26b%25")


def test_notification_is_written_in_the_charset_of_the_request(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    biz = merchant.order(buyer_id="2088260200000099")
    merchant.call("create", biz, charset="gbk", notify_url=receiver.url)
    sandbox.control("alipay/pay", {"serial_no": biz["out_trade_no"]})

    (received,) = receiver.wait()

    told = read_form(received.body, "gbk")
    assert (told["subject"], told["charset"]) == ("2026 物业费", "gbk")
    assert is_genuine(told, merchant.holder.alipay_public_key_pem, "gbk")


def test_service_provider_is_told_for_whom(sandbox: Sandbox, receiver: Receiver) -> None:
    holder = sandbox.identity.alipay.service_provider
    provider = Merchant(sandbox.url, holder, app_auth_token=str(holder.app_auth_token))
    _paid(sandbox, provider, receiver)

    told = read_form(receiver.wait()[0].body)

    assert (told["app_id"], told["auth_app_id"]) == (holder.app_id, holder.auth_app_id)
    assert told["seller_id"] == holder.auth_seller_id
    assert is_genuine(told, holder.alipay_public_key_pem)


def test_closing_an_unpaid_trade_is_told(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    merchant.close(merchant.create(notify_url=receiver.url))
    merchant.create(notify_url=receiver.url, time_expire=moment(600))
    sandbox.control("clock", {"advance_seconds": 601})

    for received in receiver.wait(2):
        told = read_form(received.body)
        assert (told["trade_status"], "gmt_payment" in told) == ("TRADE_CLOSED", False)
        assert "gmt_close" in told


def test_closing_may_be_kept_quiet(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    sandbox.control("alipay/settings", {"close_notifications": False})
    merchant.close(merchant.create(notify_url=receiver.url))
    sandbox.control("clock", {"advance_seconds": 1})

    assert receiver.received == []


def test_nobody_is_told_without_an_address(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.create()

    assert sandbox.control("alipay/pay", {"serial_no": number})["callbacks"] == []


@pytest.mark.parametrize(
    "answer",
    [
        (200, b"fail"),
        (200, b"SUCCESS"),
        (200, b"success\n"),
        (200, b"<html>success</html>"),
        (201, b"success"),
        (302, b"success"),
        (500, b"success"),
    ],
)
def test_only_the_exact_word_is_an_acknowledgement(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver, answer: tuple[int, bytes]
) -> None:
    receiver.answers = [answer]
    _paid(sandbox, merchant, receiver)
    receiver.wait()

    sandbox.control("clock", {"advance_seconds": 4 * MINUTE})

    assert len(receiver.wait(2)) == 2


def test_acknowledged_notification_is_not_repeated(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    _paid(sandbox, merchant, receiver)
    receiver.wait()

    sandbox.control("clock", {"advance_seconds": 26 * HOUR})

    assert len(receiver.received) == 1


def test_repetitions_follow_productions_table(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    receiver.usual_answer = (500, b"")
    number = _paid(sandbox, merchant, receiver)
    receiver.wait()

    for count, wait in enumerate(
        (4 * MINUTE, 10 * MINUTE, 10 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, 15 * HOUR), start=2
    ):
        sandbox.control("clock", {"advance_seconds": wait - 10})
        assert len(receiver.received) == count - 1
        sandbox.control("clock", {"advance_seconds": 10})
        assert len(receiver.received) == count
    sandbox.control("clock", {"advance_seconds": 48 * HOUR})

    (callback,) = sandbox.look(f"alipay/orders/{number}")["callbacks"]
    assert (callback["state"], len(callback["attempts"])) == ("given_up", 8)
    told = [read_form(received.body) for received in receiver.received]
    assert len({one["notify_id"] for one in told}) == 1
    assert all(is_genuine(one, merchant.holder.alipay_public_key_pem) for one in told)
