"""An independent client in another language, npm wechatpay-axios-plugin, in both key modes.

It needs Node and ``npm install --prefix tests/peers``.
"""

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.merchant import Merchant, new_number
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Received, Receiver

_PEERS = Path(__file__).parents[1] / "peers"

pytestmark = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")


class AxiosClient:
    """The Node program; one line of JSON asks, one answers."""

    def __init__(self, setup: dict[str, Any]) -> None:
        self._process = subprocess.Popen(
            ["node", "wechat.js"],
            cwd=_PEERS,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.ask(setup=setup)

    def ask(self, **wish: Any) -> dict[str, Any]:
        """Have one wish fulfilled."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(wish) + "\n")
        stdin.flush()
        line = stdout.readline()
        assert line, "the Node program ended; was `npm install --prefix tests/peers` run?"
        return dict(json.loads(line))

    def close(self) -> None:
        """End the program."""
        self._process.kill()
        self._process.communicate()


@pytest.fixture(params=["public_key", "certificate"])
def keys(request: pytest.FixtureRequest, sandbox: Sandbox, merchant: Merchant) -> dict[str, str]:
    """The platform's key by its serial, as the merchant's console would show it."""
    sandbox.settle(signing_mode=request.param)
    if request.param == "public_key":
        return {merchant.holder.public_key_id: merchant.holder.public_key_pem}
    # Other tests of this sandbox rotate as well: the last two are what is signed with.
    rotated = [sandbox.control("wechat/certificates/rotate") for _ in range(2)]
    return {one["serial_no"]: one["certificate_pem"] for one in rotated}


@pytest.fixture
def client(sandbox: Sandbox, merchant: Merchant, keys: dict[str, str]) -> Iterator[AxiosClient]:
    """The client as its documentation sets it up, pointed at the sandbox."""
    holder = merchant.holder
    client = AxiosClient(
        {
            "mchid": holder.mchid,
            "serial": holder.serial_no,
            "privateKey": holder.private_key_pem,
            "certs": keys,
            "baseURL": sandbox.url,
        }
    )
    yield client
    client.close()


def _opened(client: AxiosClient, merchant: Merchant, callback: Received, key: str) -> Any:
    wish = {
        "headers": callback.headers,
        "body": callback.body.decode(),
        "key": key,
        "apiv3Key": merchant.holder.apiv3_key,
    }
    return client.ask(open=wish)["data"]


def test_order_payment_and_refund(
    client: AxiosClient,
    sandbox: Sandbox,
    merchant: Merchant,
    receiver: Receiver,
    keys: dict[str, str],
) -> None:
    order = merchant.order(notify_url=receiver.url)
    number = order["out_trade_no"]
    answer = client.ask(verb="post", path="v3/pay/transactions/native", data=order)
    assert (answer["status"], "code_url" in answer["data"]) == (200, True)
    sandbox.control("wechat/pay", {"serial_no": number})

    (callback,) = receiver.wait()
    told = _opened(client, merchant, callback, keys[callback.headers["Wechatpay-Serial"]])
    asked = client.ask(
        verb="get",
        path=f"v3/pay/transactions/out-trade-no/{number}",
        params={"mchid": merchant.holder.mchid},
    )
    assert asked == {"status": 200, "data": told}

    refund = {
        "out_trade_no": number,
        "out_refund_no": new_number("R"),
        "amount": {"refund": 850, "total": 12850, "currency": "CNY"},
    }
    answer = client.ask(verb="post", path="v3/refund/domestic/refunds", data=refund)
    assert (answer["status"], answer["data"]["status"]) == (200, "PROCESSING")
    path = f"v3/refund/domestic/refunds/{refund['out_refund_no']}"
    assert client.ask(verb="get", path=path)["status"] == 200


def test_splitting(
    client: AxiosClient, sandbox: Sandbox, merchant: Merchant, keys: dict[str, str]
) -> None:
    number = merchant.place(settle_info={"profit_sharing": True})
    sandbox.control("wechat/pay", {"serial_no": number})
    paid = merchant.query(number).json()["transaction_id"]
    provider = sandbox.identity.wechat.service_provider
    serial, key = list(keys.items())[-1]
    receiver = {
        "appid": merchant.holder.appid,
        "type": "MERCHANT_ID",
        "account": provider.mchid,
        "name": client.ask(encrypt={"text": provider.name, "key": key})["data"],
        "relation_type": "HEADQUARTER",
    }
    headers = {"Wechatpay-Serial": serial}
    path = "v3/profitsharing/receivers/add"
    bound = client.ask(verb="post", path=path, data=receiver, headers=headers)
    assert bound["status"] == 200, bound

    share = {
        "type": "MERCHANT_ID",
        "account": provider.mchid,
        "amount": 500,
        "description": "物业费分成",
    }
    split = {
        "appid": merchant.holder.appid,
        "transaction_id": paid,
        "out_order_no": "S-1",
        "receivers": [share],
        "unfreeze_unsplit": True,
    }
    accepted = client.ask(verb="post", path="v3/profitsharing/orders", data=split)
    assert (accepted["status"], accepted["data"]["state"]) == (200, "PROCESSING")
    sandbox.control("clock", {"advance_seconds": 1})
    asked = client.ask(
        verb="get", path="v3/profitsharing/orders/S-1", params={"transaction_id": paid}
    )
    results = [line["result"] for line in asked["data"]["receivers"]]
    assert (asked["data"]["state"], results) == ("FINISHED", ["SUCCESS", "SUCCESS"])


def test_closing(client: AxiosClient, merchant: Merchant) -> None:
    path = f"v3/pay/transactions/out-trade-no/{merchant.place()}/close"

    answer = client.ask(verb="post", path=path, data={"mchid": merchant.holder.mchid})

    assert answer["status"] == 204


@pytest.mark.parametrize(
    "fault", ["bad_signature", "tampered_body", "stale_timestamp", "unknown_serial", "signtest"]
)
def test_bent_answers_are_refused_by_the_client(
    client: AxiosClient, sandbox: Sandbox, merchant: Merchant, fault: str
) -> None:
    path = f"v3/pay/transactions/out-trade-no/{merchant.place()}"
    sandbox.fault("query", fault)

    answer = client.ask(verb="get", path=path, params={"mchid": merchant.holder.mchid})

    assert "error" in answer


def test_channel_bill_is_read(client: AxiosClient, sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.place()
    sandbox.control("wechat/pay", {"serial_no": number})
    day = sandbox.look("wechat/books")["orders"][0]["paid_at"][:10]
    sandbox.control("clock", {"advance_seconds": 33 * 3600})
    found = client.ask(verb="get", path="v3/bill/tradebill", params={"bill_date": day})["data"]
    raw = merchant.get(found["download_url"].removeprefix(sandbox.url)).content

    read = client.ask(bill=base64.b64encode(raw).decode())

    assert [row["商户订单号"] for row in read["rows"]] == [number]
    assert read["summary"]["订单总金额"] == "128.50"
