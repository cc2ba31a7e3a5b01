"""Profit sharing: frozen first, decided share by share later, released in the end."""

from typing import Any

import pytest

from tests.sandbox.process import Sandbox
from tests.sandbox.sharing import (
    BRANCH,
    HEADQUARTERS,
    MANAGER,
    ROOT,
    Sharer,
    refusal,
    results,
)

INVALID = (400, "INVALID_REQUEST")
PARAM_ERROR = (400, "PARAM_ERROR")
MISSING = (404, "RESOURCE_NOT_EXISTS")


def test_shares_are_pending_first_and_decided_a_second_later(
    sandbox: Sandbox, sharer: Sharer
) -> None:
    paid = sharer.paid()

    accepted = sharer.split(paid, (HEADQUARTERS, 500), (MANAGER, 97)).json()

    assert accepted["state"] == "PROCESSING"
    first = accepted["receivers"][0]
    assert (first["result"], first["finish_time"]) == ("PENDING", "1970-01-01T08:00:00.000+08:00")
    assert sharer.left(paid) == 12850 - 597
    sandbox.control("clock", {"advance_seconds": 1})
    done = sharer.ask(paid, accepted["out_order_no"])
    assert done.json()["state"] == "FINISHED"
    assert results(done) == [(HEADQUARTERS, 500, "SUCCESS"), (MANAGER, 97, "SUCCESS")]
    assert done.json()["receivers"][0]["finish_time"][19:] == ".000+08:00"


def test_order_that_was_not_frozen_cannot_be_split(sharer: Sharer) -> None:
    for frozen in (None, {"profit_sharing": False}):
        paid = sharer.paid(settle_info=frozen)
        assert refusal(sharer.split(paid, (HEADQUARTERS, 1))) == INVALID
        assert refusal(sharer.release(paid)) == INVALID
        amounts = sharer.merchant.get(f"{ROOT}/transactions/{paid}/amounts")
        assert refusal(amounts) == INVALID


def test_same_number_with_same_content_is_one_split(sandbox: Sandbox, sharer: Sharer) -> None:
    paid = sharer.paid()

    answers = [sharer.split(paid, (HEADQUARTERS, 500), out_order_no="S-1").json() for _ in range(2)]

    assert answers[0] == answers[1]
    assert sharer.left(paid) == 12350
    assert refusal(sharer.split(paid, (HEADQUARTERS, 501), out_order_no="S-1")) == PARAM_ERROR
    sandbox.control("clock", {"advance_seconds": 1})
    again = sharer.split(paid, (HEADQUARTERS, 500), out_order_no="S-1")
    assert results(again) == [(HEADQUARTERS, 500, "SUCCESS")]


def test_order_is_split_by_one_request_at_a_time(sandbox: Sandbox, sharer: Sharer) -> None:
    paid = sharer.paid()
    sharer.split(paid, (HEADQUARTERS, 1))

    assert refusal(sharer.split(paid, (BRANCH, 1))) == INVALID
    assert refusal(sharer.release(paid)) == INVALID
    sandbox.control("clock", {"advance_seconds": 1})
    assert sharer.split(paid, (BRANCH, 1)).status_code == 200


def test_rest_is_released_with_the_split(sandbox: Sandbox, sharer: Sharer) -> None:
    paid = sharer.paid()
    mine = sharer.merchant.holder.mchid

    number = sharer.split(paid, (HEADQUARTERS, 500), unfreeze_unsplit=True).json()["out_order_no"]

    pending = sharer.ask(paid, number)
    assert results(pending) == [(HEADQUARTERS, 500, "PENDING"), (mine, 12350, "PENDING")]
    sandbox.control("clock", {"advance_seconds": 1})
    done = sharer.ask(paid, number)
    assert results(done) == [(HEADQUARTERS, 500, "SUCCESS"), (mine, 12350, "SUCCESS")]
    assert sharer.left(paid) == 0
    assert refusal(sharer.split(paid, (BRANCH, 1))) == (403, "NOT_ENOUGH")


def test_release_is_worked_on_and_frees_what_is_left(sandbox: Sandbox, sharer: Sharer) -> None:
    paid = sharer.paid()
    sharer.shared(paid, (HEADQUARTERS, 500))

    accepted = sharer.release(paid, out_order_no="L-1")

    mine = sharer.merchant.holder.mchid
    assert (accepted.json()["state"], results(accepted)) == (
        "PROCESSING",
        [(mine, 12350, "PENDING")],
    )
    sandbox.control("clock", {"advance_seconds": 1})
    again = sharer.release(paid, out_order_no="L-1")
    assert (again.json()["state"], results(again)) == ("FINISHED", [(mine, 12350, "SUCCESS")])
    assert sharer.ask(paid, "L-1").json() == again.json()
    assert sharer.left(paid) == 0


def test_release_under_the_number_of_a_split_releases_nothing(sharer: Sharer) -> None:
    paid = sharer.paid()
    number = sharer.shared(paid, (HEADQUARTERS, 500))

    answer = sharer.release(paid, out_order_no=number)

    assert results(answer) == [(HEADQUARTERS, 500, "SUCCESS")]
    assert sharer.left(paid) == 12350


def test_release_of_nothing_left_has_no_receiver(sandbox: Sandbox, sharer: Sharer) -> None:
    sandbox.settle(max_ratio=10000)
    paid = sharer.paid()
    sharer.shared(paid, (HEADQUARTERS, 12850))

    number = sharer.release(paid).json()["out_order_no"]

    sandbox.control("clock", {"advance_seconds": 1})
    done = sharer.ask(paid, number).json()
    assert (done["state"], done["receivers"]) == ("FINISHED", [])


def test_money_is_released_by_itself_after_thirty_days(sandbox: Sandbox, sharer: Sharer) -> None:
    paid = sharer.paid()

    sandbox.control("clock", {"advance_seconds": 30 * 86400})

    assert sharer.left(paid) == 0
    assert refusal(sharer.split(paid, (HEADQUARTERS, 1))) == (403, "NOT_ENOUGH")


def test_share_of_an_account_that_fails_is_closed_and_its_money_stays(
    sandbox: Sandbox, sharer: Sharer
) -> None:
    reason = "RECEIVER_HIGH_RISK"
    sandbox.control("wechat/receivers", {"account": BRANCH, "fail_reason": reason})
    paid = sharer.paid()

    number = sharer.shared(paid, (HEADQUARTERS, 500), (BRANCH, 300))

    done = sharer.ask(paid, number)
    assert done.json()["state"] == "FINISHED"
    assert results(done) == [(HEADQUARTERS, 500, "SUCCESS"), (BRANCH, 300, "CLOSED")]
    assert done.json()["receivers"][1]["fail_reason"] == reason
    assert sharer.left(paid) == 12350


def test_closed_share_is_released_with_the_rest(sandbox: Sandbox, sharer: Sharer) -> None:
    sandbox.settle(max_ratio=10000)
    sandbox.control("wechat/receivers", {"account": BRANCH, "fail_reason": "ACCOUNT_ABNORMAL"})
    paid = sharer.paid()

    number = sharer.split(paid, (HEADQUARTERS, 500), (BRANCH, 12350), unfreeze_unsplit=True).json()[
        "out_order_no"
    ]

    sandbox.control("clock", {"advance_seconds": 1})
    mine = sharer.merchant.holder.mchid
    assert results(sharer.ask(paid, number))[2] == (mine, 12350, "SUCCESS")


def test_receiver_that_was_unbound_meanwhile_gets_nothing(sandbox: Sandbox, sharer: Sharer) -> None:
    paid = sharer.paid()
    number = sharer.split(paid, (BRANCH, 300)).json()["out_order_no"]
    party = {"appid": sharer.merchant.holder.appid, "type": "MERCHANT_ID", "account": BRANCH}
    assert sharer.merchant.post(f"{ROOT}/receivers/delete", party).status_code == 200

    sandbox.control("clock", {"advance_seconds": 1})

    (line,) = sharer.ask(paid, number).json()["receivers"]
    assert (line["result"], line["fail_reason"]) == ("CLOSED", "NO_RELATION")
    assert refusal(sharer.split(paid, (BRANCH, 300))) == PARAM_ERROR
    assert refusal(sharer.merchant.post(f"{ROOT}/receivers/delete", party)) == INVALID


def test_no_more_is_shared_than_the_ratio_allows(sharer: Sharer) -> None:
    paid = sharer.paid()

    assert refusal(sharer.split(paid, (HEADQUARTERS, 3856))) == INVALID
    sharer.shared(paid, (HEADQUARTERS, 3000))
    assert refusal(sharer.split(paid, (BRANCH, 856))) == INVALID
    assert sharer.split(paid, (BRANCH, 855)).status_code == 200


def test_refund_before_the_split_makes_less_of_it(sandbox: Sandbox, sharer: Sharer) -> None:
    sandbox.settle(max_ratio=10000)
    paid = sharer.paid()
    number = sharer.merchant.get(f"/v3/pay/transactions/id/{paid}?mchid={_mchid(sharer)}").json()
    assert sharer.merchant.refund(number["out_trade_no"], 12000).status_code == 200

    assert sharer.left(paid) == 850
    assert refusal(sharer.split(paid, (HEADQUARTERS, 851))) == (403, "NOT_ENOUGH")
    assert sharer.split(paid, (HEADQUARTERS, 850)).status_code == 200


def test_refund_of_a_split_order_takes_what_is_frozen_or_waits_for_the_release(
    sandbox: Sandbox, sharer: Sharer
) -> None:
    paid = sharer.paid()
    number = sharer.merchant.get(f"/v3/pay/transactions/id/{paid}?mchid={_mchid(sharer)}").json()[
        "out_trade_no"
    ]
    sharer.shared(paid, (HEADQUARTERS, 500))

    assert refusal(sharer.merchant.refund(number, 12351)) == (403, "NOT_ENOUGH")
    assert sharer.merchant.refund(number, 1).status_code == 200
    sharer.release(paid)
    sandbox.control("clock", {"advance_seconds": 1})
    assert sharer.merchant.refund(number, 12849).status_code == 200


def test_split_a_minute_after_payment_is_enforced_on_request(
    sandbox: Sandbox, sharer: Sharer
) -> None:
    sandbox.settle(split_gap=True)
    paid = sharer.paid()

    assert refusal(sharer.split(paid, (HEADQUARTERS, 1))) == INVALID
    sandbox.control("clock", {"advance_seconds": 60})
    assert sharer.split(paid, (HEADQUARTERS, 1)).status_code == 200


def test_fifty_splits_of_an_order_are_the_limit(sandbox: Sandbox, sharer: Sharer) -> None:
    sandbox.settle(split_finish_seconds=0)
    paid = sharer.paid()
    for _ in range(50):
        assert sharer.split(paid, (HEADQUARTERS, 1)).status_code == 200
        sandbox.control("clock", {"advance_seconds": 0})

    assert refusal(sharer.split(paid, (HEADQUARTERS, 1))) == (403, "RULE_LIMIT")


WRONG_FIELDS: dict[str, dict[str, Any]] = {
    "unknown field": {"amount": 1},
    "number with a dot": {"out_order_no": "S.1"},
    "no number": {"out_order_no": None},
    "no receivers": {"receivers": []},
    "no flag": {"unfreeze_unsplit": None},
    "flag as a word": {"unfreeze_unsplit": "true"},
    "sub_mchid of a direct merchant": {"sub_mchid": "1900012603"},
    "zero": {
        "receivers": [
            {"type": "MERCHANT_ID", "account": HEADQUARTERS, "amount": 0, "description": "x"}
        ]
    },
    "no description": {
        "receivers": [{"type": "MERCHANT_ID", "account": HEADQUARTERS, "amount": 1}]
    },
    "51 receivers": {
        "receivers": [
            {"type": "MERCHANT_ID", "account": str(one), "amount": 1, "description": "x"}
            for one in range(51)
        ]
    },
    "a receiver twice": {
        "receivers": [
            {"type": "MERCHANT_ID", "account": HEADQUARTERS, "amount": 1, "description": "x"}
        ]
        * 2
    },
    "a stranger": {
        "receivers": [{"type": "MERCHANT_ID", "account": "1", "amount": 1, "description": "x"}]
    },
}


@pytest.mark.parametrize("changes", WRONG_FIELDS.values(), ids=WRONG_FIELDS.keys())
def test_wrong_field_is_refused(sharer: Sharer, changes: dict[str, Any]) -> None:
    paid = sharer.paid()

    assert refusal(sharer.split(paid, (HEADQUARTERS, 1), **changes)) == PARAM_ERROR
    assert sharer.left(paid) == 12850


def test_person_is_paid_under_an_app_only(sharer: Sharer) -> None:
    paid = sharer.paid()

    assert refusal(sharer.split(paid, (MANAGER, 1), appid=None)) == INVALID
    strange = sharer.split(paid, (MANAGER, 1), appid="wx0")
    assert refusal(strange) == (400, "APPID_MCHID_NOT_MATCH")


def test_unknown_numbers_are_404(sharer: Sharer) -> None:
    paid = sharer.paid()
    number = sharer.shared(paid, (HEADQUARTERS, 1))

    assert refusal(sharer.split("42", (HEADQUARTERS, 1))) == MISSING
    assert refusal(sharer.release("42")) == MISSING
    assert refusal(sharer.ask(paid, "S-NONE")) == MISSING
    assert refusal(sharer.ask(sharer.paid(), number)) == MISSING
    assert refusal(sharer.merchant.get(f"{ROOT}/transactions/42/amounts")) == MISSING


def _mchid(sharer: Sharer) -> str:
    return sharer.merchant.holder.mchid
