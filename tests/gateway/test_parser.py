"""Which channel and which of its products a request leads to; what is lacking is refused."""

import pytest

from gateway.messages import InvokeMethod
from gateway.parser import route_payment
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
