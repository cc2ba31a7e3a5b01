"""What the control API makes of settlements, what the books show, and what can go wrong."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.sandbox.alipay.merchant import Merchant, is_genuine, read_form
from tests.sandbox.alipay.sharing import BRANCH, HEADQUARTERS, Sharer, results
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver


def _listen(sandbox: Sandbox, sharer: Sharer, receiver: Receiver) -> None:
    address = {"app_id": sharer.merchant.holder.app_id, "url": receiver.url}
    assert sandbox.control("alipay/gateway", address) == address


def test_control_decides_all_shares_of_a_sync_settlement(sandbox: Sandbox, sharer: Sharer) -> None:
    sandbox.control("alipay/settings", {"split_finish_seconds": None})
    trade_no = sharer.paid()
    sharer.split(trade_no, (HEADQUARTERS, "5"), (BRANCH, "3"), out_request_no="S1")
    sandbox.control("clock", {"advance_seconds": 3600})

    decision = {"split_serial_no": "S1", "account": BRANCH, "state": "failed"}
    shown = sandbox.control("alipay/splits", decision)

    assert (shown["state"], shown["released"]) == ("finished", 0)
    assert {share["state"] for share in shown["shares"]} == {"failed"}
    assert {state for _, _, state in results(sharer.ask(trade_no, "S1"))} == {"FAIL"}
    assert sandbox.try_control("alipay/splits", decision).status_code == 409


def test_control_decides_each_share_of_an_async_settlement(
    sandbox: Sandbox, sharer: Sharer, receiver: Receiver
) -> None:
    _listen(sandbox, sharer, receiver)
    sandbox.control("alipay/settings", {"split_finish_seconds": None})
    trade_no = sharer.paid()
    sharer.split(
        trade_no, (HEADQUARTERS, "5"), (BRANCH, "3"), out_request_no="S1", royalty_mode="async"
    )

    failed = {"split_serial_no": "S1", "account": BRANCH, "state": "failed"}
    reason = {"fail_reason": "USER_ACCOUNT_HAD_FREEZEN"}
    shown = sandbox.control("alipay/splits", failed | reason)
    assert (shown["state"], shown["shares"][1]["fail_reason"]) == (
        "processing",
        "USER_ACCOUNT_HAD_FREEZEN",
    )
    assert receiver.received == []
    assert sandbox.try_control("alipay/splits", failed).status_code == 409
    sandbox.control("alipay/splits", {"split_serial_no": "S1", "state": "succeeded"})

    assert results(sharer.ask(trade_no, "S1")) == [
        (HEADQUARTERS, "5.00", "SUCCESS"),
        (BRANCH, "3.00", "FAIL"),
    ]
    content = json.loads(read_form(receiver.wait()[0].body)["biz_content"])
    assert content["royalty_detail_list"][1]["error_code"] == "USER_ACCOUNT_HAD_FREEZEN"


def test_async_settlement_is_told_to_the_app_a_second_later(
    sandbox: Sandbox, sharer: Sharer, receiver: Receiver
) -> None:
    _listen(sandbox, sharer, receiver)
    sandbox.control("alipay/receivers", {"account": BRANCH, "fail_reason": "MERCHANT_RISK_LIMIT"})
    trade_no = sharer.paid()
    shares = (HEADQUARTERS, "5"), (BRANCH, "3")
    sharer.split(trade_no, *shares, out_request_no="S1", royalty_mode="async")
    assert {state for _, _, state in results(sharer.ask(trade_no, "S1"))} == {"PROCESSING"}

    sandbox.control("clock", {"advance_seconds": 1})

    told = read_form(receiver.wait()[0].body)
    assert is_genuine(told, sharer.merchant.holder.alipay_public_key_pem)
    assert told["msg_method"] == "alipay.trade.order.settle.notify"
    assert told["app_id"] == sharer.merchant.holder.app_id
    content = json.loads(told["biz_content"])
    assert (content["out_request_no"], content["trade_no"]) == ("S1", trade_no)
    assert results(content) == results(sharer.ask(trade_no, "S1"))
    assert [state for _, _, state in results(content)] == ["SUCCESS", "FAIL"]
    assert sharer.left(trade_no) == "123.50"


def test_sync_settlement_and_release_are_told_to_nobody(
    sandbox: Sandbox, sharer: Sharer, receiver: Receiver
) -> None:
    _listen(sandbox, sharer, receiver)
    sharer.split(sharer.paid(), (HEADQUARTERS, "5"))
    sharer.release(sharer.paid(), royalty_mode="async")

    sandbox.control("clock", {"advance_seconds": 60})

    assert receiver.received == []


def test_holding_a_settlement_stops_it_from_finishing_by_itself(
    sandbox: Sandbox, sharer: Sharer
) -> None:
    sandbox.control("alipay/settings", {"split_finish_seconds": 60})
    trade_no = sharer.paid()
    sharer.split(trade_no, (HEADQUARTERS, "5"), out_request_no="S1")

    held = {"split_serial_no": "S1", "state": "processing"}
    assert sandbox.control("alipay/splits", held)["state"] == "processing"
    sandbox.control("clock", {"advance_seconds": 3600})

    assert results(sharer.ask(trade_no, "S1")) == [(HEADQUARTERS, "5.00", "PROCESSING")]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("alipay/splits", {"split_serial_no": "X", "state": "failed"}, "not_found"),
        ("alipay/splits", {"split_serial_no": "S1", "state": "lost"}, "unknown_state"),
        (
            "alipay/splits",
            {"split_serial_no": "S1", "state": "failed", "fail_reason": "TIRED"},
            "unknown_reason",
        ),
        ("alipay/receivers", {"account": "1", "fail_reason": "TIRED"}, "unknown_reason"),
        ("alipay/receivers", {"account": "1", "refuses_returns": None}, "wrong_type"),
        ("alipay/gateway", {"app_id": "1", "url": "http://127.0.0.1/"}, "not_found"),
    ],
)
def test_wrong_request_is_refused_with_a_reason(
    sandbox: Sandbox, sharer: Sharer, path: str, body: dict[str, Any], code: str
) -> None:
    sandbox.control("alipay/settings", {"split_finish_seconds": None})
    sharer.split(sharer.paid(), (HEADQUARTERS, "5"), out_request_no="S1")

    error = sandbox.try_control(path, body).json()["error"]

    assert error["code"] == code
    assert error["message"].endswith(".")


def test_books_show_every_fen_shared_taken_back_and_released(
    sandbox: Sandbox, sharer: Sharer
) -> None:
    trade_no = sharer.paid()
    sharer.split(trade_no, (HEADQUARTERS, "5"), (BRANCH, "3"), out_request_no="S1")
    sharer.refund(trade_no, "2.50", (BRANCH, "2"), out_request_no="R1")
    sharer.release(trade_no, out_request_no="L1")

    books = sandbox.look("alipay/books")

    (order,) = books["orders"]
    (split,), (release,), (refund,) = order["splits"], order["releases"], order["refunds"]
    shares = [(one["account"], one["amount"], one["state"]) for one in split["shares"]]
    assert split["split_serial_no"] == "S1"
    assert shares == [(HEADQUARTERS, 500, "succeeded"), (BRANCH, 300, "succeeded")]
    assert refund["taken_back"] == [{"account": BRANCH, "amount": 200}]
    assert (release["release_serial_no"], release["released"]) == ("L1", 12000)
    assert order["left"] == 0
    assert books["totals"] == {
        "taken": 12850,
        "returned": 250,
        "shared": 800,
        "taken_back": 200,
        "released": 12000,
    }


def test_account_behaves_again_as_before(sandbox: Sandbox) -> None:
    account = {"account": BRANCH}
    reason = {"fail_reason": "MERCHANT_RISK_LIMIT", "name": "A"}
    sandbox.control("alipay/receivers", account | reason)

    shown = sandbox.control("alipay/receivers", {**account, "fail_reason": None})

    assert (shown["fail_reason"], shown["name"]) == ("", "A")


@pytest.mark.parametrize(("fault", "is_executed"), [("drop_before", False), ("drop_after", True)])
def test_lost_answer(sandbox: Sandbox, sharer: Sharer, fault: str, is_executed: bool) -> None:
    trade_no = sharer.paid()
    sandbox.fault("split", fault, channel="alipay")

    with pytest.raises(requests.ConnectionError):
        sharer.split(trade_no, (HEADQUARTERS, "5"), out_request_no="S1")

    assert bool(results(sharer.ask(trade_no, "S1"))) is is_executed
    assert sharer.split(trade_no, (HEADQUARTERS, "5"), out_request_no="S1").code == "10000"
    assert sharer.left(trade_no) == "123.50"


@pytest.mark.parametrize(
    ("fault", "code", "is_executed"),
    [
        ("error_executed", "20000:isp.unknow-error", True),
        ("error_not_executed", "20000:isp.unknow-error", False),
        ("system_error_executed", "40004:ACQ.SYSTEM_ERROR", True),
        ("settle_error_executed", "40004:ACQ.TRADE_SETTLE_ERROR", True),
    ],
)
def test_error_that_says_nothing(
    sandbox: Sandbox, sharer: Sharer, fault: str, code: str, is_executed: bool
) -> None:
    trade_no = sharer.paid()
    sandbox.fault("split", fault, channel="alipay")

    answer = sharer.split(trade_no, (HEADQUARTERS, "5"), out_request_no="S1")

    assert answer.code == code
    assert bool(results(sharer.ask(trade_no, "S1"))) is is_executed


def test_wrong_amount(sandbox: Sandbox, sharer: Sharer) -> None:
    trade_no = sharer.paid()
    sharer.split(trade_no, (HEADQUARTERS, "5"), out_request_no="S1")
    sandbox.fault("split_query", "wrong_amount", channel="alipay")

    assert results(sharer.ask(trade_no, "S1")) == [(HEADQUARTERS, "5.01", "SUCCESS")]


@pytest.fixture
def own_sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox this test may kill."""
    sandbox = Sandbox(tmp_path / "data")
    yield sandbox
    sandbox.stop()


def test_crash_forgets_nothing(own_sandbox: Sandbox, receiver: Receiver) -> None:
    sharer = Sharer(own_sandbox, Merchant(own_sandbox.url, own_sandbox.identity.alipay.merchant))
    for account in (HEADQUARTERS, BRANCH):
        sharer.bind(account)
    _listen(own_sandbox, sharer, receiver)
    trade_no = sharer.paid()
    own_sandbox.control("alipay/settings", {"split_finish_seconds": 100})
    sharer.split(trade_no, (BRANCH, "3"), out_request_no="S1", royalty_mode="async")
    books = own_sandbox.look("alipay/books")

    own_sandbox.restart()

    assert own_sandbox.look("alipay/books") == books
    own_sandbox.control("clock", {"advance_seconds": 100})
    assert results(sharer.ask(trade_no, "S1")) == [(BRANCH, "3.00", "SUCCESS")]
    assert len(receiver.wait()) == 1
