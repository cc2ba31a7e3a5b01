"""The simulated WeChat Pay through its control API: faults, the payer, the books."""

from typing import Any

import requests

Books = dict[str, dict[str, Any]]


class Channel:
    """One sandbox."""

    def __init__(self, sandbox_url: str) -> None:
        self._url = f"{sandbox_url}/control"
        self._session = requests.Session()
        self._session.trust_env = False  # loopback: no proxy

    def break_next(self, operation: str, fault: str, **more: Any) -> None:
        """Let the next request (or callback) of this kind meet a fault; more with ``times``."""
        self._post("faults", channel="wechat", operation=operation, fault=fault, **more)

    def payer_pays(self, serial_no: str) -> None:
        """Take the payer's money; the callback goes out at once."""
        self._post("wechat/pay", serial_no=serial_no)

    def send_callback_again(self, serial_no: str, *, times: int = 1) -> list[dict[str, Any]]:
        """Send the last callback about an order or refund again, all at once; returns attempts."""
        answer = self._post("wechat/callbacks", serial_no=serial_no, times=times, parallel=True)
        attempts: list[dict[str, Any]] = answer["attempts"]
        return attempts

    def callbacks_about(self, serial_no: str) -> list[dict[str, Any]]:
        """Return every attempt to deliver a callback about a payment, oldest first."""
        callbacks = self.order(serial_no)["callbacks"]
        return [attempt for callback in callbacks for attempt in callback["attempts"]]

    def order(self, serial_no: str) -> dict[str, Any]:
        """Return what the channel says of one order and the callbacks about it."""
        response = self._session.get(f"{self._url}/wechat/orders/{serial_no}", timeout=10)
        response.raise_for_status()
        order: dict[str, Any] = response.json()
        return order

    def books(self) -> Books:
        """Return the channel's own record of every order, by our serial number."""
        response = self._session.get(f"{self._url}/wechat/books", timeout=10)
        response.raise_for_status()
        return {line["serial_no"]: line for line in response.json()["orders"]}

    def knows(self, serial_no: str) -> bool:
        """Whether an order call with this number was executed."""
        return serial_no in self.books()

    def _post(self, path: str, **body: Any) -> dict[str, Any]:
        response = self._session.post(f"{self._url}/{path}", json=body, timeout=30)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer
