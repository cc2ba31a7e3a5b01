"""Test vocabulary: bringing an order to where a fault is to strike."""

from tests.faults.application import Application
from tests.faults.channel import Channel
from tests.faults.waiting import eventually


def wait_for_state(application: Application, serial_no: str, *states: str) -> None:
    """Wait until a payment is in one of these states."""

    def check() -> None:
        assert application.payment(serial_no)["state"] in states

    eventually(check)


def pending_payment(application: Application) -> tuple[str, str]:
    """Return the order number and serial number of a payment that waits for its payer."""
    order_no = application.new_order()
    serial_no: str = application.ask(order_no).body["serial_no"]
    wait_for_state(application, serial_no, "pending")
    return order_no, serial_no


def paid_order(application: Application, channel: Channel) -> tuple[str, str]:
    """Return the order number and serial number of a payment that succeeded."""
    order_no, serial_no = pending_payment(application)
    channel.payer_pays(serial_no)
    wait_for_state(application, serial_no, "succeeded")
    return order_no, serial_no
