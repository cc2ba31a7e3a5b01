"""Refunds: accepted first, finished later, never more than was paid."""

from typing import Any

import pytest

from tests.sandbox.merchant import Merchant, new_number
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver

REFUNDS = "/v3/refund/domestic/refunds"
PARAM_ERROR = (400, "PARAM_ERROR")


def _paid(sandbox: Sandbox, merchant: Merchant, **more: Any) -> str:
    number = merchant.place(**{key: more.pop(key) for key in ("notify_url",) if key in more})
    sandbox.control("wechat/pay", {"serial_no": number, **more})
    return number


def _refusal(merchant: Merchant, number: str, fen: int, /, **changes: Any) -> tuple[int, str]:
    response = merchant.refund(number, fen, **changes)
    return response.status_code, response.json()["code"]


def test_refund_is_accepted_and_succeeds_a_second_later(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    number = _paid(sandbox, merchant)

    accepted = merchant.refund(number, 850, notify_url=receiver.url, reason="重复缴费").json()

    assert (accepted["status"], "success_time" in accepted) == ("PROCESSING", False)
    assert (len(accepted["refund_id"]), accepted["refund_id"][:3]) == (29, "503")
    sandbox.control("clock", {"advance_seconds": 1})
    finished = merchant.query_refund(accepted["out_refund_no"]).json()
    assert finished["status"] == "SUCCESS"
    (callback,) = receiver.wait()
    content = callback.open(merchant.holder.apiv3_key)
    assert callback.envelope["event_type"] == "REFUND.SUCCESS"
    assert callback.envelope["resource"]["original_type"] == "refund"
    assert (content["refund_status"], content["refund_id"]) == ("SUCCESS", accepted["refund_id"])
    assert content["success_time"] == finished["success_time"]
    assert content["amount"] == {
        "total": 12850,
        "refund": 850,
        "payer_total": 12850,
        "payer_refund": 850,
    }


def test_partial_refund_already_turns_the_order_into_refund(
    sandbox: Sandbox, merchant: Merchant
) -> None:
    number = _paid(sandbox, merchant)

    merchant.refund(number, 1)

    assert merchant.query(number).json()["trade_state"] == "REFUND"


def test_refund_can_name_wechat_s_own_number(sandbox: Sandbox, merchant: Merchant) -> None:
    number = _paid(sandbox, merchant)
    transaction = merchant.query(number).json()["transaction_id"]
    body = {
        "transaction_id": transaction,
        "out_refund_no": new_number("R") + "@1",
        "amount": {"refund": 1, "total": 12850, "currency": "CNY"},
    }

    accepted = merchant.post(REFUNDS, body).json()

    assert accepted["out_trade_no"] == number
    for written in ("@", "%40"):
        path = f"{REFUNDS}/{body['out_refund_no']}".replace("@", written)
        assert merchant.get(path).json()["refund_id"] == accepted["refund_id"]


def test_same_number_with_same_content_is_one_refund(sandbox: Sandbox, merchant: Merchant) -> None:
    number = _paid(sandbox, merchant)

    answers = [merchant.refund(number, 10, out_refund_no="R-SAME").json() for _ in range(2)]

    assert answers[0]["refund_id"] == answers[1]["refund_id"]
    (order,) = sandbox.look("wechat/books")["orders"]
    assert len(order["refunds"]) == 1


def test_same_number_with_other_amount_is_a_mismatch(sandbox: Sandbox, merchant: Merchant) -> None:
    number = _paid(sandbox, merchant)
    merchant.refund(number, 10, out_refund_no="R-SAME")

    assert _refusal(merchant, number, 11, out_refund_no="R-SAME") == (400, "REFUND_FEE_MISMATCH")
    assert _refusal(merchant, number, 10, out_refund_no="R-SAME", reason="x") == PARAM_ERROR


def test_refunds_never_exceed_the_payment(sandbox: Sandbox, merchant: Merchant) -> None:
    number = _paid(sandbox, merchant)
    assert merchant.refund(number, 12000).status_code == 200

    assert _refusal(merchant, number, 851) == (400, "INVALID_REQUEST")
    assert merchant.refund(number, 850).status_code == 200


def test_failed_refund_gives_its_amount_free_and_needs_a_new_number(
    sandbox: Sandbox, merchant: Merchant
) -> None:
    number = _paid(sandbox, merchant)
    merchant.refund(number, 12850, out_refund_no="R-FIRST")

    failed = sandbox.control("wechat/refunds", {"refund_serial_no": "R-FIRST", "state": "failed"})

    assert (failed["state"], failed["channel_state"]) == ("failed", "CLOSED")
    again = merchant.refund(number, 12850, out_refund_no="R-FIRST").json()
    assert again["status"] == "CLOSED"
    assert merchant.refund(number, 12850, out_refund_no="R-SECOND").json()["status"] == "PROCESSING"


def test_fifty_partial_refunds_are_the_limit(sandbox: Sandbox, merchant: Merchant) -> None:
    number = _paid(sandbox, merchant)
    for _ in range(50):
        assert merchant.refund(number, 1).status_code == 200

    assert _refusal(merchant, number, 1) == (400, "INVALID_REQUEST")


def test_minute_between_refunds_is_enforced_on_request(
    sandbox: Sandbox, merchant: Merchant
) -> None:
    sandbox.settle(refund_gap=True)
    number = _paid(sandbox, merchant)
    merchant.refund(number, 1)

    assert _refusal(merchant, number, 1) == (429, "FREQUENCY_LIMITED")
    sandbox.control("clock", {"advance_seconds": 60})
    assert merchant.refund(number, 1).status_code == 200


def test_unpaid_order_cannot_be_refunded(merchant: Merchant) -> None:
    assert _refusal(merchant, merchant.place(), 1) == (403, "TRADE_ERROR")


def test_order_older_than_a_year_cannot_be_refunded(sandbox: Sandbox, merchant: Merchant) -> None:
    number = _paid(sandbox, merchant)

    sandbox.control("clock", {"advance_seconds": 365 * 86400 + 1})

    assert _refusal(merchant, number, 1) == (403, "TRADE_OVERDUE")


def test_unknown_numbers_are_404(merchant: Merchant) -> None:
    assert _refusal(merchant, "NOSUCHORDER", 1) == (404, "RESOURCE_NOT_EXISTS")
    response = merchant.query_refund("NOSUCHREFUND")
    assert (response.status_code, response.json()["code"]) == (404, "RESOURCE_NOT_EXISTS")


WRONG_FIELDS: dict[str, dict[str, Any]] = {
    "both numbers": {"transaction_id": "42"},
    "unknown field": {"total": 12850, "refund_fee": 1},
    "refund number of 65": {"out_refund_no": "R" * 65},
    "dot in refund number": {"out_refund_no": "R.1"},
    "reason of 81 bytes": {"reason": "x" * 81},
    "query in notify_url": {"notify_url": "https://shop.example.com/n?x=1"},
    "other total": {"total": 12851},
    "no currency": {"amount": {"refund": 1, "total": 12850}},
    "zero": {"amount": {"refund": 0, "total": 12850, "currency": "CNY"}},
    "float": {"amount": {"refund": 1.5, "total": 12850, "currency": "CNY"}},
    "parts that do not add up": {
        "amount": {
            "refund": 2,
            "total": 12850,
            "currency": "CNY",
            "from": [{"account": "AVAILABLE", "amount": 1}],
        }
    },
    "sub_mchid of a direct merchant": {"sub_mchid": "1900012603"},
}


@pytest.mark.parametrize("changes", WRONG_FIELDS.values(), ids=WRONG_FIELDS.keys())
def test_wrong_field_is_refused(
    sandbox: Sandbox, merchant: Merchant, changes: dict[str, Any]
) -> None:
    number = _paid(sandbox, merchant)

    assert _refusal(merchant, number, 1, **changes) == PARAM_ERROR


@pytest.mark.parametrize(
    ("coupon", "parts", "cash"),
    [
        (100, (4283, 4283, 4284), [4250, 4250, 4250]),
        (8995, (1, 1, 12848), [0, 0, 3855]),  # rounded down twice: the last one makes up for it
        (6425, (1, 1, 12848), [1, 1, 6423]),  # rounded up twice
    ],
)
def test_coupon_part_is_returned_in_proportion_and_the_last_refund_takes_the_rest(
    sandbox: Sandbox, merchant: Merchant, coupon: int, parts: tuple[int, ...], cash: list[int]
) -> None:
    number = _paid(sandbox, merchant, coupon=coupon)

    amounts = [merchant.refund(number, part).json()["amount"] for part in parts]

    assert [amount["payer_refund"] for amount in amounts] == cash
    assert sum(amount["discount_refund"] for amount in amounts) == coupon


def test_control_decides_the_end_of_a_refund(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    sandbox.settle(refund_finish_seconds=None)
    number = _paid(sandbox, merchant)
    merchant.refund(number, 1, out_refund_no="R-1", notify_url=receiver.url)
    sandbox.control("clock", {"advance_seconds": 3600})

    for state, event in (("abnormal", "ABNORMAL"), ("processing", None), ("succeeded", "SUCCESS")):
        sandbox.control("wechat/refunds", {"refund_serial_no": "R-1", "state": state})
        expected = {"processing": "PROCESSING"}.get(state, event)
        assert merchant.query_refund("R-1").json()["status"] == expected
    events = [one.envelope["event_type"] for one in receiver.wait(2)]
    assert sorted(events) == ["REFUND.ABNORMAL", "REFUND.SUCCESS"]


def test_finished_refund_stays_as_it_is(sandbox: Sandbox, merchant: Merchant) -> None:
    number = _paid(sandbox, merchant)
    merchant.refund(number, 1, out_refund_no="R-1")
    sandbox.control("clock", {"advance_seconds": 1})

    wanted = {"refund_serial_no": "R-1", "state": "failed"}
    assert sandbox.try_control("wechat/refunds", wanted).status_code == 409
    sandbox.control("wechat/refunds", wanted | {"state": "succeeded"})


def test_holding_a_refund_stops_it_from_finishing_by_itself(
    sandbox: Sandbox, merchant: Merchant
) -> None:
    sandbox.settle(refund_finish_seconds=60)
    number = _paid(sandbox, merchant)
    merchant.refund(number, 1, out_refund_no="R-1")

    sandbox.control("wechat/refunds", {"refund_serial_no": "R-1", "state": "processing"})

    sandbox.control("clock", {"advance_seconds": 3600})
    assert merchant.query_refund("R-1").json()["status"] == "PROCESSING"
