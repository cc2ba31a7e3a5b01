"""Public EasyPay clients at the door, paid through the simulated WeChat Pay and Alipay.

Everything runs as it does in production, over real HTTP: PyPI epay-sdk and epusdt place, query and
verify; neither knows refunds, so those are asked for by hand.
"""

import json
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import requests
from epay_sdk import (  # type: ignore[import-untyped]
    CreateOrderRequest,
    EPayClient,
    EPayConfig,
    EPaySignError,
    QueryOrderRequest,
)
from epusdt import EpusdtClient, SignatureError, TradeStatus

from tests.faults.center import Center, running_center
from tests.sandbox.receiver import Receiver

pytestmark = pytest.mark.slow

PATIENCE = 30
_PROJECT = Path(__file__).parents[2]
_OPEN_DOOR = """
import django, json
django.setup()
from merchants.doors import open_door
from merchants.models import Application, PaymentAccount
application = Application.objects.get(code="sandbox-app")
accounts = {
    account.channel_merchant.channel: account
    for account in PaymentAccount.objects.filter(grants__application=application)
}
door, key = open_door(
    application, wxpay_account=accounts["wechat"], alipay_account=accounts["alipay"]
)
print(json.dumps({"pid": str(door.pid), "key": key}))
"""


@dataclass(frozen=True)
class Shop:
    """An old application behind a door of a running center."""

    center: Center
    receiver: Receiver
    pid: str
    key: str

    @property
    def base_url(self) -> str:
        """What stood for the platform's address in its settings."""
        return f"{self.center.at.web_url}/easypay/"

    @property
    def epay_sdk(self) -> EPayClient:
        """The client of PyPI epay-sdk."""
        return EPayClient(
            EPayConfig(pid=self.pid, key=self.key, base_url=self.base_url, environment="sandbox")
        )

    @property
    def epusdt(self) -> EpusdtClient:
        """The client of PyPI epusdt, whose platform speaks the same V1."""
        return EpusdtClient(base_url=self.base_url, pid=self.pid, secret_key=self.key)

    def order(self, type_: str) -> CreateOrderRequest:
        """Return a new order of 12.80 yuan."""
        return CreateOrderRequest(
            out_trade_no=f"OLD-{secrets.token_hex(6)}",
            name="2026 物业费 & <b>",
            money="12.80",
            notify_url=self.receiver.url,
            return_url=f"{self.receiver.url}back",
            pay_type=type_,
            clientip="192.0.2.7",
            param="a=1&b=中",
        )

    def payer_pays(self, channel: str, out_trade_no: str, **more: str) -> None:
        """Let the payer pay at the simulated channel."""
        ((serial_no,),) = self.center.query(
            "SELECT serial_no FROM transactions_payment JOIN transactions_order ON "
            "transactions_order.id = order_id WHERE order_no = %s",
            out_trade_no,
        )
        url = f"{self.center.at.sandbox_url}/control/{channel}/pay"
        requests.post(url, json={"serial_no": serial_no, **more}, timeout=30).raise_for_status()

    def told(self, out_trade_no: str) -> dict[str, str]:
        """Return the notification of an order, as soon as it came."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for one in self.receiver.received:
                if one.parameters.get("out_trade_no") == out_trade_no:
                    assert one.method == "GET"
                    return one.parameters
            time.sleep(0.05)
        raise TimeoutError(f"nobody told of {out_trade_no}")

    def refund(self, out_trade_no: str, money: str) -> dict[str, Any]:
        """Ask for a V1 refund."""
        form = {"pid": self.pid, "key": self.key, "out_trade_no": out_trade_no, "money": money}
        response = requests.post(f"{self.base_url}api.php?act=refund", data=form, timeout=30)
        return dict(response.json())


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """A center with its sandbox, workers and web server, and an old application before it."""
    receiver = Receiver(usual_answer=(200, b"success"))
    with running_center() as (center, _):
        opened = subprocess.run(
            [sys.executable, "-c", _OPEN_DOOR],
            cwd=_PROJECT,
            env=center.environment,
            capture_output=True,
            check=True,
        )
        yield Shop(center, receiver, **json.loads(opened.stdout))
    receiver.close()


def test_epay_sdk_is_paid_over_wechat(shop: Shop) -> None:
    client, order = shop.epay_sdk, shop.order("wxpay")
    form = client.build_create_order_params(order)
    placed = requests.post(f"{shop.base_url}mapi.php", data=form, timeout=30).json()
    assert placed["qrcode"].startswith("weixin://")

    shop.payer_pays("wechat", order.out_trade_no)
    told = shop.told(order.out_trade_no)

    verified = client.verify_callback(told)
    assert (verified.trade_no, str(verified.money)) == (placed["trade_no"], "12.80")
    assert (verified.name, verified.attach) == (order.name, order.param)
    assert client.is_trade_success(told)
    with pytest.raises(EPaySignError):
        client.verify_callback(told | {"money": "12.81"})


def test_epay_sdk_is_paid_over_alipay_and_refunds(shop: Shop) -> None:
    client, order = shop.epay_sdk, shop.order("alipay")
    jump = re.search(r'content="1;url=([^"]+)"', client.create_order(order))
    assert jump is not None

    shop.payer_pays("alipay", order.out_trade_no, launch=unescape(jump[1]))
    assert client.verify_callback(shop.told(order.out_trade_no)).pay_type == "alipay"

    assert shop.refund(order.out_trade_no, "2.80")["code"] == 0
    read = client.parse_query_result(
        client.query_order(QueryOrderRequest(out_trade_no=order.out_trade_no))
    )
    assert (read.query_ok, str(read.amount), read.raw["status"]) == (True, "12.80", 2)


def test_epusdt_places_an_order_and_verifies_its_notification(shop: Shop) -> None:
    form = shop.epusdt.build_epay_params(
        out_trade_no=f"OLD-{secrets.token_hex(6)}",
        money="12.80",
        notify_url=shop.receiver.url,
        return_url=f"{shop.receiver.url}back",
        name="2026 物业费",
    )
    page = requests.post(f"{shop.base_url}submit.php", data=form, timeout=30).text
    jump = re.search(r'content="1;url=([^"]+)"', page)
    assert jump is not None, page

    shop.payer_pays("alipay", form["out_trade_no"], launch=unescape(jump[1]))
    told = shop.told(form["out_trade_no"])

    parsed = shop.epusdt.parse_epay_callback(told)
    assert (parsed.out_trade_no, parsed.money) == (form["out_trade_no"], "12.80")
    assert parsed.trade_status is TradeStatus.TRADE_SUCCESS
    with pytest.raises(SignatureError):
        shop.epusdt.parse_epay_callback(told | {"money": "12.81"})
