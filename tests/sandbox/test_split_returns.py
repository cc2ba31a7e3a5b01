"""Shares that come back: never more than was given, mostly at once, sometimes never."""

from tests.sandbox.process import Sandbox
from tests.sandbox.sharing import BRANCH, HEADQUARTERS, MANAGER, Sharer, refusal

INVALID = (400, "INVALID_REQUEST")
PARAM_ERROR = (400, "PARAM_ERROR")
MISSING = (404, "RESOURCE_NOT_EXISTS")


def test_part_of_a_share_comes_back_at_once(sharer: Sharer) -> None:
    number = sharer.shared(sharer.paid(), (HEADQUARTERS, 500))

    back = sharer.take_back(number, 200, out_return_no="T-1").json()

    assert (back["result"], back["amount"], back["return_mchid"]) == (
        "SUCCESS",
        200,
        HEADQUARTERS,
    )
    assert sharer.ask_return(number, "T-1").json() == back


def test_same_number_with_same_content_is_one_return(sharer: Sharer) -> None:
    number = sharer.shared(sharer.paid(), (HEADQUARTERS, 500))

    first, again = (sharer.take_back(number, 300, out_return_no="T-1").json() for _ in "12")

    assert first == again
    assert refusal(sharer.take_back(number, 301, out_return_no="T-1")) == PARAM_ERROR
    assert refusal(sharer.take_back(number, 201)) == INVALID
    assert sharer.take_back(number, 200).status_code == 200


def test_split_may_be_named_by_the_channel_s_number(sharer: Sharer) -> None:
    paid = sharer.paid()
    number = sharer.shared(paid, (HEADQUARTERS, 500))
    order_id = sharer.ask(paid, number).json()["order_id"]

    back = sharer.take_back(number, 1, out_order_no=None, order_id=order_id).json()

    assert back["out_order_no"] == number
    assert refusal(sharer.take_back(number, 1, order_id=order_id)) == PARAM_ERROR


def test_nothing_comes_back_from_persons_strangers_and_failed_shares(
    sandbox: Sandbox, sharer: Sharer
) -> None:
    sandbox.control("wechat/receivers", {"account": BRANCH, "fail_reason": "NO_AUTH"})
    number = sharer.shared(sharer.paid(), (HEADQUARTERS, 500), (MANAGER, 97), (BRANCH, 3))

    for account in (MANAGER, BRANCH, "1900099399"):
        assert refusal(sharer.take_back(number, 1, return_mchid=account)) == INVALID
    assert refusal(sharer.take_back("S-NONE", 1)) == MISSING
    assert refusal(sharer.ask_return(number, "T-NONE")) == MISSING


def test_split_in_work_gives_nothing_back(sharer: Sharer) -> None:
    number = sharer.split(sharer.paid(), (HEADQUARTERS, 500)).json()["out_order_no"]
    assert refusal(sharer.take_back(number, 1)) == INVALID


def test_receiver_may_refuse_returns(sandbox: Sandbox, sharer: Sharer) -> None:
    number = sharer.shared(sharer.paid(), (HEADQUARTERS, 500))
    sandbox.control("wechat/receivers", {"account": HEADQUARTERS, "refuses_returns": True})
    assert refusal(sharer.take_back(number, 1)) == (403, "NO_AUTH")


def test_share_older_than_half_a_year_stays(sandbox: Sandbox, sharer: Sharer) -> None:
    number = sharer.shared(sharer.paid(), (HEADQUARTERS, 500))
    sandbox.control("clock", {"advance_seconds": 180 * 86400 + 1})
    assert refusal(sharer.take_back(number, 1)) == INVALID


def test_return_that_waits_fails_after_five_days(sandbox: Sandbox, sharer: Sharer) -> None:
    sandbox.settle(return_finish_seconds=None)
    number = sharer.shared(sharer.paid(), (HEADQUARTERS, 500))
    assert sharer.take_back(number, 500, out_return_no="T-1").json()["result"] == "PROCESSING"
    assert refusal(sharer.take_back(number, 1)) == INVALID

    sandbox.control("clock", {"advance_seconds": 5 * 86400})

    back = sharer.ask_return(number, "T-1").json()
    assert (back["result"], back["fail_reason"]) == ("FAILED", "TIME_OUT_CLOSED")
    assert sharer.take_back(number, 500).status_code == 200


def test_return_may_take_its_time_and_fail(sandbox: Sandbox, sharer: Sharer) -> None:
    sandbox.settle(return_finish_seconds=60)
    number = sharer.shared(sharer.paid(), (HEADQUARTERS, 500))
    sharer.take_back(number, 200, out_return_no="T-1")
    sandbox.control(
        "wechat/receivers", {"account": HEADQUARTERS, "fail_reason": "ACCOUNT_ABNORMAL"}
    )
    sandbox.control("clock", {"advance_seconds": 60})
    back = sharer.ask_return(number, "T-1").json()
    assert (back["result"], back["fail_reason"]) == ("FAILED", "ACCOUNT_ABNORMAL")


def test_receiver_without_money_leaves_the_return_waiting(sandbox: Sandbox, sharer: Sharer) -> None:
    sandbox.settle(return_finish_seconds=None)
    sandbox.fault("split_return", "receiver_not_enough")
    number = sharer.shared(sharer.paid(), (HEADQUARTERS, 500))

    assert refusal(sharer.take_back(number, 200, out_return_no="T-1")) == (403, "NOT_ENOUGH")
    assert sharer.ask_return(number, "T-1").json()["result"] == "PROCESSING"
