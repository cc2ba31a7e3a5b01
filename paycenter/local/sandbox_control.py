"""The sandbox's control interface, as the demo uses it: the payer's side of the story."""

from paycenter.local.loopback import loopback_session


class SandboxControl:
    """Makes things happen at a simulated channel."""

    def __init__(self, control_url: str, channel: str) -> None:
        self._url = f"{control_url}/{channel}"
        self._session = loopback_session()

    def pay(self, serial_no: str, *, launch: str = "") -> None:
        """The payer pays; `launch` is what their device was given, where nothing was sent yet."""
        self._post("pay", {"serial_no": serial_no} | ({"launch": launch} if launch else {}))

    def finish_refund(self, refund_serial_no: str) -> None:
        """The channel returns the money."""
        self._post("refunds", {"refund_serial_no": refund_serial_no, "state": "succeeded"})

    def _post(self, action: str, body: dict[str, str]) -> None:
        self._session.post(f"{self._url}/{action}", json=body, timeout=10).raise_for_status()
