"""Refunds of shared trades: what they may take, and what receivers give to them."""

import pytest

from tests.sandbox.alipay.sharing import BRANCH, HEADQUARTERS, Sharer
from tests.sandbox.process import Sandbox

TOO_MUCH = "40004:ACQ.ALLOC_AMOUNT_VALIDATE_ERROR"
NOT_ENOUGH = "40004:ACQ.SELLER_BALANCE_NOT_ENOUGH"


def test_refund_takes_a_share_back(sandbox: Sandbox, sharer: Sharer) -> None:
    trade_no = sharer.paid()
    sharer.split(trade_no, (HEADQUARTERS, "5"))

    refunded = sharer.refund(trade_no, "128.50", (HEADQUARTERS, "5"), out_request_no="R1")

    assert refunded.node["fund_change"] == "Y"
    biz = {"trade_no": trade_no, "out_request_no": "R1"}
    asked = sharer.merchant.call("fastpay.refund.query", biz).node
    (given,) = asked["refund_royaltys"]
    assert (given["trans_out"], given["refund_amount"]) == (HEADQUARTERS, "5.00")
    (order,) = sandbox.look("alipay/books")["orders"]
    assert order["refunds"][0]["taken_back"] == [{"account": HEADQUARTERS, "amount": 500}]


def test_refund_of_frozen_money_takes_what_is_left_or_waits_for_the_release(
    sharer: Sharer,
) -> None:
    trade_no = sharer.paid()
    sharer.split(trade_no, (HEADQUARTERS, "5"))

    assert sharer.refund(trade_no, "123.51").code == NOT_ENOUGH
    assert sharer.refund(trade_no, "124.00", (HEADQUARTERS, "0.49")).code == NOT_ENOUGH
    assert sharer.refund(trade_no, "124.00", (HEADQUARTERS, "0.50")).code == "10000"
    assert sharer.left(trade_no) == "0.00"
    sharer.release(trade_no)
    assert sharer.refund(trade_no, "4.50").code == "10000"


def test_refund_of_money_that_was_never_frozen_needs_no_release(sharer: Sharer) -> None:
    trade_no = sharer.paid(extend_params=None)
    sharer.split(trade_no, (HEADQUARTERS, "5"))

    assert sharer.refund(trade_no, "128.50").code == "10000"
    assert sharer.left(trade_no) == "0.00"


def test_receiver_gives_what_it_got_and_no_more(sharer: Sharer) -> None:
    trade_no = sharer.paid()
    sharer.split(trade_no, (HEADQUARTERS, "5"))

    assert sharer.refund(trade_no, "6", (HEADQUARTERS, "5.01")).code == TOO_MUCH
    assert sharer.refund(trade_no, "2", (HEADQUARTERS, "3")).code == TOO_MUCH
    assert sharer.refund(trade_no, "3", (HEADQUARTERS, "3")).code == "10000"
    assert sharer.refund(trade_no, "3", (HEADQUARTERS, "2.01")).code == TOO_MUCH
    assert sharer.refund(trade_no, "2", (HEADQUARTERS, "2")).code == "10000"


@pytest.mark.parametrize(
    ("account", "code"),
    [
        (BRANCH, "40004:ACQ.REFUND_ROYALTY_PAYEE_ACCOUNT_NOT_EXIST"),
        (HEADQUARTERS, "40004:ACQ.REFUNDALLOC_UNAUTH_LIMIT"),
    ],
)
def test_nobody_gives_who_got_nothing_or_refuses_to(
    sandbox: Sandbox, sharer: Sharer, account: str, code: str
) -> None:
    sandbox.control("alipay/receivers", {"account": HEADQUARTERS, "refuses_returns": True})
    trade_no = sharer.paid()
    sharer.split(trade_no, (HEADQUARTERS, "5"))

    assert sharer.refund(trade_no, "1", (account, "1")).code == code
    assert sandbox.look("alipay/books")["totals"]["returned"] == 0


def test_refund_before_the_settlement_makes_less_of_it(sandbox: Sandbox, sharer: Sharer) -> None:
    sandbox.control("alipay/settings", {"max_ratio": 100})
    trade_no = sharer.paid()
    sharer.refund(trade_no, "120")

    assert sharer.left(trade_no) == "8.50"
    assert sharer.split(trade_no, (HEADQUARTERS, "8.51")).code == TOO_MUCH
    assert sharer.split(trade_no, (HEADQUARTERS, "8.50")).code == "10000"


def test_refund_that_failed_took_nothing_back(sandbox: Sandbox, sharer: Sharer) -> None:
    sandbox.control("alipay/settings", {"refund_finish_seconds": None})
    trade_no = sharer.paid()
    sharer.split(trade_no, (HEADQUARTERS, "5"))
    sharer.refund(trade_no, "5", (HEADQUARTERS, "5"), out_request_no="R1")
    sandbox.control("alipay/refunds", {"refund_serial_no": "R1", "state": "failed"})

    again = sharer.refund(trade_no, "5", (HEADQUARTERS, "5"), out_request_no="R2")

    assert again.code == "10000"
    assert sharer.left(trade_no) == "123.50"
