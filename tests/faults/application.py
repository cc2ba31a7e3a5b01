"""The business system beside the center: asks, reads, and compares what it was told."""

import secrets
from collections import Counter
from collections.abc import Iterator
from typing import Any

import requests

from paycenter.local.client import Answer, SignedRequest
from paycenter.local.credentials import Credentials
from paycenter.local.sample import payment_request
from tests.faults.channel import Books

Json = dict[str, Any]
Told = Counter[tuple[str, str]]

AMOUNT = 12850
REFUND = 1000


class Application:
    """One application with its key, its grants and its receiver of notifications."""

    def __init__(self, credentials: Credentials, *, receiver_url: str) -> None:
        self._credentials = credentials
        self._receiver_url = receiver_url
        self._center = credentials.client()
        self._received: dict[str, Json] = {}

    def another_connection(self) -> "Application":
        """Return the same application with a connection of its own, for a thread of its own."""
        return Application(self._credentials, receiver_url=self._receiver_url)

    def new_order(self) -> str:
        """Return an order number not used before."""
        return f"FAULT-{secrets.token_hex(6)}"

    def ask(self, order_no: str) -> Answer:
        """Ask for a payment of 128.50 yuan."""
        request = payment_request(self._credentials, order_no=order_no, amount=AMOUNT)
        return self._center.post("/api/v1/payments", request)

    def ask_refund(self, serial_no: str, refund_no: str) -> Answer:
        """Ask that ten yuan go back."""
        body = {"serial_no": serial_no, "refund_no": refund_no, "amount": REFUND, "reason": "退款"}
        return self._center.post("/api/v1/refunds", body)

    def ask_close(self, serial_no: str) -> Answer:
        """Ask that nobody can pay a payment any more."""
        return self._center.post(f"/api/v1/payments/{serial_no}/close")

    def signed_question(self) -> requests.PreparedRequest:
        """Return a signed request as it goes over the wire, for who would send it again."""
        raw = self._credentials.raw
        key = SignedRequest(raw["application"]["key_id"], raw["application"]["secret"])
        return requests.Request("GET", f"{raw['base_url']}/api/v1/payments", auth=key).prepare()

    def payment(self, serial_no: str) -> Json:
        """Read a payment."""
        return self._center.get(f"/api/v1/payments/{serial_no}").body

    def refund(self, refund_serial_no: str) -> Json:
        """Read a refund."""
        return self._center.get(f"/api/v1/refunds/{refund_serial_no}").body

    def order(self, order_no: str) -> Json:
        """Read an order with its payments and refunds."""
        merchant_id = self._credentials.merchant_id
        return self._center.get(f"/api/v1/orders/{order_no}", merchant_id=merchant_id).body

    def accounts(self, order_no: str) -> Books:
        """Return one order in the shape of the channel's books."""
        return accounts_of(self.order(order_no))

    def told(self, order_no: str) -> Told:
        """Count the feed's events about an order: (type, number of what it is about)."""
        return Counter(subject(event) for event in self.feed() if _is_about(event, order_no))

    def notified(self, order_no: str) -> Told:
        """Count the different notifications that arrived about an order.

        What was seen once is remembered, also when the receiver has died since.
        """
        self._received |= {each["id"]: each["event"] for each in self.received()}
        return Counter(
            subject(event) for event in self._received.values() if _is_about(event, order_no)
        )

    def received(self) -> list[Json]:
        """Return what the receiver has: each event once, with the ``times`` it came."""
        answer = requests.get(f"{self._receiver_url}/received.json", timeout=10)
        received: list[Json] = answer.json()["data"]
        return received

    def feed(self) -> Iterator[Json]:
        """Read every event there is, oldest first."""
        after, more = 0, True
        while more:
            page = self._center.get("/api/v1/events", after=after, limit=200).body
            after, more = page["next_after"], page["has_more"]
            yield from page["data"]


def accounts_of(order: Json) -> Books:
    """Return an order with its payments and refunds in the shape of the channel's books."""
    return {
        payment["serial_no"]: {
            "channel_serial_no": payment["channel_serial_no"],
            "amount": payment["amount"],
            "state": payment["state"],
            "refunds": {
                refund["refund_serial_no"]: (refund["state"], refund["amount"])
                for refund in order["refunds"]
                if refund["serial_no"] == payment["serial_no"]
            },
        }
        for payment in order["payments"]
    }


def subject(event: Json) -> tuple[str, str]:
    """Return an event's type and the number of what it is about."""
    data = event["data"]
    return event["type"], str(data.get("refund_serial_no") or data["serial_no"])


def _is_about(event: Json, order_no: str) -> bool:
    return bool(event["data"]["order_no"] == order_no)
