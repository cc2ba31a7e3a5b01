"""A whole center for payers with browsers: its application asks for pages, its books are open."""

import secrets
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

import requests

from paycenter.local.credentials import Credentials
from paycenter.local.data_dir import PROJECT
from tests.faults.center import Center

AMOUNT = 12850
LINES = [
    {"fee_type": "property_fee", "room": "3-1201", "period": "2026-11", "amount": 10000},
    {"fee_type": "parking", "room": "B2-118", "period": "2026-11", "amount": 2850},
]

_ATTEMPTS = """
    SELECT payment.serial_no, merchant.channel, payment.state, payment.settles_order,
           payment.amount, payment.refunded, payment.repeat_of_id IS NOT NULL
    FROM transactions_payment AS payment
    JOIN transactions_order AS orders ON orders.id = payment.order_id
    JOIN merchants_channelmerchant AS merchant ON merchant.id = payment.channel_merchant_id
    WHERE orders.order_no = %s ORDER BY payment.id
"""


@dataclass(frozen=True)
class Attempt:
    """One payment of an order as its row says."""

    serial_no: str
    channel: str
    state: str
    settles: bool
    amount: int
    refunded: int
    is_repeat: bool


@dataclass(frozen=True)
class Bill:
    """What a resident got: the number of an order and the link to its page."""

    order_no: str
    url: str


@dataclass(frozen=True)
class House:
    """The center, the application with its key, and the channels' control."""

    center: Center = field(repr=False)
    credentials: Credentials = field(repr=False)

    def new_bill(self, **changes: Any) -> Bill:
        """Have a page made for a new order of 128.50 yuan."""
        order_no = f"WEB-{secrets.token_hex(6)}"
        body = {
            "merchant_id": self.credentials.merchant_id,
            "order_no": order_no,
            "amount": AMOUNT,
            "subject": "物业费 2026-11",
            "lines": LINES,
        }
        answer = self.credentials.client().post("/api/v1/checkouts", body | changes)
        assert answer.status == 201, answer.body
        return Bill(order_no, answer.body["checkout_url"])

    def new_payment(self) -> str:
        """Have a new order of 128.50 yuan paid at WeChat Pay; return the payment's number."""
        body = {
            "merchant_id": self.credentials.merchant_id,
            "payment_id": self.credentials.payment_id("wechat"),
            "order_no": f"WEB-{secrets.token_hex(6)}",
            "amount": AMOUNT,
            "currency": "CNY",
            "invoke_method": "qr_code",
            "subject": "物业费 2026-11",
            "notify_url": f"{self.center.at.receiver_url}/notify",
            "lines": LINES,
        }
        serial_no = self.credentials.client().post("/api/v1/payments", body).body["serial_no"]
        self.control("wechat/pay", serial_no=serial_no)
        return str(serial_no)

    def attempts(self, bill: Bill) -> list[Attempt]:
        """Return the order's payments, oldest first."""
        return [Attempt(*row) for row in self.center.query(_ATTEMPTS, bill.order_no)]

    def order_state(self, bill: Bill) -> str:
        """Return the state of the order's row."""
        rows = self.center.query(
            "SELECT state FROM transactions_order WHERE order_no = %s", bill.order_no
        )
        return str(rows[0][0])

    def close(self, serial_no: str) -> None:
        """Have the application close a payment."""
        answer = self.credentials.client().post(f"/api/v1/payments/{serial_no}/close")
        assert answer.status == 200, answer.body

    def control(self, path: str, **body: Any) -> Any:
        """Make something happen at a channel."""
        response = requests.post(f"{self.credentials.control_url}/{path}", json=body, timeout=30)
        assert response.status_code == 200, response.text
        return response.json()

    def inside(self, task: str, **facts: str) -> None:
        """Have a task of ``tests.browser.world`` done by the center's own code."""
        call = f"from tests.browser import world; world.{task}(**{facts!r})"
        command = [sys.executable, "manage.py", "shell", "--verbosity=0", "-c", call]
        done = subprocess.run(
            command,
            cwd=PROJECT,
            env=self.center.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def books(self, channel: str) -> list[dict[str, Any]]:
        """Return the channel's own record of every order."""
        url = f"{self.credentials.control_url}/{channel}/books"
        orders: list[dict[str, Any]] = requests.get(url, timeout=10).json()["orders"]
        return orders

    def received(self) -> list[dict[str, Any]]:
        """Return the notifications that the application has got."""
        answer = requests.get(f"{self.center.at.receiver_url}/received.json", timeout=10)
        return [each["event"] for each in answer.json()["data"]]

    def bridge(self, channel: str) -> str:
        """Return the script that plays a channel's app in a page."""
        url = f"{self.center.at.sandbox_url}/bridge/{channel}.js"
        return requests.get(url, timeout=10).text
