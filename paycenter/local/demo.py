"""`make demo`: the story of one order, told with real requests beside a running `make run`."""

import time
from collections.abc import Mapping
from typing import Any

from paycenter.local.console import say
from paycenter.local.credentials import Credentials, read_credentials
from paycenter.local.data_dir import data_dir_path, read_running
from paycenter.local.errors import LocalError
from paycenter.local.loopback import loopback_session
from paycenter.local.narrator import Narrator
from paycenter.local.sample import new_order_no, payment_request, wait_for_state
from paycenter.local.sandbox_control import SandboxControl
from paycenter.local.tour import Tour

_PATIENCE = 30  # seconds until the receiver must have been told
_AMOUNT, _REFUND = 12850, 2850  # fen
_ACCOUNT = ("payment_id", "channel", "invoke_methods", "available")
_PAYMENT = ("serial_no", "order_no", "channel_serial_no", "amount", "state", "paid_at")
_EVENT = ("position", "id", "type", "occurred_at")
_ORDER = ("order_no", "amount", "paid_amount", "refunded_amount", "state")
_REFUND_ROW = ("refund_serial_no", "amount", "state")
_PROBLEM = ("code", "detail", "request_id")
_REFUND_DONE = (*_REFUND_ROW, "channel_refund_no", "succeeded_at")


def main(given: Mapping[str, str]) -> int:
    """Tell the whole story; raises LocalError when nothing is running or a step goes wrong."""
    data_dir = data_dir_path(given)
    running = read_running(data_dir)
    credentials = read_credentials({**given, "DATA_DIR": str(data_dir)})
    Demo(credentials, receiver_url=running["receiver_url"]).run()
    say("\nNow look at the same order in the admin:")
    admin = credentials.admin
    say(f"  {admin['url']}  (user {admin['username']}, password {admin['password']})")
    return 0


class Demo:
    """One telling of the story, with an order of its own."""

    def __init__(self, credentials: Credentials, *, receiver_url: str) -> None:
        self._credentials = credentials
        self._center = credentials.client()
        self._sandbox = SandboxControl(credentials.control_url, "wechat")
        self._receiver_url = receiver_url
        self._tell = Narrator(self._center)
        self._order_no = new_order_no("DEMO")

    def run(self) -> None:
        """Tell all of it, in order."""
        self._accounts()
        serial_no = self._ask_twice()
        self._pay(serial_no)
        self._hear_of_it(serial_no)
        self._refund(serial_no)
        self._close_another()
        self._order()
        self._wrong_signature()
        self._tell.step(
            "Pay 19.90 yuan once by every method of every channel, on its own page if any"
        )
        Tour(self._credentials).run()

    def _accounts(self) -> None:
        self._tell.step("Which payment accounts may this application use?")
        answer = self._tell.get(
            "/api/v1/payment-accounts", merchant_id=self._credentials.merchant_id
        )
        self._tell.rows(answer.body["data"], show=_ACCOUNT)

    def _ask_twice(self) -> str:
        request = payment_request(self._credentials, order_no=self._order_no, amount=_AMOUNT)
        self._tell.step("Ask for a WeChat Pay QR code over 128.50 yuan, which is 12850 fen")
        answer = self._tell.post("/api/v1/payments", request, expect=(201, 202))
        self._tell.step("Ask again at once: the same payment comes back, the channel is not asked")
        again = self._tell.post(
            "/api/v1/payments", request, expect=(200, 202), show=("serial_no", "state")
        )
        if again.body["serial_no"] != answer.body["serial_no"]:
            raise LocalError("the repeated request made a second payment")
        return str(answer.body["serial_no"])

    def _pay(self, serial_no: str) -> None:
        self._tell.step("The resident pays: the sandbox plays WeChat Pay and calls the center back")
        wait_for_state(self._center, f"/api/v1/payments/{serial_no}", state="pending")
        self._sandbox.pay(serial_no)
        wait_for_state(self._center, f"/api/v1/payments/{serial_no}", state="succeeded")
        self._tell.get(f"/api/v1/payments/{serial_no}", show=_PAYMENT)

    def _hear_of_it(self, serial_no: str) -> None:
        self._tell.step("The application is notified (its signature verified by the receiver)")
        event = self._notification("payment.succeeded", serial_no)
        self._tell.rows([event], show=_EVENT)
        self._tell.step("Whoever misses a notification reads the feed, which skips nothing")
        feed = self._tell.get("/api/v1/events", after=event["position"] - 1, limit=10)
        self._tell.rows(feed.body["data"], show=_EVENT)

    def _refund(self, serial_no: str) -> None:
        self._tell.step("Give 28.50 yuan back")
        refund = {
            "serial_no": serial_no,
            "refund_no": f"{self._order_no}-R1",
            "amount": _REFUND,
            "reason": "多收退回",
        }
        answer = self._tell.post("/api/v1/refunds", refund, expect=(201,))
        refund_serial_no = str(answer.body["refund_serial_no"])
        self._tell.step("The channel returns the money, and the refund follows")
        wait_for_state(self._center, f"/api/v1/refunds/{refund_serial_no}", state="processing")
        self._sandbox.finish_refund(refund_serial_no)
        wait_for_state(self._center, f"/api/v1/refunds/{refund_serial_no}", state="succeeded")
        self._tell.get(f"/api/v1/refunds/{refund_serial_no}", show=_REFUND_DONE)

    def _close_another(self) -> None:
        self._tell.step("Another order that nobody will pay: ask, then close it")
        request = payment_request(self._credentials, order_no=new_order_no("DEMO"), amount=_AMOUNT)
        answer = self._tell.post("/api/v1/payments", request, expect=(201, 202), show=_PAYMENT)
        self._tell.post(f"/api/v1/payments/{answer.body['serial_no']}/close", {}, show=_PAYMENT)

    def _order(self) -> None:
        self._tell.step("The first order as a whole: its payments and refunds")
        answer = self._tell.get(
            f"/api/v1/orders/{self._order_no}",
            show=_ORDER,
            merchant_id=self._credentials.merchant_id,
        )
        self._tell.rows(answer.body["payments"], show=_PAYMENT)
        self._tell.rows(answer.body["refunds"], show=_REFUND_ROW)

    def _wrong_signature(self) -> None:
        self._tell.step("A request signed with the wrong secret is refused")
        stranger = self._credentials.client(secret="not-the-secret")  # noqa: S106 (on purpose)
        self._tell.answer(stranger.get("/api/v1/payments"), expect=(401,), show=_PROBLEM)

    def _notification(self, event_type: str, serial_no: str) -> dict[str, Any]:
        """Return what the receiver got for this payment; raises LocalError after 30 s."""
        session, deadline = loopback_session(), time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            got = session.get(f"{self._receiver_url}/received.json", timeout=5).json()
            for each in got["data"]:
                event: dict[str, Any] = each["event"]
                if event["type"] == event_type and event["data"]["serial_no"] == serial_no:
                    return event
            time.sleep(0.2)
        raise LocalError(f"the receiver got no {event_type} within {_PATIENCE} s")
