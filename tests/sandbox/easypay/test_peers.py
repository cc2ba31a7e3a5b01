"""Independent V1 clients against the platform: PyPI epay-sdk and epusdt.

Where one of them disagrees with the platform's documents, the documents and their vectors decide,
and the test shows the disagreement. V2 has no such client: the vectors are its referee.
"""

import pytest
from epay_sdk import (  # type: ignore[import-untyped]
    CreateOrderRequest,
    EPayClient,
    EPayConfig,
    EPaySignError,
    QueryOrderRequest,
)
from epusdt import EpusdtClient, SignatureError, TradeStatus

from tests.sandbox.easypay.merchant import Merchant
from tests.sandbox.merchant import new_number
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver


@pytest.fixture
def epay_sdk(merchant: Merchant) -> EPayClient:
    """The client of PyPI epay-sdk."""
    holder = merchant.holder
    return EPayClient(
        EPayConfig(
            pid=holder.pid, key=holder.key, base_url=merchant.base_url, environment="sandbox"
        )
    )


@pytest.fixture
def epusdt(merchant: Merchant) -> EpusdtClient:
    """The client of PyPI epusdt, whose platform speaks the same V1."""
    holder = merchant.holder
    return EpusdtClient(base_url=merchant.base_url, pid=holder.pid, secret_key=holder.key)


def _order(receiver: Receiver) -> CreateOrderRequest:
    return CreateOrderRequest(
        out_trade_no=new_number(),
        name="2026 物业费 & <b>",
        money="12.80",
        notify_url=receiver.url,
        return_url="http://127.0.0.1:9/return",
        pay_type="alipay",
        clientip="192.0.2.7",
        param="a=1&b=中",
    )


def test_epay_sdk_places_an_order_by_form(
    merchant: Merchant, receiver: Receiver, epay_sdk: EPayClient
) -> None:
    order = _order(receiver)

    page = epay_sdk.create_order(order)

    assert "window.location.replace" in page
    assert merchant.query(order.out_trade_no)["money"] == "12.80"


def test_epay_sdk_signs_an_order_between_servers(
    merchant: Merchant, receiver: Receiver, epay_sdk: EPayClient
) -> None:
    parameters = epay_sdk.build_create_order_params(_order(receiver))

    assert merchant.post("mapi.php", parameters).json()["code"] == 1


def test_epay_sdk_verifies_the_notification_of_its_link(
    sandbox: Sandbox, receiver: Receiver, epay_sdk: EPayClient
) -> None:
    order = _order(receiver)
    link = epay_sdk.create_order_url(order)
    sandbox.control("easypay/pay", {"serial_no": order.out_trade_no, "launch": link})

    told = receiver.wait()[0].parameters

    verified = epay_sdk.verify_callback(told)
    assert (verified.out_trade_no, str(verified.money)) == (order.out_trade_no, "12.80")
    assert epay_sdk.is_trade_success(told)
    with pytest.raises(EPaySignError):
        epay_sdk.verify_callback(told | {"money": "12.81"})


def test_epay_sdk_signs_its_query_where_the_platform_wants_the_key(
    merchant: Merchant, epay_sdk: EPayClient
) -> None:
    number = merchant.place()

    answer = epay_sdk.query_order(QueryOrderRequest(out_trade_no=number))

    assert answer == {"code": -3, "msg": "商户密钥错误"}


def test_epay_sdk_reads_the_platforms_query_answer(
    merchant: Merchant, epay_sdk: EPayClient
) -> None:
    answer = merchant.query(merchant.place())

    told = epay_sdk.parse_query_result(answer)

    assert (told.query_ok, str(told.amount)) == (True, "12.80")
    # It looks for trade_status, which notifications have and query answers have not.
    assert told.paid is False


def test_epusdt_places_an_order_and_verifies_its_notification(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver, epusdt: EpusdtClient
) -> None:
    form = epusdt.build_epay_params(
        out_trade_no=new_number(),
        money="12.80",
        notify_url=receiver.url,
        return_url="http://127.0.0.1:9/return",
        name="2026 物业费",
    )
    assert "window.location.replace" in merchant.post("submit.php", form).text
    sandbox.control("easypay/pay", {"serial_no": form["out_trade_no"]})

    told = receiver.wait()[0].parameters

    parsed = epusdt.parse_epay_callback(told)
    assert (parsed.out_trade_no, parsed.money) == (form["out_trade_no"], "12.8")
    assert parsed.trade_status is TradeStatus.TRADE_SUCCESS
    with pytest.raises(SignatureError):
        epusdt.parse_epay_callback(told | {"money": "12.81"})
