"""When a payer can pay, and when no longer."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.merchant import Merchant
from tests.sandbox.process import Sandbox


def _refusal(sandbox: Sandbox, number: str, **more: object) -> str:
    response = sandbox.try_control("wechat/pay", {"serial_no": number, **more})
    assert response.status_code == 409, response.text
    return str(response.json()["error"]["message"])


def test_order_is_paid_once_only(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.place()
    sandbox.control("wechat/pay", {"serial_no": number})

    assert "twice" in _refusal(sandbox, number)


def test_closed_order_cannot_be_paid(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.place()
    merchant.close(number)

    assert "closed" in _refusal(sandbox, number)


def test_payer_whose_app_was_quicker_than_the_close_pays_late(
    sandbox: Sandbox, merchant: Merchant
) -> None:
    number = merchant.place()
    merchant.close(number)

    assert (
        sandbox.control("wechat/pay", {"serial_no": number, "late": True})["state"] == "succeeded"
    )
    assert merchant.query(number).json()["trade_state"] == "SUCCESS"


def test_order_cannot_be_paid_after_time_expire_though_it_stays_open(
    sandbox: Sandbox, merchant: Merchant
) -> None:
    soon = (datetime.now(UTC) + timedelta(minutes=5)).isoformat(timespec="seconds")
    number = merchant.place(time_expire=soon)

    sandbox.control("clock", {"advance_seconds": 301})

    assert "time_expire" in _refusal(sandbox, number)
    assert merchant.query(number).json()["trade_state"] == "NOTPAY"


def test_time_expire_in_the_past_still_leaves_a_minute(
    sandbox: Sandbox, merchant: Merchant
) -> None:
    number = merchant.place(time_expire="2020-01-01T08:00:00+08:00")

    sandbox.control("clock", {"advance_seconds": 50})

    assert sandbox.control("wechat/pay", {"serial_no": number})["state"] == "succeeded"


def test_code_lives_two_hours_and_a_repeated_order_call_revives_it(
    sandbox: Sandbox, merchant: Merchant
) -> None:
    body = merchant.order()
    merchant.post("/v3/pay/transactions/native", body)
    sandbox.control("clock", {"advance_seconds": 7201})
    assert "run out" in _refusal(sandbox, body["out_trade_no"])

    merchant.post("/v3/pay/transactions/native", body)

    paid = sandbox.control("wechat/pay", {"serial_no": body["out_trade_no"]})
    assert paid["state"] == "succeeded"


def test_failed_attempt_leaves_the_order_payable_and_tells_nobody(
    sandbox: Sandbox, merchant: Merchant
) -> None:
    number = merchant.place()

    failed = sandbox.control("wechat/fail", {"serial_no": number})

    assert (failed["state"], failed["callbacks"]) == ("pending", [])
    assert failed["failed_at"] is not None
    assert merchant.query(number).json()["trade_state"] == "NOTPAY"
    assert sandbox.control("wechat/pay", {"serial_no": number})["state"] == "succeeded"


def test_jsapi_order_is_paid_by_its_own_payer_only(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.place("jsapi", payer={"openid": "oOne"})

    assert "oOne" in _refusal(sandbox, number, openid="oTwo")
    sandbox.control("wechat/pay", {"serial_no": number})
    assert merchant.query(number).json()["payer"] == {"openid": "oOne"}


@pytest.mark.parametrize("coupon", [-1, 12851])
def test_coupon_beyond_the_price_is_refused(
    sandbox: Sandbox, merchant: Merchant, coupon: int
) -> None:
    assert "coupon" in _refusal(sandbox, merchant.place(), coupon=coupon)
