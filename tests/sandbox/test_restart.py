"""A crash forgets nothing: orders, refunds, owed callbacks, faults and the clock survive."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.merchant import Merchant
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver


@pytest.fixture
def own_sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox this test may kill."""
    sandbox = Sandbox(tmp_path / "data")
    yield sandbox
    sandbox.stop()


def test_crash_forgets_nothing(own_sandbox: Sandbox, receiver: Receiver) -> None:
    merchant = Merchant(own_sandbox.url, own_sandbox.identity.wechat.merchant)
    receiver.answers = [(500, b"")]
    number = merchant.place(notify_url=receiver.url)
    own_sandbox.control("clock", {"advance_seconds": 5000})
    own_sandbox.control("wechat/pay", {"serial_no": number})
    receiver.wait()
    own_sandbox.settle(refund_finish_seconds=100)
    merchant.refund(number, 850, out_refund_no="R-1", notify_url=receiver.url)
    own_sandbox.fault("query", "rate_limited")
    books = own_sandbox.look("wechat/books")

    own_sandbox.restart()

    assert own_sandbox.look("wechat/books") == books
    assert own_sandbox.look("clock")["ahead_seconds"] >= 5000
    assert merchant.query(number).status_code == 429
    assert merchant.query(number).json()["trade_state"] == "REFUND"
    own_sandbox.control("clock", {"advance_seconds": 100})
    events = [one.envelope["event_type"] for one in receiver.wait(3)[1:]]
    assert sorted(events) == ["REFUND.SUCCESS", "TRANSACTION.SUCCESS"]


def test_keys_on_disk_are_private(own_sandbox: Sandbox) -> None:
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in (own_sandbox.data_dir, *own_sandbox.data_dir.iterdir())
    }

    assert modes["data"] == 0o700
    assert {modes[name] for name in modes if name.startswith(("identity", "state"))} == {0o600}
