"""The second half of `make demo`: one payment through every channel and each of its own pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from paycenter.local.console import dim, green, say
from paycenter.local.credentials import Credentials
from paycenter.local.errors import LocalError
from paycenter.local.loopback import loopback_session
from paycenter.local.sample import new_order_no, payment_request, wait_for_state
from paycenter.local.sandbox_control import SandboxControl

_AMOUNT = 1990  # fen


@dataclass(frozen=True)
class Way:
    """One way to pay; ``payer`` is what the channel must know of whoever pays."""

    channel: str
    invoke_method: str
    payer: Mapping[str, str] = field(default_factory=dict)


WAYS = (
    Way("wechat", "mini_program", {"openid": "oSandboxMiniProgramPayer0001"}),
    Way("wechat", "official_account", {"openid": "oSandboxOfficialPayer0000001"}),
    Way("wechat", "app"),
    Way("wechat", "wap", {"client_ip": "203.0.113.9"}),
    Way("wechat", "qr_code"),
    Way("alipay", "mini_program", {"buyer_id": "2088102146225135"}),
    Way("alipay", "app"),
    Way("alipay", "wap"),
    Way("alipay", "pc"),
    Way("alipay", "qr_code"),
    Way("easypay", "wap"),
    Way("easypay", "pc"),
    Way("easypay", "qr_code"),
)


class Tour:
    """Walks all ways with one application."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._center = credentials.client()

    def run(self) -> None:
        """Pay once each way; raises LocalError at the first that does not end in money."""
        for way in WAYS:
            self._walk(way)

    def _walk(self, way: Way) -> None:
        request = {
            **payment_request(
                self._credentials,
                order_no=new_order_no("TOUR"),
                amount=_AMOUNT,
                channel=way.channel,
                invoke_method=way.invoke_method,
            ),
            "payer": dict(way.payer),
        }
        answer = self._center.post("/api/v1/payments", request)
        if answer.status not in {201, 202}:
            raise LocalError(f"{way.channel} {way.invoke_method}: {answer.status} {answer.body}")
        path = f"/api/v1/payments/{answer.body['serial_no']}"
        action = wait_for_state(self._center, path, state="pending").body["action"]
        launch = _open(action)
        SandboxControl(self._credentials.control_url, way.channel).pay(
            answer.body["serial_no"], launch=launch
        )
        paid = wait_for_state(self._center, path, state="succeeded").body
        say(f"   {way.channel:8} {way.invoke_method:17} {green(paid['state'])}  {_told(action)}")


def _open(action: Mapping[str, Any]) -> str:
    """Do what the payer's device does with the launch data.

    Returns the order string of an app: the channel has seen nothing of it yet.
    """
    params = action["params"]
    if action["type"] == "redirect":
        page = loopback_session().get(params["url"], timeout=10)
        if page.status_code != 200 or "<html" not in page.text:
            raise LocalError(f"the channel's page answered {page.status_code}")
    return str(params.get("order_string", ""))


def _told(action: Mapping[str, Any]) -> str:
    url = action["params"].get("url")
    return dim(f"{action['type']} {urlsplit(url).path if url else ''}".strip())
