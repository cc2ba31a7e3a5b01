"""Which channel and which of its products a request leads to; what is lacking is refused."""

from pathlib import Path

import pytest
from django.conf import settings
from drf_spectacular.generators import SchemaGenerator

from gateway.messages import InvokeMethod, Operation
from gateway.parser import products_table, route_payment, routes_of
from gateway.registry import CHANNELS
from merchants.models import ChannelMerchant, PaymentAccount
from paycenter.kernel.errors import Problem
from tests.support.fake_channel import FakeChannel


def _account(code: str = "wechat") -> PaymentAccount:
    return PaymentAccount(channel_merchant=ChannelMerchant(channel=code))


def test_the_channels_table_names_the_product(channel: FakeChannel) -> None:
    route = route_payment(_account(), InvokeMethod.WAP, payer={})
    assert (route.channel, route.product) == (channel, "h5")


@pytest.mark.parametrize(
    ("code", "method"),
    [("wechat", InvokeMethod.APP), ("wechat", InvokeMethod.PC), ("unionpay", InvokeMethod.WAP)],
)
@pytest.mark.usefixtures("channel")
def test_what_a_channel_lacks_is_refused(code: str, method: InvokeMethod) -> None:
    with pytest.raises(Problem) as refused:
        route_payment(_account(code), method, payer={})
    assert refused.value.code == "invoke_method_unsupported"


@pytest.mark.parametrize("payer", [{}, {"openid": ""}, {"buyer_id": "2088"}])
@pytest.mark.usefixtures("channel")
def test_a_missing_payer_is_named(payer: dict[str, str]) -> None:
    with pytest.raises(Problem) as refused:
        route_payment(_account(), InvokeMethod.MINI_PROGRAM, payer=payer)
    assert [error.field for error in refused.value.errors] == ["payer.openid"]


@pytest.mark.usefixtures("channel")
def test_a_known_payer_is_enough() -> None:
    route_payment(_account(), InvokeMethod.MINI_PROGRAM, payer={"openid": "o"})


def test_the_table_tells_what_each_operation_executes(channel: FakeChannel) -> None:
    assert routes_of(channel) == [
        (Operation.PAY, InvokeMethod.MINI_PROGRAM, "jsapi"),
        (Operation.PAY, InvokeMethod.WAP, "h5"),
        (Operation.PAY, InvokeMethod.QR_CODE, "native"),
        (Operation.QUERY, None, "query"),
        (Operation.CLOSE, None, "close"),
        (Operation.REFUND, None, "refund"),
        (Operation.REFUND_QUERY, None, "refund_query"),
    ]


def test_the_parser_chooses_what_the_table_says() -> None:
    payer = dict.fromkeys(("openid", "buyer_id", "buyer_open_id", "client_ip"), "x")
    for code, channel in CHANNELS.items():
        for _, method, execution in routes_of(channel):
            if method is not None:
                assert route_payment(_account(code), method, payer=payer).product == execution


def test_the_readme_and_the_openapi_document_show_the_table_that_is_executed() -> None:
    readme = (Path(settings.BASE_DIR) / "README.md").read_text()
    assert products_table() in readme
    schema = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    asked = schema["components"]["schemas"]["PaymentRequest"]["properties"]["invoke_method"]
    assert products_table() in asked["description"]
    for channel in CHANNELS.values():
        for product in channel.methods.values():
            assert f"`{product}`" in products_table()
