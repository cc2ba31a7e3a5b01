"""A refund beyond the company's limit: one person asks, another approves, the payer has it back."""

from collections.abc import Iterator

import pytest

from tests.browser.conftest import MakeOperator
from tests.browser.house import House
from tests.browser.names import CHECKED, CHECKER, MAKER, TOO_MUCH
from tests.browser.operator import DESKTOP, TABLET, Operator, Screen
from tests.browser.staff import Staff
from tests.faults.waiting import eventually

pytestmark = pytest.mark.slow

LIMIT = 5_000


@pytest.fixture(autouse=True)
def _limit(house: House) -> Iterator[None]:
    """Refunds of more than 50 yuan wait for a second person."""
    change = "UPDATE merchants_merchant SET refund_limit = %s WHERE merchant_no = %s RETURNING id"
    house.center.query(change, LIMIT, house.credentials.merchant_id)
    yield
    house.center.query(change, None, house.credentials.merchant_id)


def ask(maker: Operator, serial_no: str) -> str:
    """Ask for all of a payment, find that one cannot agree with oneself; return its number."""
    maker.opens("Payments")
    maker.presses(serial_no)
    maker.presses("Refund")
    maker.writes("Reason", TOO_MUCH)
    maker.shows("refund-ask")
    maker.presses("Ask for the refund")
    maker.reads("It waits for somebody else's approval.")
    maker.shows("refund-waits")
    maker.sees_no_button("Approve")
    maker.sees_no_button("Refuse")
    rows = maker.house.center.query(
        "SELECT refund_serial_no FROM transactions_refund AS refund "
        "JOIN transactions_payment AS payment ON payment.id = refund.payment_id "
        "WHERE payment.serial_no = %s AND refund.state = 'pending_approval'",
        serial_no,
    )
    maker.opens("Work")
    maker.reads_nothing_of(rows[0][0])
    return str(rows[0][0])


def approve(checker: Operator, refund_serial_no: str) -> None:
    """Find in "Work" what somebody else asked for, and agree."""
    checker.opens("Work")
    checker.presses(refund_serial_no)
    checker.reads("128.50", TOO_MUCH, MAKER)
    checker.writes("Why", CHECKED)
    checker.shows("refund-approve")
    checker.presses("Approve")
    checker.reads("It is done as you decided.")


def assert_returned(house: House, serial_no: str, refund_serial_no: str) -> None:
    """The channel gave the money back, and the application was told of it."""
    (order,) = [one for one in house.books("wechat") if one["serial_no"] == serial_no]
    assert order["left"] == 0
    assert [one["refund_serial_no"] for one in order["refunds"]] == [refund_serial_no]
    told = [event for event in house.received() if event["type"] == "refund.succeeded"]
    assert refund_serial_no in [event["data"]["refund_serial_no"] for event in told]


@pytest.mark.parametrize("screen", [DESKTOP, TABLET], ids=["desktop", "tablet"])
def test_a_refund_asked_by_one_person_is_approved_by_another(
    house: House, staff: Staff, operator_with: MakeOperator, screen: Screen
) -> None:
    serial_no = house.new_payment()
    maker, checker = (operator_with(person, screen) for person in staff.finance)

    refund_serial_no = ask(maker, serial_no)
    approve(checker, refund_serial_no)

    eventually(lambda: assert_returned(house, serial_no, refund_serial_no), within=40)
    checker.page.reload()
    checker.reads("succeeded", MAKER, CHECKER)
