"""What the control API makes of splits, what the books show, and what can go wrong."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.sandbox.merchant import Merchant, is_signed
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver
from tests.sandbox.sharing import BRANCH, HEADQUARTERS, Sharer, refusal, results

INVALID = (400, "INVALID_REQUEST")
PARAM_ERROR = (400, "PARAM_ERROR")
MISSING = (404, "RESOURCE_NOT_EXISTS")


def test_control_decides_each_share(sandbox: Sandbox, sharer: Sharer) -> None:
    sandbox.settle(split_finish_seconds=None)
    paid = sharer.paid()
    sharer.split(paid, (HEADQUARTERS, 500), (BRANCH, 300), out_order_no="S-1")
    sandbox.control("clock", {"advance_seconds": 3600})

    wanted = {"split_serial_no": "S-1", "account": BRANCH, "state": "failed"}
    shown = sandbox.control("wechat/splits", wanted)
    assert (shown["state"], shown["shares"][1]["fail_reason"]) == (
        "processing",
        "ACCOUNT_ABNORMAL",
    )
    assert sandbox.try_control("wechat/splits", wanted).status_code == 409
    shown = sandbox.control("wechat/splits", {"split_serial_no": "S-1", "state": "succeeded"})
    assert (shown["state"], shown["shares"][0]["state"]) == ("finished", "succeeded")
    assert results(sharer.ask(paid, "S-1")) == [
        (HEADQUARTERS, 500, "SUCCESS"),
        (BRANCH, 300, "CLOSED"),
    ]
    again = {"split_serial_no": "S-1", "state": "failed"}
    assert sandbox.try_control("wechat/splits", again).status_code == 409


def test_control_ends_a_release(sandbox: Sandbox, sharer: Sharer) -> None:
    sandbox.settle(split_finish_seconds=None)
    paid = sharer.paid()
    sharer.release(paid, out_order_no="L-1")

    failed = {"split_serial_no": "L-1", "state": "failed"}
    assert sandbox.try_control("wechat/splits", failed).status_code == 409
    shown = sandbox.control("wechat/splits", {"split_serial_no": "L-1", "state": "succeeded"})

    assert (shown["state"], shown["released"]) == ("finished", 12850)
    assert sharer.left(paid) == 0


def test_holding_a_split_stops_it_from_finishing_by_itself(
    sandbox: Sandbox, sharer: Sharer
) -> None:
    paid = sharer.paid()
    sandbox.settle(split_finish_seconds=60)
    sharer.split(paid, (HEADQUARTERS, 500), out_order_no="S-1")
    sandbox.control("wechat/splits", {"split_serial_no": "S-1", "state": "processing"})
    sandbox.control("clock", {"advance_seconds": 3600})
    assert sharer.ask(paid, "S-1").json()["state"] == "PROCESSING"


def test_control_ends_returns(sandbox: Sandbox, sharer: Sharer) -> None:
    sandbox.settle(return_finish_seconds=60)
    number = sharer.shared(sharer.paid(), (HEADQUARTERS, 500))
    for name in ("T-1", "T-2"):
        sharer.take_back(number, 100, out_return_no=name)
    held = {"return_serial_no": "T-1", "state": "processing"}
    assert sandbox.control("wechat/returns", held)["state"] == "processing"
    failed = {"return_serial_no": "T-2", "state": "failed", "fail_reason": "BALANCE_NOT_ENOUGH"}
    assert sandbox.control("wechat/returns", failed)["fail_reason"] == "BALANCE_NOT_ENOUGH"
    sandbox.control("clock", {"advance_seconds": 3600})
    assert sharer.ask_return(number, "T-1").json()["result"] == "PROCESSING"
    done = {"return_serial_no": "T-1", "state": "succeeded"}
    assert sandbox.control("wechat/returns", done)["state"] == "succeeded"
    assert sandbox.try_control("wechat/returns", done).status_code == 409


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("wechat/splits", {"split_serial_no": "X", "state": "failed"}, "not_found"),
        ("wechat/returns", {"return_serial_no": "X", "state": "failed"}, "not_found"),
        ("wechat/receivers", {"account": "1", "fail_reason": "TIRED"}, "not_possible"),
        ("wechat/receivers", {"account": "1", "refuses_returns": None}, "wrong_type"),
    ],
)
def test_wrong_request_is_refused_with_a_reason(
    sandbox: Sandbox, path: str, body: dict[str, Any], code: str
) -> None:
    error = sandbox.try_control(path, body).json()["error"]
    assert error["code"] == code
    assert error["message"].endswith(".")


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"state": "lost"}, "unknown_state"), ({"fail_reason": "TIRED"}, "unknown_reason")],
)
def test_wrong_decision_is_refused(
    sandbox: Sandbox, sharer: Sharer, changes: dict[str, str], code: str
) -> None:
    sharer.split(sharer.paid(), (HEADQUARTERS, 1), out_order_no="S-1")
    body = {"split_serial_no": "S-1", "state": "failed"} | changes
    assert sandbox.try_control("wechat/splits", body).json()["error"]["code"] == code


def test_account_behaves_again_as_before(sandbox: Sandbox) -> None:
    account = {"account": BRANCH}
    sandbox.control("wechat/receivers", {**account, "fail_reason": "NO_AUTH", "name": "A"})
    shown = sandbox.control("wechat/receivers", {**account, "fail_reason": None})
    assert (shown["fail_reason"], shown["name"]) == ("", "A")


def test_books_show_every_fen_shared_returned_and_released(
    sandbox: Sandbox, sharer: Sharer
) -> None:
    sandbox.control("wechat/receivers", {"account": BRANCH, "fail_reason": "NO_AUTH"})
    paid = sharer.paid()
    number = sharer.shared(paid, (HEADQUARTERS, 500), (BRANCH, 300))
    sharer.take_back(number, 200, out_return_no="T-1")
    sharer.release(paid, out_order_no="L-1")
    sandbox.control("clock", {"advance_seconds": 1})

    books = sandbox.look("wechat/books")

    (order,) = books["orders"]
    (split,), (release,) = order["splits"], order["releases"]
    (back,) = split["returns"]
    shares = [(one["account"], one["amount"], one["state"]) for one in split["shares"]]
    assert split["split_serial_no"] == number
    assert shares == [(HEADQUARTERS, 500, "succeeded"), (BRANCH, 300, "failed")]
    assert (back["return_serial_no"], back["amount"], back["state"]) == (
        "T-1",
        200,
        "succeeded",
    )
    assert (release["release_serial_no"], release["released"]) == ("L-1", 12350)
    assert order["left"] == 0
    assert books["totals"] == {
        "taken": 12850,
        "returned": 0,
        "shared": 500,
        "taken_back": 200,
        "released": 12350,
    }


def test_receiver_that_wants_to_know_is_told_of_its_shares(
    sandbox: Sandbox, sharer: Sharer, receiver: Receiver
) -> None:
    holder = sandbox.identity.wechat.service_provider
    assert sharer.bind(holder.mchid, name=sharer.encrypted(holder.name)).status_code == 200
    sandbox.control("wechat/receivers", {"account": holder.mchid, "notify_url": receiver.url})
    paid = sharer.paid()

    number = sharer.shared(paid, (holder.mchid, 500), (HEADQUARTERS, 1))

    (callback,) = receiver.wait()
    assert is_signed(callback.headers, callback.body, holder.public_key_pem)
    assert callback.envelope["event_type"] == "PROFITSHARING.SUCCESS"
    assert callback.envelope["resource"]["original_type"] == "profitsharing"
    told = callback.open(holder.apiv3_key)
    assert (told["mchid"], told["transaction_id"]) == (_mchid(sharer), paid)
    assert (told["out_order_no"], told["receiver"]["account"]) == (number, holder.mchid)
    assert told["receiver"]["amount"] == 500
    assert "success_time" in told

    sharer.take_back(number, 200, return_mchid=holder.mchid)
    callback = receiver.wait(2)[1]
    assert callback.envelope["event_type"] == "PROFITSHARING.RETURN"
    assert callback.open(holder.apiv3_key)["receiver"]["amount"] == 200


def test_failed_share_is_told_to_nobody(
    sandbox: Sandbox, sharer: Sharer, receiver: Receiver
) -> None:
    holder = sandbox.identity.wechat.service_provider
    sharer.bind(holder.mchid, name=sharer.encrypted(holder.name))
    how = {"account": holder.mchid, "notify_url": receiver.url, "fail_reason": "NO_AUTH"}
    sandbox.control("wechat/receivers", how)
    sharer.shared(sharer.paid(), (holder.mchid, 500))
    assert receiver.received == []


@pytest.mark.parametrize(("fault", "is_executed"), [("drop_before", False), ("drop_after", True)])
def test_dropped_connection(
    sandbox: Sandbox, sharer: Sharer, fault: str, is_executed: bool
) -> None:
    paid = sharer.paid()
    sandbox.fault("split", fault)

    with pytest.raises(requests.ConnectionError):
        sharer.split(paid, (HEADQUARTERS, 500), out_order_no="S-1")

    assert (sharer.ask(paid, "S-1").status_code == 200) is is_executed
    assert sharer.split(paid, (HEADQUARTERS, 500), out_order_no="S-1").status_code == 200
    assert sharer.left(paid) == 12350


@pytest.mark.parametrize(
    ("fault", "is_executed"), [("error_executed", True), ("error_not_executed", False)]
)
def test_error_that_says_nothing(
    sandbox: Sandbox, sharer: Sharer, fault: str, is_executed: bool
) -> None:
    paid = sharer.paid()
    sandbox.fault("release", fault)

    answer = sharer.release(paid, out_order_no="L-1")

    assert refusal(answer) == (500, "SYSTEM_ERROR")
    assert (sharer.ask(paid, "L-1").status_code == 200) is is_executed


def test_wrong_amounts(sandbox: Sandbox, sharer: Sharer) -> None:
    sandbox.fault("split_query", "wrong_amount")
    sandbox.fault("return_query", "wrong_amount")
    paid = sharer.paid()
    number = sharer.shared(paid, (HEADQUARTERS, 500))
    sharer.take_back(number, 200, out_return_no="T-1")

    assert results(sharer.ask(paid, number)) == [(HEADQUARTERS, 501, "SUCCESS")]
    assert sharer.ask_return(number, "T-1").json()["amount"] == 201


@pytest.fixture
def own_sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox this test may kill."""
    sandbox = Sandbox(tmp_path / "data")
    yield sandbox
    sandbox.stop()


def test_crash_forgets_nothing(own_sandbox: Sandbox) -> None:
    sharer = Sharer(own_sandbox, Merchant(own_sandbox.url, own_sandbox.identity.wechat.merchant))
    sharer.bind_all()
    paid = sharer.paid()
    number = sharer.shared(paid, (HEADQUARTERS, 500))
    sharer.take_back(number, 200)
    own_sandbox.settle(split_finish_seconds=100)
    sharer.split(paid, (BRANCH, 300), out_order_no="S-1")
    books = own_sandbox.look("wechat/books")

    own_sandbox.restart()

    assert own_sandbox.look("wechat/books") == books
    own_sandbox.control("clock", {"advance_seconds": 100})
    assert results(sharer.ask(paid, "S-1")) == [(BRANCH, 300, "SUCCESS")]


def _mchid(sharer: Sharer) -> str:
    return sharer.merchant.holder.mchid
