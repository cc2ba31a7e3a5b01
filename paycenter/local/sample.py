"""One payment through the whole installation: asked for, paid at the sandbox, settled."""

import time
from typing import Any

from paycenter.local.client import Answer, PaymentCenter
from paycenter.local.credentials import Credentials
from paycenter.local.errors import LocalError
from paycenter.local.sandbox_control import SandboxControl

_PATIENCE = 20  # seconds; a callback takes a fraction of one


def payment_request(
    credentials: Credentials,
    *,
    order_no: str,
    amount: int,
    channel: str = "wechat",
    invoke_method: str = "qr_code",
) -> dict[str, Any]:
    """Return a request to pay `amount` fen, for a WeChat Pay QR code unless told otherwise."""
    return {
        "merchant_id": credentials.merchant_id,
        "payment_id": credentials.payment_id(channel),
        "order_no": order_no,
        "amount": amount,
        "currency": "CNY",
        "invoke_method": invoke_method,
        "subject": "物业费 2026-11",
    }


def new_order_no(prefix: str) -> str:
    """Return an order number not used before."""
    return f"{prefix}-{time.time_ns():x}"


def wait_for_state(center: PaymentCenter, path: str, *, state: str) -> Answer:
    """Read a payment or refund until it is in this state; raises LocalError after 20 s."""
    deadline = time.monotonic() + _PATIENCE
    while (answer := center.get(path)).body.get("state") != state:
        if time.monotonic() > deadline:
            raise LocalError(f"{path} is not {state} after {_PATIENCE} s: {answer.body}")
        time.sleep(0.1)
    return answer


def make_sample_payment(credentials: Credentials) -> str:
    """Pay an order of 128.50 yuan and return the serial number of its settled payment.

    Blank where the channel takes nothing: somebody switched it off, or it did not work when the
    center was stopped. Everything else that goes wrong raises LocalError.
    """
    center = credentials.client()
    request = payment_request(credentials, order_no=new_order_no("SAMPLE"), amount=12850)
    answer = center.post("/api/v1/payments", request)
    if answer.body.get("code") == "channel_unavailable":
        return ""
    if answer.status not in {201, 202}:
        raise LocalError(f"the sample payment was refused: {answer.status} {answer.body}")
    serial_no = str(answer.body["serial_no"])
    path = f"/api/v1/payments/{serial_no}"
    wait_for_state(center, path, state="pending")
    SandboxControl(credentials.control_url, "wechat").pay(serial_no)
    wait_for_state(center, path, state="succeeded")
    return serial_no
