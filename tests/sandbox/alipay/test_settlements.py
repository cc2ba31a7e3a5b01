"""Settlements: how a trade is shared, what is refused, and how its rest is freed."""

from typing import Any

import pytest

from tests.sandbox.alipay.sharing import (
    BRANCH,
    FROZEN,
    HEADQUARTERS,
    MANAGER,
    Sharer,
    results,
)
from tests.sandbox.process import Sandbox

INVALID_PARAMETER = "40004:ACQ.INVALID_PARAMETER"
TOO_MUCH = "40004:ACQ.ALLOC_AMOUNT_VALIDATE_ERROR"
OVER = "40004:ACQ.ALREADY_FINISH_ALLOC"


def test_shares_are_done_when_the_answer_comes(sharer: Sharer) -> None:
    trade_no = sharer.paid()

    answer = sharer.split(trade_no, (HEADQUARTERS, "5"), (MANAGER, "0.97"), out_request_no="S1")

    assert (answer.code, answer.node["trade_no"]) == ("10000", trade_no)
    assert answer.is_signed
    asked = sharer.ask(trade_no, "S1")
    assert results(asked) == [(HEADQUARTERS, "5.00", "SUCCESS"), (MANAGER, "0.97", "SUCCESS")]
    first, second = asked["royalty_detail_list"]
    assert (first["operation_type"], first["trans_out"]) == (
        "transfer",
        sharer.merchant.holder.seller_id,
    )
    assert first["detail_id"] != second["detail_id"]
    assert sharer.left(trade_no) == "122.53"


def test_settlement_is_found_by_alipays_number_too(sharer: Sharer) -> None:
    answer = sharer.split(sharer.paid(), (HEADQUARTERS, "5.00"), out_request_no="S1")

    asked = sharer.merchant.call("order.settle.query", {"settle_no": answer.node["settle_no"]})

    assert asked.node["out_request_no"] == "S1"


def test_same_number_with_same_content_is_one_settlement(sharer: Sharer) -> None:
    trade_no = sharer.paid()

    settle_nos = {
        sharer.split(trade_no, (HEADQUARTERS, "5.00"), out_request_no="S1").node["settle_no"]
        for _ in range(2)
    }

    assert len(settle_nos) == 1
    assert sharer.left(trade_no) == "123.50"
    other = sharer.split(trade_no, (HEADQUARTERS, "5.01"), out_request_no="S1")
    assert other.code == "40004:ACQ.DISCORDANT_REPEAT_REQUEST"
    elsewhere = sharer.split(sharer.paid(), (HEADQUARTERS, "5.00"), out_request_no="S1")
    assert elsewhere.code == "40004:ACQ.DUP_OUT_REQUEST_NO"


def test_one_account_that_fails_fails_them_all(sandbox: Sandbox, sharer: Sharer) -> None:
    reason = "ROYALTY_RECEIVER_ACCOUNT_NOT_CERTIFY"
    sandbox.control("alipay/receivers", {"account": BRANCH, "fail_reason": reason})
    trade_no = sharer.paid()

    answer = sharer.split(trade_no, (HEADQUARTERS, "5"), (BRANCH, "3"), out_request_no="S1")

    assert answer.code == f"40004:ACQ.{reason}"
    assert sharer.left(trade_no) == "128.50"
    assert "out_request_no" not in sharer.ask(trade_no, "S1")


def test_shares_may_take_their_time(sandbox: Sandbox, sharer: Sharer) -> None:
    sandbox.control("alipay/settings", {"split_finish_seconds": 60})
    sandbox.control("alipay/receivers", {"account": BRANCH, "fail_reason": "MERCHANT_RISK_LIMIT"})
    trade_no = sharer.paid()
    sharer.split(trade_no, (HEADQUARTERS, "5"), (BRANCH, "3"), out_request_no="S1")
    assert {state for _, _, state in results(sharer.ask(trade_no, "S1"))} == {"PROCESSING"}
    assert sharer.left(trade_no) == "120.50"

    sandbox.control("clock", {"advance_seconds": 60})

    assert {state for _, _, state in results(sharer.ask(trade_no, "S1"))} == {"FAIL"}
    assert sharer.left(trade_no) == "128.50"


def test_rest_is_released_with_the_shares(sharer: Sharer) -> None:
    trade_no = sharer.paid()

    sharer.release(
        trade_no,
        royalty_parameters=[{"trans_in_type": "userId", "trans_in": BRANCH, "amount": "1.00"}],
    )

    assert sharer.left(trade_no) == "0.00"
    assert sharer.split(trade_no, (HEADQUARTERS, "1.00")).code == OVER


def test_release_is_repeated_under_its_number_and_over_under_any_other(sharer: Sharer) -> None:
    trade_no = sharer.paid()
    sharer.split(trade_no, (HEADQUARTERS, "5.00"))

    answers = [sharer.release(trade_no, out_request_no="L1") for _ in range(2)]

    assert [answer.code for answer in answers] == ["10000", "10000"]
    assert sharer.release(trade_no).code == OVER
    assert sharer.ask(trade_no, "L1")["royalty_detail_list"] == []


def test_release_does_not_wait_for_shares_to_be_decided(sandbox: Sandbox, sharer: Sharer) -> None:
    sandbox.control("alipay/settings", {"split_finish_seconds": None})
    trade_no = sharer.paid()

    assert sharer.release(trade_no).code == "10000"
    assert sharer.left(trade_no) == "0.00"


def test_failed_settlement_releases_nothing(sandbox: Sandbox, sharer: Sharer) -> None:
    sandbox.control("alipay/settings", {"split_finish_seconds": 1})
    sandbox.control("alipay/receivers", {"account": BRANCH, "fail_reason": "MERCHANT_RISK_LIMIT"})
    trade_no = sharer.paid()
    sharer.split(trade_no, (BRANCH, "3"), extend_params={"royalty_finish": "true"})

    sandbox.control("clock", {"advance_seconds": 1})

    assert sharer.left(trade_no) == "128.50"


def test_money_is_released_by_itself_after_thirty_days(sandbox: Sandbox, sharer: Sharer) -> None:
    trade_no = sharer.paid()
    sandbox.control("clock", {"advance_seconds": 30 * 86400})

    assert sharer.left(trade_no) == "0.00"
    assert sharer.split(trade_no, (HEADQUARTERS, "1")).code == OVER


@pytest.mark.parametrize("frozen", [None, {"royalty_freeze": "false"}])
def test_trade_that_was_not_frozen_can_be_shared_and_has_nothing_to_release(
    sharer: Sharer, frozen: dict[str, str] | None
) -> None:
    trade_no = sharer.paid(extend_params=frozen)

    assert sharer.split(trade_no, (HEADQUARTERS, "5")).code == "10000"
    assert sharer.left(trade_no) == "123.50"
    assert sharer.release(trade_no).code == OVER


def test_unpaid_and_unknown_trades_are_not_shared(sharer: Sharer) -> None:
    unpaid = sharer.merchant.create(extend_params=FROZEN)
    trade_no = sharer.merchant.query(unpaid).node["trade_no"]

    assert sharer.split(trade_no, (HEADQUARTERS, "1")).code == "40004:ACQ.TRADE_STATUS_ERROR"
    assert sharer.split("2026", (HEADQUARTERS, "1")).code == "40004:ACQ.TRADE_NOT_EXIST"


def test_no_more_is_shared_than_the_ratio_allows(sandbox: Sandbox, sharer: Sharer) -> None:
    trade_no = sharer.paid()

    assert sharer.split(trade_no, (HEADQUARTERS, "38.56")).code == TOO_MUCH
    sharer.split(trade_no, (HEADQUARTERS, "30"))
    assert sharer.split(trade_no, (BRANCH, "8.56")).code == TOO_MUCH
    assert sharer.split(trade_no, (BRANCH, "8.55")).code == "10000"
    sandbox.control("alipay/settings", {"max_ratio": 100})
    assert sharer.split(trade_no, (BRANCH, "89.96")).code == TOO_MUCH
    assert sharer.split(trade_no, (BRANCH, "89.95")).code == "10000"


def test_ratio_is_told(sandbox: Sandbox, sharer: Sharer) -> None:
    sandbox.control("alipay/settings", {"max_ratio": 45})

    told = sharer.merchant.call("royalty.rate.query", {"out_request_no": "Q1"}).node

    assert (told["user_id"], told["max_ratio"]) == (sharer.merchant.holder.seller_id, 45)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"out_request_no": None}, INVALID_PARAMETER),
        ({"out_request_no": "S.1"}, INVALID_PARAMETER),
        ({"trade_no": None}, INVALID_PARAMETER),
        ({"royalty_parameters": None}, INVALID_PARAMETER),
        ({"royalty_parameters": []}, INVALID_PARAMETER),
        ({"royalty_parameters": {}}, INVALID_PARAMETER),
        ({"royalty_parameters": ["x"]}, INVALID_PARAMETER),
        ({"royalty_mode": "later"}, INVALID_PARAMETER),
        ({"extend_params": {"royalty_finish": True}}, INVALID_PARAMETER),
        ({"extend_params": "royalty_finish"}, INVALID_PARAMETER),
        ({"trans_in": "2088000000000000"}, "40004:ACQ.ROYALTY_RECEIVER_INVALID"),
        ({"trans_in_type": "openId"}, "40004:ACQ.ROYALTY_RECEIVER_INVALID"),
        ({"trans_in_type": "cat"}, INVALID_PARAMETER),
        ({"amount": "0"}, INVALID_PARAMETER),
        ({"amount": "1.001"}, INVALID_PARAMETER),
        ({"amount": None}, INVALID_PARAMETER),
    ],
)
def test_wrong_member_is_refused(sharer: Sharer, changes: dict[str, Any], code: str) -> None:
    trade_no = sharer.paid()
    share = {"trans_in_type": "userId", "trans_in": HEADQUARTERS, "amount": "1.00"}
    entry = _changed(share, {name: changes[name] for name in changes.keys() & share.keys()})
    biz = {"out_request_no": "S1", "trade_no": trade_no, "royalty_parameters": [entry]}
    wanted = {name: value for name, value in changes.items() if name not in share}

    assert sharer.merchant.call("order.settle", _changed(biz, wanted)).code == code
    assert sharer.left(trade_no) == "128.50"


def test_seller_itself_and_nobody_twice_receive_shares(sharer: Sharer) -> None:
    trade_no = sharer.paid()
    seller = sharer.merchant.holder.seller_id

    assert sharer.split(trade_no, (seller, "1")).code == "40004:ACQ.ROYALTY_ACCOUNTS_EQUAL"
    twice = sharer.split(trade_no, (BRANCH, "1"), (BRANCH, "2"))
    assert twice.code == "40004:ACQ.USER_LOGONID_DUP"


def test_name_of_a_receiver_is_checked_where_it_is_known(sandbox: Sandbox, sharer: Sharer) -> None:
    sandbox.control("alipay/receivers", {"account": MANAGER, "name": "王小明"})
    trade_no = sharer.paid()
    share = {"trans_in_type": "loginName", "trans_in": MANAGER, "amount": "1.00"}

    wrong = sharer.split(trade_no, royalty_parameters=[share | {"trans_in_name": "李"}])
    right = sharer.split(trade_no, royalty_parameters=[share | {"trans_in_name": "王小明"}])

    assert wrong.code == "40004:ACQ.ROYALTY_ACCOUNT_NAME_NOT_MATCH"
    assert right.code == "10000"


@pytest.mark.parametrize(("mode", "most"), [("sync", 5), ("async", 50)])
def test_one_settlement_has_so_many_receivers_at_most(sharer: Sharer, mode: str, most: int) -> None:
    accounts = [f"2088{number:012}" for number in range(most + 1)]
    for account in accounts:
        sharer.bind(account)
    trade_no = sharer.paid()

    shares = [(account, "0.01") for account in accounts]

    assert sharer.split(trade_no, *shares, royalty_mode=mode).code == INVALID_PARAMETER
    assert sharer.split(trade_no, *shares[:most], royalty_mode=mode).code == "10000"


def test_modes_are_not_mixed_in_one_trade(sharer: Sharer) -> None:
    trade_no = sharer.paid()
    sharer.split(trade_no, (HEADQUARTERS, "1"))

    assert sharer.split(trade_no, (BRANCH, "1"), royalty_mode="async").code == INVALID_PARAMETER


def test_fifty_settlements_of_a_trade_are_the_limit(sharer: Sharer) -> None:
    trade_no = sharer.paid()
    for _ in range(50):
        assert sharer.split(trade_no, (HEADQUARTERS, "0.01")).code == "10000"

    assert sharer.split(trade_no, (HEADQUARTERS, "0.01")).code == INVALID_PARAMETER


def test_question_about_an_unknown_number_is_answered_without_shares(sharer: Sharer) -> None:
    trade_no, other = sharer.paid(), sharer.paid()
    sharer.split(other, (HEADQUARTERS, "1"), out_request_no="S1")

    for asked in (sharer.ask(trade_no, "NONE"), sharer.ask(trade_no, "S1")):
        assert (asked["code"], asked["royalty_detail_list"]) == ("10000", [])
    assert sharer.ask("2026", "S1")["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    half = sharer.merchant.call("order.settle.query", {"out_request_no": "S1"})
    assert half.code == INVALID_PARAMETER


@pytest.mark.parametrize("value", [True, "TRUE", "", None])
def test_freezing_is_a_word(sharer: Sharer, value: object) -> None:
    order = sharer.merchant.order(
        buyer_id="2088260200000099", extend_params={"royalty_freeze": value}
    )

    assert sharer.merchant.call("create", order).code == INVALID_PARAMETER


def _changed(wanted: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (wanted | changes).items() if value is not None}
